"""Where the course computes, and how: the device, mixed precision, how images lie in memory, loaders, a GPU that several share.

Everything that CUDA, Apple's MPS and the CPU do differently is decided here; two variables force it, RESNET_LIVE_DEVICE and
RESNET_LIVE_GPU_SHARE. (`exercise.observers` runs where students' code does, without this package, and repeats `best_device_here`.)
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ENV = "RESNET_LIVE_DEVICE"
SHARE_ENV = "RESNET_LIVE_GPU_SHARE"
KINDS = ("cuda", "mps", "cpu")  # the best first
# of a GPU's memory, for answers that are graded at once; the rest is for their drivers' own needs
GRADING_SHARE = 0.9


class DeviceError(ValueError):
    """What was asked for is not there, or is no device or share; the message names the variable."""


def best_device_here() -> torch.device:
    """The device named by RESNET_LIVE_DEVICE, else the best one here. Raises DeviceError when the named one is not here."""
    import torch

    here = [kind for kind in KINDS if available(kind)]
    named = os.environ.get(ENV, "").strip().lower()
    if named and named not in KINDS:
        raise DeviceError(f"{ENV}={named!r} is no device. Set it to one of {', '.join(KINDS)}, or unset it.")
    if named and named not in here:
        raise DeviceError(
            f"{ENV}={named}, and PyTorch finds none here. It finds {', '.join(here)}: set one, or unset it."
        )
    return torch.device(named or here[0])


def device_for_grading() -> torch.device:
    """As `best_device_here`, but never MPS: it has no float64, and operations that are silently wrong. Raises DeviceError."""
    import torch

    best = best_device_here()
    return torch.device("cpu") if best.type == "mps" else best


def available(kind: str) -> bool:
    """Whether PyTorch can use a device of this kind here."""
    import torch

    return {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}.get(kind, lambda: True)()


def words_for(device: torch.device) -> str:
    """For people: the GPU's own name, or e.g. `CPU (2 threads)`."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU ({threads} thread{'s' if threads > 1 else ''})"


# ---- how to compute ----


def precision_for(device: torch.device) -> str:
    """ "bfloat16" where mixed precision is faster (CUDA, processors that multiply in it), else "float32"."""
    fast = device.type == "cuda" or (device.type == "cpu" and _cpu_multiplies_bfloat16())
    return "bfloat16" if fast else "float32"


def _cpu_multiplies_bfloat16() -> bool:
    """Whether the processor has an instruction for it (AMX, or AVX-512 BF16); others emulate it and lose time."""
    import torch

    questions = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, question, lambda: False)() for question in questions)


def memory_format(precision: str) -> torch.memory_format:
    """How images and kernels lie in memory: channels last where that is faster."""
    import torch

    return torch.channels_last if precision == "bfloat16" else torch.contiguous_format


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """The context in which the forward pass computes in bfloat16; nothing for float32."""
    import torch

    return torch.autocast(device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext()


def loader_processes() -> int:
    """Processes of a data loader: two where forking is cheap; none on macOS and Windows, where notebooks cannot start them."""
    return 2 if sys.platform == "linux" else 0


def pin_memory() -> bool:
    """Whether loaders put batches into page-locked memory: a CUDA GPU fetches them faster from there."""
    return best_device_here().type == "cuda"


# ---- a GPU that several share ----


def gpu_share() -> float | None:
    """The share of a GPU's memory that RESNET_LIVE_GPU_SHARE allows a process, above 0 and at most 1; None when it is not set.

    Raises DeviceError when it is no such number.
    """
    text = os.environ.get(SHARE_ENV, "").strip()
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise DeviceError(f"{SHARE_ENV}={text!r} is no share. Set it to a number like 0.25, at most 1, or unset it.")
    return share


def grading_share(jobs: int) -> float:
    """The share of a GPU's memory for one of `jobs` answers that are graded at once. Raises DeviceError."""
    return (gpu_share() or GRADING_SHARE) / jobs


def settle() -> None:
    """At the start of a notebook: keep to the share of the GPU, and make MPS's adaptive pools right. Raises DeviceError."""
    import torch

    kind, share = best_device_here().type, gpu_share()
    guard_mps_pooling()
    if share is not None and kind == "cuda":
        torch.cuda.set_per_process_memory_fraction(share)
    elif share is not None and kind == "mps":
        torch.mps.set_per_process_memory_fraction(share)


def give_back_memory() -> None:
    """Let go of the GPU's memory that no tensor holds any more: PyTorch keeps it otherwise, and others on the GPU lack it."""
    import torch

    if available("cuda"):
        gc.collect()  # a model and its gradients may refer to each other
        torch.cuda.empty_cache()
    elif available("mps"):
        gc.collect()
        torch.mps.empty_cache()


# ---- MPS ----

# Adaptive pooling on MPS, where the output's size does not divide the input's: max pooling gives wrong numbers without an error
# (pytorch#190064), average pooling raises (pytorch#143864). Both are computed on the CPU then.
GUARDED_POOLS = ("adaptive_avg_pool2d", "adaptive_max_pool2d")


def guard_mps_pooling() -> None:
    """Make torch.nn.functional's adaptive pools right on MPS, for this process; does nothing where there is no MPS."""
    if not available("mps"):
        return
    import torch.nn.functional as F

    for name in GUARDED_POOLS:
        pool = getattr(F, name)
        if not hasattr(pool, "guards"):
            setattr(F, name, guarded(pool))


def guarded(pool: Callable[..., Any]) -> Callable[..., Any]:
    """`pool`, computed on the CPU for a tensor on MPS whose size the output's does not divide; gradients flow through."""

    @functools.wraps(pool)
    def pool_where_right(input: torch.Tensor, output_size: Any, *args: Any, **kwargs: Any) -> Any:
        if input.device.type != "mps" or divides(tuple(input.shape[-2:]), output_size):
            return pool(input, output_size, *args, **kwargs)
        found = pool(input.cpu(), output_size, *args, **kwargs)
        # with indices it is a tuple
        return tuple(one.to("mps") for one in found) if isinstance(found, tuple) else found.to("mps")

    pool_where_right.guards = pool  # type: ignore[attr-defined]
    return pool_where_right


def divides(size: tuple[int, int], output_size: int | tuple[int | None, int | None] | None) -> bool:
    """Whether each side of the output divides the input's; None keeps a side."""
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    return all(out is None or side % out == 0 for side, out in zip(size, wanted, strict=True))

"""Where the course computes, and what differs between CUDA, Apple's MPS and the CPU."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ENV = "RESNET_LIVE_DEVICE"
KINDS = ("cuda", "mps", "cpu")  # the best first


class DeviceError(ValueError):
    """The device that was asked for is not there; the message names the variable."""


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


def available(kind: str) -> bool:
    """Whether PyTorch can use a device of this kind here."""
    import torch

    return {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}.get(kind, lambda: True)()


def words_for(device: torch.device) -> str:
    """For people: the GPU's own name, or e.g. `CPU (2 threads)`."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU (MPS)" if device.type == "mps" else f"CPU ({torch.get_num_threads()} threads)"


def loader_processes() -> int:
    """Processes of a data loader: two where forking is cheap; none on macOS and Windows, where notebooks cannot start them."""
    return 2 if sys.platform == "linux" else 0


def pin_memory() -> bool:
    """Whether loaders put batches into page-locked memory: a CUDA GPU fetches them faster from there."""
    return best_device_here().type == "cuda"


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

"""Random inputs from a seed: the same seed gives the same inputs in the process that observes and in the one that judges."""

import os
import random
from collections.abc import Iterable
from typing import TypeVar

import torch
from torch import Tensor

Option = TypeVar("Option")


def best_device() -> torch.device:
    """The one that RESNET_LIVE_DEVICE names; else CUDA when it is there, else MPS, else the CPU."""
    if named := os.environ.get("RESNET_LIVE_DEVICE", "").strip().lower():
        return torch.device(named)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


class InputGenerator:
    """A source of random inputs. All numbers are made on the CPU, so a seed means the same numbers on every machine.

    `seed`: any int; `device`: where tensors go (default: `best_device()`). It has generators of its own and leaves
    Python's and PyTorch's global ones alone. Two generators with one seed agree as long as they are asked in the same order.
    """

    def __init__(self, seed: int, device: torch.device | str | None = None):
        self.seed = seed
        self.device = torch.device(device) if device is not None else best_device()
        self.random = random.Random(seed)
        self.torch_generator = torch.Generator().manual_seed(seed)

    def randint(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self.random.randint(low, high)

    def uniform(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return self.random.uniform(low, high)

    def choice(self, options: Iterable[Option]) -> Option:
        """One of `options`."""
        return self.random.choice(list(options))

    def sample(self, options: Iterable[Option], count: int) -> list[Option]:
        """`count` different ones of `options`, in random order."""
        return self.random.sample(list(options), count)

    def tensor(self, *shape: int, dtype: torch.dtype = torch.float32, layout: str = "plain") -> Tensor:
        """Normally distributed numbers of this shape, shifted by 0.5 so that neither mean nor sum is near zero.

        `layout` is how they lie in memory: "plain"; "transposed" (the last two dimensions swapped in memory);
        "strided" (every second element of a longer row); "channels_last" (4-D only). On MPS, which has no float64,
        float64 tensors stay on the CPU.
        """
        if layout == "transposed":
            made = self._normal(*shape[:-2], shape[-1], shape[-2], dtype=dtype).transpose(-1, -2)
        elif layout == "strided":
            made = self._normal(*shape[:-1], 2 * shape[-1], dtype=dtype)[..., ::2]
        elif layout == "channels_last":
            made = self._normal(*shape, dtype=dtype).to(memory_format=torch.channels_last)
        else:
            made = self._normal(*shape, dtype=dtype)
        return made

    def labels(self, count: int, classes: int) -> Tensor:
        """`count` class numbers from 0 to `classes` − 1, int64."""
        return torch.randint(classes, (count,), generator=self.torch_generator).to(self.device)

    def _normal(self, *shape: int, dtype: torch.dtype) -> Tensor:
        device = "cpu" if dtype == torch.float64 and self.device.type == "mps" else self.device
        return (torch.randn(*shape, generator=self.torch_generator, dtype=torch.float64) + 0.5).to(dtype).to(device)

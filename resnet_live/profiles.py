"""How much to compute: `quick` (minutes on two CPU cores), `full` (the real thing), `smoke` (our own tests only)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resnet_live import devices

if TYPE_CHECKING:
    import torch

ENV = "RESNET_LIVE_PROFILE"


@dataclass(frozen=True)
class Profile:
    """The size of every run on a page.

    `train_images`/`valid_images`: how many images to use, the first of each class, as many from each (None: all of them);
    `epochs`: passes over them; `size`: the crop in pixels; `batch_size`: images a step.
    """

    name: str
    train_images: int | None
    valid_images: int | None
    epochs: int
    size: int
    batch_size: int = 64


PROFILES = {
    "smoke": Profile("smoke", 100, 50, 1, 64, 10),
    "quick": Profile("quick", 2000, 1000, 3, 128),
    "full": Profile("full", None, None, 5, 128),
}


def current() -> Profile:
    """The profile named by the environment variable RESNET_LIVE_PROFILE; without it `full` on a GPU, else `quick`.

    Raises ValueError when the variable names no profile.
    """
    name = os.environ.get(ENV, "").strip() or ("quick" if device().type == "cpu" else "full")
    if name not in PROFILES:
        raise ValueError(f"{ENV}={name!r} is not a profile. Set it to one of {', '.join(PROFILES)}, or unset it.")
    return PROFILES[name]


def device() -> torch.device:
    """The `torch.device` that runs train on: the one that RESNET_LIVE_DEVICE names, else CUDA, MPS (Apple) or the CPU, the best
    that is there. Raises ValueError when the named one is not."""
    return devices.best_device_here()


def device_name() -> str:
    """The device in words, e.g. `CPU (2 threads)` or the GPU's own name."""
    return devices.words_for(device())

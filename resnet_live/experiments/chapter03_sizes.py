"""Chapter 3: the pooled ConvNet tested at many sizes, with the resampling of images and the apparent size of objects taken apart.

A test size changes two things at once: how large objects appear, and how sharp they are, because the image is resampled. So each
trained net is tested on a table of views: rows have the same *detail* (every image is first shrunk to that many pixels, which
takes away what is finer), columns the same size. Along a row only the apparent size changes, along a column only the detail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_live import devices
from resnet_live.data.source import Source
from resnet_live.experiments.record import Experiment
from resnet_live.models import AnySizeNet
from resnet_live.training import trainer
from resnet_live.training.right_images import pack

SEEDS = (0, 1, 2, 3, 4)
FILE = 160  # side of the image files in pixels: as much detail as there is
# As close to the Learner of the chapter as the fast trainer comes; chapter 7 trains its nets in the same way.
RECIPE = trainer.Recipe(size=128, epochs=5, optimiser="adamw", lr=3e-3, schedule="one_cycle", scale=(0.5, 1.0))


@dataclass(frozen=True)
class View:
    """How test images are shown: shrunk to `detail` pixels a side, then brought to `size`; `smooth`: with antialiasing."""

    size: int
    detail: int = FILE
    smooth: bool = True


# Multiples of 32: they can be halved five times with nothing left over.
SIZES = (96, 128, 160, 192)
DETAILS = (FILE, 128, 96)
VIEWS = (*(View(size, detail) for detail in DETAILS for size in SIZES), View(128, smooth=False))


def experiment(source: Source) -> Experiment:
    """The net with each seed on `source`."""
    parts = {f"fixed-{seed}": partial(run, source, seed) for seed in SEEDS}
    about = "Pooled ConvNet, five epochs at 128 px; the test images with detail and apparent size changed one by one."
    return Experiment("chapter03_sizes", about, source, parts, "the course's own loop")


def run(source: Source, seed: int, recipe: trainer.Recipe = RECIPE) -> dict:
    """Train a fresh net; returns a JSON-able dict: `epochs` as `trainer.train` yields them, `views` as `by_view` gives them."""
    images = trainer.load_images(source, FILE)
    model = trainer.seeded(AnySizeNet, seed)
    rows = list(trainer.train(model, images, recipe, seed))
    views = by_view(model, images.valid, images.valid_labels, VIEWS, trainer.precision_of(recipe))
    return {"seed": seed, **trainer.conditions(recipe), "epochs": rows, "views": views}


def by_view(
    model: nn.Module, images: Tensor, labels: Tensor, views: Iterable[View], precision: str = "float32"
) -> list[dict]:
    """The answers of `model` for `images` (uint8 N×3×S×S) shown in each of `views`.

    One row a view: `size`, `detail`, `smooth`, `accuracy` (a fraction), and `right`: on which images, as `right_images.unpack` reads
    it. The model is left in evaluation mode.
    """
    rows = []
    for view in views:
        right = right_in(model, images, labels, view, precision)
        share = round(sum(right) / len(right), 4)
        rows.append({**asdict(view), "accuracy": share, "right": pack(right)})
    return rows


@torch.no_grad()
def right_in(model: nn.Module, images: Tensor, labels: Tensor, view: View, precision: str = "float32") -> list[bool]:
    """For each of `images` whether `model` gets it right in this view, in evaluation mode, in which it is left."""
    device, memory = next(model.parameters()).device, devices.memory_format(precision)
    right: list[bool] = []
    model.eval()
    for xb, yb in zip(images.split(256), labels.split(256), strict=True):
        with devices.autocast(device, precision):
            scores = model(shown(xb.to(device), view).contiguous(memory_format=memory))
        right += (scores.argmax(1) == yb.to(device)).tolist()
    return right


def shown(batch: Tensor, view: View) -> Tensor:
    """uint8 N×3×S×S → float32 N×3×size×size, normalised, as `view` says. Where no size changes nothing is resampled."""
    batch = batch.float()
    for side in (min(view.detail, batch.shape[-1]), view.size):
        if side != batch.shape[-1]:
            batch = F.interpolate(batch, size=(side, side), mode="bilinear", antialias=view.smooth, align_corners=False)
    return trainer.normalise(batch)

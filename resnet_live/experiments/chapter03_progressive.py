"""Chapter 3: progressive resizing, 128 → 160 → 224, against five epochs at 128 px, for nearly the same work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from resnet_live.data.source import Source
from resnet_live.experiments.chapter03_sizes import FILE, RECIPE, SEEDS, View, by_view
from resnet_live.experiments.record import Experiment
from resnet_live.models import AnySizeNet
from resnet_live.training import trainer


@dataclass(frozen=True)
class Stage:
    """A part of a plan: `epochs` at `size` pixels over each `every`-th training image (2: half an epoch of work)."""

    epochs: int
    size: int
    every: int = 1

    @property
    def work(self) -> float:
        """Pixels computed on for each training image, all epochs together."""
        return self.epochs * self.size**2 / self.every


FIXED = (Stage(5, 128),)
# 2 % more work than FIXED, by pixels.
PROGRESSIVE = (Stage(2, 128), Stage(1, 160), Stage(1, 224, every=2))
TEST_SIZES = (128, 160, 192, 224)


def experiment(source: Source) -> Experiment:
    """The progressive plan with each seed on `source`; the fixed one is recorded in chapter03_sizes, by the same trainer."""
    parts = {f"progressive-{seed}": partial(run, source, seed) for seed in SEEDS}
    about = "Pooled ConvNet, progressive resizing: two epochs at 128 px, one at 160, half a one at 224."
    return Experiment("chapter03_progressive", about, source, parts, "the course's own loop")


def run(source: Source, seed: int, recipe: trainer.Recipe = RECIPE, stages: tuple[Stage, ...] = PROGRESSIVE) -> dict:
    """Train a fresh net through `stages`, each a cycle of its own; returns `epochs`, and `views` of all test sizes."""
    images = trainer.load_images(source, FILE)
    model = trainer.seeded(AnySizeNet, seed)
    rows: list[dict] = []
    for stage in stages:
        part = replace(images, train=images.train[:: stage.every], train_labels=images.train_labels[:: stage.every])
        rows += trainer.train(model, part, replace(recipe, size=stage.size, epochs=stage.epochs), seed)
    views = by_view(model, images.valid, images.valid_labels, map(View, TEST_SIZES), trainer.precision_of(recipe))
    return {"seed": seed, "work": work(stages), **trainer.conditions(recipe), "epochs": rows, "views": views}


def work(stages: tuple[Stage, ...]) -> float:
    """The work of a plan, in pixels for each training image."""
    return sum(stage.work for stage in stages)

"""Chapter 3: the pooled ConvNet, five epochs at 128 px, several seeds; other test sizes; progressive resizing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from resnet_live.data.source import Source
from resnet_live.experiments.record import Experiment
from resnet_live.models import AnySizeNet
from resnet_live.profiles import PROFILES, Profile

if TYPE_CHECKING:
    from fastai.learner import Learner

SEEDS = (0, 1, 2)
TEST_SIZES = (96, 112, 128, 144, 160, 192, 224)
# Epochs at each size. By pixels the second costs 5 % more: 3·96² + 2·128² + 160² against 5·128².
PLANS = {"fixed": [(5, 128)], "progressive": [(3, 96), (2, 128), (1, 160)]}


def experiment(source: Source) -> Experiment:
    """All runs of the chapter on `source`: each plan with each seed."""
    parts = {f"{plan}-{seed}": partial(train, source, PLANS[plan], seed) for seed in SEEDS for plan in PLANS}
    about = "Pooled ConvNet, fit_one_cycle at 3e-3, validation accuracy by epoch and by test size."
    return Experiment("chapter03", about, source, parts, "fastai's Learner in float32")


def train(source: Source, plan: list[tuple[int, int]], seed: int) -> dict:
    """Train a fresh net by `plan` [(epochs, px), …]; returns losses and accuracy by epoch, and accuracy by test size."""
    import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle to Learner)
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy
    from fastai.torch_core import set_seed

    from resnet_live.data import dataloaders

    set_seed(seed, reproducible=True)
    model, epochs = AnySizeNet(), []
    for count, size in plan:
        dls = dataloaders(size=size, source=source, profile=PROFILES["full"], seed=seed)
        learn = Learner(dls, model, loss_func=CrossEntropyLossFlat(), metrics=accuracy)
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(count, 3e-3)
        epochs += [[round(value, 4) for value in row] for row in learn.recorder.values]
    return {"plan": plan, "seed": seed, "epochs": epochs, "by_size": accuracy_by_size(learn, source, TEST_SIZES)}


def accuracy_by_size(
    learn: Learner, source: Source, sizes: Iterable[int], profile: Profile = PROFILES["full"]
) -> dict[int, float]:
    """Validation accuracy (a fraction) of a trained Learner for each test size in pixels."""
    from resnet_live.data import dataloaders

    found = {}
    for size in sizes:
        dls = dataloaders(size=size, source=source, profile=profile, augment=False)
        with learn.no_bar():
            found[size] = round(float(learn.validate(dl=dls.valid)[1]), 4)
    return found

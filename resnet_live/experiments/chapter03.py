"""Chapter 3: the pooled ConvNet by fastai's Learner, five epochs at 128 px, several seeds, tested at other sizes too."""

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

SEEDS = (0, 1, 2, 3, 4)
TEST_SIZES = (96, 112, 128, 144, 160, 192, 224)
EPOCHS, SIZE = 5, 128


def experiment(source: Source) -> Experiment:
    """The net with each seed on `source`."""
    parts = {f"fixed-{seed}": partial(train, source, seed) for seed in SEEDS}
    about = "Pooled ConvNet, fit_one_cycle at 3e-3, validation accuracy by epoch and by test size."
    return Experiment("chapter03", about, source, parts, "fastai's Learner in float32")


def train(source: Source, seed: int) -> dict:
    """Train a fresh net; returns losses and accuracy by epoch, and accuracy by test size."""
    import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle to Learner)
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy
    from fastai.torch_core import set_seed

    from resnet_live.data import dataloaders

    set_seed(seed, reproducible=True)
    model = AnySizeNet()
    dls = dataloaders(size=SIZE, source=source, profile=PROFILES["full"], seed=seed)
    learn = Learner(dls, model, loss_func=CrossEntropyLossFlat(), metrics=accuracy)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(EPOCHS, 3e-3)
    epochs = [[round(value, 4) for value in row] for row in learn.recorder.values]
    return {"seed": seed, "epochs": epochs, "by_size": accuracy_by_size(learn, source, TEST_SIZES)}


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

"""Chapter 8: the same net trained by fastai's Learner and by the loop in plain PyTorch; the losses of every step.

Both get the same weights to start from and the same batches in the same order. Rounding makes the two drift apart. Double
precision makes rounding some hundred million times finer: a real difference between the loops would stay, rounding goes.
"""

from dataclasses import replace
from functools import partial

import torch
from fastai.callback.core import Callback
from torch import nn
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from resnet_live import profiles
from resnet_live.data import Source, torch_loaders
from resnet_live.experiments.record import Experiment
from resnet_live.models import AnySizeNet
from resnet_live.profiles import PROFILES, Profile
from resnet_live.training.loop import adamw, device_of, fit, reseed
from resnet_live.training.one_cycle_schedule import one_cycle

LR = 3e-3
# Name → (how much to train, precision).
RUNS = {
    "float32": (replace(PROFILES["full"], epochs=2), "float32"),
    "float32-short": (replace(PROFILES["quick"], epochs=2, size=64), "float32"),
    "float64-short": (replace(PROFILES["quick"], epochs=2, size=64), "float64"),
}


def experiment(source: Source) -> Experiment:
    """Each run of `RUNS` on `source`, once by fastai and once by the loop."""
    parts = {}
    for name, (profile, precision) in RUNS.items():
        for maker in (by_fastai, by_hand):
            parts[f"{maker.__name__[3:]}-{name}"] = partial(maker, source, profile, precision)
    about = "AnySizeNet by fastai's Learner and by the plain PyTorch loop: the training loss of every step."
    return Experiment("chapter08", about, source, parts)


def start(source: Source, profile: Profile, precision: str, seed: int) -> tuple[nn.Module, DataLoader, DataLoader]:
    """(a fresh model on its device, training loader, validation loader), the same for the same seed.

    Double precision is computed on the CPU: Apple's GPUs do not know it.
    """
    torch.manual_seed(seed)
    dtype = getattr(torch, precision)
    device = torch.device("cpu") if precision == "float64" else profiles.device()
    model = AnySizeNet().to(device, dtype)
    loaders = torch_loaders(source=source, profile=profile, seed=seed)
    for loader in loaders:
        loader.dataset.transform = v2.Compose([loader.dataset.transform, v2.ToDtype(dtype)])
    return model, *loaders


def by_fastai(source: Source, profile: Profile, precision: str = "float32", seed: int = 0) -> dict:
    """Train by `Learner.fit_one_cycle`; returns `losses`, one a step, and `valid`, [loss, accuracy] an epoch."""
    import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle to Learner)
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.metrics import accuracy

    model, train, valid = start(source, profile, precision, seed)
    recorder = LossRecorder(seed)
    dls = DataLoaders(train, valid, device=device_of(model))
    learn = Learner(dls, model, loss_func=nn.CrossEntropyLoss(), metrics=accuracy, cbs=recorder)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(profile.epochs, LR)
    return _result(recorder.losses, [row[1:] for row in learn.recorder.values])


class LossRecorder(Callback):
    """Keeps the loss of each training step, and begins each epoch as `loop.fit` does: with `reseed`."""

    order = 45  # before the Recorder

    def __init__(self, seed: int):
        self.seed = seed
        self.losses: list[float] = []

    def before_epoch(self) -> None:
        reseed(self.dls.train, self.seed, self.epoch)

    def after_loss(self) -> None:
        if self.training:
            self.losses.append(self.loss.item())
        self.learn.loss = self.loss.float()  # fastai's Recorder averages in single precision


def by_hand(source: Source, profile: Profile, precision: str = "float32", seed: int = 0, eps: float = 1e-5) -> dict:
    """Train by `resnet_live.training.loop.fit`; returns what `by_fastai` returns. `eps`: AdamW's ε, to see what a wrong one does."""
    model, train, valid = start(source, profile, precision, seed)
    opt = adamw(model, LR, eps=eps)
    sched = one_cycle(opt, profile.epochs * len(train), LR)
    loss_func = nn.CrossEntropyLoss()
    losses, results = fit(model, train, valid, loss_func, opt, sched, profile.epochs, seed=seed, say=lambda _: None)
    return _result(losses, results)


def largest_difference(one: dict, other: dict) -> float:
    """The largest absolute difference between the losses of the same step in two results."""
    return max(abs(a - b) for a, b in zip(one["losses"], other["losses"], strict=True))


def _result(losses: list[float], valid: list) -> dict:
    return {"losses": losses, "valid": [[float(loss), float(accuracy)] for loss, accuracy in valid]}

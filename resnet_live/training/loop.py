"""The training loop of chapter 8 in plain PyTorch: what fastai's `Learner.fit_one_cycle` does, line by line.

`adamw` and `one_cycle_schedule.one_cycle` are set so that a run gives the losses that fastai gives, from the same weights and
batches. For
the fast trainer of long experiments see `resnet_live.training.trainer`; this one is made to be read.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from resnet_live.training.optimisers import decay_groups


def train_step(model: nn.Module, xb: Tensor, yb: Tensor, loss_func: Callable, opt: Optimizer) -> float:
    """One optimisation step on one batch; returns the loss before it. Gradients left over from before do not count.

    `model` is to be in training mode; `xb`, `yb` on its device.
    """
    opt.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.step()
    return loss.item()


@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable, loss_func: Callable) -> tuple[float, float]:
    """(mean loss, accuracy from 0 to 1) over `batches` of (images, labels), each image counting the same.

    `loss_func` gives the mean over a batch. The batches are moved to the model's device. Each module's training flag is
    afterwards what it was. Raises ValueError when there is no image.
    """
    device = device_of(model)
    flags = {module: module.training for module in model.modules()}
    model.eval()
    loss, right, seen = 0.0, 0, 0
    try:
        for xb, yb in batches:
            xb, yb = xb.to(device), yb.to(device)
            scores = model(xb)
            loss += loss_func(scores, yb).item() * len(yb)
            right += (scores.argmax(1) == yb).sum().item()
            seen += len(yb)
    finally:
        for module, flag in flags.items():
            module.training = flag
    if not seen:
        raise ValueError("There is nothing to evaluate: the batches hold no image.")
    return loss / seen, right / seen


def adamw(model: nn.Module, lr: float = 3e-3, wd: float = 0.01, eps: float = 1e-5) -> AdamW:
    """PyTorch's AdamW with the settings of fastai's `Adam`, as `Learner` uses it.

    β₂ and ε are fastai's; biases and the parameters of normalisation layers do not decay (fastai: `wd_bn_bias=False`).
    These are the parameters with one dimension or none.
    """
    groups = decay_groups([p for p in model.parameters() if p.requires_grad], wd)
    return AdamW(groups, lr=lr, betas=(0.95, 0.99), eps=eps)


def reseed(loader: DataLoader, seed: int, epoch: int) -> None:
    """Make the order and the augmentation of the coming epoch depend on `seed` and `epoch` only, whatever ran before."""
    torch.manual_seed(seed + epoch)
    if loader.generator is not None:
        loader.generator.manual_seed(seed + epoch)


def fit(
    model: nn.Module,
    train: DataLoader,
    valid: Iterable,
    loss_func: Callable,
    opt: Optimizer,
    sched: LRScheduler,
    epochs: int,
    start: int = 0,
    seed: int = 0,
    watch: Callable[[Iterable], Iterable] = iter,
    say: Callable[[str], None] = print,
) -> tuple[list[float], list[tuple[float, float]]]:
    """Train from epoch `start` up to `epochs`; returns the training loss of each step, and (loss, accuracy) after each epoch.

    Loss and accuracy are those of `evaluate` on `valid`. `sched` is stepped after every batch; `watch` wraps the training
    batches (a progress bar); `say` is called with a line about each epoch. The batches are moved to the model's device.
    """
    device, losses, results = device_of(model), [], []
    for epoch in range(start, epochs):
        reseed(train, seed, epoch)
        model.train()
        for xb, yb in watch(train):
            losses.append(train_step(model, xb.to(device), yb.to(device), loss_func, opt))
            sched.step()
        loss, accuracy = evaluate(model, valid, loss_func)
        results.append((loss, accuracy))
        say(f"epoch {epoch + 1}: validation loss {loss:.3f}, accuracy {accuracy:.1%}")
    return losses, results


def save_checkpoint(path: str | Path, model: nn.Module, opt: Optimizer, sched: LRScheduler, epoch: int) -> None:
    """Write the states of model, optimiser and scheduler, and the number of finished epochs, to `path`.

    The file is either the old one or the whole new one, never half of it.
    """
    path = Path(path)
    states = {"model": model.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}
    unfinished = path.with_name(path.name + ".unfinished")
    torch.save(states, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: str | Path, model: nn.Module, opt: Optimizer, sched: LRScheduler) -> int:
    """Fill model, optimiser and scheduler from a file of `save_checkpoint`; returns the number of finished epochs.

    Tensors go to the CPU first, and then to the device of what they fill, so a file from a GPU can be read without one.
    """
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    opt.load_state_dict(states["opt"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters live."""
    return next(model.parameters()).device

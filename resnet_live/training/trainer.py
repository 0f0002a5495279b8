"""One fast trainer for the recorded experiments: images held in memory, augmented a batch at a time, a plain PyTorch loop.

fastai's Learner (chapters 3 and 8) decodes every image again in every epoch. Here each is decoded once, so that an
epoch costs what the network costs. `train` yields after every epoch, so that an experiment can look at the model then.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from resnet_live import devices, profiles
from resnet_live.data.dataset import INDEX, MEAN, STD
from resnet_live.data.decode import decode_square
from resnet_live.data.source import Source
from resnet_live.training import checkpoint
from resnet_live.training.one_cycle_schedule import one_cycle
from resnet_live.training.optimisers import make_optimiser
from resnet_live.training.right_images import pack
from resnet_live.training.whitening import first_convolution, whiten

CLASSES = len(INDEX)


@dataclass(frozen=True)
class Images:
    """Decoded images: `train`, `valid` uint8 N×3×S×S (RGB), and their labels, int64 N."""

    train: Tensor
    train_labels: Tensor
    valid: Tensor
    valid_labels: Tensor


@dataclass(frozen=True)
class Recipe:
    """How to train. Lengths are in pixels, `lr` is the largest learning rate, fractions are from 0 to 1.

    `presize`: side of the images held in memory (default: a quarter more than `size`, at most 160); `scale`: the share
    of the image's area that a training crop covers, from … to; `ratio`: largest width ÷ height of a crop (and the least
    is its inverse); `zoom`: a test image is the centre square of 1/zoom of its side, at `size` pixels; `optimiser`: "sgd" (Nesterov),
    "adamw" or "muon"; `momentum`: also Adam's first β; `schedule`: "one_cycle" (fastai's: cosine up to `warmup`, cosine
    down, momentum mirrored between 0.95 and 0.85), "flat_cosine" (constant, then cosine from `flat` on) or "linear" (up
    to `warmup`, then straight down to 0); `average`: decay of the moving average of the weights, which is then what is tested
    (0: none); `mixup`: parameter α of its Beta distribution (0: none); `precision`: "auto", "float32" or "bfloat16".

    Four more are off by default. `alternate`: an image is mirrored in every other epoch, by chance only whether in the first;
    `sizes`: sides of the training crops, smallest first, each for an equal share of the epochs and the last one `size`, which
    is tested; `last_scale`: the `scale` of the last fifth of the epochs; `whiten`: the first convolution is computed from the images.
    """

    size: int = 128
    epochs: int = 5
    batch_size: int = 64
    presize: int | None = None
    scale: tuple[float, float] = (0.35, 1.0)
    ratio: float = 4 / 3
    flip: bool = True
    zoom: float = 1.0
    optimiser: str = "adamw"
    lr: float = 3e-3
    momentum: float = 0.95
    weight_decay: float = 0.01
    schedule: str = "one_cycle"
    warmup: float = 0.25
    flat: float = 0.72
    label_smoothing: float = 0.0
    mixup: float = 0.0
    average: float = 0.0
    precision: str = "auto"
    alternate: bool = False
    sizes: tuple[int, ...] = ()
    last_scale: tuple[float, float] | None = None
    whiten: bool = False

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}={getattr(self, name)!r} is none of {', '.join(allowed)}")
        if min(self.size, self.epochs, self.batch_size) < 1:
            raise ValueError("size, epochs and batch_size are at least 1")
        for low, high in (self.scale, self.last_scale or self.scale):
            if not 0 < low <= high <= 1:
                raise ValueError("scale and last_scale need 0 < from ≤ to ≤ 1")
        if self.ratio < 1 or self.zoom < 1:
            raise ValueError("ratio and zoom are at least 1")
        if self.sizes and (self.sizes[-1] != self.size or min(self.sizes) < 1 or len(self.sizes) > self.epochs):
            raise ValueError(f"sizes={self.sizes} must end with size={self.size}, and be at most one for each epoch")


CHOICES = {
    "optimiser": ("sgd", "adamw", "muon"),
    "schedule": ("one_cycle", "flat_cosine", "linear"),
    "precision": ("auto", "float32", "bfloat16"),
}


def at_epoch(recipe: Recipe, epoch: int) -> Recipe:
    """The recipe of `epoch` (from 1): with the size and the scale of its training crops."""
    if recipe.sizes:
        recipe = replace(recipe, size=recipe.sizes[(epoch - 1) * len(recipe.sizes) // recipe.epochs], sizes=())
    if recipe.last_scale and epoch > recipe.epochs - math.ceil(recipe.epochs / 5):
        recipe = replace(recipe, scale=recipe.last_scale)
    return recipe


def run(source: Source, make_model: Callable[[], nn.Module], recipe: Recipe, seed: int) -> dict:
    """Train a fresh model on `source` by `recipe`; returns a JSON-able dict, its `epochs` as `train` yields them.

    `right`: on which validation images the trained model is right, as `right_images.unpack` reads it.
    """
    images = load_images(source, presize_of(recipe))
    model = seeded(make_model, seed)
    rows = list(train(model, images, recipe, seed))
    facts = {"seed": seed, "parameters": parameters(model), **conditions(recipe)}
    return {**facts, "epochs": rows, "right": right_images(model, images, recipe)}


def right_images(model: nn.Module, images: Images, recipe: Recipe) -> str:
    """On which validation images the model is right, as `right_images.unpack` reads it."""
    right = validation_scores(model, images, recipe).argmax(1).cpu() == images.valid_labels
    return pack(right.tolist())


def seeded(make_model: Callable[[], nn.Module], seed: int) -> nn.Module:
    """A model whose random weights depend on the seed only."""
    torch.manual_seed(seed)
    return make_model()


def parameters(model: nn.Module) -> int:
    """How many numbers the model learns."""
    return sum(p.numel() for p in model.parameters())


def conditions(recipe: Recipe) -> dict:
    """What a result also depends on: threads, precision (as used on this machine)."""
    return {"threads": torch.get_num_threads(), "precision": precision_of(recipe)}


def presize_of(recipe: Recipe) -> int:
    """Side in pixels of the images that the recipe crops from."""
    return recipe.presize or min(160, round(recipe.size * 1.25))


def precision_of(recipe: Recipe) -> str:
    """The recipe's own, "bfloat16" or "float32"; for "auto" the one that is faster here."""
    return devices.precision_for(profiles.device()) if recipe.precision == "auto" else recipe.precision


@lru_cache(maxsize=2)
def load_images(source: Source, presize: int) -> Images:
    """All images of `source` as `Images` with S = `presize`: shorter side scaled to it, the centre square of that."""
    return Images(*_split(source.train, presize), *_split(source.valid, presize))


def train(model: nn.Module, images: Images, recipe: Recipe, seed: int = 0) -> Iterator[dict]:
    """Train `model` in place and yield after each epoch.

    A row holds `epoch` (from 1), `train_loss` (mean over the epoch, of the training crops, with smoothing and Mixup if
    any), `train_accuracy` (left out with Mixup), `valid_loss` (plain cross-entropy), `valid_accuracy`, `seconds` (wall)
    and `cpu_seconds` (all threads); a loss that is no finite number is None. `seed` orders and augments the images. Between rows the
    model is the trained one, in training mode; with `average` the tested weights are put into it after the last epoch.

    Within `checkpoint.kept_in`, an interrupted training goes on: the rows of its finished epochs come first, with what the caller has
    put into them, and the model is the one after the last of them.
    """
    device, precision = profiles.device(), precision_of(recipe)
    memory = devices.memory_format(precision)
    model.to(device, memory_format=memory)
    if precision == "float32":
        torch.backends.cudnn.allow_tf32 = False  # else a GPU multiplies with 11 digits of the 24
    pixels, labels = images.train.to(device), images.train_labels.to(device)  # a GPU keeps them: a gigabyte at 160 px
    random = torch.Generator().manual_seed(seed)
    batches = max(1, len(images.train) // recipe.batch_size)
    mirrored = (torch.rand(len(images.train), generator=torch.Generator().manual_seed(seed)) < 0.5).to(device)
    if recipe.whiten:
        views = test_view(images.train[:: max(1, len(images.train) // 1000)], recipe.size)
        whiten(first_convolution(model), views.to(device))
    optimisers = make_optimiser(model, recipe.optimiser, recipe.lr, recipe.momentum, recipe.weight_decay)
    schedules = [make_schedule(optimiser, recipe, batches * recipe.epochs) for optimiser in optimisers]
    average = None
    if recipe.average:
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
    parts = {"model": model, **({"average": average} if average else {})}
    parts |= {f"optimiser {number}": one for number, one in enumerate(optimisers)}
    parts |= {f"schedule {number}": one for number, one in enumerate(schedules)}
    file = checkpoint.next_file()
    rows = checkpoint.restore(file, parts, random) if file else []
    yield from rows
    for epoch in range(len(rows) + 1, recipe.epochs + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        model.train()
        now = at_epoch(recipe, epoch)
        # drawn on the CPU, so that every device sees the images in the same order
        order = torch.randperm(len(images.train), generator=random).to(device)
        loss_sum, right = torch.zeros((), device=device), torch.zeros((), device=device)
        for chosen in order[: batches * recipe.batch_size].split(recipe.batch_size):
            mirror = mirrored[chosen] ^ (epoch % 2 == 0) if recipe.alternate else None
            xb = augment(pixels[chosen], now, random, mirror).contiguous(memory_format=memory)
            yb = labels[chosen]
            targets = yb
            if recipe.mixup:
                xb, targets = mixup(xb, yb, recipe.mixup, random)
            with devices.autocast(device, precision):
                scores = model(xb).float()
                loss = F.cross_entropy(scores, targets, label_smoothing=recipe.label_smoothing)
            for optimiser in optimisers:
                optimiser.zero_grad()
            loss.backward()
            for optimiser, schedule in zip(optimisers, schedules, strict=True):
                optimiser.step()
                schedule.step()
            if average:
                average.update_parameters(model)
            loss_sum += loss.detach() * len(yb)
            right += (scores.argmax(1) == yb).sum()
        seen = batches * recipe.batch_size if len(order) >= recipe.batch_size else len(order)
        row = {"epoch": epoch, "train_loss": loss_sum.item() / seen}
        if not recipe.mixup:
            row["train_accuracy"] = right.item() / seen
        tested = average.module if average else model
        row["valid_loss"], row["valid_accuracy"] = evaluate(tested, images, recipe)
        row |= {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        model.train()
        if average and epoch == recipe.epochs:
            model.load_state_dict(average.module.state_dict())
        rows.append({name: _rounded(value) for name, value in row.items()})
        yield rows[-1]
        if file and epoch < recipe.epochs:
            checkpoint.save(file, rows, parts, random)


@torch.no_grad()
def validation_scores(model: nn.Module, images: Images, recipe: Recipe, batch_size: int = 256) -> Tensor:
    """float32 N×classes on the model's device: the scores of the validation images in evaluation mode, in which the model is left."""
    device, precision = next(model.parameters()).device, precision_of(recipe)
    memory = devices.memory_format(precision)
    model.eval()
    found = []
    for xb in images.valid.split(batch_size):
        xb = test_view(xb.to(device), recipe.size, recipe.zoom).contiguous(memory_format=memory)
        with devices.autocast(device, precision):
            found.append(model(xb).float())
    return torch.cat(found)


def evaluate(model: nn.Module, images: Images, recipe: Recipe, batch_size: int = 256) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) on the validation images in evaluation mode, in which the model is left."""
    scores = validation_scores(model, images, recipe, batch_size)
    labels = images.valid_labels.to(scores.device)
    return F.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).double().mean().item()


def augment(batch: Tensor, recipe: Recipe, random: torch.Generator, mirror: Tensor | None = None) -> Tensor:
    """uint8 N×3×S×S → float32 N×3×size×size, normalised: each image a random crop (bilinear), mirrored half of the time.

    `mirror`: N times true or false, which ones to mirror (default: chance says).
    """
    count = len(batch)
    area, shape, across, down, chance = torch.rand(5, count, generator=random).to(batch.device)
    mirror = chance < 0.5 if mirror is None else mirror
    area = recipe.scale[0] + area * (recipe.scale[1] - recipe.scale[0])
    stretch = torch.exp((2 * shape - 1) * math.log(recipe.ratio) / 2)
    width, height = (area.sqrt() * stretch).clamp(max=1), (area.sqrt() / stretch).clamp(max=1)
    theta = torch.zeros(count, 2, 3, device=batch.device)
    theta[:, 0, 0] = torch.where(mirror, -width, width) if recipe.flip else width
    theta[:, 1, 1] = height
    theta[:, 0, 2] = (2 * across - 1) * (1 - width)
    theta[:, 1, 2] = (2 * down - 1) * (1 - height)
    grid = F.affine_grid(theta, [count, 3, recipe.size, recipe.size], align_corners=False)
    return normalise(F.grid_sample(batch.float(), grid, padding_mode="reflection", align_corners=False))


def mixup(xb: Tensor, yb: Tensor, alpha: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Each image and its target mixed with another of the batch (Zhang et al. 2018): (images, N×classes probabilities).

    One λ ~ Beta(α, α) a batch, at least a half, so that the larger part comes first. `yb`: int64 N.
    """
    state = torch.get_rng_state()
    torch.manual_seed(torch.randint(2**31, (), generator=random).item())
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    torch.set_rng_state(state)
    lam = max(lam, 1 - lam)
    other = torch.randperm(len(xb), generator=random).to(xb.device)
    one_hot = F.one_hot(yb, CLASSES).float()
    return lam * xb + (1 - lam) * xb[other], lam * one_hot + (1 - lam) * one_hot[other]


def test_view(batch: Tensor, size: int, zoom: float = 1.0) -> Tensor:
    """uint8 N×3×S×S → float32 N×3×size×size, normalised: the centre square of 1/`zoom` of the side, antialiased."""
    side = batch.shape[-1]
    kept = round(side / zoom)
    start = (side - kept) // 2
    batch = batch[..., start : start + kept, start : start + kept].float()
    if kept != size:
        batch = F.interpolate(batch, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
    return normalise(batch)


test_view.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's, in spite of its name


def normalise(batch: Tensor) -> Tensor:
    """Values 0…255 → mean 0 and standard deviation 1 by ImageNet's statistics; N×3×H×W."""
    mean, std = (torch.tensor(v, device=batch.device).view(1, 3, 1, 1) * 255 for v in (MEAN, STD))
    return (batch - mean) / std


def make_schedule(optimiser: Optimizer, recipe: Recipe, steps: int) -> LRScheduler:
    """The scheduler for `steps` optimisation steps, as the recipe says; call its `step()` after each."""
    if recipe.schedule == "one_cycle":
        return one_cycle(optimiser, steps, optimiser.defaults["lr"], recipe.warmup)
    return LambdaLR(optimiser, lambda step: share_of_lr(min(1.0, step / max(1, steps)), recipe))


def share_of_lr(progress: float, recipe: Recipe) -> float:
    """The share of the largest rate at `progress` (0…1) for "flat_cosine" and "linear"."""
    if recipe.schedule == "flat_cosine":
        fall = max(0.0, (progress - recipe.flat) / (1 - recipe.flat))
        return (1 + math.cos(math.pi * fall)) / 2
    if progress < recipe.warmup:
        return max(progress / recipe.warmup, 1e-3)
    return (1 - progress) / (1 - recipe.warmup)


def _split(files: Sequence[Path], presize: int) -> tuple[Tensor, Tensor]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pixels = torch.stack(list(pool.map(lambda file: decode_square(file, presize), files)))
    return pixels, torch.tensor([INDEX[file.parent.name] for file in files])


def _rounded(value: float) -> float | None:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value

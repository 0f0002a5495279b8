"""Chapter 4: plain and residual nets of 20 and 56 layers at 32 px; gradient norms by layer; loss surfaces.

Nets, image size, batch size, learning rate, weight decay and crops as in the paper (He et al. 2015, section 4.2), with one
cycle of 24 epochs in place of its 64,000 steps: long enough for all four nets to use their schedule up.
A plain and a residual net of one depth and seed start from the same weights and see the same batches.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_live import devices, profiles
from resnet_live.data.cache import cache_folder
from resnet_live.data.source import Source
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.experiments.loss_surface import loss_surface
from resnet_live.experiments.record import Experiment
from resnet_live.models import plain_net, residual_net
from resnet_live.probe.gradients import layer_norms
from resnet_live.training import trainer

NETS = {"plain": plain_net, "residual": residual_net}
DEPTHS = (20, 56)
SEEDS = (0, 1, 2)
RECIPE = trainer.Recipe(
    size=32,
    epochs=24,
    batch_size=128,
    scale=(0.64, 1.0),
    ratio=1.0,
    optimiser="sgd",
    lr=0.1,
    weight_decay=1e-4,
    precision="float32",  # nobody shall ask whether sixteen bits are to blame
)
GRADIENT_IMAGES, SURFACE_IMAGES = 128, 128
STEPS = tuple(round(-1 + i / 14, 3) for i in range(29))  # of the surfaces, in both directions; the middle is 0


def experiment(source: Source) -> Experiment:
    """All runs of the chapter on all images of `source`: each net, depth and seed; then the surfaces of the deepest, first seed."""
    deepest = max(DEPTHS)
    parts = {
        f"{net}-{depth}-{seed}": partial(run, source, net, depth, seed)
        for seed in SEEDS
        for depth in DEPTHS
        for net in NETS
    }
    parts |= {f"surface-{net}-{deepest}": partial(surface, source, net, deepest, SEEDS[0]) for net in NETS}
    about = (
        "Plain and residual nets of the paper's section 4.2: losses by epoch, gradient norms by layer, loss surfaces."
    )
    return Experiment("chapter04", about, source, parts, "the course's own loop")


def run(source: Source, net: str, depth: int, seed: int, recipe: trainer.Recipe = RECIPE) -> dict:
    """Train a fresh net and keep its weights for `surface`; returns a JSON-able dict.

    `epochs`: one row each as `trainer.train` yields them; `gradients`: the L2 norms by weight layer, first to last, at
    the "start" and after one "epoch".
    """
    images = trainer.load_images(source, trainer.presize_of(recipe))
    model = trainer.seeded(lambda: NETS[net](depth), seed)
    gradients, rows = {"start": gradients_by_layer(model, images, recipe)}, []
    for row in trainer.train(model, images, recipe, seed):
        rows.append(row)
        if row["epoch"] == 1 and "gradients" not in row:  # they are there in a training that was interrupted
            row["gradients"] = gradients_by_layer(model, images, recipe)
    gradients["epoch"] = rows[0].pop("gradients")
    file = weights_file(source, net, depth, seed, recipe)
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), file)
    found = {"net": net, "depth": depth, "seed": seed, "parameters": trainer.parameters(model)}
    return {**found, **trainer.conditions(recipe), "epochs": rows, "gradients": gradients}


def surface(
    source: Source,
    net: str,
    depth: int,
    seed: int,
    recipe: trainer.Recipe = RECIPE,
    steps: Sequence[float] = STEPS,
) -> dict:
    """The loss of the net that `run` trained (trained now if its weights are gone) over a plane through its weights.

    Returns a JSON-able dict with `steps` and `loss`, rows as `loss_surface` gives them: cross-entropy of the same training
    images in each point, in evaluation mode, without augmentation.
    """
    file = weights_file(source, net, depth, seed, recipe)
    if not file.exists():
        run(source, net, depth, seed, recipe)
    model = NETS[net](depth)
    model.load_state_dict(torch.load(file, weights_only=True, map_location="cpu"))
    xb, yb = some_images(trainer.load_images(source, trainer.presize_of(recipe)), SURFACE_IMAGES, recipe)
    loss = prepared_loss(model, xb, yb, recipe)
    found = {"net": net, "depth": depth, "seed": seed, "images": len(yb), "steps": list(steps)}
    return {**found, **trainer.conditions(recipe), "loss": loss_surface(model, loss, steps)}


def prepared_loss(model: nn.Module, xb: Tensor, yb: Tensor, recipe: trainer.Recipe) -> Callable[[nn.Module], float]:
    """A function of the model that gives the mean cross-entropy of the batch in evaluation mode; moves both to the device."""
    device, precision = profiles.device(), trainer.precision_of(recipe)
    memory = devices.memory_format(precision)
    model.to(device, memory_format=memory).eval()
    xb, yb = xb.to(device).contiguous(memory_format=memory), yb.to(device)

    def loss(model: nn.Module) -> float:
        with devices.autocast(device, precision):
            scores = model(xb).float()
        return F.cross_entropy(scores, yb).item()

    return loss


def gradients_by_layer(model: nn.Module, images: trainer.Images, recipe: trainer.Recipe) -> list[float]:
    """L2 norm of the loss's gradient for each weight layer, first to last, on fixed images in training mode and float32.

    The model is left as it was found: also the statistics of its batch norms.
    """
    xb, yb = some_images(images, GRADIENT_IMAGES, recipe)
    twin = copy.deepcopy(model).train()
    device = next(twin.parameters()).device
    loss = F.cross_entropy(twin(xb.to(device)), yb.to(device))
    return [float(f"{norm:.3g}") for norm in layer_norms(twin, loss).values()]


def some_images(images: trainer.Images, count: int, recipe: trainer.Recipe) -> tuple[Tensor, Tensor]:
    """At most `count` training images spread evenly over the files, so over the classes: (float32 N×3×size×size, labels)."""
    chosen = torch.linspace(0, len(images.train) - 1, min(count, len(images.train))).long()
    return trainer.test_view(images.train[chosen], recipe.size), images.train_labels[chosen]


def weights_file(source: Source, net: str, depth: int, seed: int, recipe: trainer.Recipe) -> Path:
    """Where `run` keeps the trained weights: in the cache, under a name that changes with the code and the images."""
    made = fingerprint(partial(run, source, net, depth, seed, recipe), source)
    return cache_folder() / "chapter04" / f"{net}-{depth}-{seed}-{made}-{len(source.train)}.pt"

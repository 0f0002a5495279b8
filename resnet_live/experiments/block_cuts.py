"""The kept net with one path of one block cut: how many of the validation images it still gets right. About two CPU minutes.

The page's own figure does the same to one picture, in the reader's browser.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from torch import nn

from resnet_live.data.source import Source
from resnet_live.experiments.record import Experiment
from resnet_live.experiments.weights import NAME, RECIPE
from resnet_live.models.kept_net import WEIGHTS, kept_net
from resnet_live.models.modern import ModernBlock, ModernResNet
from resnet_live.profiles import device
from resnet_live.training import trainer
from resnet_live.training.trainer import Recipe


def experiment(source: Source) -> Experiment:
    """One part: every block of the kept net, each path."""
    parts = {NAME: partial(cut_each_block, source, NAME, RECIPE)}
    return Experiment("block_cuts", "The kept net with one path of one block cut.", source, parts)


def cut_each_block(source: Source, name: str, recipe: Recipe, folder: Path = WEIGHTS) -> dict:
    """The accuracy of the kept net `name` on the validation images as a whole, and without each block's F(x) and each skip path.

    `weights`: SHA-256 of its file; `blocks`: dicts with `name` ("2.1": stage.block), `without_residual` and `without_skip`.
    Raises FileNotFoundError and ValueError as `kept_net` does.
    """
    model, _ = kept_net(name, folder)
    model.to(device())
    images = trainer.load_images(source, trainer.presize_of(recipe))

    def accuracy() -> float:
        return round(trainer.evaluate(model, images, recipe)[1], 4)

    found = []
    for block_name, block in named_blocks(model):
        with cut(block.convs):
            without_residual = accuracy()
        with cut(block.downsample):
            found.append(
                {"name": block_name, "without_residual": without_residual, "without_skip": accuracy()},
            )
    digest = hashlib.sha256((folder / f"{name}.safetensors").read_bytes()).hexdigest()
    facts = {"weights": digest, "images": len(images.valid), "whole": accuracy(), "blocks": found}
    return facts | trainer.conditions(recipe)


def named_blocks(model: ModernResNet) -> Iterator[tuple[str, ModernBlock]]:
    """("1.1", the first block of the first stage), and so on."""
    for s, stage in enumerate(model.stages, start=1):
        for b, block in enumerate(stage, start=1):
            yield f"{s}.{b}", block


@contextmanager
def cut(path: nn.Module) -> Iterator[None]:
    """Inside, `path` gives zeros of the shape that it had given."""
    hook = path.register_forward_hook(lambda module, inputs, output: torch.zeros_like(output))
    try:
        yield
    finally:
        hook.remove()

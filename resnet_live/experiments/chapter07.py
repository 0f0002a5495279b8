"""Chapter 7: the pooled ConvNet, the same model with residual blocks, and deeper; and blocks skipped at test time.

All nets are `get_model` with another block: same data, augmentation, schedule and epochs. `plain two` has the layers of
`two a stage` and no skip path: it tells what depth does and what the addition does.
Skipping blocks: Veit, Wilber and Belongie 2016, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks".
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import torch
from fastai.layers import ConvLayer
from torch import nn

from resnet_live.data.source import Source
from resnet_live.experiments.record import Experiment
from resnet_live.models import ResBlock, get_model, make_stage
from resnet_live.probe.cost import costs
from resnet_live.training import trainer

SEEDS = (0, 1, 2, 3, 4)
# As close to chapter 3 as the fast trainer comes: fastai's Adam, one cycle to 3e-3, crops from half of the image on.
RECIPE = trainer.Recipe(size=128, epochs=5, optimiser="adamw", lr=3e-3, schedule="one_cycle", scale=(0.5, 1.0))
EVERY = 4  # blocks are skipped on every fourth validation image: enough to see it, and four times as quick


def plain_block(ni: int, nf: int, stride: int = 1) -> nn.Sequential:
    """The residual path of `ResBlock` alone: two `ConvLayer`s, no addition. N×`ni`×H×W to N×`nf`×⌈H/stride⌉×⌈W/stride⌉."""
    return nn.Sequential(ConvLayer(ni, nf, stride=stride), ConvLayer(nf, nf))


def two_a_stage(block: Callable[..., nn.Module]) -> Callable[..., nn.Sequential]:
    """`block` twice, as one thing that `get_model` can call: the first changes channels and size, the second nothing."""
    return partial(make_stage, block, depth=2)


# Name → the block that `get_model` is given.
NETS: dict[str, Callable[..., nn.Module]] = {
    "pooled": ConvLayer,
    "residual": ResBlock,
    "plain two": two_a_stage(plain_block),
    "residual two": two_a_stage(ResBlock),
}
# The nets whose blocks are skipped one by one, and the one in which all choices of several are, for the first seed.
ONE_SKIPPED = ("plain two", "residual two")
SEVERAL_SKIPPED = "residual two"


@dataclass(frozen=True)
class StageBlock:
    """A block of a net of stages; `stage` and `number` in it are counted from 1."""

    stage: int
    number: int
    module: nn.Module

    @property
    def name(self) -> str:
        return f"{self.stage}.{self.number}"

    @property
    def changes_shape(self) -> bool:
        """Only the first block of a stage changes channels and size."""
        return self.number == 1


def experiment(source: Source) -> Experiment:
    """All runs of the chapter on `source`: each net with each seed; the deeper ones with blocks skipped."""
    parts = {f"{net}-{seed}": partial(run, source, net, seed) for seed in SEEDS for net in NETS}
    about = "Four nets around the same model, five epochs at 128 px; accuracy with each block skipped at test time."
    return Experiment("chapter07", about, source, parts, "the course's own loop")


def run(source: Source, net: str, seed: int, recipe: trainer.Recipe = RECIPE) -> dict:
    """Train the net of that name (see `NETS`) from `seed`; returns a JSON-able dict.

    `epochs`: one row each as `trainer.train` yields them; `right`: as `trainer.run` has it; `parameters`, `multiply_adds` (one
    image); for nets of two blocks a stage `whole`: accuracy on every fourth validation image, and on the same images
    `skipped`: for each block its `name` (stage.block), whether it `changes_shape`, and the `accuracy` without it (None where x
    does not fit); for the first seed of the residual one also `several`: number of skipped blocks → the accuracies of all
    choices of so many among the blocks that keep the shape.
    """
    images = trainer.load_images(source, trainer.presize_of(recipe))
    model = trainer.seeded(lambda: get_model(NETS[net]), seed)
    rows = list(trainer.train(model, images, recipe, seed))
    found = {
        "net": net,
        "seed": seed,
        "parameters": trainer.parameters(model),
        "multiply_adds": sum(part.multiply_adds for part in costs(model, recipe.size)),
        **trainer.conditions(recipe),
        "epochs": rows,
        "right": trainer.right_images(model, images, recipe),
    }
    if net in ONE_SKIPPED:
        some = replace(images, valid=images.valid[::EVERY], valid_labels=images.valid_labels[::EVERY])

        def accuracy() -> float:
            return round(trainer.evaluate(model, some, recipe)[1], 4)

        found |= {"whole": accuracy(), "tested": len(some.valid), "skipped": one_skipped(model, accuracy)}
        if net == SEVERAL_SKIPPED and seed == SEEDS[0]:
            found["several"] = several_skipped(model, accuracy)
    return found


def blocks_of(model: nn.Sequential) -> list[StageBlock]:
    """The blocks of a `get_model` of stages, in their order."""
    stages = [stage for stage in model if isinstance(stage, nn.Sequential)]
    return [StageBlock(i, j, block) for i, stage in enumerate(stages, 1) for j, block in enumerate(stage, 1)]


@contextmanager
def skipping(block: nn.Module) -> Iterator[None]:
    """Inside the `with`, the block takes no part: the residual path F of a `ResBlock` gives zeros, a plain block passes x on."""
    if isinstance(block, ResBlock):
        handle = block.weight_layer2.register_forward_hook(lambda layer, inputs, output: torch.zeros_like(output))
    else:
        handle = block.register_forward_hook(lambda layer, inputs, output: inputs[0])
    try:
        yield
    finally:
        handle.remove()


def one_skipped(model: nn.Sequential, accuracy: Callable[[], float]) -> list[dict]:
    """`accuracy()` of the model with each block skipped in turn; None where the next block cannot take x as it is."""
    found = []
    for block in blocks_of(model):
        without = None
        if not block.changes_shape or isinstance(block.module, ResBlock):
            with skipping(block.module):
                without = accuracy()
        found.append({"name": block.name, "changes_shape": block.changes_shape, "accuracy": without})
    return found


def several_skipped(model: nn.Sequential, accuracy: Callable[[], float]) -> dict[int, list[float]]:
    """How many blocks are skipped at once → `accuracy()` for each choice of so many blocks that keep the shape."""
    keeping = [block.module for block in blocks_of(model) if not block.changes_shape]
    found: dict[int, list[float]] = {}
    for count in range(len(keeping) + 1):
        found[count] = []
        for chosen in combinations(keeping, count):
            with ExitStack() as stack:
                for block in chosen:
                    stack.enter_context(skipping(block))
                found[count].append(accuracy())
    return found

"""A small net that is trained for long and kept: `recorded/weights/NAME.safetensors`, which demonstrations rest on.

About 90 CPU seconds an epoch, so about an hour. `recorded/weights.json` holds the epochs; the weights file says in its header
where it comes from, and how well it does with the 16-bit numbers that are kept.
"""

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from resnet_live.data.imagenette import CLASSES
from resnet_live.data.source import Source
from resnet_live.experiments.chapter09 import QUICK, QUICK_DESIGN
from resnet_live.experiments.record import Experiment, provenance
from resnet_live.models.kept_net import WEIGHTS, keep_net, kept_net
from resnet_live.models.modern import Design, ModernResNet
from resnet_live.training import trainer
from resnet_live.training.trainer import Recipe

NAME = "narrow_resnet"
# The net of the page, half as wide again in its first stages: at most 1.5 million numbers. The recipe is the page's, for longer.
DESIGN = replace(QUICK_DESIGN, widths=(24, 48, 96, 176))
RECIPE = replace(QUICK, epochs=30)
TRAINER = "the course's own loop"


def experiment(source: Source) -> Experiment:
    """One part: the training, which leaves the weights in `recorded/weights/`."""
    parts = {f"{NAME}-0": partial(train_and_keep, source, NAME, DESIGN, RECIPE, 0)}
    return Experiment("weights", "A small net, trained for long and kept.", source, parts, TRAINER)


def train_and_keep(
    source: Source, name: str, design: Design, recipe: Recipe, seed: int, folder: Path = WEIGHTS
) -> dict:
    """Train `ModernResNet(design)` on `source`, keep its weights as `name`, and return what `trainer.run` returns, and more.

    `kept_accuracy`: on the validation images, of the net as it is read from the file.
    """
    images = trainer.load_images(source, trainer.presize_of(recipe))
    model = trainer.seeded(partial(ModernResNet, design), seed)
    rows = list(trainer.train(model, images, recipe, seed))
    facts = provenance(Experiment("weights", "", source, trainer=TRAINER))
    told = {"classes": list(CLASSES), "recipe": asdict(recipe), "seed": seed, **facts}
    keep_net(name, design, model, told, folder)
    read, _ = kept_net(name, folder)
    loss, accuracy = trainer.evaluate(read.to(next(model.parameters()).device), images, recipe)
    told |= {"valid_loss": round(loss, 4), "valid_accuracy": round(accuracy, 4)}
    keep_net(name, design, model, told, folder)
    found = {"seed": seed, "parameters": trainer.parameters(model), **trainer.conditions(recipe), "epochs": rows}
    return {**found, "kept_accuracy": told["valid_accuracy"], "file": f"weights/{name}.safetensors"}

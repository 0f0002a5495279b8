"""Chapter 1: the inputs, and what to observe of an answer. Images are drawn into a temporary folder; none are needed on disk."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .calls import RAISED, AnswerFunction, Observer
from .inputs import InputGenerator
from .values import Tree, describe, describe_error

if TYPE_CHECKING:
    from fastai.data.block import DataBlock
    from fastai.data.core import DataLoaders, TfmdDL

WNIDS = ("n01440764", "n02102040", "n03000684", "n03394916", "n03417042", "n03888257")
PER_CLASS = {"train": 3, "val": 2}
FACTS = ("size", "method", "min_scale", "order")
# Large and small side. The small one is never their difference, nor half of the large one: a mistake with them must show.
PRESIZES, SIZES = (88, 104, 120), (48, 56, 64)
# How often the same images go through the batch transforms: one that flips the whole batch half of the time shows, but for one time
# in some ten thousand.
AGAIN = 14
# Imagenette has many training images whose name says "val". Here there is one in each folder that is named for the other set.
MISLEADING = {"train": "ILSVRC2012_val", "val": "ILSVRC2012_train"}
ENDINGS = ("JPEG", "png", "jpg")


def write_images(generator: InputGenerator, root: Path) -> list[str]:
    """Small images of many sizes as Imagenette keeps them, train/<wnid>/… and val/<wnid>/…, with several endings, and a table
    beside them; returns the wnids."""
    from PIL import Image

    wnids = sorted(generator.sample(WNIDS, 2))
    (root / "noisy_imagenette.csv").write_text("path,label\n")
    for split, count in PER_CLASS.items():
        for wnid in wnids:
            endings = generator.sample(ENDINGS, count)
            (root / split / wnid).mkdir(parents=True)
            for number in range(count):
                pixels = (generator.tensor(6, 6, 3).cpu().clamp(0, 1) * 255).byte().numpy()
                size = generator.sample(range(60, 200), 2)
                name = f"{wnid if number else MISLEADING[split]}_{number}.{endings[number]}"
                Image.fromarray(pixels).resize(size).save(root / split / wnid / name)
    return wnids


def look(dls: DataLoaders, root: Path, pixels: bool = False) -> Tree:
    """What is in a fastai DataLoaders: files and labels of both parts, transforms, one item and one batch of each part.

    Returns {"train", "valid": {"files", "labels" (None for one that is no single category), "items" (shape of each image after the
    item transforms), "batch" (see `describe`),
    "again" (the same images once more through the batch transforms), "error"}, "item_tfms", "batch_tfms": [facts of each]}. Without
    `pixels` there is no "again", and of a batch what it is, without its numbers.
    """
    seen: Tree = {}
    for name, loader in (("train", dls.train), ("valid", dls.valid)):
        part: Tree = {"files": [], "labels": [], "items": [], "batch": None, "again": None, "error": None}
        seen[name] = part
        try:
            part["files"] = [Path(item).relative_to(root).as_posix() for item in loader.items]
            part["labels"] = [label_of(dls, loader.dataset[i][1]) for i in range(len(loader.items))]
            loader.before_iter()  # training or validation: tells the transforms which
            items = [loader.after_item(loader.dataset[i]) for i in range(len(loader.items))]
            part["items"] = [list(item[0].shape) for item in items]
            if items:
                part["batch"] = describe(batch_of(loader, items))
                if not pixels:
                    part["batch"].pop("data", None)
                    continue
                # a crop can fall on the same place twice
                for _ in range(AGAIN):
                    part["again"] = describe(batch_of(loader, items))
                    if not torch.equal(part["again"]["data"], part["batch"]["data"]):
                        break
        except RAISED as error:
            part["error"] = describe_error(error)
    seen["item_tfms"] = [transform_facts(one) for one in dls.train.after_item.fs]
    seen["batch_tfms"] = [transform_facts(one) for one in dls.train.after_batch.fs]
    return seen


def label_of(dls: DataLoaders, target: Tensor) -> str | None:
    """The label behind an item's target; None where it is no single category, as a row of yes and no."""
    if target.numel() != 1:
        return None
    return str(dls.vocab[int(target)])


def batch_of(loader: TfmdDL, items: list) -> Tensor:
    """The images of these items as one batch, after the batch transforms."""
    from fastai.torch_core import to_device

    batch = to_device(loader.create_batch(loader.before_batch(items)), loader.device)
    return loader.after_batch(batch)[0]


def transform_facts(transform: object) -> Tree:
    """{"class", "bases"} of a transform, and of FACTS, "mean", "std" those that it has."""
    facts: Tree = {"class": type(transform).__name__, "bases": [base.__name__ for base in type(transform).__mro__]}
    for name in FACTS:
        value = getattr(transform, name, None)
        if isinstance(value, (int, float, str)):
            facts[name] = value
        elif isinstance(value, (tuple, list)) and all(isinstance(item, int) for item in value):
            facts[name] = list(value)
    for name in ("mean", "std"):
        value = getattr(transform, name, None)
        if isinstance(value, Tensor):
            facts[name] = value.detach().flatten().as_subclass(Tensor)
    return facts


def imagenette_block(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """`answer()`, and by keyword and by position `answer(presize, size)`, each used on generated images: {"presize", "size",
    "default", "other", "position": {"value", "error", "block", "look", "found" (the files that the block finds)}}."""
    from fastai.data.block import DataBlock

    presize, size = generator.choice(PRESIZES), generator.choice(SIZES)
    seen: Tree = {"presize": presize, "size": size}
    calls = {"default": ((), {}), "other": ((), {"presize": presize, "size": size}), "position": ((presize, size), {})}
    for key, (args, options) in calls.items():
        record: Tree = {"value": None, "error": None, "block": False, "look": None, "found": None}
        seen[key] = record
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            root = Path(folder).resolve()
            write_images(generator, root)
            try:
                block = answer(*args, **options)
                record["value"], record["block"] = describe(block), isinstance(block, DataBlock)
                if record["block"]:
                    dls = block.dataloaders(root, bs=4, num_workers=0, device=generator.device)
                    record["look"] = look(dls, root)
                    record["found"] = found_by(block, root)
            except RAISED as error:
                record["error"] = describe_error(error)
    return seen


def found_by(block: DataBlock, root: Path) -> list[str] | None:
    """The files that the block takes for items, before it splits them; None when it cannot be known."""
    try:
        return [Path(item).relative_to(root).as_posix() for item in block.get_items(root)]
    except RAISED:
        return None


def item_and_batch_tfms(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """`answer(presize, size)`, its pair put into a DataBlock: {"presize", "size", "value", "error", "look"}."""
    from fastai.data.block import CategoryBlock, DataBlock
    from fastai.data.transforms import GrandparentSplitter, get_image_files, parent_label
    from fastai.vision.data import ImageBlock

    presize, size = generator.choice(PRESIZES), generator.choice(SIZES)
    seen: Tree = {"presize": presize, "size": size, "value": None, "error": None, "look": None, "count": None}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        write_images(generator, root)
        try:
            pair = answer(presize, size)
            seen["value"] = describe(pair)
            if isinstance(pair, (tuple, list)) and len(pair) == 2:
                block = DataBlock(
                    blocks=(ImageBlock, CategoryBlock),
                    get_items=get_image_files,
                    splitter=GrandparentSplitter(valid_name="val"),
                    get_y=parent_label,
                    item_tfms=pair[0],
                    batch_tfms=pair[1],
                )
                seen["look"] = look(block.dataloaders(root, bs=4, num_workers=0, device=generator.device), root, True)
        except RAISED as error:
            seen["error"] = describe_error(error)
    return seen


def _quiet(
    run: Callable[[InputGenerator, AnswerFunction], Tree],
) -> Callable[[InputGenerator, AnswerFunction], Tree]:
    """`run` with one thread's worth of noise less: fastai's warnings cost nothing and need not be shown."""

    def observe(generator: InputGenerator, answer) -> Tree:
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")
            return run(generator, answer)

    return observe


OBSERVERS = {"1.1": Observer(_quiet(imagenette_block)), "1.2": Observer(_quiet(item_and_batch_tfms))}

"""The same images as fastai DataLoaders and as plain PyTorch loaders."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_live import devices, profiles
from resnet_live.data.imagenette import CLASSES
from resnet_live.data.source import Source
from resnet_live.profiles import Profile

if TYPE_CHECKING:
    import torch
    from fastai.data.core import DataLoaders
    from torch.utils.data import DataLoader

PRESIZE = 160


def dataloaders(
    size: int | None = None,
    batch_size: int | None = None,
    source: Source | None = None,
    profile: Profile | None = None,
    seed: int = 42,
    augment: bool = True,
    device: torch.device | None = None,
) -> DataLoaders:
    """fastai DataLoaders over `source`: the DataBlock of chapter 1.

    `size`: crop in pixels and `batch_size` (default: the profile's); `source`: a Source (default: `find_source()`), cut
    down to `profile` (default: the current one); `augment`: turn, zoom, mirror and relight the training batches;
    `device`: default the best one there is; `seed`: the order of the training images (augmentation follows the global
    seeds, which this function leaves as they are). A batch is (float32 N×3×size×size, normalised by ImageNet's statistics;
    int64 N, an index into `dls.vocab`, the human names in the order of their WordNet ids).
    """
    import numpy as np
    import torch
    from fastai.vision.all import (
        CategoryBlock,
        DataBlock,
        GrandparentSplitter,
        ImageBlock,
        Normalize,
        Resize,
        aug_transforms,
        imagenet_stats,
    )

    source, profile, size, batch_size = _settle(source, profile, size, batch_size)
    if augment:
        item, batch = Resize(max(PRESIZE, size)), aug_transforms(size=size, min_scale=0.5)
    else:
        item, batch = Resize(size), []
        item.split_idx = None
        item.before_call = lambda image, split_idx: setattr(item, "pcts", (0.5, 0.5))  # the centre, in training too
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=list(CLASSES.values()), sort=False)),
        get_items=lambda _: [*source.train, *source.valid],
        splitter=GrandparentSplitter(valid_name="val"),
        get_y=label,
        item_tfms=item,
        batch_tfms=[*batch, Normalize.from_stats(*imagenet_stats)],
    )
    device = device or profiles.device()
    # A DataLoader draws its own seed when it is made, and shows images while being made: the caller's randomness stays.
    states = random.getstate(), np.random.get_state()
    random.seed(seed)
    try:
        with torch.random.fork_rng(devices=[]):
            dls = block.dataloaders(source.path, bs=batch_size, num_workers=devices.loader_processes(), device=device)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    dls.train.rng = random.Random(seed)
    return dls


def torch_loaders(
    size: int | None = None,
    batch_size: int | None = None,
    source: Source | None = None,
    profile: Profile | None = None,
    seed: int = 42,
    augment: bool = True,
) -> tuple[DataLoader, DataLoader]:
    """Plain PyTorch loaders (train, valid) over the same images, in the same class order.

    Arguments and batches as in `dataloaders`, but on the CPU: moving them is the training loop's business (chapter 8).
    """
    import torch
    from torch.utils.data import DataLoader

    from resnet_live.data.dataset import ImageFiles, evaluation_transforms, training_transforms

    source, profile, size, batch_size = _settle(source, profile, size, batch_size)
    plain = evaluation_transforms(size)
    train = ImageFiles(source.train, training_transforms(size, PRESIZE) if augment else plain)
    generator = torch.Generator().manual_seed(seed)
    options = {"batch_size": batch_size, "num_workers": devices.loader_processes(), "pin_memory": devices.pin_memory()}
    return (
        DataLoader(train, shuffle=True, drop_last=True, generator=generator, **options),
        DataLoader(ImageFiles(source.valid, plain), **options),
    )


def label(file: Path) -> str:
    """The human name of an image's class, from its parent folder."""
    return CLASSES[file.parent.name]


def _settle(
    source: Source | None, profile: Profile | None, size: int | None, batch_size: int | None
) -> tuple[Source, Profile, int, int]:
    """Fill in what the caller left open; returns (source cut to the profile, profile, size, batch size)."""
    from resnet_live.data.locate import find_source

    profile = profile or profiles.current()
    source = (source or find_source()).subset(profile)
    return source, profile, size or profile.size, batch_size or profile.batch_size

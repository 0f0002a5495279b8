"""The synthetic dataset, `standin` for short: ten classes drawn by the package, for machines with no images and no network."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from resnet_live.data.cache import cache_folder
from resnet_live.data.errors import DataError
from resnet_live.data.imagenette import CLASSES, TRAIN, VALID
from resnet_live.data.synthetic.scene import draw_scene

VERSION = 1  # goes up whenever the pictures change
IMAGES = {TRAIN: 200, VALID: 100}  # a class: as many as the quick profile uses


def synthetic_dataset(
    size: int = 160, seed: int = 0, per_class: dict[str, int] | None = None, say: Callable[[str], None] = print
) -> Path:
    """A folder with the synthetic dataset, drawn now or taken from the cache; the same arguments give the same pixels.

    `size`: pixels a side; `per_class`: images for each class in each split (default 200 and 100).
    Returns a path in Imagenette's layout. A half-drawn set is never left behind under its name.
    """
    per_class = per_class or IMAGES
    counts = "-".join(str(per_class[split]) for split in (TRAIN, VALID))
    target = cache_folder() / f"standin-v{VERSION}-{size}px-seed{seed}-{counts}"
    if target.exists():
        return target
    say(f"Drawing the synthetic images into {target} …")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".drawing-", dir=target.parent))
    except OSError as error:
        raise DataError(
            f"{target.parent} cannot be written ({error.strerror}). Name a folder that can in RESNET_LIVE_CACHE."
        ) from None
    try:
        # One process is enough (about 10 s for all); more would need a main guard in the user's script on some systems.
        for split in (TRAIN, VALID):
            for wnid in CLASSES:
                draw_class(partial, split, wnid, size, seed, per_class[split])
        os.replace(partial, target)
    except OSError as error:
        if not target.exists():  # else another process was faster, and drew the same
            raise DataError(f"{target} cannot be written ({error.strerror}). Free some space.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def draw_class(dataset: Path, split: str, wnid: str, size: int, seed: int, count: int) -> None:
    """Draw `count` pictures of the class `wnid` into `dataset`/`split`/`wnid`, a new folder."""
    folder, number = dataset / split / wnid, list(CLASSES).index(wnid)
    folder.mkdir(parents=True)
    for index in range(count):
        rng = np.random.default_rng([seed, number, split == VALID, index])
        draw_scene(wnid, size, rng).save(folder / f"{wnid}_{index:04d}.JPEG", quality=90)

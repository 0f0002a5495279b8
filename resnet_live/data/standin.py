"""The embedded stand-in: ten classes drawn by the package, for machines with no images and no network."""

import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from resnet_live.data.cache import cache_folder
from resnet_live.data.imagenette import CLASSES, TRAIN, VALID
from resnet_live.data.scene import draw_scene

VERSION = 1  # goes up whenever the pictures change
IMAGES = {TRAIN: 200, VALID: 100}  # a class: as many as the quick profile uses


def standin(size: int = 160, seed: int = 0, per_class: dict[str, int] | None = None, say=print) -> Path:
    """A folder with the stand-in, drawn now or taken from the cache; the same arguments give the same pixels.

    `size`: pixels a side; `per_class`: images for each class in each split (default 200 and 100).
    Returns a path in Imagenette's layout. A half-drawn set is never left behind under its name.
    """
    per_class = per_class or IMAGES
    counts = "-".join(str(per_class[split]) for split in (TRAIN, VALID))
    target = cache_folder() / f"standin-v{VERSION}-{size}px-seed{seed}-{counts}"
    if target.exists():
        return target
    say(f"Drawing the stand-in images into {target} …")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".drawing-", dir=target.parent))
    try:
        jobs = [
            (partial / split / wnid, wnid, number, split, size, seed)
            for split in (TRAIN, VALID)
            for number, wnid in enumerate(CLASSES)
        ]
        counted = [(*job, per_class[job[3]]) for job in jobs]
        _draw_all(counted)
        os.replace(partial, target)
    except OSError:
        if not target.exists():  # else another process was faster, and drew the same
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _draw_all(jobs: list[tuple]) -> None:
    """Draw all classes, on all cores where processes can be forked cheaply (not in notebooks on macOS and Windows)."""
    if hasattr(os, "fork") and os.uname().sysname == "Linux" and sum(job[-1] for job in jobs) > 100:
        with ProcessPoolExecutor() as pool:
            list(pool.map(_draw_class, jobs))
    else:
        for job in jobs:
            _draw_class(job)


def _draw_class(job: tuple) -> None:
    folder, wnid, number, split, size, seed, count = job
    folder.mkdir(parents=True)
    for index in range(count):
        rng = np.random.default_rng([seed, number, split == VALID, index])
        draw_scene(wnid, size, rng).save(folder / f"{wnid}_{index:04d}.JPEG", quality=90)

"""Small images that the experiments can really be run on."""

from pathlib import Path

from PIL import Image

from resnet_live.data.imagenette import CLASSES, SPLITS
from resnet_live.data.source import Source, SourceKind


def painted_source(folder: Path, per_class: int, side: int) -> Source:
    """`per_class` images for each class and split, `side` pixels, each of one colour; classes differ in brightness."""
    files = {split: [] for split in SPLITS}
    for split, found in files.items():
        for number, wnid in enumerate(CLASSES):
            (folder / split / wnid).mkdir(parents=True)
            for i in range(per_class):
                found.append(folder / split / wnid / f"{i}.JPEG")
                Image.new("RGB", (side, side), (25 * number + i, 9 * i, 0)).save(found[-1], format="PNG")
    train, valid = map(tuple, files.values())
    return Source(SourceKind.FOLDER, folder, train, valid, "painted for a test")

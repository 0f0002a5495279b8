"""Image files decoded: the one place where a file becomes pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from torch import Tensor


def decode(file: Path) -> Image.Image:
    """The whole image in RGB, whatever the file's own mode. Raises what Pillow raises where it cannot be read."""
    with Image.open(file) as image:
        return image.convert("RGB")


def decode_square(file: Path, side: int) -> Tensor:
    """uint8 3×`side`×`side`: the shorter side scaled to `side` pixels, the centre square of that."""
    from torchvision.transforms.v2.functional import pil_to_tensor  # seconds to import

    image = decode(file)
    if image.size != (side, side):
        image = ImageOps.fit(image, (side, side), Image.Resampling.BILINEAR)
    return pil_to_tensor(image)


def can_be_decoded(file: Path) -> bool:
    """Whether the whole image can be read."""
    try:
        decode(file)
    except Exception:  # Pillow raises many kinds for broken files; each means the same here
        return False
    return True

"""One picture of the synthetic dataset: a background, clutter, one of the ten things somewhere in it, light and grain over all."""

import math

import numpy as np
from PIL import Image

from resnet_live.data.synthetic.objects import DRAW, any_colour
from resnet_live.data.synthetic.pen import Pen

# What makes the task hard. Found by benchmarks/standin_calibration.py: change a value, run that again.
OVERSAMPLE = 2  # drawn this much larger, then scaled down: smooth edges
SIZE = (0.24, 0.42)  # half the object's extent, in picture widths
TURN = 25  # standard deviation of the object's rotation, degrees
CLUTTER = (2, 7)  # shapes behind the object: from, to (exclusive)
LIGHT = (0.7, 1.2)  # the whole picture's brightness
GRAIN = (2.0, 14.0)  # standard deviation of the noise on each pixel, of 255


def draw_scene(wnid: str, size: int, rng: np.random.Generator) -> Image.Image:
    """A picture of the class `wnid`, RGB, size×size pixels; everything in it is drawn from `rng`."""
    side = size * OVERSAMPLE
    picture = background(side, rng)
    for _ in range(rng.integers(*CLUTTER)):
        clutter(picture, rng)
    half = rng.uniform(*SIZE)
    margin = max(0.0, 0.5 - half * 0.9)
    centre = (0.5 + rng.uniform(-margin, margin, 2)) * side
    DRAW[wnid](Pen(picture, pose(half, rng), centre), rng)
    return finish(picture.resize((size, size), Image.Resampling.BOX), rng)


def pose(half: float, rng: np.random.Generator) -> np.ndarray:
    """A 2×2 matrix: size, stretch, shear, rotation and, half of the time, a mirror image."""
    stretch, shear = rng.uniform(0.85, 1.18), rng.normal(0, 0.1)
    angle = math.radians(rng.normal(0, TURN))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    mirror = 1 if rng.random() < 0.5 else -1
    return half * turn @ np.array([[stretch * mirror, shear], [0, 1 / stretch]])


def background(side: int, rng: np.random.Generator) -> Image.Image:
    """A gradient between two colours in a random direction, with soft blotches in it."""
    coarse = 24
    y, x = np.mgrid[0:coarse, 0:coarse] / (coarse - 1) - 0.5
    angle = rng.uniform(0, 2 * math.pi)
    along = np.clip(0.5 + (x * math.cos(angle) + y * math.sin(angle)) * rng.uniform(0.5, 1.4), 0, 1)[..., None]
    colours = along * any_colour(rng) + (1 - along) * np.array(any_colour(rng))
    blotches = np.asarray(
        Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).resize((coarse, coarse), Image.Resampling.BICUBIC)
    )
    colours += (blotches[..., None] / 255.0 - 0.5) * rng.uniform(10, 90)
    small = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    return small.resize((side, side), Image.Resampling.BICUBIC)


def clutter(picture: Image.Image, rng: np.random.Generator) -> None:
    """One meaningless shape: a patch, a disc or a stripe of any colour, anywhere."""
    pen = Pen(picture, pose(rng.uniform(0.04, 0.2), rng), rng.uniform(0, 1, 2) * picture.width)
    colour = any_colour(rng)
    match rng.integers(0, 4):
        case 0:
            pen.box(-1, -rng.uniform(0.2, 1), 1, rng.uniform(0.2, 1), colour)
        case 1:
            pen.oval(0, 0, 1, rng.uniform(0.4, 1), colour)
        case 2:
            pen.line([(-1, 0), (rng.uniform(-1, 1), rng.uniform(-1, 1)), (1, 0)], colour, rng.uniform(0.1, 0.4))
        case _:
            pen.polygon(rng.uniform(-1, 1, (3, 2)), colour)


def finish(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Brightness, contrast and grain as a camera adds them."""
    pixels = np.asarray(picture, dtype=np.float32)
    gain, grain = rng.uniform(*LIGHT), rng.uniform(*GRAIN)
    noise = rng.standard_normal(pixels.shape[:2], dtype=np.float32)[..., None] * grain
    return Image.fromarray(np.clip(pixels * gain + noise, 0, 255).astype(np.uint8))

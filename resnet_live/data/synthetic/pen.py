"""A pen that draws in its own coordinates: shapes given around the origin land rotated, scaled and shifted in a picture."""

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Colour = tuple[int, int, int]


class Pen:
    """Draws on `image` (RGB). Object coordinates run from about -1 to 1, x to the right and y *up*.

    `matrix`: 2×2, object coordinates to picture widths (it holds scale, rotation, shear and mirror);
    `centre`: where the object's origin lies, in pixels.
    """

    def __init__(self, image: Image.Image, matrix: np.ndarray, centre: Point):
        self.draw = ImageDraw.Draw(image)
        self.side = image.width
        self.matrix = np.asarray(matrix, dtype=float) * [[1], [-1]] * image.width
        self.centre = np.asarray(centre, dtype=float)
        self.scale = math.sqrt(abs(np.linalg.det(self.matrix)))  # pixels per object unit

    def to_pixels(self, points: Iterable[Point]) -> list[Point]:
        """Object coordinates to pixels."""
        return [(x, y) for x, y in (np.asarray(points, dtype=float) @ self.matrix.T + self.centre).tolist()]

    def polygon(self, points: Iterable[Point], fill: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon(self.to_pixels(points), fill=fill)

    def line(self, points: Iterable[Point], fill: Colour, width: float = 0.05) -> None:
        """An open line through `points`, `width` in object units, at least one pixel."""
        pixels = max(1, round(width * self.scale))
        self.draw.line(self.to_pixels(points), fill=fill, width=pixels, joint="curve")

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """A filled rectangle between two corners."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill)

    def oval(self, x: float, y: float, rx: float, ry: float | None = None, fill: Colour = (0, 0, 0)) -> None:
        """A filled ellipse around (x, y) with half-axes rx and ry (default: a circle)."""
        self.polygon(arc(x, y, rx, rx if ry is None else ry, 0, 360), fill)

    def ring(self, x: float, y: float, r: float, fill: Colour, width: float = 0.08) -> None:
        """A circle's outline of radius `r`, measured to the middle of the line."""
        self.line(arc(x, y, r, r, 0, 366), fill, width)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 28) -> list[Point]:
    """Points along an ellipse around (x, y) from angle `start` to `end`, in degrees, anticlockwise from the right."""
    return [
        (x + rx * math.cos(a), y + ry * math.sin(a)) for a in np.radians(np.linspace(start, end, steps + 1)).tolist()
    ]

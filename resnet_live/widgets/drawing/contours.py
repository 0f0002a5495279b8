"""Contour lines on a logarithmic scale: from values on a grid to SVG paths, with a place for each line's label."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import contourpy
import numpy as np

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import is_finite

_MULTIPLES = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))  # of the powers of ten; the first that gives few enough
_LETTER, _LINE = 7.5, 14  # units that a letter and a line of a label take


@dataclass(frozen=True)
class Square:
    """Where a map lies in the picture: its upper left corner and the length of its sides."""

    left: float
    top: float
    side: float


def levels(low: float, high: float, most: int = 11) -> list[float]:
    """Round values between `low` and `high` (above 0), in ratios as equal as round values allow: at most `most` of them.

    Below a factor of two or so there may be none; over a great many powers of ten every second, third … power is taken.
    """
    first, last = floor(log10(low)), ceil(log10(high))
    found: list[float] = []
    for multiples in _MULTIPLES:
        found = [m * 10.0**p for p in range(first, last + 1) for m in multiples if low < m * 10.0**p < high]
        if len(found) <= most:
            return found
    return found[:: ceil(len(found) / most)]


class Contours:
    """The areas above each of some levels, on the grid `values`: rows from below to above, None where it is not finite.

    What is not finite counts as the highest finite value, and what is not above zero as the lowest that is: the scale is
    logarithmic. `place` is the square of the picture that the grid fills from edge to edge.
    """

    def __init__(self, values: Sequence[Sequence[float | None]], ends: tuple[float, float], place: Square):
        low, high = ends
        held = [[log10(min(max(v, low), high)) if is_finite(v) else log10(high) for v in row] for row in values]
        rows, columns = len(held), len(held[0])
        self.place = place
        across = np.linspace(place.left, place.left + place.side, columns)
        upwards = np.linspace(place.top + place.side, place.top, rows)
        self._found = contourpy.contour_generator(
            across, upwards, np.array(held), fill_type="OuterOffset", line_type="Separate"
        )
        self._beyond = log10(high) + 1

    def above(self, level: float) -> str:
        """Path data of all that lies above `level`; its holes need the fill rule `evenodd`."""
        areas, offsets = self._found.filled(log10(level), self._beyond)[:2]
        rings = [
            area[start:end]
            for area, cuts in zip(areas, offsets, strict=True)
            for start, end in zip(cuts[:-1], cuts[1:], strict=True)
        ]
        return "".join(svg.curve(_thinned(ring[:-1])) + "z" for ring in rings)

    def line(self, level: float) -> str:
        """Path data of the lines on which the value is `level`."""
        return "".join(svg.curve(_thinned(line)) for line in self._lines(level))

    def _lines(self, level: float) -> list[np.ndarray]:
        return [np.asarray(line) for line in self._found.lines(log10(level))]

    def labels(self, texts: dict[float, str], taken: Sequence[tuple[float, float]]) -> dict[float, tuple[float, float]]:
        """Where to write the text of each level, as (x, y) of its middle, as far from each other and from `taken` as can be.

        A level whose lines leave no room inside the square has no place.
        """
        places: dict[float, tuple[float, float]] = {}
        used = [(x, y, 1) for x, y in taken]
        edge = self.place
        for level, words in texts.items():
            margin = len(words) * _LETTER / 2 + 1
            points = [
                (x, y)
                for line in self._lines(level)
                for x, y in line.tolist()
                if edge.left + margin <= x <= edge.left + edge.side - margin
                and edge.top + _LINE / 2 <= y <= edge.top + edge.side - _LINE / 2
            ]
            best = max(points, key=lambda at: _room(at, len(words), used), default=None)
            if best is not None and _room(best, len(words), used) >= 1:
                places[level] = best
                used.append((*best, len(words)))
        return places


def _room(at: tuple[float, float], letters: int, used: Sequence[tuple[float, float, int]]) -> float:
    """How far a label of so many letters would be from the nearest in `used`; from 1 on they do not touch."""
    return min(
        (max(abs(at[0] - x) / (_LETTER * (letters + n) / 2), abs(at[1] - y) / _LINE) for x, y, n in used),
        default=9.0,
    )


def _thinned(points: np.ndarray) -> list[tuple[float, float]]:
    """The points without those that lie nearly on the straight line between their neighbours kept so far."""
    kept = [tuple(points[0])]
    for here, after in zip(points[1:-1], points[2:], strict=True):
        (x, y), (ax, ay) = kept[-1], after
        length = max(np.hypot(ax - x, ay - y), 1e-9)
        if abs((here[0] - x) * (ay - y) - (here[1] - y) * (ax - x)) / length > 0.15:
            kept.append(tuple(here))
    return [*kept, tuple(points[-1])]

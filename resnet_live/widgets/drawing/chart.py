"""A frame with two axes for curves: from values to positions in the picture, ticks at round numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TypeGuard

from resnet_live.widgets.drawing import svg

LINE = 13  # units between two lines of text


@dataclass(frozen=True)
class Chart:
    """A frame from (`left`, `top`) to (`right`, `bottom`) in the picture that shows `x` and `y`, each (lowest, highest).

    `log`: the y axis is logarithmic; then both ends of `y` are above zero.
    """

    left: float
    right: float
    top: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool = False

    def px(self, x: float) -> float:
        """The position of a value on the x axis."""
        return self.left + (self.right - self.left) * _share(x, *self.x)

    def py(self, y: float) -> float:
        """The position of a value on the y axis; values beyond its ends lie on the edge of the frame."""
        low, high = self.y
        y = min(max(y, low), high)
        share = _share(log10(y), log10(low), log10(high)) if self.log else _share(y, low, high)
        return self.bottom - (self.bottom - self.top) * share

    def line(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Path data of a curve."""
        return svg.curve((self.px(x), self.py(y)) for x, y in zip(xs, ys, strict=True))

    def band(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
        """Path data of the area between two curves."""
        back = ((self.px(x), self.py(y)) for x, y in zip(reversed(xs), reversed(lows), strict=True))
        return self.line(xs, highs) + "L" + svg.curve(back).removeprefix("M") + "z"

    def axes(self, x_ticks: Iterable[float], x_name: str) -> str:
        """The two axes with their ticks; `x_name` stands below at the right. Leaves 2 lines of text below `bottom`."""
        frame = f"M{svg.num(self.left)} {svg.num(self.top)}V{svg.num(self.bottom)}H{svg.num(self.right)}"
        values = (log_ticks if self.log else ticks)(*self.y)
        marks = "".join(f"M{svg.num(self.left)} {svg.num(self.py(y))}h-4" for y in values)
        labels = "".join(svg.text(self.left - 6, self.py(y) + 4, short(y), "e") for y in values)
        labels += "".join(svg.text(self.px(x), self.bottom + LINE + 2, short(x), "m") for x in x_ticks)
        return (
            svg.path(frame + marks, "neutral s")
            + labels
            + svg.text(self.right, self.bottom + 2 * LINE + 3, x_name, "e")
        )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at least two where a step of 1, 2 or 5 times a power of ten allows it."""
    span = (high - low) or 1.0
    power = floor(log10(span / most))
    step = next(m * 10.0**p for p in (power, power + 1) for m in (1, 2, 5) if span / (m * 10.0**p) <= most)
    return [round(i * step, 10) for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Powers of ten from `low` to `high` (above 0), thinned out to at most `most`; with few powers also their 2 and 5 times."""
    first, last = floor(log10(low)), ceil(log10(high))
    powers = [p for p in range(first, last + 1) if low <= 10.0**p <= high]
    if len(powers) >= 3:
        return [10.0**p for p in powers[:: ceil(len(powers) / most)]]
    return [m * 10.0**p for p in range(first, last + 1) for m in (1, 2, 5) if low <= m * 10.0**p <= high]


def short(value: float) -> str:
    """A number for an axis: `0.5`, `20`, `1,000`, `1e−5`, with a real minus sign."""
    return f"{value:,g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def signed(value: float, digits: int) -> str:
    """A difference: `+0.5`, `−1.2`, and `0.0` without a sign, with `digits` behind the point."""
    shown = f"{value:+.{digits}f}".replace("-", "−")
    return shown if float(f"{value:.{digits}f}") else shown[1:]


def apart(positions: Sequence[float], least: float = LINE) -> list[float]:
    """The positions moved as little as needed, in their order, so that each is `least` from the next: labels of curves."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = [positions[i] for i in order]
    for _ in range(50):
        for i in range(len(moved) - 1):
            lack = least - (moved[i + 1] - moved[i])
            if lack > 0:
                moved[i] -= lack / 2
                moved[i + 1] += lack / 2
    return [moved[order.index(i)] for i in range(len(positions))]


def is_finite(value: float | None) -> TypeGuard[float]:
    """Whether a recorded value (None: it was not finite) can be drawn."""
    return value is not None and isfinite(value)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5

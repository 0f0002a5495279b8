"""The loss around trained weights, with and without skips: two maps with one colour scale, and a cut through both.

Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets" (https://arxiv.org/abs/1712.09913).
"""

from collections.abc import Sequence
from math import exp, inf, log

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart, is_finite, short
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR, NAME

LEVELS = 9  # shades of the maps, equal ratios of loss apart
GUESSING = log(10)  # the loss of a net that gives each of ten classes the same probability
_MOST = 10 * GUESSING  # the darkest shade begins here at the latest: how far beyond a loss lies would hide the valley
_SIDE, _GAP, _TOP = 156, 20, 24
_CUT_TOP = _TOP + _SIDE + 62
_CUT_BOTTOM = _CUT_TOP + 110


def loss_surfaces(surfaces: Sequence[dict]) -> w.Widget:
    """The interactive figure: two maps of the loss beside each other; a slider moves a cut through both.

    `surfaces`: two dicts with `net` ("plain" or "residual"), `depth`, `steps` (the positions along each direction, 0 among
    them) and `loss`: a row for each position along the second direction, in it a value for each along the first (None: not
    finite), as `experiments.chapter04` records them. Raises ValueError unless there are two surfaces of different nets on
    the same square of steps, with at least one loss above zero.
    """
    if len(surfaces) != 2 or len({s["net"] for s in surfaces}) != 2 or any(s["net"] not in COLOUR for s in surfaces):
        raise ValueError("loss_surfaces needs two surfaces, one of a plain and one of a residual net.")
    steps = list(surfaces[0]["steps"])
    if any(list(s["steps"]) != steps for s in surfaces):
        raise ValueError("The two surfaces have different steps; side by side they would mislead.")
    if 0 not in steps or any(len(s["loss"]) != len(steps) or {*map(len, s["loss"])} != {len(steps)} for s in surfaces):
        raise ValueError(f"Each surface needs {len(steps)}×{len(steps)} losses, and 0 among its steps.")
    ordered = sorted(surfaces, key=lambda s: list(COLOUR).index(s["net"]))
    kit, drawer = Kit(), _SurfaceDrawer(ordered, steps)
    return kit.interactive(
        "loss-surfaces", [kit.walk("cut at b", steps, steps.index(0), [short(step) for step in steps])], drawer.draw
    )


class Shades:
    """The one scale of shades for all `surfaces`: from the lowest loss above zero to the highest, or to where it is cut off.

    Raises ValueError when no loss is finite and above zero.
    """

    def __init__(self, surfaces: Sequence[dict]):
        finite = [v for s in surfaces for row in s["loss"] for v in row if is_finite(v) and v > 0]
        if not finite:
            raise ValueError("No loss of these surfaces is finite and above zero; nothing can be drawn.")
        low = min(finite)
        self.ends = low, max(min(max(finite), _MOST), low * 1.01)
        self.beyond = max(finite) > self.ends[1]  # some losses lie above the scale

    def level(self, value: float | None) -> int:
        """The shade of a loss: 1 (lowest) to LEVELS, which is also that of a loss that is not finite."""
        if not is_finite(value):
            return LEVELS
        low, high = self.ends
        share = log(max(value, low) / low) / log(high / low)
        return min(LEVELS, 1 + int(share * LEVELS))


class _SurfaceDrawer:
    """Draws one state; the maps and the axes of the cut are the same in each and made once."""

    def __init__(self, surfaces: list[dict], steps: list[float]):
        self.surfaces, self.steps, self.shades = surfaces, steps, Shades(surfaces)
        self.cell = _SIDE / len(steps)
        self.lefts = [4, 4 + _SIDE + _GAP]
        self.chart = Chart(46, 258, _CUT_TOP, _CUT_BOTTOM, (steps[0], steps[-1]), self.shades.ends, log=True)
        self.lasting = "".join(self._map(s, left) for s, left in zip(surfaces, self.lefts, strict=True)) + self._scale()
        self.lasting += self.chart.axes([steps[0], 0, steps[-1]], "a, along the first direction")

    def _map(self, surface: dict, left: float) -> str:
        """One map: for each shade a path of runs of equal cells; b grows upwards."""
        paths: dict[int, list[str]] = {}
        for number, row in enumerate(surface["loss"]):
            top = _TOP + _SIDE - (number + 1) * self.cell
            levels = [self.shades.level(value) for value in row]
            start = 0
            for end in range(1, len(levels) + 1):
                if end == len(levels) or levels[end] != levels[start]:
                    box = svg.box(left + start * self.cell, top, (end - start) * self.cell, self.cell)
                    paths.setdefault(levels[start], []).append(box)
                    start = end
        shades = "".join(svg.path("".join(boxes), f"neutral f o{level}") for level, boxes in sorted(paths.items()))
        middle = self.steps.index(0)
        x, y = left + (middle + 0.5) * self.cell, _TOP + _SIDE - (middle + 0.5) * self.cell
        cross = f"M{svg.num(x - 4)} {svg.num(y)}h8M{svg.num(x)} {svg.num(y - 4)}v8"
        frame = svg.path(svg.box(left, _TOP, _SIDE, _SIDE), "neutral s")
        return shades + frame + svg.path(cross, "ink s w") + svg.text(left, 16, _named(surface), "b")

    def _scale(self) -> str:
        """The shades with the losses at both ends and in the middle."""
        top, wide = _TOP + _SIDE + 8, 240 / LEVELS
        boxes = "".join(svg.path(svg.box(50 + i * wide, top, wide, 10), f"neutral f o{i + 1}") for i in range(LEVELS))
        low, high = self.shades.ends
        middle = exp((log(low) + log(high)) / 2)
        ends = _loss(low), _loss(middle), ("≥ " if self.shades.beyond else "") + _loss(high)
        labels = zip(("", "m", "e"), (50, 170, 290), ends, strict=True)
        return (
            boxes
            + "".join(svg.text(x, top + 23, words, style) for style, x, words in labels)
            + svg.text(2, top + 10, "loss")
        )

    def draw(self, b: float) -> str:
        row = self.steps.index(b)
        top = _TOP + _SIDE - (row + 1) * self.cell
        marks = "".join(svg.box(left, top, _SIDE, self.cell) for left in self.lefts)
        shapes = [svg.path(marks, "ink s w")]
        for surface in self.surfaces:
            points = [(a, v if is_finite(v) else inf) for a, v in zip(self.steps, surface["loss"][row], strict=True)]
            shapes.append(svg.path(self.chart.line(*zip(*points, strict=True)), f"{COLOUR[surface['net']]} s w"))
        if self.shades.ends[0] < GUESSING < self.shades.ends[1]:
            y = svg.num(self.chart.py(GUESSING))
            shapes.append(
                svg.path(f"M46 {y}H258", "neutral dash") + svg.text(264, self.chart.py(GUESSING) + 4, "guessing")
            )
        shapes.append(svg.text(2, _CUT_TOP - 8, f"loss along the cut at b = {short(b)}"))
        return svg.picture(_CUT_BOTTOM + 2 * LINE + 10, self._alt(row, b), self.lasting, *shapes) + message(
            self._message(row, b)
        )

    def _alt(self, row: int, b: float) -> str:
        def row_of(surface: dict) -> str:
            return f"{_named(surface)}: {', '.join(map(_loss, surface['loss'][row]))}"

        return (
            f"Two maps of the loss around the trained weights, {' and '.join(map(_named, self.surfaces))}, with one scale of shades "
            f"from {' to '.join(map(_loss, self.shades.ends))}{' and more' * self.shades.beyond}. Marked is the row b = {short(b)}; "
            f"from left to right its losses are, {'; '.join(map(row_of, self.surfaces))}."
        )

    def _message(self, row: int, b: float) -> str:
        where = "through the trained weights" if b == 0 else "beside the trained weights"
        parts = []
        for surface in self.surfaces:
            values = [v if is_finite(v) else inf for v in surface["loss"][row]]
            better = sum(v < GUESSING for v in values)
            parts.append(
                f"<span class='{COLOUR[surface['net']]}'>{_named(surface)}</span> from <code>{_loss(min(values))}</code> to "
                f"<code>{_loss(max(values))}</code>, better than guessing at {better} of {len(values)} places"
            )
        return f"The cut at <code>b = {short(b)}</code>, {where}: {'; '.join(parts)}."


def _named(surface: dict) -> str:
    return f"{NAME[surface['net']]}, {surface['depth']} layers"


def _loss(value: float | None) -> str:
    if not is_finite(value):
        return "not finite"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"

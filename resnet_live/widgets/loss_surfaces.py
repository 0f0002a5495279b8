"""The loss around trained weights, with and without skips: two maps with contour lines, one scale, and a cut through both.

Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets" (https://arxiv.org/abs/1712.09913).
"""

from collections.abc import Sequence
from math import inf, log, log10

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart, is_finite, short
from resnet_live.widgets.drawing.contours import Contours, Square, levels
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR, NAME
from resnet_live.widgets.drawing.svg import WIDTH

GUESSING = log(10)  # the loss of a net that gives each of ten classes the same probability
_SIDE, _TOP = 161, 24
_CUT_TOP = _TOP + _SIDE + 62
_CUT_BOTTOM = _CUT_TOP + 96


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
    walk = kit.walk("cut at b", steps, steps.index(0), [short(step) for step in steps])
    return kit.interactive("loss-surfaces", [walk], drawer.draw, lasting=drawer.lasting)


class Shades:
    """The one scale for all `surfaces`, from the lowest loss above zero to the highest that is finite: round levels between.

    Raises ValueError when no loss is finite and above zero.
    """

    def __init__(self, surfaces: Sequence[dict]):
        finite = [v for s in surfaces for row in s["loss"] for v in row if is_finite(v) and v > 0]
        if not finite:
            raise ValueError("No loss of these surfaces is finite and above zero; nothing can be drawn.")
        low = min(finite)
        self.ends = low, max(max(finite), low * 1.01)
        self.levels = levels(*self.ends)

    def level(self, value: float | None) -> int:
        """How many levels a loss lies above: 0 has the lightest shade. A loss that is not finite lies above all."""
        return sum(value > level for level in self.levels) if is_finite(value) else len(self.levels)

    def labelled(self) -> list[float]:
        """The levels that are written beside their lines: powers of ten, or all where fewer than two of those are there."""
        powers = [level for level in self.levels if log10(level).is_integer()]
        return powers if len(powers) > 1 else self.levels


class _SurfaceDrawer:
    """Draws one state; what is the same in each is made once, as `lasting`, and shown by its name."""

    def __init__(self, surfaces: list[dict], steps: list[float]):
        self.surfaces, self.steps, self.shades = surfaces, steps, Shades(surfaces)
        self.places = [Square(left, _TOP, _SIDE) for left in (4, WIDTH - _SIDE - 4)]
        self.chart = Chart(46, WIDTH - 4, _CUT_TOP, _CUT_BOTTOM, (steps[0], steps[-1]), self.shades.ends, log=True)
        maps, words = map("".join, zip(*map(self._map, surfaces, self.places), strict=True))
        maps += self._scale() + self.chart.axes([steps[0], 0, steps[-1]], "a, along the first direction")
        self.maps, self.words = maps, words
        self.lasting = svg.named(maps) + svg.named(words)

    def _map(self, surface: dict, place: Square) -> tuple[str, str]:
        """One map: what lies above each level is a shade darker, and the level is the line around it; b grows upwards.

        Gives what lies below the cut, and what lies above it: the cross at the trained weights and the levels in figures.
        """
        contours = Contours(surface["loss"], self.shades.ends, place)
        shades = "".join(svg.path(contours.above(level), "neutral layer") for level in self.shades.levels)
        guessing = svg.path(contours.line(GUESSING), "ink dash") if self._guessing_is_drawn() else ""
        share = self.steps.index(0) / (len(self.steps) - 1)
        x, y = place.left + share * _SIDE, place.top + (1 - share) * _SIDE
        cross = svg.path(f"M{svg.num(x - 5)} {svg.num(y)}h10M{svg.num(x)} {svg.num(y - 5)}v10", "ink s w")
        texts = {level: _loss(level) for level in self.shades.labelled()}
        labels = "".join(
            svg.text(x, y + 4, texts[level], "m halo") for level, (x, y) in contours.labels(texts, [(x, y)]).items()
        )
        frame = svg.path(svg.box(place.left, place.top, _SIDE, _SIDE), "neutral s")
        return shades + guessing + frame + svg.text(place.left, 16, _named(surface), "b"), cross + labels

    def _guessing_is_drawn(self) -> bool:
        return self.shades.ends[0] < GUESSING < self.shades.ends[1]

    def _scale(self) -> str:
        """The shades from left to right, each level where it lies between the lowest and the highest loss."""
        top, left, right = _TOP + _SIDE + 10, 46, WIDTH - 4
        low, high = map(log10, self.shades.ends)
        places = {level: left + (right - left) * (log10(level) - low) / (high - low) for level in self.shades.levels}
        layers = "".join(svg.path(svg.box(x, top, right - x, 10), "neutral layer") for x in places.values())
        labels = "".join(svg.text(places[level], top + 24, _loss(level), "m") for level in self.shades.labelled())
        frame = svg.path(svg.box(left, top, right - left, 10), "neutral s")
        return layers + frame + labels + svg.text(4, top + 10, "loss")

    def draw(self, b: float) -> str:
        row = self.steps.index(b)
        y = svg.num(_TOP + _SIDE * (1 - row / (len(self.steps) - 1)))
        marks = "".join(f"M{svg.num(place.left)} {y}h{_SIDE}" for place in self.places)
        shapes = [svg.path(marks, "skip s w")]
        for surface in self.surfaces:
            points = [(a, v if is_finite(v) else inf) for a, v in zip(self.steps, surface["loss"][row], strict=True)]
            shapes.append(svg.path(self.chart.line(*zip(*points, strict=True)), f"{COLOUR[surface['net']]} s w"))
        if self._guessing_is_drawn():
            level = self.chart.py(GUESSING)
            shapes.append(svg.path(f"M46 {svg.num(level)}H{WIDTH - 4}", "ink dash"))
            shapes.append(svg.text(self.chart.px(0), level - 4, "guessing", "m halo"))
        shapes.append(svg.text(4, _CUT_TOP - 8, f"loss along the cut at b = {short(b)}"))
        drawn = [svg.shown(self.maps), *shapes, svg.shown(self.words)]
        return svg.picture(_CUT_BOTTOM + 2 * LINE + 10, self._alt(row, b), *drawn) + message(self._message(row, b))

    def _alt(self, row: int, b: float) -> str:
        def row_of(surface: dict) -> str:
            return f"{_named(surface)}: {', '.join(map(_loss, surface['loss'][row]))}"

        return (
            f"Two maps of the loss around the trained weights, {' and '.join(map(_named, self.surfaces))}, with contour lines on one "
            f"logarithmic scale from {' to '.join(map(_loss, self.shades.ends))}. Marked is the row b = {short(b)}; "
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

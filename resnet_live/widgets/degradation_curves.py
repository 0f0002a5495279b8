"""Deeper and worse, or deeper and better: the losses of nets of several depths, with and without skips.

The comparison is that of He et al. 2015 (https://arxiv.org/abs/1512.03385), figure 6.
"""

from collections.abc import Sequence

import ipywidgets as w

from resnet_live.experiments.compare_runs import Outcome, difference
from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart, apart, is_finite
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR, NAME, check_net

_LOSS = {"train_loss": "training loss", "valid_loss": "validation loss"}
_BOTTOM = 200
_MOST = 5.0  # loss at the top of the axis; guessing among ten classes is at 2.3


def degradation_curves(runs: Sequence[dict]) -> w.Widget:
    """The interactive figure: choose a depth, plain or residual, training or validation loss.

    `runs`: dicts with `net` ("plain" or "residual"), `depth`, `seed` and `epochs`, a list of rows with `epoch`, `train_loss` and
    `valid_loss` (None where a loss was not finite), as `experiments.chapter04` records them. Several seeds of one net and depth
    are drawn as their mean in the band of their range. Raises ValueError without runs, when a net and depth is missing
    or was trained for another number of epochs than the others, or for an unknown net.
    """
    if not runs:
        raise ValueError("degradation_curves needs at least one run.")
    groups = _grouped(runs)
    nets = [net for net in COLOUR if any(net == found for found, _ in groups)]
    depths = sorted({depth for _, depth in groups})
    missing = [f"{net}-{depth}" for net in nets for depth in depths if (net, depth) not in groups]
    if missing:
        raise ValueError(f"Every net needs every depth; missing: {', '.join(missing)}.")
    kit, drawer = Kit(), _DegradationDrawer(groups, depths)
    depth = kit.one_of("layers", depths, depths[-1])
    which = kit.either("loss", "training", "validation", False)
    if len(nets) == 1:
        return kit.interactive("degradation", [depth, which], lambda d, v: drawer.draw(nets[0], d, v))
    net = kit.either("net", "plain", "with skips", False)
    return kit.interactive("degradation", [depth, net, which], lambda d, r, v: drawer.draw(nets[r], d, v))


def _grouped(runs: Sequence[dict]) -> dict[tuple[str, int], list[list[dict]]]:
    """(net, depth) → the rows of each of its runs."""
    groups: dict[tuple[str, int], list[list[dict]]] = {}
    for run in runs:
        check_net(run["net"])
        groups.setdefault((run["net"], run["depth"]), []).append(run["epochs"])
    lengths = {len(rows) for group in groups.values() for rows in group}
    if len(lengths) > 1 or not min(lengths):
        raise ValueError(f"All runs need the same number of epochs, at least one; here are {sorted(lengths)}.")
    return groups


class _DegradationDrawer:
    """Draws one state; the axes are those of all runs and both losses, so that pictures can be compared."""

    def __init__(self, groups: dict, depths: list[int]):
        self.groups, self.depths = groups, depths
        finite = [
            v
            for group in groups.values()
            for rows in group
            for row in rows
            for v in map(row.get, _LOSS)
            if is_finite(v)
        ]
        # A loss far above guessing is a run gone wrong; how far would only flatten all others. The words still say it.
        low, high = (min(finite), min(max(finite), max(_MOST, 1.5 * min(finite)))) if finite else (0.0, 1.0)
        margin = 0.04 * (high - low) or 0.1
        self.epochs = [row["epoch"] for row in next(iter(groups.values()))[0]]
        x, y = (self.epochs[0], self.epochs[-1]), (low - margin, high + margin)
        self.chart = Chart(38, 258, 22, _BOTTOM, x, y)
        every = max(1, len(self.epochs) // 8)
        self.lasting = self.chart.axes(self.epochs[::every], "epoch")

    def draw(self, net: str, depth: int, validation: bool) -> str:
        name = "valid_loss" if validation else "train_loss"
        others = [d for d in self.depths if d != depth]
        shapes = [self._curve(net, other, name, chosen=False) for other in others]
        shapes.append(self._curve(net, depth, name, chosen=True))
        ends = {d: self._mean(net, d, name)[-1] for d in self.depths}
        heights = apart([self.chart.py(v) if is_finite(v) else _BOTTOM for v in ends.values()])
        labels = "".join(
            svg.text(264, y + 4, f"{d} layers", "b" if d == depth else "") for d, y in zip(ends, heights, strict=True)
        )
        shapes += [labels, svg.text(2, 14, _LOSS[name]), svg.text(svg.WIDTH - 4, 14, NAME[net], "e")]
        listed = "; ".join(f"{d} layers: {_list(self._mean(net, d, name))}" for d in self.depths)
        alt = f"{_LOSS[name]} by epoch of the net {NAME[net]}; {depth} layers marked. {listed}.".capitalize()
        return svg.picture(_BOTTOM + 2 * LINE + 10, alt, self.lasting, *shapes) + message(
            self._message(net, depth, name)
        )

    def _values(self, net: str, depth: int, name: str) -> list[list[float]]:
        """For each epoch the finite losses of all seeds."""
        return [
            [row[name] for row in rows if is_finite(row[name])] for rows in zip(*self.groups[net, depth], strict=True)
        ]

    def _mean(self, net: str, depth: int, name: str) -> list[float | None]:
        return [sum(values) / len(values) if values else None for values in self._values(net, depth, name)]

    def _curve(self, net: str, depth: int, name: str, chosen: bool) -> str:
        points = [(e, v) for e, v in zip(self.epochs, self._values(net, depth, name), strict=True) if v]
        if not points:
            return ""
        xs = [e for e, _ in points]
        colour = COLOUR[net] if chosen else "neutral"
        band = self.chart.band(xs, [min(v) for _, v in points], [max(v) for _, v in points])
        line = self.chart.line(xs, [sum(v) / len(v) for _, v in points])
        dots = "".join(svg.dot(self.chart.px(e), self.chart.py(sum(v) / len(v)), f"{colour} f", 3) for e, v in points)
        return (
            svg.path(band, f"{colour} f o2")
            + svg.path(line, f"{colour} s w" if chosen else f"{colour} dash")
            + (dots if chosen or len(points) == 1 else "")
        )

    def _message(self, net: str, depth: int, name: str) -> str:
        values = self._values(net, depth, name)[-1]
        epochs = len(self.epochs)
        words = f"{depth} layers, {NAME[net]}: after {epochs} epoch{'s' * (epochs > 1)} the {_LOSS[name]} is {_range(values)}."
        for other in self.depths:
            if other != depth:
                words += f" With {other} layers it is {_range(self._values(net, other, name)[-1])}"
                words += _compared(values, self._values(net, other, name)[-1], depth > other)
        return words


def _compared(values: list[float], others: list[float], deeper: bool) -> str:
    """How the chosen depth does against another one, as far as the runs can tell."""
    if not values or not others:
        return "."
    found = difference(values, others)
    if found.outcome is Outcome.ONE_RUN:
        return ": one run each, so no spread to compare with."
    if found.outcome is Outcome.NOT_SHOWN:
        return f": no difference that {found.seeds} can show ({found.interval})."
    words = "<strong>deeper is worse</strong>" if (found.outcome is Outcome.HIGHER) == deeper else "deeper is better"
    return f": {words} ({found.interval})."


def _range(values: list[float]) -> str:
    """Mean and range, as HTML."""
    if not values:
        return "<code>not finite</code>"
    mean = f"<code>{_number(sum(values) / len(values))}</code>"
    return (
        mean
        if len(values) == 1
        else f"{mean} ({_number(min(values))} to {_number(max(values))} over {len(values)} seeds)"
    )


def _list(values: list[float | None]) -> str:
    return ", ".join("not finite" if value is None else _number(value) for value in values)


def _number(loss: float) -> str:
    return f"{loss:.2f}" if loss < 100 else f"{loss:.2g}"

"""How much gradient reaches each layer, with and without skips, before training and after an epoch."""

from collections.abc import Sequence
from math import exp, isfinite, log

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart, apart, ticks
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR, NAME, check_net

WHEN = {"start": "at the start", "epoch": "after one epoch"}
_BOTTOM = 200


def gradient_norms(runs: Sequence[dict]) -> w.Widget:
    """The interactive figure: choose a depth and a moment; one curve a net, layer by layer, on a logarithmic axis.

    `runs`: dicts with `net` ("plain" or "residual"), `depth`, `seed` and `gradients`: "start" and "epoch" → the L2 norms
    of the gradient of each weight layer, first to last, as `experiments.chapter04` records them. Seeds are drawn as their
    geometric mean in the band of their range. Raises ValueError without runs, for an unknown net, when the runs of a net
    and depth differ in their number of layers, and for norms that are not all finite and above zero.
    """
    if not runs:
        raise ValueError("gradient_norms needs at least one run.")
    groups: dict[tuple[int, str], list[dict]] = {}
    for run in runs:
        check_net(run["net"])
        _check(run)
        groups.setdefault((run["depth"], run["net"]), []).append(run["gradients"])
    for (depth, net), group in groups.items():
        if len({len(gradients[when]) for gradients in group for when in WHEN}) > 1:
            raise ValueError(f"The runs of the {net} net with {depth} layers differ in their number of norms.")
    depths = sorted({depth for depth, _ in groups})
    kit, drawer = Kit(), _GradientDrawer(groups)
    controls = [kit.one_of("layers", depths, depths[-1]), kit.either("when", WHEN["start"], WHEN["epoch"], False)]
    return kit.interactive("gradient-norms", controls, lambda d, late: drawer.draw(d, "epoch" if late else "start"))


def _check(run: dict) -> None:
    for when in WHEN:
        norms = run["gradients"].get(when, [])
        if len(norms) < 2 or not all(isfinite(n) and n > 0 for n in norms):
            raise ValueError(
                f"{run['net']}-{run['depth']}, {WHEN[when]}: at least two norms are needed, all finite and above zero."
            )


class _GradientDrawer:
    """Draws one state; the vertical axis is that of all runs and both moments."""

    def __init__(self, groups: dict):
        self.groups = groups
        norms = [n for group in groups.values() for gradients in group for when in WHEN for n in gradients[when]]
        self.y = min(norms) / 1.3, max(norms) * 1.3

    def draw(self, depth: int, when: str) -> str:
        nets = [net for net in COLOUR if (depth, net) in self.groups]
        curves = {net: _curves([gradients[when] for gradients in self.groups[depth, net]]) for net in nets}
        layers = max(len(mean) for _, mean, _ in curves.values())
        chart = Chart(52, 258, 22, _BOTTOM, (1, layers), self.y, log=True)
        marks = [1, *(mark for mark in map(int, ticks(1, layers)) if mark > 1)]
        shapes = [chart.axes(marks, "layer, from input to output")]
        for net, (low, mean, high) in curves.items():
            xs = list(range(1, len(mean) + 1))
            shapes += [
                svg.path(chart.band(xs, low, high), f"{COLOUR[net]} f o2"),
                svg.path(chart.line(xs, mean), f"{COLOUR[net]} s w" if net == "residual" else f"{COLOUR[net]} s"),
            ]
        heights = apart([chart.py(mean[-1]) for _, mean, _ in curves.values()])
        shapes += [svg.text(264, y + 4, NAME[net]) for net, y in zip(curves, heights, strict=True)]
        shapes += [svg.text(2, 14, "gradient norm"), svg.text(svg.WIDTH - 4, 14, f"{depth} layers, {WHEN[when]}", "e")]
        listed = "; ".join(
            f"{NAME[net]}: {mean[0]:.3g} at the first layer, {mean[len(mean) // 2]:.3g} in the middle, {mean[-1]:.3g} at the last"
            for net, (_, mean, _) in curves.items()
        )
        alt = f"Norm of the gradient of the weights, layer by layer, in nets of {depth} layers, {WHEN[when]}. {listed}."
        return svg.picture(_BOTTOM + 2 * LINE + 10, alt, *shapes) + message(_message(depth, when, curves))


def _curves(runs: list[list[float]]) -> tuple[list[float], list[float], list[float]]:
    """Lowest, geometric mean and highest of the runs, layer by layer."""
    by_layer = list(zip(*runs, strict=True))
    mean = [exp(sum(map(log, norms)) / len(norms)) for norms in by_layer]
    return [min(norms) for norms in by_layer], mean, [max(norms) for norms in by_layer]


def _message(depth: int, when: str, curves: dict) -> str:
    parts = []
    for net, (_, mean, _) in curves.items():
        first, last = mean[0], mean[-2]  # the last convolution: the linear layer behind it is of another kind
        how = "as much as" if 0.95 < first / last < 1.05 else f"{_times(first / last)}"
        parts.append(
            f"<span class='{COLOUR[net]}'>{NAME[net]}</span> <code>{first:.3g}</code> at the first convolution, {how} "
            f"at the last one (<code>{last:.3g}</code>)"
        )
    return f"{depth} layers, {WHEN[when]}: {'; '.join(parts)}."


def _times(ratio: float) -> str:
    factor = max(ratio, 1 / ratio)
    number = f"{factor:,.0f}" if 10 <= factor < 1e6 else f"{factor:.2g}"
    return f"{number} times as much as" if ratio >= 1 else f"1/{number} of that"

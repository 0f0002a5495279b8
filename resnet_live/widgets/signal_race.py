"""A race through untrained nets: the signal runs forward, block by block, then the gradient runs back."""

from collections.abc import Sequence
from math import exp, isfinite, log

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart, apart, short
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR, NAME, check_net

_HEIGHT = 118  # of a chart
_TOPS = {"signal": 26, "gradient": 26 + _HEIGHT + 50}
_WAY = {"signal": "signal, forward →", "gradient": "gradient, ← back"}
_EDGE = 1e12  # without batch norm the axes end here, up and down


def signal_race(runs: Sequence[dict]) -> w.Widget:
    """The interactive figure: choose depth, initialisation and batch norm; both kinds of net run at once.

    `runs`: dicts with `net` ("plain" or "residual"), `depth`, `start` (a name), `norm` (true or false), `seed`, and `signal` and
    `gradient`, a number for each block, as `experiments.signal_and_gradient` records them. Seeds are drawn as their geometric mean.
    Raises ValueError without runs, for an unknown net, for a missing combination, and for numbers that are not finite and above zero.
    """
    if not runs:
        raise ValueError("signal_race needs at least one run.")
    groups: dict[tuple, list[dict]] = {}
    for run in runs:
        check_net(run["net"])
        if not all(isfinite(value) and value > 0 for way in _WAY for value in run[way]):
            raise ValueError(f"{run['net']}-{run['depth']}, {run['start']}: all numbers must be finite and above zero.")
        groups.setdefault((run["net"], run["depth"], run["start"], run["norm"]), []).append(run)
    depths = sorted({run["depth"] for run in runs})
    starts = list(dict.fromkeys(run["start"] for run in runs))
    curves = {key: {way: _mean([run[way] for run in group]) for way in _WAY} for key, group in groups.items()}
    wanted = [(net, d, s, norm) for net in COLOUR for d in depths for s in starts for norm in (True, False)]
    if missing := [key for key in wanted if key not in curves]:
        raise ValueError(f"signal_race has no run of {missing[0]}.")
    # With batch norm everything stays near one: an axis of its own shows the differences.
    near = [v for (_, _, _, norm), found in curves.items() if norm for way in _WAY for v in found[way]]
    ranges = {True: (min(near) / 1.5, max(near) * 1.5), False: (1 / _EDGE, _EDGE)}
    kit = Kit()
    controls = [
        kit.one_of("layers", depths, depths[-1]),
        kit.one_of("initialisation", starts, starts[0]),
        kit.either("batch norm", "without", "with", False),
    ]

    def draw(depth: int, start: str, norm: bool) -> str:
        found = {net: curves[net, depth, start, norm] for net in COLOUR}
        return _state(depth, start, norm, found, ranges[norm])

    return kit.interactive("signal-race", controls, draw)


def _mean(seeds: list[list[float]]) -> list[float]:
    """The geometric mean of the seeds, block by block."""
    return [exp(sum(map(log, values)) / len(values)) for values in zip(*seeds, strict=True)]


def _state(depth: int, start: str, norm: bool, found: dict, y: tuple[float, float]) -> str:
    shapes = []
    for way, top in _TOPS.items():
        count = len(found["plain"][way])
        chart = Chart(58, 258, top + 8, top + _HEIGHT, (1, count), y, log=True)
        shapes.append(svg.text(2, top - (0 if way == "gradient" else 12), _WAY[way]))
        shapes.append(chart.axes([1, count], "block, from input to output"))
        for net in COLOUR:
            values = found[net][way]
            points = [(chart.px(i), chart.py(value)) for i, value in enumerate(values, start=1)]
            # the gradient's line is drawn from its end
            ordered = points if way == "signal" else points[::-1]
            later = " later" if way == "gradient" else ""
            shapes.append(f"<path class='{COLOUR[net]} s w draws{later}' pathLength='1' d='{svg.curve(ordered)}'/>")
        heights = apart([chart.py(found[net][way][-1]) for net in COLOUR])
        shapes += [svg.text(264, height + 4, NAME[net]) for net, height in zip(COLOUR, heights, strict=True)]
    alt = f"Two charts for nets of {depth} layers, {start}, {'with' if norm else 'without'} batch norm. " + " ".join(
        f"{NAME[net]}: signal {_ends(found[net]['signal'])}, gradient {_ends(found[net]['gradient'][::-1])}."
        for net in COLOUR
    )
    bottom = _TOPS["gradient"] + _HEIGHT + 2 * LINE + 10
    return svg.picture(bottom, alt, *shapes) + message(_message(found))


def _ends(values: list[float]) -> str:
    return f"from {values[0]:.2g} to {values[-1]:.2g}"


def _message(found: dict) -> str:
    parts = []
    for net, ways in found.items():
        signal, gradient = ways["signal"], ways["gradient"]
        parts.append(
            f"<span class='{COLOUR[net]}'>{NAME[net]}</span>: the signal ends at <code>{_times(signal[-1] / signal[0])}</code> "
            f"times its first size, the gradient arrives with <code>{_times(gradient[0] / gradient[-1])}</code> times its own"
        )
    return "; ".join(parts) + "."


def _times(ratio: float) -> str:
    digits = 2 if 0.01 <= ratio < 1000 else 1
    return short(float(f"{ratio:.{digits}g}"))

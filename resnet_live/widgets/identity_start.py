"""The identity at the start: what a residual block adds to its input while γ of its last batch norm goes from 0 to 1.

Zero γ: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 5.1. Drawn from the course's real `NaiveResBlock`.
"""

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import short, signed
from resnet_live.widgets.drawing.controls import Kit, message

GAMMAS = tuple(step / 10 for step in range(11))

_CHANNELS, _SIDE = 8, 3  # few values: each is a dot
_REACH = 5.5  # both axes go from minus to plus this
_LEFT, _TOP, _SIZE = 40, 26, 256
_DOT = 3.4


def values(gamma: float) -> tuple[list[float], list[float]]:
    """Inputs and outputs, value by value, of one fixed block with γ = `gamma`. Leaves the random state as it was."""
    import torch

    from resnet_live.models import NaiveResBlock  # fastai takes seconds to import

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(5)
        block = NaiveResBlock(_CHANNELS, _CHANNELS)
        x = torch.randn(1, _CHANNELS, _SIDE, _SIDE)
        norm = block.weight_layer2[1]
        torch.nn.init.constant_(norm.weight, gamma)
        return x.flatten().tolist(), block(x).flatten().tolist()


def identity_start() -> w.Widget:
    """The interactive figure: γ from 0 to 1 → the outputs of a block over its inputs, and the distance between them."""
    kit = Kit()
    return kit.interactive("identity-start", [kit.one_of("γ", GAMMAS, 0.0)], _state)


def _state(gamma: float) -> str:
    inputs, outputs = values(gamma)
    added = [out - x for x, out in zip(inputs, outputs, strict=True)]
    farthest, mean = max(map(abs, added)), sum(map(abs, added)) / len(added)
    alt = (
        f"Outputs over inputs of a block with γ = {gamma}, {len(added)} dots and the line where output equals input. "
        f"The dots are {mean:.3f} away from the line on average, {farthest:.3f} at most."
    )
    drawing = svg.picture(_TOP + _SIZE + 26, alt, _axes(), _dots(inputs, outputs))
    return drawing + message(_message(gamma, mean, farthest, min(added), max(added)))


def _x(value: float) -> float:
    return _LEFT + (value / _REACH + 1) * _SIZE / 2


def _y(value: float) -> float:
    return _TOP + (1 - value / _REACH) * _SIZE / 2


def _axes() -> str:
    zero = f"M{_LEFT} {svg.num(_y(0))}h{_SIZE}M{svg.num(_x(0))} {_TOP}v{_SIZE}"
    ticks = "".join(svg.text(_x(v), _TOP + _SIZE + 15, short(v), "m") for v in (-4, 0, 4))
    ticks += "".join(svg.text(_LEFT - 6, _y(v) + 4, short(v), "e") for v in (-4, 0, 4))
    same = svg.curve([(_x(-_REACH), _y(-_REACH)), (_x(_REACH), _y(_REACH))])
    return (
        svg.path(zero, "neutral s")
        + ticks
        + svg.path(same, "skip s w")
        + svg.text(2, 14, "output F(x) + x")
        + svg.text(svg.WIDTH - 4, 14, "line: output = x", "e")
        + svg.text(svg.WIDTH - 4, _TOP + _SIZE + 15, "input x", "e")
    )


def _dots(inputs: list[float], outputs: list[float]) -> str:
    dots = (svg.box(_x(x) - _DOT / 2, _y(out) - _DOT / 2, _DOT, _DOT) for x, out in zip(inputs, outputs, strict=True))
    return svg.path("".join(dots), "residual d")


def _message(gamma: float, mean: float, farthest: float, lowest: float, highest: float) -> str:
    if gamma == 0:
        return (
            f"<code>γ = 0</code>: every output is its input plus {mean:.3f}. That is β; "
            "<span class='residual'>F(x)</span> adds nothing else. The block starts as the identity, very nearly."
        )
    return (
        f"<code>γ = {gamma}</code>: <span class='residual'>F(x)</span> adds between {signed(lowest, 2)} and "
        f"{signed(highest, 2)}. On average an output is {mean:.2f} away from its input, at most {farthest:.2f}."
    )

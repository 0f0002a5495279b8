"""ResNet-18, -34 and -50 stage by stage: blocks, shapes, and where the parameters and the multiply-adds are.

The networks: He et al. 2015 (https://arxiv.org/abs/1512.03385), table 1. Every number is read off the real model.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

LAYERS = (18, 34, 50)
SIZES = (32, 64, 97, 128, 160, 224, 320, 448)

_TOP, _ROW = 58, 46
_BLOCKS = 66  # x of the first block of a stage
_HALF = 172  # x of the second column of bars
_BAR = 84  # length of a bar that stands for all


@dataclass(frozen=True)
class Part:
    """A row of the picture: `blocks` (0 for stem and head), of which the first has a fixed skip path if `fixed`."""

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    blocks: int = 0
    fixed: bool = False


def resnet_stages(sizes: Sequence[int] = SIZES) -> w.Widget:
    """The interactive figure: choose the net and the image size (px); see shapes, parameters and operations by stage."""
    parts = {(layers, size): stage_parts(f"resnet{layers}", size) for layers in LAYERS for size in sizes}
    kit = Kit()
    start = 224 if 224 in sizes else sizes[-1]
    controls = [kit.one_of("ResNet", LAYERS, 18), kit.one_of("image size", list(sizes), start)]
    return kit.interactive(
        "resnet-stages", controls, lambda layers, size: _state(f"ResNet-{layers}", size, parts[layers, size])
    )


@functools.cache
def stage_parts(name: str, size: int) -> tuple[Part, ...]:
    """The parts of the net `name` for one image size×size, from the model itself: stem, four stages, head."""
    import torch

    from resnet_live.models import named_resnet
    from resnet_live.probe.cost import costs

    with torch.device("meta"):  # shapes without numbers: nothing is initialised, nothing is computed
        model = named_resnet(name)
    found = {cost.name: cost for cost in costs(model, size)}
    stem = [found[each] for each in ("conv1", "bn1", "maxpool")]
    parts = [
        Part("stem", stem[-1].shape, sum(c.parameters for c in stem), sum(c.multiply_adds for c in stem)),
    ]
    for layer in ("layer1", "layer2", "layer3", "layer4"):
        blocks, cost = getattr(model, layer), found[layer]
        fixed = blocks[0].downsample is not None
        parts.append(Part(layer, cost.shape, cost.parameters, cost.multiply_adds, len(blocks), fixed))
    head = found["fc"]
    return (*parts, Part("fc", head.shape, head.parameters, head.multiply_adds))


def _state(net: str, size: int, parts: Sequence[Part]) -> str:
    parameters, operations = sum(p.parameters for p in parts), sum(p.multiply_adds for p in parts)
    rows = [_row(i, part, parameters, operations) for i, part in enumerate(parts)]
    listed = "; ".join(
        f"{p.name} {svg.times(p.shape)}, {_share(p.parameters, parameters)} of the parameters, "
        f"{_share(p.multiply_adds, operations)} of the multiply-adds"
        for p in parts
    )
    alt = f"{net} for an image of 3×{size}×{size}, from top to bottom: {listed}."
    return svg.picture(_TOP + len(parts) * _ROW, alt, _head(net, size), *rows) + message(_message(net, size, parts))


def _head(net: str, size: int) -> str:
    return (
        svg.text(2, 16, net, "b")
        + svg.text(svg.WIDTH, 16, f"3×{size}×{size}", "k e")
        + svg.path(svg.box(2, 30, 9, 9), "extra d")
        + svg.text(16, 39, "parameters")
        + svg.path(svg.box(_HALF, 30, 9, 9), "neutral d")
        + svg.text(_HALF + 14, 39, "multiply-adds")
    )


def _row(i: int, part: Part, parameters: int, operations: int) -> str:
    y = _TOP + i * _ROW
    bars = [(2, "extra", part.parameters, parameters), (_HALF, "neutral", part.multiply_adds, operations)]
    drawn = "".join(
        svg.path(svg.box(x, y + 19, max(0.6, _BAR * value / whole), 10), f"{colour} d")
        + svg.text(x + max(0.6, _BAR * value / whole) + 6, y + 28, _short(value))
        for x, colour, value, whole in bars
    )
    return (
        svg.text(2, y + 12, part.name, "k b")
        + _blocks(y, part)
        + svg.text(svg.WIDTH, y + 12, svg.times(part.shape), "k e")
        + drawn
    )


def _blocks(y: float, part: Part) -> str:
    """A box for each block with its skip path over it: dashed where a 1×1 convolution fixes it."""
    boxes = "".join(svg.box(_BLOCKS + 19 * n + 3, y + 3, 9, 9) for n in range(part.blocks))
    arcs = [f"M{_BLOCKS + 19 * n} {y + 7.5}v-8h15v8" for n in range(part.blocks)]
    fixed = int(part.fixed)
    return (
        svg.path(boxes, "residual d")
        + svg.path("".join(arcs[:fixed]), "skip dash")
        + svg.path("".join(arcs[fixed:]), "skip s")
    )


def _message(net: str, size: int, parts: Sequence[Part]) -> str:
    parameters, operations = sum(p.parameters for p in parts), sum(p.multiply_adds for p in parts)
    most_p = max(parts, key=lambda p: p.parameters)
    most_o = max(parts, key=lambda p: p.multiply_adds)
    last = parts[-2]
    return (
        f"{net} takes <code>3×{size}×{size}</code> down to <code>{svg.times(last.shape)}</code> in "
        f"{sum(p.blocks for p in parts)} blocks. {parameters:,} parameters, whatever the image size; most of them, "
        f"{_share(most_p.parameters, parameters)}, are in <code>{most_p.name}</code>. "
        f"{_long(operations)} multiply-adds for one image; the largest part of them, {_share(most_o.multiply_adds, operations)}, "
        f"in <code>{most_o.name}</code>."
    )


def _share(value: int, whole: int) -> str:
    share = value / whole
    return "under 1%" if 0 < share < 0.01 else f"{share:.0%}"


def _short(value: int) -> str:
    """`9,536`, `0.148 M`, `462 M`, `1.46 G`: three digits are enough beside a bar."""
    if value < 1e5:
        return f"{value:,}"
    short = f"{value / 1e6:#.3g} M" if value < 999.5e6 else f"{value / 1e9:#.3g} G"
    return short.replace(". ", " ")


def _long(value: int) -> str:
    return f"{value / 1e9:.2f} billion" if value >= 1e9 else f"{value / 1e6:.0f} million"

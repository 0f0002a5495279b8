"""How an image of any size goes through five stride-2 convolutions and comes out as ten numbers."""

from math import log2

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

SIZES = (28, 32, 64, 96, 100, 128, 150, 160, 192, 224, 256, 320, 333, 384, 512, 640, 768, 1024)
CHANNELS = (3, 16, 32, 64, 128, 256)
CLASSES = 10

_ROW = 50  # height of a row with a feature map
_SHORT_ROW = 30  # of a row with a vector
_MIDDLE = 40  # x of the middle of the maps
_SHAPE = 82  # x of the shapes
_LAYER = 180  # x of the layers' names


def shapes(size: int) -> list[tuple[int, int, int]]:
    """The shapes (C, H, W) of an image size×size and of what each 3×3, stride-2, padding-1 convolution makes of it."""
    found = []
    for channels in CHANNELS:
        found.append((channels, size, size))
        size = (size + 1) // 2
    return found


def shape_ladder() -> w.Widget:
    """The interactive figure: image size → feature maps of five stride-2 convolutions → pooled vector → ten outputs."""
    kit = Kit()
    return kit.interactive("shape-ladder", [kit.one_of("image size", SIZES, 160)], _state)


def _state(size: int) -> str:
    ladder = shapes(size)
    alt = (
        f"Feature maps, each half as wide and high as the one before: {', '.join(map(svg.times, ladder))}; "
        f"averaged to {CHANNELS[-1]} numbers; {CLASSES} outputs."
    )
    rows = [_map(i, shape) for i, shape in enumerate(ladder)]
    height = len(ladder) * _ROW + 2 * _SHORT_ROW
    return svg.picture(height, alt, *rows, _vectors(len(ladder) * _ROW)) + message(_message(size, ladder[-1]))


def _map(i: int, shape: tuple[int, int, int]) -> str:
    """Row `i`: a pile of sheets (more for more channels; the side grows with the logarithm), the shape, the layer."""
    channels, side, _ = shape
    edge, sheets = 4 + 3.9 * log2(side), i + 1
    middle = i * _ROW + _ROW / 2
    x, y = _MIDDLE - edge / 2 - sheets, middle - edge / 2 + sheets
    behind = "".join(
        f"M{svg.num(x + 2 * n)} {svg.num(y - 2 * n + 2)}v-2h{svg.num(edge)}v{svg.num(edge)}h-2"
        for n in range(1, sheets)
    )
    layer = f"conv {CHANNELS[i - 1]}→{channels}, stride 2" if i else "the image"
    colour = "residual" if i else "neutral"
    return (
        svg.path(svg.box(x, y, edge, edge), f"{colour} t")
        + svg.path(behind, f"{colour} s")
        + svg.text(_SHAPE, middle + 5, svg.times(shape), "k b")
        + svg.text(_LAYER, middle + 5, layer)
    )


def _vectors(top: float) -> str:
    """The last two rows: the pooled vector and the outputs."""
    pooled, out = top + _SHORT_ROW / 2, top + 1.5 * _SHORT_ROW
    cells = "".join(svg.box(_MIDDLE - 30 + 6 * n, out - 5, 6, 10) for n in range(CLASSES))
    return (
        svg.path(svg.box(_MIDDLE - 32, pooled - 4, 64, 8), "extra t")
        + svg.text(_SHAPE, pooled + 5, str(CHANNELS[-1]), "k b")
        + svg.text(_LAYER, pooled + 5, "average over H, W")
        + svg.path(cells, "ok t")
        + svg.text(_SHAPE, out + 5, str(CLASSES), "k b")
        + svg.text(_LAYER, out + 5, f"linear {CHANNELS[-1]}→{CLASSES}")
    )


def _message(size: int, last: tuple[int, int, int]) -> str:
    channels, side, _ = last
    flat = channels * side * side
    words = (
        f"A <code>3×{size}×{size}</code> image becomes <code>{svg.times(last)}</code>; pooling makes it {channels} "
        f"numbers, the linear layer {CLASSES}. A flatten without pooling would give "
        f"{channels}·{side}·{side} = {flat:,} numbers"
    )
    if side == 1:
        return f"{words}: the same, because the map is 1×1 already."
    return f"{words}, and a linear layer made for these fits {side}×{side} maps only."

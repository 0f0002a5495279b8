"""Where a strided 1×1 convolution looks and where it does not, and what average pooling in front of it sees.

He et al. 2019, "Bag of Tricks for Image Classification with Convolutional Neural Networks", section 4.2 (ResNet-D).
"""

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

SIDES = (6, 7, 8)
STRIDES = (1, 2, 3)

_CELL = 18
_GAP = 20  # units between the two maps
_TOP = 42


def read_by_conv(n: int, stride: int) -> set[tuple[int, int]]:
    """The (row, column) of each value of an n×n map that a 1×1 convolution with that stride reads."""
    return {(i, j) for i in range(0, n, stride) for j in range(0, n, stride)}


def read_by_pool(n: int, stride: int) -> list[set[tuple[int, int]]]:
    """The values that each window of `AvgPool2d(stride, ceil_mode=True)` averages, window by window."""
    starts = range(0, n, stride)
    return [
        {(i, j) for i in range(a, min(a + stride, n)) for j in range(b, min(b + stride, n))}
        for a in starts
        for b in starts
    ]


def strided_or_pooled() -> w.Widget:
    """The interactive figure: side of the map and stride → the values read by a strided 1×1 and by pooling."""
    kit = Kit()
    controls = [kit.one_of("side of the map", SIDES, 8), kit.one_of("stride", STRIDES, 2)]
    return kit.interactive("strided-or-pooled", controls, _state)


def _state(n: int, stride: int) -> str:
    conv, pool = read_by_conv(n, stride), read_by_pool(n, stride)
    alt = (
        f"Two maps of {n}×{n} values. Left, a 1×1 convolution with stride {stride} reads {len(conv)} of them; the "
        f"others are crossed out. Right, average pooling reads all, in {len(pool)} windows of up to {stride}×{stride}."
    )
    wide = n * _CELL
    left = (svg.WIDTH - 2 * wide - _GAP) / 2
    maps = (
        svg.text(left + wide / 2, 15, f"1×1, stride {stride}", "m b"),
        svg.text(left + wide / 2, 32, f"reads {len(conv)} of {n * n}", "m"),
        *_conv(n, conv, left),
        svg.text(left + wide * 1.5 + _GAP, 15, f"average pool {stride}×{stride}", "m b"),
        svg.text(left + wide * 1.5 + _GAP, 32, f"reads {n * n} of {n * n}", "m"),
        *_pool(pool, left + wide + _GAP),
    )
    return svg.picture(_TOP + max(SIDES) * _CELL + 4, alt, *maps) + message(_message(n, stride, len(conv), pool))


def _conv(n: int, read: set[tuple[int, int]], left: float) -> list[str]:
    seen = "".join(svg.box(left + j * _CELL, _TOP + i * _CELL, _CELL, _CELL) for i, j in sorted(read))
    crosses = "".join(
        f"M{svg.num(left + j * _CELL + 5)} {_TOP + i * _CELL + 5}l8 8m0-8l-8 8"
        for i in range(n)
        for j in range(n)
        if (i, j) not in read
    )
    frame = svg.box(left, _TOP, n * _CELL, n * _CELL)
    return [svg.path(frame, "neutral s"), svg.path(crosses, "silent s"), svg.path(seen, "skip d")]


def _pool(windows: list[set[tuple[int, int]]], left: float) -> list[str]:
    boxes = ""
    for window in windows:
        (i, j), (k, m) = min(window), max(window)
        boxes += svg.box(left + j * _CELL + 1, _TOP + i * _CELL + 1, (m - j + 1) * _CELL - 2, (k - i + 1) * _CELL - 2)
    return [svg.path(boxes, "skip d")]


def _message(n: int, stride: int, read: int, windows: list[set[tuple[int, int]]]) -> str:
    if stride == 1:
        return f"<code>stride 1</code>: both read all {n * n} values. There is nothing to choose."
    words = (
        f"<code>{n}×{n}, stride {stride}</code>: the strided 1×1 reads {read} values and never looks at the other "
        f"{n * n - read} (×). Pooling first reads all {n * n}, and gives as many outputs: {len(windows)}."
    )
    if n % stride:
        words += f" {n} is no multiple of {stride}: the last windows are cut off at the edge and average what is there."
    return words

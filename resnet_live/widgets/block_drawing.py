"""A residual block with every shape on both paths, and the sum or PyTorch's very error.

Each drawing really runs the course's `ResBlock` when it is made; a fix that is off is an `nn.Identity` in its place.
He, Zhang, Ren and Sun 2015, figure 2 and section 3.2, is the block; `resnet_live.models.blocks` says more.
"""

import functools
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

if TYPE_CHECKING:
    import torch

Shape = tuple[int, ...]

DIMENSIONS = ("batch", "channels", "height", "width")

_LEFT, _MIDDLE, _RIGHT = 86, 170, 256  # x of the middle of the residual path, of x and the sum, of the skip path
_WIDE = 160  # width of a layer's box
_TALL, _TWO_LINES = 25, 40  # heights of boxes
# y of the two rows of layers, of the plus sign, of the result
_FIRST, _SECOND, _SUM, _RESULT = 52, 124, 216, 254
_HEIGHT = _RESULT + _TALL + 3


@dataclass(frozen=True)
class Setting:
    """A block and what it is given: `size`×`size` images with `ni` channels; which of the two fixes it has."""

    ni: int
    nf: int
    stride: int
    size: int
    pool: bool = False
    conv: bool = False


class Fit(StrEnum):
    """Whether the two paths fit together. The values are the colours' names in the palette."""

    OK = "ok"
    ERROR = "error"  # PyTorch raised
    SILENT = "silent"  # it ran, and broadcasting made the sum of two shapes that differ


@dataclass(frozen=True)
class Trial:
    """What PyTorch made of a setting. Shapes are C×H×W; `total` is () where it raised, and `error` its message."""

    x: Shape
    inner: Shape  # after the first weight layer
    f_x: Shape
    pooled: Shape
    skip: Shape
    total: Shape = ()
    error: str = ""

    @property
    def fit(self) -> Fit:
        if self.error:
            return Fit.ERROR
        return Fit.OK if self.f_x == self.skip else Fit.SILENT


@functools.cache
def run(setting: Setting) -> Trial:
    """Run a block on one random image. Leaves PyTorch's random state as it was. What it gives is shapes: once is enough."""
    import torch
    from torch import nn

    from resnet_live.models import ResBlock  # fastai takes seconds to import

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        # In training, batch norm refuses a single image whose map is 1×1; that is another lesson.
        block = ResBlock(setting.ni, setting.nf, setting.stride).eval()
        block.act = nn.Identity()
        if not setting.pool:
            block.pool = nn.Identity()
        if not setting.conv:
            block.idconv = nn.Identity()
        x = torch.randn(1, setting.ni, setting.size, setting.size)
        inner, pooled = block.weight_layer1(x), block.pool(x)
        f_x, skip = block.weight_layer2(inner), block.idconv(pooled)
        trial = Trial(_shape(x), _shape(inner), _shape(f_x), _shape(pooled), _shape(skip))
        try:
            return replace(trial, total=_shape(block(x)))
        except RuntimeError as error:
            return replace(trial, error=str(error))


def _shape(tensor: "torch.Tensor") -> Shape:
    return tuple(tensor.shape[1:])


def block_drawing(
    ni: int, nf: int, stride: int = 1, size: int = 128, pool: bool = False, conv: bool = False
) -> w.Widget:
    """One state of the explorer by itself: a drawing of the block with the shapes it makes of a `size`×`size` image."""
    kit = Kit()
    return kit.figure("block", kit.html(block_state(Setting(ni, nf, stride, size, pool, conv))))


def block_state(setting: Setting) -> str:
    """The drawing of a block and the line of words below it, as HTML."""
    trial = run(setting)
    drawing = svg.picture(_HEIGHT, _alt(setting, trial), *_drawing(setting, trial), style="m")
    return drawing + message(_message(setting, trial))


Layer = tuple[str, ...]  # the lines of words on a box; none where x passes unchanged


def _skip_layers(setting: Setting) -> tuple[Layer, Layer]:
    """What stands on the skip path."""
    pool = (f"average pool {setting.stride}×{setting.stride}",) if setting.pool and setting.stride > 1 else ()
    conv = (f"1×1 conv {setting.ni}→{setting.nf}", "batch norm") if setting.conv and setting.ni != setting.nf else ()
    return pool, conv


def _drawing(setting: Setting, trial: Trial) -> list[str]:
    stride = f", stride {setting.stride}" if setting.stride > 1 else ""
    layers: tuple[Layer, Layer] = (
        (f"conv {setting.ni}→{setting.nf}{stride}", "batch norm, ReLU"),
        (f"conv {setting.nf}→{setting.nf}", "batch norm"),
    )
    result = {
        Fit.OK: f"sum {svg.times(trial.total)}",
        Fit.SILENT: f"sum {svg.times(trial.total)}: wrong",
        Fit.ERROR: "RuntimeError",
    }[trial.fit]
    return [
        svg.path(f"M{_MIDDLE} 29v9", "neutral s w"),
        *_path(_LEFT, "residual", layers, (trial.inner, trial.f_x)),
        *_path(_RIGHT, "skip", _skip_layers(setting), (trial.pooled, trial.skip)),
        svg.path(svg.box(_MIDDLE - 62, 4, 124, _TALL), "neutral t"),
        svg.text(_MIDDLE, 21, f"x {svg.times(trial.x)}", "k b"),
        svg.text(42, 21, "F(x)", "b"),
        svg.text(298, 21, "skip path", "b"),
        svg.dot(_MIDDLE, _SUM, f"{trial.fit} t", 11),
        svg.text(_MIDDLE, _SUM + 5, "+", "b"),
        svg.path(f"M{_MIDDLE} {_SUM + 11}V{_RESULT}" + svg.box(_MIDDLE - 100, _RESULT, 200, _TALL), f"{trial.fit} t"),
        svg.path(_head(_MIDDLE, _RESULT, 0, 1), f"{trial.fit} f"),
        *([] if trial.error else [svg.text(_MIDDLE + 22, _SUM + 28, "ReLU")]),
        svg.text(_MIDDLE, _RESULT + 17, result, "k b"),
    ]


def _path(x: int, colour: str, layers: tuple[Layer, Layer], shapes: tuple[Shape, Shape]) -> list[str]:
    """A path's line with its layers as boxes on it, and the shape after each; without layers, it is x itself."""
    line, boxes, heads, words = f"M{_MIDDLE} 38H{x}", "", "", []
    for y, layer, shape in zip((_FIRST, _SECOND), layers, shapes, strict=True):
        if layer:
            tall = _TWO_LINES if len(layer) > 1 else _TALL
            line += f"V{y}M{x} {y + tall}"
            boxes += svg.box(x - _WIDE / 2, y, _WIDE, tall)
            heads += _head(x, y, 0, 1)
            words += [svg.text(x, y + 17 + 16 * row, one) for row, one in enumerate(layer)]
        if layer or y == _SECOND:
            words.append(svg.text(x - 6, y + _TWO_LINES + 17, svg.times(shape), "k e"))
    if not any(layers):
        words.append(svg.text(x - 6, _FIRST + 17, "x itself", "e"))
    side = 1 if x > _MIDDLE else -1
    line += f"V{_SUM}H{_MIDDLE + 11 * side}"
    heads += _head(_MIDDLE + 11 * side, _SUM, -side, 0)
    return [svg.path(line, f"{colour} s w"), svg.path(heads, f"{colour} f"), svg.path(boxes, f"{colour} t"), *words]


def _head(x: float, y: float, right: int, down: int) -> str:
    """Path data of an arrowhead that ends at (x, y) and points to the right, the left (−1) or downwards."""
    if down:
        return f"M{x} {y}l-4-7h8z"
    return f"M{x} {y}l{-7 * right}-4v8z"


def _alt(setting: Setting, trial: Trial) -> str:
    passed = ", then ".join(" and ".join(layer) for layer in _skip_layers(setting) if layer) or "nothing"
    end = {
        Fit.OK: "the sum, before the last ReLU, is",
        Fit.SILENT: "broadcasting makes the sum",
        Fit.ERROR: "the sum raises an error",
    }
    return (
        f"Residual path: {svg.times(trial.x)}, after a 3×3 convolution with stride {setting.stride}, batch norm and ReLU "
        f"{svg.times(trial.inner)}, after another and batch norm {svg.times(trial.f_x)}. Skip path: {passed}; it arrives as "
        f"{svg.times(trial.skip)}. Then {end[trial.fit]} {svg.times(trial.total)}".rstrip()
        + "."
    )


# ---- The words ----

_F_X = "<span class='residual'>F(x)</span>"
_SKIP = "<span class='skip'>skip path</span>"


def _code(shape: Shape) -> str:
    return f"<code>{svg.times(shape)}</code>"


def _message(setting: Setting, trial: Trial) -> str:
    if trial.fit is Fit.OK:
        words = f"<strong class='ok'>It fits.</strong> {_F_X} is {_code(trial.f_x)} and so is the {_SKIP}."
        if not any(_skip_layers(setting)):
            words += " Nothing changes the shape, so x itself can be added."
        return words
    both = f"{_F_X} is {_code(trial.f_x)}, the {_SKIP} {_code(trial.skip)}"
    if trial.fit is Fit.ERROR:
        return (
            f"<strong class='error'>PyTorch raises.</strong> {both}. <code class='k'>RuntimeError: "
            f"{escape(trial.error)}</code>. {_about_dimensions(trial)}"
        )
    return (
        f"<strong class='silent'>Runs, and is wrong.</strong> {both}, and yet there is a sum: {_code(trial.total)}. "
        f"{_about_broadcasting(trial)}"
    )


def _about_dimensions(trial: Trial) -> str:
    """Which dimension the message means, and which others would not fit either. PyTorch starts with the last one."""
    clash = [
        d for d in (3, 2, 1) if trial.f_x[d - 1] != trial.skip[d - 1] and 1 not in (trial.f_x[d - 1], trial.skip[d - 1])
    ]
    named, *others = clash
    words = f"Dimension {named} is the {DIMENSIONS[named]}" if named > 1 else "Dimension 1 is the channels"
    if others:
        words += f"; {' and '.join(DIMENSIONS[d] for d in others)} would not fit either, but PyTorch starts with the last dimension"
    return words + "."


def _about_broadcasting(trial: Trial) -> str:
    """What was repeated, and whether the sum has the shape that F(x) has."""
    repeated = []
    if trial.f_x[0] != trial.skip[0]:
        few, many = (_SKIP, trial.f_x) if trial.skip[0] == 1 else (_F_X, trial.skip)
        repeated.append(f"the one channel of {'the ' if few == _SKIP else ''}{few} was added to all {many[0]}")
    if trial.f_x[1:] != trial.skip[1:]:
        few, many = (_SKIP, trial.f_x) if trial.skip[1:] == (1, 1) else (_F_X, trial.skip)
        repeated.append(f"the one pixel of {'the ' if few == _SKIP else ''}{few} was added to all {many[1]}×{many[2]}")
    words = f"Broadcasting: {' and '.join(repeated)}."
    if trial.total != trial.f_x:
        words += f" The block should give {_code(trial.f_x)}."
    return words

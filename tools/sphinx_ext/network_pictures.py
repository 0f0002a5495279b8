"""The pictures of the cheat sheet: the block of the paper, the course's block, and ResNet-18, each read off the real modules."""

from collections.abc import Iterable

import torch
from torch import nn

from resnet_live.models import named_resnet
from resnet_live.probe.cost import Cost, costs
from resnet_live.widgets.drawing import svg

_LEFT, _RIGHT, _WIDE, _TALL, _STEP = 86, 254, 158, 26, 40
_TOP = 62  # y of the first layer of a block


def words(layer: nn.Module) -> str:
    """What a layer is, in the words of the course: `3×3 conv 64→128, stride 2`."""
    if isinstance(layer, nn.Conv2d):
        stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
        return f"{layer.kernel_size[0]}×{layer.kernel_size[1]} conv {layer.in_channels}→{layer.out_channels}{stride}"
    if isinstance(layer, nn.BatchNorm2d):
        return "batch norm" if layer.weight.any() else "batch norm, γ from 0"
    if isinstance(layer, nn.AvgPool2d):
        return f"average pool {layer.kernel_size}×{layer.kernel_size}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max pool {layer.kernel_size}×{layer.kernel_size}, stride {layer.stride}"
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return "average of each channel"
    if isinstance(layer, nn.Linear):
        return f"linear {layer.in_features}→{layer.out_features}"
    return type(layer).__name__


def _layers(parts: Iterable[nn.Module | None]) -> list[str]:
    """The words of all layers of `parts`, in order; an identity is none."""
    every = [layer for part in parts if part is not None for layer in part.modules() if not list(layer.children())]
    return [words(layer) for layer in every if not isinstance(layer, nn.Identity)]


def _down(x: float, top: float, to: float, colour: str) -> str:
    """An arrow from (x, top) down to (x, to)."""
    return svg.path(f"M{svg.num(x)} {svg.num(top)}V{svg.num(to)}m-4-6l4 6l4-6", f"{colour} s")


def block_picture(name: str, residual: list[str], skip: list[str], end: str) -> str:
    """Both paths of a block from top to bottom, an arrow between any two layers; `end`: what comes behind the sum."""
    foot = _TOP + _STEP * len(residual)  # y of the plus sign's upper edge
    plus = foot + 11
    shapes = [
        svg.text(170, 17, "x", "b"),
        svg.path(f"M170 24V36H{_LEFT}", "residual s"),
        svg.path(f"M170 36H{_RIGHT}", "skip s"),
        _down(_LEFT, 36, _TOP, "residual"),
    ]
    for n, layer in enumerate(residual):
        y = _TOP + _STEP * n
        shapes += [
            svg.path(svg.box(_LEFT - _WIDE / 2, y, _WIDE, _TALL), "residual t"),
            svg.text(_LEFT, y + 18, layer),
            _down(_LEFT, y + _TALL, y + _STEP, "residual"),
        ]
    # the skip path's layers stand in the middle of its height
    first = _TOP + _STEP * (len(residual) - len(skip)) / 2
    top = 36.0
    for n, layer in enumerate(skip):
        y = first + _STEP * n
        shapes += [
            _down(_RIGHT, top, y, "skip"),
            svg.path(svg.box(_RIGHT - _WIDE / 2, y, _WIDE, _TALL), "skip t"),
            svg.text(_RIGHT, y + 18, layer),
        ]
        top = y + _TALL
    shapes += [
        svg.path(f"M{_RIGHT} {svg.num(top)}V{plus}H{_LEFT + 11}m6-4l-6 4l6 4", "skip s"),
        svg.text(_LEFT - 18, plus + 5, "F(x)", "b e"),
        svg.dot(_LEFT, plus, "ink t", 11),
        svg.path(f"M{_LEFT} {plus - 6}v12M{_LEFT - 6} {plus}h12", "ink s"),
        _down(_LEFT, plus + 11, plus + 30, "ink"),
        svg.path(svg.box(_LEFT - 50, plus + 30, 100, _TALL), "ink t"),
        svg.text(_LEFT, plus + 48, end),
    ]
    paths = f"Residual path: {', '.join(residual)}. Skip path: {', '.join(skip)}."
    alt = f"{name}, from top to bottom. {paths} Both are added, then {end}."
    return svg.picture(plus + 60, alt, *shapes, style="rl-net m")


def paper_block() -> str:
    """The block of He et al. 2015, figure 2, where the shape changes (option B): chapter 7's `BasicBlock`."""
    from resnet_live.models.resnet import BasicBlock

    block = BasicBlock(64, 128, 2)
    nn.init.ones_(block.bn2.weight)  # as in the paper; that γ starts at 0 came later
    path = [block.conv1, block.bn1, block.relu, block.conv2, block.bn2]
    return block_picture("The block of the paper", _layers(path), _layers([block.downsample]), words(block.relu))


def course_block() -> str:
    """The course's `ResBlock` of chapter 6, where the shape changes."""
    from resnet_live.models import ResBlock

    block = ResBlock(64, 128, 2)
    residual, skip = [block.weight_layer1, block.weight_layer2], [block.pool, block.idconv]
    return block_picture("The block of the course", _layers(residual), _layers(skip), words(block.act))


# ---- The whole network ----

_MIDDLE, _BOX, _GAP, _ASIDE = 158, 160, 16, 248  # x of the layers, their width, the space between rows, x of skip paths


def resnet18(size: int = 224) -> str:
    """ResNet-18 from top to bottom: every block with its layers and its skip path, and the shape behind it."""
    with torch.device("meta"):  # shapes without numbers: nothing is initialised, nothing is computed
        model = named_resnet("resnet18")
    names = []
    for name, part in model.named_children():
        names += [f"{name}.{n}" for n in range(len(part))] if isinstance(part, nn.Sequential) else [name]
    rows = [row for row in costs(model, size, names) if not row.name.startswith(("bn", "relu"))]
    shapes, y = [svg.text(_MIDDLE, 15, "image"), svg.text(svg.WIDTH - 2, 15, svg.times((3, size, size)), "k e")], 20
    for row in rows:
        drawn, y = _row(y, model.get_submodule(row.name), row)
        shapes += drawn
    alt = (
        f"ResNet-18 for an image of 3×{size}×{size}, from top to bottom, with the shape behind each part: "
        + "; ".join(f"{row.name} {svg.times(row.shape)}" for row in rows)
        + f". {sum(row.parameters for row in costs(model, size)):,} parameters."
    )
    return svg.picture(y + 2, alt, *shapes, style="rl-net m")


def _row(y: int, module: nn.Module, row: Cost) -> tuple[list[str], int]:
    """A part of the network from `y` on, an arrow first; and the y behind it."""
    convs = [layer for name, layer in module.named_children() if name.startswith("conv")]
    top, boxes = y + _GAP, convs or [module]
    end = top + 20 * len(boxes)
    shapes = [
        _down(_MIDDLE, y, top, "ink"),
        svg.text(0, (top + end) / 2 + 5, row.name, "k start"),
        svg.text(svg.WIDTH - 2, (top + end) / 2 + 5, svg.times(row.shape), "k e"),
    ]
    for n, layer in enumerate(boxes):
        shapes.append(
            svg.path(svg.box(_MIDDLE - _BOX / 2, top + 20 * n, _BOX, 20), f"{'residual' if convs else 'neutral'} t")
        )
        shapes.append(svg.text(_MIDDLE, top + 20 * n + 15, words(layer)))
    if convs:
        fixed = getattr(module, "downsample", None) is not None
        shapes.append(svg.path(f"M{_MIDDLE} {y + 7}H{_ASIDE}V{end + 4}H{_MIDDLE}", f"skip {'dash' if fixed else 's'}"))
        shapes.append(svg.path(f"M{_MIDDLE + 8} {end + 1}l-7 3l7 3", "skip s"))
    return shapes, end


PICTURES = {"paper-block": paper_block, "course-block": course_block, "resnet18": resnet18}

"""Chapter 7: put blocks together, into a stage and into the chapters' small model. Works with any block."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn

from resnet_live.models.pooled import WIDTHS


def get_model(block: Callable[..., nn.Module], widths: Sequence[int] = WIDTHS, n_classes: int = 10) -> nn.Sequential:
    """The pooled net of chapter 2 around any block: N×`widths[0]`×H×W to N×`n_classes` scores, for any H and W.

    `block` is called as `block(ni, nf, stride=2)` for each pair of neighbours in `widths`. With fastai's `ConvLayer` this
    is `AnySizeNet`. Raises ValueError when `widths` names fewer than two numbers of channels.
    """
    if len(widths) < 2:
        raise ValueError(
            f"widths needs the channels that come in and those of at least one block, got {tuple(widths)}."
        )
    blocks = [block(ni, nf, stride=2) for ni, nf in pairwise(widths)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


def make_stage(block: Callable[..., nn.Module], ni: int, nf: int, depth: int, stride: int) -> nn.Sequential:
    """`depth` blocks, of which only the first changes the channels and the size: N×`ni`×H×W to N×C×⌈H/s⌉×⌈W/s⌉.

    `block` is called as `block(ni, nf, stride=stride)`, then as `block(C, nf, stride=1)`. C is `nf` times the block's
    attribute `expansion` if it has one (torchvision's name: 4 for a bottleneck), else `nf`.
    Raises ValueError for a depth below 1.
    """
    if depth < 1:
        raise ValueError(f"A stage needs at least one block, depth is {depth}.")
    out = nf * getattr(block, "expansion", 1)
    first = block(ni, nf, stride=stride)
    return nn.Sequential(first, *[block(out, nf, stride=1) for _ in range(depth - 1)])

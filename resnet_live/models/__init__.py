"""The networks that the chapters write, so that the next chapter can import what the last one typed.

One module a subject: `pooled` (chapter 2), and, as the chapters come, `small` (the plain and residual nets of chapter 4),
`blocks` (chapters 5 and 6), `stages` and `resnet` (chapter 7) and `modern` (chapter 9).
"""

from resnet_live.models.blocks import NaiveResBlock, PlainConvLayer, ResBlock
from resnet_live.models.pooled import WIDTHS, AnySizeNet
from resnet_live.models.resnet import (
    ARCHITECTURES,
    BasicBlock,
    Bottleneck,
    ResNet,
    cached_weights,
    named_resnet,
    pretrained_resnet,
)
from resnet_live.models.small import plain_net, residual_net
from resnet_live.models.stages import get_model, make_stage

__all__ = [
    "ARCHITECTURES",
    "WIDTHS",
    "AnySizeNet",
    "BasicBlock",
    "Bottleneck",
    "NaiveResBlock",
    "PlainConvLayer",
    "ResBlock",
    "ResNet",
    "cached_weights",
    "get_model",
    "make_stage",
    "named_resnet",
    "plain_net",
    "pretrained_resnet",
    "residual_net",
]

"""The block explorer: choose channels, stride, image size and fixes, and see both paths of a residual block and their sum."""

import ipywidgets as w

from resnet_live.widgets.block_drawing import Setting, block_state
from resnet_live.widgets.drawing.controls import Kit

CHANNELS_IN = (1, 3, 16, 32)
CHANNELS_OUT = (1, 32)
STRIDES = (1, 2, 3)
SIZES = (2, 7, 128)


def block_explorer(fixes: bool = True) -> w.Widget:
    """The interactive figure: channels, stride, image size and the two fixes → both paths and their sum.

    `fixes=False` is the naive block of chapter 5, without the buttons for pooling and 1×1 convolution.
    """
    kit = Kit()
    controls = [
        kit.one_of("channels ni", CHANNELS_IN, 3),
        kit.one_of("channels nf", CHANNELS_OUT, 32),
        kit.one_of("stride", STRIDES, 2 if fixes else 1),
        kit.one_of("image size", SIZES, 128),
    ]
    if not fixes:
        return kit.interactive("block-explorer", controls, _state, nest=(1, 2, 3, 0))
    controls += [
        kit.either("height, width", "no pooling", "pooling", False),
        kit.either("channels", "no 1×1", "1×1", False),
    ]
    return kit.interactive("block-explorer", controls, _state, nest=(4, 5, 1, 2, 3, 0))


def _state(ni: int, nf: int, stride: int, size: int, pool: bool = False, conv: bool = False) -> str:
    return block_state(Setting(ni, nf, stride, size, pool, conv))

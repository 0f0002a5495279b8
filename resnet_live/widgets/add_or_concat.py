"""Addition against concatenation: the channels after each block.

Concatenation: Huang, Liu, van der Maaten and Weinberger 2017, "Densely Connected Convolutional Networks", section 3;
its growth rate k is the number of channels that each layer adds.
"""

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

START = 64  # channels before the first block
GROWTHS = (12, 24, 32)
BLOCKS = 12

_LEFT, _STEP, _BAR = 34, 23.5, 17
_SCALE = 0.36  # units a channel
_ADD, _CONCAT = 52, 244  # y of the two base lines


def channels(blocks: int, growth: int) -> int:
    """The channels after `blocks` concatenating blocks that each add `growth` to the `START` there were."""
    return START + blocks * growth


def weights(ni: int, nf: int) -> int:
    """The weights of a 3×3 convolution from `ni` to `nf` channels, without bias."""
    return 3 * 3 * ni * nf


def add_or_concat() -> w.Widget:
    """The interactive figure: number of blocks and growth k → channels when adding and when concatenating."""
    kit = Kit()
    controls = [kit.whole("blocks", 1, BLOCKS, 6), kit.one_of("growth k", GROWTHS, 32)]
    return kit.interactive("add-or-concat", controls, _state, nest=(1, 0))


def _state(blocks: int, growth: int) -> str:
    last = channels(blocks, growth)
    alt = (
        f"Two rows of {blocks + 1} bars. Addition: {START} channels before and after each block. Concatenation: "
        f"from {START} channels up by {growth} a block to {last}."
    )
    drawing = svg.picture(_CONCAT + 20, alt, *_bars(blocks, growth))
    return drawing + message(_message(blocks, growth, last))


def _bars(blocks: int, growth: int) -> list[str]:
    lefts = [_LEFT + i * _STEP for i in range(blocks + 1)]
    carried, added = "", ""
    for i, x in enumerate(lefts):
        before = channels(max(i - 1, 0), growth) * _SCALE
        carried += svg.box(x, _CONCAT - before, _BAR, before)
        if i:
            added += svg.box(x, _CONCAT - before - growth * _SCALE, _BAR, growth * _SCALE)
    constant = "".join(svg.box(x, _ADD - START * _SCALE, _BAR, START * _SCALE) for x in lefts)
    last = channels(blocks, growth)
    middle = lefts[-1] + _BAR / 2
    return [
        svg.text(2, 14, f"addition: {START} channels, always"),
        svg.path(constant, "skip t"),
        svg.text(2, _ADD + 22, "concatenation"),
        svg.path(carried, "skip t"),
        svg.path(added, "residual d"),
        svg.text(middle, _CONCAT - last * _SCALE - 5, str(last), "k m b"),
        svg.text(_LEFT + _BAR / 2, _CONCAT + 15, "x", "m k"),
        svg.text(middle, _CONCAT + 15, str(blocks), "m"),
    ]


def _message(blocks: int, growth: int, last: int) -> str:
    noun = "block" if blocks == 1 else "blocks"
    return (
        f"After {blocks} {noun}, <span class='skip'>addition</span> still has {START} channels. Concatenation has "
        f"<code>{START} + {blocks}·{growth} = {last}</code>, because each block keeps all it was given and "
        f"<span class='residual'>puts {growth} more</span> behind it. The next 3×3 convolution to {growth} channels "
        f"reads them all: 9·{last}·{growth} = {weights(last, growth):,} weights, against "
        f"9·{START}·{growth} = {weights(START, growth):,} for the first."
    )

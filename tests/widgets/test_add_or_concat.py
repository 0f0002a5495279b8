"""Channels when adding and when concatenating, against layers that really do it."""

import pytest
import torch
from kernel_free import Page
from torch import nn

from resnet_live.widgets import add_or_concat
from resnet_live.widgets.add_or_concat import GROWTHS, START, channels


@pytest.fixture(scope="module")
def page():
    return Page(add_or_concat())


@pytest.mark.parametrize("growth", GROWTHS)
def test_channels_are_those_of_real_blocks(page, growth):
    x = added = torch.randn(1, START, 2, 2)
    for blocks in range(1, 13):
        conv = nn.Conv2d(x.shape[1], growth, 3, padding=1, bias=False)
        x = torch.cat([x, conv(x)], dim=1)
        added = added + nn.Conv2d(START, START, 3, padding=1)(added)
        assert x.shape[1] == channels(blocks, growth)
        page.set(blocks=blocks, growth_k=GROWTHS.index(growth))
        following = nn.Conv2d(x.shape[1], growth, 3, bias=False).weight.numel()
        assert f"addition still has {added.shape[1]} channels" in page.message()
        assert f"{START} + {blocks}·{growth} = {x.shape[1]}," in page.message()
        assert f" = {following:,} weights" in page.message()


def test_a_bar_for_the_input_and_one_for_each_block(page):
    page.set(blocks=5, growth_k=0)
    constant, carried = page.shown()[0].split("class='skip t'")[1:3]
    assert constant.split("'/>")[0].count("M") == carried.split("'/>")[0].count("M") == 6

"""Which values a strided 1×1 convolution and pooling read, against the gradients of the real layers."""

import re

import pytest
import torch
from kernel_free import Page
from torch import nn

from resnet_live.widgets import strided_or_pooled
from resnet_live.widgets.strided_or_pooled import SIDES, STRIDES, read_by_conv, read_by_pool

CASES = [(n, stride) for n in SIDES for stride in STRIDES]


def used(layer, n):
    """For each output, the (row, column) of the inputs that it depends on."""
    x = torch.zeros(1, 1, n, n, requires_grad=True)
    return [
        {tuple(place) for place in torch.autograd.grad(y, x, retain_graph=True)[0][0, 0].nonzero().tolist()}
        for y in layer(x).flatten()
    ]


@pytest.mark.parametrize(("n", "stride"), CASES)
def test_the_cells_are_those_that_gradients_reach(n, stride):
    assert read_by_conv(n, stride) == set().union(*used(nn.Conv2d(1, 1, 1, stride), n))
    assert read_by_pool(n, stride) == used(nn.AvgPool2d(stride, ceil_mode=True), n)


@pytest.mark.parametrize(("n", "stride"), CASES)
def test_message_and_crosses_count_the_cells_that_are_not_read(n, stride):
    page = Page(strided_or_pooled())
    page.set(side_of_the_map=SIDES.index(n), stride=STRIDES.index(stride))
    html, unread = page.shown()[0], n * n - len(read_by_conv(n, stride))
    crosses = re.search(r"class='silent s' d='([^']*)'", html)
    assert (crosses[1].count("M") if crosses else 0) == unread
    assert f"reads {n * n - unread} of {n * n}<" in html
    if stride > 1:
        assert f"never looks at the other {unread} (×)" in page.message()
        assert ("cut off at the edge" in page.message()) == bool(n % stride)

"""The ladder of shapes against real convolutions (on the meta device: shapes without numbers)."""

import pytest
import torch
from kernel_free import Page
from torch import nn

from resnet_live.widgets import shape_ladder
from resnet_live.widgets.shape_ladder import SIZES


@pytest.fixture(scope="module")
def page():
    return Page(shape_ladder())


def real_maps(size):
    x = torch.empty(1, 3, size, size, device="meta")
    maps = [x]
    for ni, nf in [(3, 16), (16, 32), (32, 64), (64, 128), (128, 256)]:
        maps.append(nn.Conv2d(ni, nf, 3, stride=2, padding=1, device="meta")(maps[-1]))
    return maps


def test_the_sizes_of_the_course_are_there():
    assert {28, 64, 96, 128, 160, 192, 224, 333, 1024} <= set(SIZES)
    assert list(SIZES) == sorted(SIZES)


@pytest.mark.parametrize("size", SIZES)
def test_shapes_are_those_of_the_real_net(page, size):
    page.set(image_size=SIZES.index(size))
    (html,) = page.shown()
    maps = real_maps(size)
    for each in maps:
        assert f">{'×'.join(map(str, each.shape[1:]))}</text>" in html
    last = maps[-1]
    assert page.message().startswith(
        f"A 3×{size}×{size} image becomes {'×'.join(map(str, last.shape[1:]))}; "
        f"pooling makes it {last.mean((2, 3)).shape[1]} numbers, the linear layer 10."
    )
    assert f"= {last.flatten(1).shape[1]:,} numbers" in page.message()


def test_the_reason_against_flatten_is_left_out_where_there_is_none(page):
    page.set(image_size=SIZES.index(28))
    assert page.message().endswith("the same, because the map is 1×1 already.")
    page.set(image_size=SIZES.index(160))
    assert page.message().endswith("a linear layer made for these fits 5×5 maps only.")


def test_begins_at_the_size_of_the_data_set(page):
    assert Page(shape_ladder()).message().startswith("A 3×160×160 image")

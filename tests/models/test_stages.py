"""Blocks in a row: the small model of the chapters around any block, and stages."""

import pytest
import torch
from fastai.layers import ConvLayer
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_live.models import AnySizeNet, BasicBlock, Bottleneck, ResBlock, get_model, make_stage


class Recorder:
    """A block that writes down how it was called; `expansion` only if asked for."""

    def __init__(self, expansion=None):
        self.calls = []
        if expansion:
            self.expansion = expansion

    def __call__(self, ni, nf, **options):
        self.calls.append((ni, nf, options))
        return nn.Conv2d(ni, nf * getattr(self, "expansion", 1), 3, padding=1, **options)


def test_get_model_calls_the_block_by_keyword_for_each_pair():
    block = Recorder()
    get_model(block)
    assert block.calls == [(a, b, {"stride": 2}) for a, b in [(3, 16), (16, 32), (32, 64), (64, 128), (128, 256)]]


def test_around_fastais_layer_it_is_the_net_of_chapter_2():
    ours, theirs = get_model(ConvLayer), AnySizeNet()
    renamed = dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True))
    ours.load_state_dict(renamed)
    x = torch.randn(4, 3, 50, 70)
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize("block", [ConvLayer, ResBlock, BasicBlock])
@pytest.mark.parametrize("size", [(128, 128), (97, 160), (1, 1)])
def test_any_block_any_size(block, size):
    model = get_model(block, widths=(3, 8, 12), n_classes=7).eval()
    assert model(torch.randn(2, 3, *size)).shape == (2, 7)


@pytest.mark.parametrize("widths", [(), (3,)])
def test_a_model_without_a_block_is_refused(widths):
    with pytest.raises(ValueError, match="at least one block"):
        get_model(ConvLayer, widths)


@pytest.mark.parametrize(("expansion", "out"), [(None, 32), (4, 128)])
def test_only_the_first_block_of_a_stage_changes_anything(expansion, out):
    block = Recorder(expansion)
    stage = make_stage(block, 16, 32, depth=3, stride=2)
    assert block.calls == [(16, 32, {"stride": 2}), (out, 32, {"stride": 1}), (out, 32, {"stride": 1})]
    assert stage(torch.randn(1, 16, 9, 9)).shape == (1, out, 5, 5)


@settings(max_examples=30)
@given(
    block=st.sampled_from([ResBlock, BasicBlock, Bottleneck]),
    ni=st.integers(1, 9),
    nf=st.integers(1, 9),
    depth=st.integers(1, 3),
    stride=st.integers(1, 3),
    size=st.tuples(st.integers(1, 17), st.integers(1, 17)),
)
def test_a_stage_shrinks_by_its_stride_once(block, ni, nf, depth, stride, size):
    stage = make_stage(block, ni, nf, depth, stride).eval()
    height, width = (-(-side // stride) for side in size)
    assert len(stage) == depth
    out = nf * getattr(block, "expansion", 1)
    assert stage(torch.randn(2, ni, *size)).shape == (2, out, height, width)


@pytest.mark.parametrize("depth", [0, -1])
def test_a_stage_without_blocks_is_refused(depth):
    with pytest.raises(ValueError, match=f"depth is {depth}"):
        make_stage(ResBlock, 16, 32, depth, 2)

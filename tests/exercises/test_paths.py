"""How a block makes its result, worked out from what ran."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_live.exercise.judging.residual_block import SHRINKS, fit, learned, normed, normed_step, same, way
from resnet_live.exercise.observers.built_blocks import awake, observe_block
from resnet_live.exercise.observers.inputs import Draw


@pytest.fixture
def x():
    return Draw(4, "cpu").tensor(4, 5, 11, 13)


class Sum(nn.Module):
    """F(x) + skip(x), with plain layers and a ReLU behind if asked."""

    def __init__(self, skip, stride=1, ni=5, nf=5, relu=False):
        super().__init__()
        self.skip, self.relu = skip, relu
        self.f = nn.Sequential(
            nn.Conv2d(ni, nf, 3, stride, 1),
            nn.BatchNorm2d(nf),
            nn.ReLU(),
            nn.Conv2d(nf, nf, 3, 1, 1),
            nn.BatchNorm2d(nf),
        )
        nn.init.zeros_(self.f[-1].weight)

    def forward(self, x):
        y = self.f(x) + self.skip(x)
        return y.relu() if self.relu else y


def seen(x, *args, **kwargs):
    torch.manual_seed(0)
    return observe_block(Draw(1, "cpu"), lambda: Sum(*args, **kwargs), x)


def test_a_batch_norm_is_a_fit_without_remainder(x):
    y = nn.BatchNorm2d(5)(x).detach()
    assert normed(fit(y, [x]), x)
    assert fit(y, [x], cut=True) is None
    assert normed(fit(y.relu(), [x], cut=True), x)
    assert fit(nn.InstanceNorm2d(5)(x), [x]) is None


def test_a_mixture_of_channels_is_found_and_belongs_to_a_parameter(x):
    conv = nn.Conv2d(5, 3, 1)
    found = fit(nn.BatchNorm2d(3)(conv(x)).detach(), shared=x)
    assert learned(found.mix, {"weight": conv.weight.detach()})
    assert not learned(found.mix, {"weight": torch.randn(3, 5, 1, 1)})


@pytest.mark.parametrize("name", SHRINKS)
@pytest.mark.parametrize("relu", [False, True])
def test_each_way_to_make_x_smaller_is_told_from_the_others(x, name, relu):
    # with stride 2 a window of 2 *is* the stride
    stride = 3 if name == "window 2" else 2
    found = way(seen(x, lambda x: SHRINKS[name](x, stride), stride, relu=relu)["awake"], x, stride)
    # on this size some of them are the same
    assert same(SHRINKS[found.shrink](x, stride), SHRINKS[name](x, stride))
    assert (found.mixed, found.cut) == (False, relu)
    assert found.arrives and found.last_normed


def test_an_activation_behind_the_1x1_is_seen(x):
    found = way(seen(x, nn.Sequential(nn.Conv2d(5, 4, 1), nn.ReLU()), nf=4)["awake"], x, 1)
    assert found.bent and found.mixed


def test_x_that_is_not_added_is_seen(x):
    assert way(seen(x, lambda x: 0.0)["awake"], x, 1).shrink == "none"


def test_what_cannot_be_explained_is_none(x):
    assert way(seen(x, lambda x: x.square())["awake"], x, 1) is None


def test_awake_puts_everything_back():
    block = Sum(nn.Identity())
    nn.init.zeros_(block.f[0].weight)
    before = {name: value.clone() for name, value in block.state_dict().items()}
    with awake(block):
        assert block.f[-1].weight.eq(1).all() and block.f[0].weight.any()
    assert all(torch.equal(value, before[name]) for name, value in block.state_dict().items())


def test_the_batch_norm_behind_a_convolution_is_found_however_it_is_written(x):
    def by_hand(x):
        c = F.conv2d(x, torch.ones(2, 5, 1, 1) + torch.arange(10.0).view(2, 5, 1, 1))
        return (c - c.mean((0, 2, 3), keepdim=True)) / c.std((0, 2, 3), keepdim=True, unbiased=False)

    class Block(nn.Module):
        def forward(self, x):
            return by_hand(x).exp()

    flow = observe_block(Draw(1, "cpu"), Block, x)["start"]
    step = next(step for step in flow["steps"] if step["op"] == "convolution")
    assert torch.allclose(normed_step(flow, step), by_hand(x), atol=1e-5)

"""How a block makes its result, worked out from what ran."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_live.exercise.judging.channel_fit import same
from resnet_live.exercise.judging.residual_block import DOWNSAMPLES, NO_SKIP, decompose, normed_step
from resnet_live.exercise.observers.built_blocks import observe_block
from resnet_live.exercise.observers.inputs import InputGenerator


@pytest.fixture
def x():
    return InputGenerator(4, "cpu").tensor(4, 5, 11, 13)


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
    return observe_block(InputGenerator(1, "cpu"), lambda: Sum(*args, **kwargs), x)


@pytest.mark.parametrize("name", DOWNSAMPLES)
@pytest.mark.parametrize("relu", [False, True])
def test_each_downsample_mode_is_told_from_the_others(x, name, relu):
    # with stride 2 a window of 2 *is* the stride
    stride = 3 if name == "window 2" else 2
    found = decompose(seen(x, lambda x: DOWNSAMPLES[name](x, stride), stride, relu=relu)["perturbed"], x, stride)
    # on this size some of them are the same
    assert same(DOWNSAMPLES[found.downsample](x, stride), DOWNSAMPLES[name](x, stride))
    assert (found.mixes_channels, found.relu_after) == (False, relu)
    assert found.has_residual and found.last_normed


def test_an_activation_behind_the_1x1_is_seen(x):
    found = decompose(seen(x, nn.Sequential(nn.Conv2d(5, 4, 1), nn.ReLU()), nf=4)["perturbed"], x, 1)
    assert found.has_activation and found.mixes_channels


def test_x_that_is_not_added_is_seen(x):
    assert decompose(seen(x, lambda x: 0.0)["perturbed"], x, 1).downsample == NO_SKIP


def test_a_result_that_no_decomposition_explains_has_none(x):
    assert decompose(seen(x, lambda x: x.square())["perturbed"], x, 1) is None


def test_the_batch_norm_behind_a_convolution_is_found_however_it_is_written(x):
    def by_hand(x):
        c = F.conv2d(x, torch.ones(2, 5, 1, 1) + torch.arange(10.0).view(2, 5, 1, 1))
        return (c - c.mean((0, 2, 3), keepdim=True)) / c.std((0, 2, 3), keepdim=True, unbiased=False)

    class Block(nn.Module):
        def forward(self, x):
            return by_hand(x).exp()

    flow = observe_block(InputGenerator(1, "cpu"), Block, x)["start"]
    step = next(step for step in flow["steps"] if step["op"] == "convolution")
    assert torch.allclose(normed_step(flow, step), by_hand(x), atol=1e-5)

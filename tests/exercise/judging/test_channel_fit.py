"""Is one feature map made of others, channel by channel?"""

import pytest
import torch
from torch import nn

from resnet_live.exercise.judging.channel_fit import fit, learned, normed, spread
from resnet_live.exercise.observers.inputs import InputGenerator


@pytest.fixture
def x():
    return InputGenerator(4, "cpu").tensor(4, 5, 11, 13)


def test_a_batch_norm_is_a_fit_without_remainder(x):
    y = nn.BatchNorm2d(5)(x).detach()
    assert normed(fit(y, [x]), x)
    assert fit(y, [x], relu=True) is None
    assert normed(fit(y.relu(), [x], relu=True), x)
    assert fit(nn.InstanceNorm2d(5)(x), [x]) is None


def test_a_mixture_of_channels_is_found_and_belongs_to_a_parameter(x):
    conv = nn.Conv2d(5, 3, 1)
    found = fit(nn.BatchNorm2d(3)(conv(x)).detach(), shared=x)
    assert learned(found.mix, {"weight": conv.weight.detach()})
    assert not learned(found.mix, {"weight": torch.randn(3, 5, 1, 1)})


@pytest.mark.parametrize("nf", [1, 2, 7])
def test_a_mixture_behind_a_batch_norm_belongs_to_its_parameter_and_to_no_other(x, nf):
    x = x * torch.tensor([0.5, 1.0, 2.0, 3.0, 4.0])[:, None, None]
    conv = nn.Conv2d(5, nf, 1)
    mix = fit(conv(nn.BatchNorm2d(5)(x)).detach(), shared=x).mix
    assert learned(mix, {"weight": conv.weight.detach()}, [spread(x)])
    assert not learned(mix, {"weight": conv.weight.detach()})
    others = [torch.randn(nf, 5, 1, 1) for _ in range(200)]
    assert not any(learned(mix, {"weight": other, "gamma": torch.rand(5)}, [spread(x)]) for other in others)


def test_what_varies_at_a_few_places_only_is_found_from_all_of_them(x):
    spots = torch.zeros_like(x)
    spots[:, :, 4, 1:3] = x[:, :, 4, 1:3]
    found = fit(3 * spots + 1, [spots])
    assert torch.allclose(found.slopes, torch.full_like(found.slopes, 3.0))
    assert fit(3 * spots + x, [spots]) is None


def test_of_two_that_are_the_same_each_has_half_a_share(x):
    found = fit(3 * x, [x, x])
    assert torch.allclose(found.slopes, torch.full_like(found.slopes, 1.5))


def test_a_number_that_is_none_fits_nothing(x):
    y = 3 * x
    y[0, 0, 0, 1] = torch.nan
    assert fit(y, [x]) is None

"""The whitening convolution: patches come out with spreads alike, and nothing in it is learned."""

import pytest
import torch
from torch import nn

from resnet_live.training.whitening import first_convolution, whiten


def smooth_images(count=40, side=24):
    """Noise in which neighbours, and channels, are alike."""
    random = torch.Generator().manual_seed(0)
    noise = torch.randn(count, 1, side, side, generator=random) + 0.2 * torch.randn(
        count, 3, side, side, generator=random
    )
    smooth = nn.functional.avg_pool2d(noise, 3, stride=1)
    return (smooth - smooth.mean()) / smooth.std()


def test_what_varies_most_comes_first_and_comes_out_with_the_same_spread_as_the_rest():
    images, conv = smooth_images(), nn.Conv2d(3, 16, 2, bias=False)
    whiten(conv, images)
    out = conv(images).transpose(0, 1).flatten(1)
    plus, minus = out.chunk(2)
    assert torch.equal(plus, -minus)
    together = plus @ plus.T / plus.shape[1]
    torch.testing.assert_close(together, torch.eye(8), atol=0.05, rtol=0)
    before = images.unfold(2, 2, 1).unfold(3, 2, 1).std(dim=(0, 2, 3)).flatten()
    assert (before > 0.5).all() and conv.weight.flatten(1).norm(dim=1)[0] < conv.weight.flatten(1).norm(dim=1)[7]


@pytest.mark.parametrize("count", [1, 7, 24, 60])
def test_any_number_of_filters_is_filled(count):
    conv = nn.Conv2d(3, count, 2, stride=2, bias=False)
    whiten(conv, smooth_images())
    assert conv.weight.isfinite().all() and (conv.weight.flatten(1).norm(dim=1) > 0).all()
    assert not conv.weight.requires_grad


def test_images_without_any_contrast_give_finite_weights():
    conv = nn.Conv2d(3, 8, 3, bias=False)
    whiten(conv, torch.zeros(4, 3, 8, 8))
    assert conv.weight.isfinite().all()


def test_the_first_convolution_is_the_one_that_sees_the_image():
    conv = nn.Conv2d(3, 4, 3)
    assert first_convolution(nn.Sequential(nn.Sequential(conv), nn.Conv2d(4, 4, 1))) is conv
    with pytest.raises(ValueError, match="Linear has no convolution"):
        first_convolution(nn.Linear(2, 2))

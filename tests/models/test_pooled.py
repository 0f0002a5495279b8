"""The pooled ConvNet: any size in, ten scores out."""

import pytest
import torch

from resnet_live.models import AnySizeNet


@pytest.mark.parametrize("n,size", [(1, (128, 128)), (10, (32, 32)), (2, (333, 200)), (1, (1024, 1024))])
def test_any_size_in_ten_numbers_out(n, size):
    with torch.device("meta"):
        assert AnySizeNet()(torch.empty(n, 3, *size)).shape == (n, 10)


def test_gradients_reach_every_parameter():
    model = AnySizeNet(4)
    model(torch.randn(2, 3, 64, 64)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())

"""What starts at 0 is perturbed for a look, and put back."""

import torch
from torch import nn

from resnet_live.exercise.observers.built_blocks import perturb_zeros


def test_zeros_are_put_back_after_they_were_perturbed():
    block = nn.Sequential(nn.Conv2d(5, 5, 3), nn.BatchNorm2d(5))
    nn.init.zeros_(block[0].weight)
    nn.init.zeros_(block[1].weight)
    before = {name: value.clone() for name, value in block.state_dict().items()}
    with perturb_zeros(block):
        assert block[1].weight.eq(1).all() and block[0].weight.any()
    assert all(torch.equal(value, before[name]) for name, value in block.state_dict().items())

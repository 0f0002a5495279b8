"""What starts at 0 is perturbed for a look, and put back."""

import torch
from torch import nn

from resnet_live.exercise.observers.built_blocks import other_numbers, perturb_zeros


def test_zeros_are_put_back_after_they_were_perturbed():
    block = nn.Sequential(nn.Conv2d(5, 5, 3), nn.BatchNorm2d(5))
    nn.init.zeros_(block[0].weight)
    nn.init.zeros_(block[1].weight)
    before = {name: value.clone() for name, value in block.state_dict().items()}
    with perturb_zeros(block):
        assert block[1].weight.eq(1).all() and block[0].weight.any()
    assert all(torch.equal(value, before[name]) for name, value in block.state_dict().items())


def test_all_that_learns_is_moved_and_put_back():
    block = nn.Sequential(nn.Conv2d(5, 5, 1), nn.BatchNorm2d(5))
    block[1].bias.requires_grad_(False)
    before = {name: value.clone() for name, value in block.state_dict().items()}
    with perturb_zeros(block), other_numbers(block):
        assert not block[0].weight.isclose(before["0.weight"]).any()
        assert len(set(block[1].weight.tolist())) == 5 and block[1].weight.gt(1.2).all()
        assert block[1].bias.eq(1).all()
    assert all(torch.equal(value, before[name]) for name, value in block.state_dict().items())

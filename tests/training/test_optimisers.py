"""The optimisers: Muon on convolutions, and weight decay where it belongs."""

import pytest
import torch
from torch import nn

from resnet_live.training.optimisers import ConvMuon, make_optimiser
from resnet_live.training.trainer import CHOICES, parameters


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_muon_steps_along_the_orthogonal_part_of_the_gradient(memory):
    conv = nn.Conv2d(4, 6, 3, bias=False).to(memory_format=memory)
    before = conv.weight.detach().clone()
    optimiser = ConvMuon([conv.weight], lr=0.5, weight_decay=0.0)
    conv.weight.grad = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(conv.weight.grad.reshape(6, 36), full_matrices=False)
    optimiser.step()
    moved = (before - conv.weight.detach()).reshape(6, 36) / 0.5
    values = torch.linalg.svdvals(moved)
    assert values.min() > 0.6 and values.max() < 1.3  # Newton-Schulz in bfloat16 stops near 1
    assert nn.functional.cosine_similarity(moved.flatten(), (u @ v).flatten(), dim=0) > 0.97
    assert conv.weight.is_contiguous(memory_format=memory)
    optimiser.zero_grad()
    assert conv.weight.grad is None


@pytest.mark.parametrize("name", CHOICES["optimiser"])
def test_each_parameter_has_one_optimiser_and_norms_and_biases_do_not_decay(name):
    conv = nn.Conv2d(3, 8, 3, bias=False)
    model = nn.Sequential(conv, nn.BatchNorm2d(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    optimisers = make_optimiser(model, name, 0.1, 0.9, 0.05)
    groups = [group for optimiser in optimisers for group in optimiser.param_groups]
    assert sum(p.numel() for group in groups for p in group["params"]) == parameters(model)
    still = [p.numel() for group in groups if group["weight_decay"] == 0 for p in group["params"]]
    assert sorted(still) == [8, 8, 10]

"""The cost of a model's parts against the arithmetic of single layers and the published totals."""

import pytest
import torch
import torchvision
from torch import nn

from resnet_live.models import AnySizeNet, named_resnet
from resnet_live.probe.cost import costs

STAGES = ["conv1", "layer1", "layer2", "layer3", "layer4", "fc"]


def test_layers_by_hand():
    net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(8 * 5 * 5, 7))
    conv, flat, linear = costs(net, 9)
    assert (conv.name, conv.shape, conv.parameters) == ("0", (8, 5, 5), 3 * 8 * 9 + 8)
    assert conv.multiply_adds == 5 * 5 * 8 * 3 * 9
    assert (flat.shape, flat.parameters, flat.multiply_adds) == ((200,), 0, 0)
    assert (linear.shape, linear.parameters, linear.multiply_adds) == ((7,), 200 * 7 + 7, 200 * 7)


def test_groups_count_less():
    (conv,) = costs(nn.Sequential(nn.Conv2d(4, 8, 3, padding=1, groups=2)), 6, channels=4)
    assert conv.multiply_adds == 6 * 6 * 8 * 2 * 9


@pytest.mark.parametrize(("name", "billions"), [("resnet18", 1.814), ("resnet34", 3.664), ("resnet50", 4.089)])
def test_totals_are_those_that_torchvision_publishes(name, billions):
    parts = costs(named_resnet(name), 224)
    assert sum(part.multiply_adds for part in parts) / 1e9 == pytest.approx(billions, abs=6e-4)
    assert sum(part.parameters for part in parts) == sum(
        p.numel() for p in getattr(torchvision.models, name)(weights=None).parameters()
    )


def test_shapes_of_the_stages():
    parts = costs(named_resnet("resnet50"), 224, STAGES)
    assert [part.name for part in parts] == STAGES
    assert [part.shape for part in parts] == [
        (64, 112, 112),
        (256, 56, 56),
        (512, 28, 28),
        (1024, 14, 14),
        (2048, 7, 7),
        (1000,),
    ]


def test_nested_parts_can_be_asked_for():
    (block,) = costs(named_resnet("resnet18"), 64, ["layer2.0.downsample.0"])
    assert (block.shape, block.multiply_adds) == ((128, 8, 8), 8 * 8 * 64 * 128)


def test_the_model_is_left_as_it_was():
    net = AnySizeNet().train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    costs(net, 64)
    assert net.training
    assert not any(m._forward_hooks for m in net.modules())
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_a_part_that_is_not_called_is_left_out():
    net = AnySizeNet()
    net.add_module("idle", nn.Linear(3, 3))
    assert "idle" not in [part.name for part in costs(net, 64)]


def test_a_part_that_does_not_exist():
    with pytest.raises(AttributeError):
        costs(AnySizeNet(), 64, ["layer9"])

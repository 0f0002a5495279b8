"""Gradient norms by parameter: the right numbers, and nothing left behind."""

import pytest
import torch
from torch import nn

from resnet_live.models import plain_net
from resnet_live.probe.gradients import grad_norms, layer_norms


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))


def a_loss(net):
    return net(torch.ones(2, 3, 4, 4) * torch.tensor([1.0, 2.0])[:, None, None, None]).square().mean()


def test_norms_are_those_that_backward_leaves(net):
    norms = grad_norms(net, a_loss(net))
    a_loss(net).backward()
    assert list(norms) == [name for name, _ in net.named_parameters()]
    for name, p in net.named_parameters():
        assert norms[name] == pytest.approx(p.grad.norm().item(), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_norms_of_tiny_and_huge_gradients_are_not_lost_in_their_squares(scale):
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    holder = nn.ParameterDict({"w": weight})
    loss = (weight * torch.tensor([3.0, 4.0]) * scale).sum()
    assert grad_norms(holder, loss)["w"] == pytest.approx(5 * scale, rel=1e-5)


def test_a_gradient_that_is_not_finite_stays_so():
    layer = nn.Linear(2, 1, bias=False)
    assert grad_norms(layer, layer(torch.tensor([[float("inf"), 1.0]])).sum())["weight"] == float("inf")
    nan = grad_norms(layer, layer(torch.tensor([[float("nan"), 1.0]])).sum())["weight"]
    assert nan != nan


def test_gradients_from_before_stay_and_none_stays_none(net):
    net[0].weight.grad = torch.full_like(net[0].weight, 7.0)
    loss = a_loss(net)
    grad_norms(net, loss)
    assert (net[0].weight.grad == 7).all() and net[4].weight.grad is None
    loss.backward()  # the graph is still there


def test_what_takes_no_part_is_absent(net):
    net.spare = nn.Linear(2, 2)
    net[4].bias.requires_grad_(False)
    loss = net[4](net[3](net[2](net[1](net[0](torch.randn(2, 3, 4, 4)))))).sum()
    assert set(grad_norms(net, loss)) == {"0.weight", "0.bias", "1.weight", "1.bias", "4.weight"}


def test_layer_norms_keep_one_value_a_weight_layer_in_order():
    net = plain_net(8)
    norms = layer_norms(net, net(torch.randn(4, 3, 16, 16)).square().mean())
    assert len(norms) == 8
    assert (next(iter(norms)), list(norms)[-1]) == ("0.0.weight", "4.2.weight")


def test_a_loss_that_cannot_be_differentiated_is_refused_with_a_message(net):
    with pytest.raises(ValueError, match=r"one number, .* \(2, 2\)"):
        grad_norms(net, net(torch.randn(2, 3, 4, 4)))
    with torch.no_grad():
        loss = a_loss(net)
    with pytest.raises(ValueError, match="carries no graph"):
        grad_norms(net, loss)

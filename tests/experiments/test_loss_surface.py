"""Loss surfaces: directions as long as the filters, the trained weights in the middle, and the model left as it was."""

import pytest
import torch
from torch import nn

from resnet_live.experiments.loss_surface import filter_direction, loss_surface
from resnet_live.models import plain_net


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_each_filter_of_a_direction_is_as_long_as_the_models_filter():
    net = plain_net(8)
    with torch.no_grad():
        net[0][0].weight[3] *= 100
    for p, d in zip(net.parameters(), filter_direction(net, generator()), strict=True):
        assert d.shape == p.shape
        if p.ndim > 1:
            torch.testing.assert_close(d.flatten(1).norm(dim=1), p.flatten(1).norm(dim=1))
            assert not torch.allclose(d, p)
        else:
            assert not d.any()


def test_a_filter_of_zeros_does_not_move():
    layer = nn.Linear(3, 2)
    nn.init.zeros_(layer.weight)
    assert all(not d.any() for d in filter_direction(layer, generator()))


def test_values_are_the_losses_at_those_weights():
    layer = nn.Linear(2, 1, bias=False)
    before = layer.weight.detach().clone()
    random = generator(5)
    (across,), (up,) = filter_direction(layer, random), filter_direction(layer, random)
    rows = loss_surface(layer, lambda m: m.weight.square().sum().item(), [-1.0, 0.0, 0.5], seed=5)
    for row, b in zip(rows, [-1.0, 0.0, 0.5], strict=True):
        for value, a in zip(row, [-1.0, 0.0, 0.5], strict=True):
            assert value == pytest.approx((before + a * across + b * up).square().sum().item(), rel=1e-3)
    assert rows[1][1] == pytest.approx(before.square().sum().item(), rel=1e-3)


def test_the_weights_come_back_also_after_an_error():
    net = plain_net(8)
    before = [p.detach().clone() for p in net.parameters()]

    def fails(model):
        raise RuntimeError("no loss today")

    with pytest.raises(RuntimeError, match="no loss today"):
        loss_surface(net, fails, [1.0])
    loss_surface(net, lambda m: 0.0, [1.0, 2.0])
    assert all(torch.equal(p, q) for p, q in zip(net.parameters(), before, strict=True))


def test_what_is_not_finite_is_none():
    assert loss_surface(nn.Linear(1, 1), lambda m: float("inf"), [0.0]) == [[None]]


def test_equal_seeds_give_equal_surfaces_and_others_do_not():
    net = plain_net(8)
    surfaces = [loss_surface(net, lambda m: m[0][0].weight[0, 0, 0, 0].item(), [0.5], seed) for seed in (1, 1, 2)]
    assert surfaces[0] == surfaces[1] != surfaces[2]

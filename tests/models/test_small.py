"""The paper's nets for small images: what they hold, and that the addition is their only difference."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from resnet_live.models import plain_net, residual_net
from resnet_live.models.small import PlainBlock, ResidualBlock

NETS = [plain_net, residual_net]


def weight_layers(net):
    return [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize("depth", [8, 14, 20, 32, 44, 56, 110])
def test_the_depth_counts_the_weight_layers(make, depth):
    layers = weight_layers(make(depth))
    assert len(layers) == depth
    convs = layers[:-1]
    assert all(c.kernel_size == (3, 3) and c.padding == (1, 1) and c.bias is None for c in convs)
    each = (depth - 2) // 3
    assert [c.out_channels for c in convs] == [16] * (1 + each) + [32] * each + [64] * each
    assert [i for i, c in enumerate(convs) if c.stride == (2, 2)] == [1 + each, 1 + 2 * each]


@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
@pytest.mark.parametrize("make", NETS)
def test_parameters_are_those_of_the_papers_table_6(make, depth, millions):
    count = sum(p.numel() for p in make(depth).parameters()) / 1e6
    assert count == pytest.approx(millions, rel=0.025)


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize("depth", [-10, 0, 2, 3, 7, 9, 21, 34, 55, 18])
def test_any_other_depth_is_refused_with_a_depth_that_works(make, depth):
    with pytest.raises(ValueError, match=f"6n \\+ 2 .* {depth} is not") as raised:
        make(depth)
    for advised in str(raised.value).rsplit("Try ", 1)[1].rstrip(".").split(" or "):
        assert make(int(advised))


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize(("n", "size"), [(1, (32, 32)), (3, (64, 64)), (2, (33, 47)), (1, (1, 1)), (2, (5, 128))])
def test_any_size_in_scores_out(make, n, size):
    with torch.device("meta"):
        assert make(20, n_classes=7).eval()(torch.empty(n, 3, *size)).shape == (n, 7)


def test_stages_halve_the_map():
    net, x, shapes = plain_net(8), torch.randn(1, 3, 32, 32), []
    for stage in net[:-1]:
        x = stage(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(16, 32, 32), (16, 32, 32), (32, 16, 16), (64, 8, 8)]


def test_one_seed_gives_both_nets_the_same_weights():
    states = []
    for make in NETS:
        torch.manual_seed(3)
        states.append(make(20).state_dict())
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(a, b) for a, b in zip(states[0].values(), states[1].values(), strict=True))


def test_the_addition_is_the_only_difference():
    plain, residual = PlainBlock(4, 4), ResidualBlock(4, 4)
    residual.load_state_dict(plain.state_dict())
    x = torch.randn(2, 4, 6, 6)
    torch.testing.assert_close(plain(x), torch.relu(plain.residual(x)))
    torch.testing.assert_close(residual(x), torch.relu(plain.residual(x) + x))


@given(
    ni=st.integers(1, 5),
    more=st.integers(0, 4),
    stride=st.integers(1, 3),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_both_paths_of_a_block_agree_in_shape(ni, more, stride, height, width):
    block, x = ResidualBlock(ni, ni + more, stride), torch.randn(2, ni, height, width)
    skip = block.skip(x)
    with torch.no_grad():
        assert skip.shape == block.eval().residual(x).shape
    assert torch.equal(skip[:, :ni], x[:, :, ::stride, ::stride])
    assert not skip[:, ni:].any()


def test_with_gamma_zero_a_residual_block_is_the_identity_and_a_plain_one_gives_zeros():
    x = torch.rand(2, 4, 6, 6)  # not negative, as behind a ReLU
    for block, expected in [(ResidualBlock(4, 4), x), (PlainBlock(4, 4), torch.zeros_like(x))]:
        nn.init.zeros_(block.bn2.weight)
        torch.testing.assert_close(block(x), expected)


@pytest.mark.parametrize("make", NETS)
def test_gradients_reach_every_parameter(make):
    net = make(14)
    net(torch.randn(4, 3, 16, 16)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


@pytest.mark.parametrize("make", NETS)
def test_convolutions_start_with_he_initialisation(make):
    torch.manual_seed(0)
    for conv in weight_layers(make(20))[1:-1]:
        assert conv.weight.std().item() == pytest.approx((2 / (9 * conv.in_channels)) ** 0.5, rel=0.1)

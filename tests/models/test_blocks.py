"""The blocks of chapters 5 and 6: against fastai's, for any shape, and how they start."""

import math

import pytest
import torch
from fastai.layers import ConvLayer, NormType
from fastai.layers import ResBlock as FastaiResBlock
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_live.models import NaiveResBlock, PlainConvLayer, ResBlock

channels, sides, strides = st.integers(1, 6), st.integers(1, 40), st.integers(1, 6)


def gradients(module, x):
    """Output, and the gradients of a fixed sum of it with respect to x and to each parameter."""
    x = x.clone().requires_grad_()
    out = module(x)
    weights = torch.linspace(-1, 1, out.numel()).view_as(out)
    return [out, *torch.autograd.grad((out * weights).sum(), [x, *module.parameters()])]


def assert_same(ours, theirs, x):
    for a, b in zip(gradients(ours, x), gradients(theirs, x), strict=True):
        assert a.shape == b.shape and torch.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("ks", "stride", "act"), [(3, 1, True), (3, 2, True), (1, 1, False), (5, 3, True)])
def test_the_hand_made_layer_is_fastais(ks, stride, act, training):
    torch.manual_seed(1)
    theirs = ConvLayer(4, 6, ks, stride=stride, **({} if act else {"act_cls": None}))
    torch.manual_seed(1)
    ours = PlainConvLayer(4, 6, ks, stride, act)
    for (name, a), (other, b) in zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True):
        assert name == other and torch.equal(a, b), "the same start from the same seed"
    for layer in (ours, theirs):
        nn.init.uniform_(layer[1].weight, 0.2, 1.2)
    ours.load_state_dict(theirs.state_dict())
    assert_same(ours.train(training), theirs.train(training), torch.randn(3, 4, 9, 7))
    for a, b in zip(ours.buffers(), theirs.buffers(), strict=True):
        assert torch.equal(a, b), "running statistics"


def fastais(block, ni, nf, stride):
    """fastai's block with the same options and weights; its modules come in the same order as ours."""
    theirs = FastaiResBlock(1, ni, nf, stride=stride)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), block.state_dict().values(), strict=True)))
    return theirs


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("ni", "nf", "stride"), [(4, 4, 1), (4, 4, 2), (4, 6, 1), (3, 32, 2), (6, 4, 3), (1, 8, 1), (8, 1, 2)]
)
def test_the_final_block_is_fastais(ni, nf, stride, training):
    torch.manual_seed(2)
    block = ResBlock(ni, nf, stride)
    for name, parameter in block.named_parameters():
        if name.endswith(("1.weight", "1.bias")):
            nn.init.uniform_(parameter, 0.2, 1.2)  # with γ = 0 the residual path would not be compared
    theirs = fastais(block, ni, nf, stride)
    assert_same(block.train(training), theirs.train(training), torch.randn(3, ni, 13, 8))
    for a, b in zip(block.buffers(), theirs.buffers(), strict=True):
        assert torch.equal(a, b)


@given(n=sides, m=sides, ni=channels, nf=channels, stride=strides)
@settings(max_examples=150)
def test_the_two_paths_agree_for_any_shape(n, m, ni, nf, stride):
    block = ResBlock(ni, nf, stride).eval()
    x = torch.randn(1, ni, n, m)
    expected = (1, nf, math.ceil(n / stride), math.ceil(m / stride))
    with torch.no_grad():
        assert block.weight_layer2(block.weight_layer1(x)).shape == expected
        assert block.idconv(block.pool(x)).shape == expected
        assert block(x).shape == expected


@given(ni=channels, nf=channels, stride=st.integers(1, 4), n=st.integers(1, 12))
@settings(max_examples=150)
def test_the_naive_block_adds_what_pytorch_adds(ni, nf, stride, n):
    block, x = NaiveResBlock(ni, nf, stride).eval(), torch.randn(2, ni, n, n)
    f_x = block.weight_layer2(block.weight_layer1(x))
    try:
        expected = torch.broadcast_shapes(f_x.shape, x.shape)
    except RuntimeError:
        with pytest.raises(RuntimeError, match="must match the size of tensor b"):
            block(x)
    else:
        assert block(x).shape == expected and torch.equal(block(x), f_x + x)


@given(ni=channels, stride=strides)
@settings(max_examples=25)
def test_a_skip_path_with_nothing_to_do_is_x_itself(ni, stride):
    block, x = ResBlock(ni, ni, stride), torch.randn(1, ni, 5, 5)
    assert block.idconv(x) is x
    assert (block.pool(x) is x) == (stride == 1)


@pytest.mark.parametrize(("block", "x"), [(NaiveResBlock(4, 4), -1.0), (ResBlock(4, 4), 1.0)])
def test_a_block_starts_as_the_identity_plus_beta(block, x):
    start = torch.rand(2, 4, 6, 6) * x
    assert torch.allclose(block(start), start + 1e-3, atol=1e-7)


def test_gamma_of_the_last_batch_norm_only_is_zero():
    block = ResBlock(3, 8, 2)
    zeros = [name for name, p in block.named_parameters() if not p.any()]
    assert zeros == ["weight_layer2.1.weight"]


def first_step(beta, act):
    """Is any gradient of the residual path non-zero on the first step? γ = 0, β = `beta`, maybe a ReLU behind."""
    torch.manual_seed(0)
    layer = ConvLayer(4, 4, norm_type=NormType.BatchZero, **({} if act else {"act_cls": None}))
    nn.init.constant_(layer[1].bias, beta)
    x, target = torch.randn(2, 4, 6, 6), torch.randn(2, 4, 6, 6)
    (layer(x) + x - target).square().mean().backward()
    return {name: bool(p.grad.any()) for name, p in layer.named_parameters()}


def test_a_relu_behind_gamma_zero_and_beta_zero_never_learns():
    assert first_step(beta=0.0, act=True) == {"0.weight": False, "1.weight": False, "1.bias": False}


@pytest.mark.parametrize(("beta", "act"), [(1e-3, True), (0.0, False)])
def test_fastais_beta_or_no_relu_lets_it_learn(beta, act):
    # the convolution follows one step later: its gradient is multiplied by γ
    assert first_step(beta, act) == {"0.weight": False, "1.weight": True, "1.bias": True}


def test_gradients_reach_both_paths_once_gamma_has_moved():
    block = ResBlock(3, 8, 2)
    nn.init.constant_(block.weight_layer2[1].weight, 0.5)
    block(torch.randn(2, 3, 9, 9)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in block.parameters())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_final_block_is_fastais_on_a_gpu_too():
    block = ResBlock(4, 6, 2).cuda()
    x = torch.randn(3, 4, 13, 8, device="cuda")
    assert torch.allclose(block(x), fastais(block, 4, 6, 2).cuda()(x), atol=1e-5)

"""The modern ResNet of chapter 9: each part by itself, and with none of them the net of chapter 7."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_live.models.modern import Blur, Design, ModernBlock, ModernResNet, conv_bn, plain_stem, stem
from resnet_live.models.resnet import resnet

SMALL = {"depths": (1, 2), "widths": (8, 16)}
PARTS = [
    {},
    {"deep_stem": True},
    {"pooled_skip": True},
    {"bottleneck": True},
    {"squeeze": True},
    {"drop_path": 0.3},
    {"activation": "mish"},
    {"blur": True},
    {"fine": True},
]


def test_with_no_part_switched_on_it_is_the_net_of_chapter_7():
    torch.manual_seed(0)
    ours, theirs = ModernResNet(Design(), 10).eval(), resnet((2, 2, 2, 2), 10).eval()
    # The same tensors in another order: ours has the skip path behind the residual path, too.
    pairs = list(zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True))
    assert all(a.shape == b.shape for a, b in pairs)
    for name, _ in theirs.named_parameters():
        if name.endswith("bn2.weight"):
            nn.init.ones_(theirs.get_parameter(name))
    for a, b in pairs:
        a.copy_(b)
    x = torch.randn(2, 3, 65, 97)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: next(iter(part), "none"))
def test_any_size_goes_in_and_gradients_reach_everything(part):
    model = ModernResNet(Design(**{**SMALL, **part}), 5)
    for module in model.modules():  # a γ of 0 keeps gradients from what lies before it
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
    assert model(torch.randn(3, 3, 33, 50)).shape == (3, 5)
    model.eval()(torch.randn(1, 3, 1, 1))
    model.train()(torch.randn(64, 3, 32, 32)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize("deep_stem", [False, True])
def test_finer_maps_have_twice_the_side_and_no_weight_more(deep_stem):
    coarse, fine = (ModernResNet(Design(**SMALL, deep_stem=deep_stem, fine=fine)).eval() for fine in (False, True))
    x = torch.randn(1, 3, 64, 96)
    assert coarse.stages(coarse.stem(x)).shape[2:] == (8, 12)
    assert fine.stages(fine.stem(x)).shape[2:] == (16, 24)
    fine.load_state_dict(coarse.state_dict())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: next(iter(part), "none"))
def test_a_block_that_changes_nothing_starts_as_the_activation_alone(part):
    design = Design(**{**SMALL, **part})
    ni = 16 if design.bottleneck else 8
    block = ModernBlock(design, ni, ni // 4 if design.bottleneck else ni).eval()
    x = torch.rand(2, ni, 9, 9)
    torch.testing.assert_close(block(x), block.act(x.clone()))


@given(
    size=st.integers(1, 40),
    stride=st.integers(1, 3),
    pooled=st.booleans(),
    bottleneck=st.booleans(),
    blur=st.booleans(),
)
@settings(max_examples=80)
def test_both_paths_of_a_block_agree_for_any_size_and_stride(size, stride, pooled, bottleneck, blur):
    block = ModernBlock(Design(pooled_skip=pooled, bottleneck=bottleneck, blur=blur), 4, 8, stride).eval()
    side = -(-size // stride)
    assert block(torch.randn(1, 4, size, size)).shape == (1, 32 if bottleneck else 8, side, side)


@pytest.mark.parametrize("blur", [False, True])
@pytest.mark.parametrize("make", [stem, plain_stem])
def test_a_stem_makes_the_image_four_times_smaller(make, blur):
    assert make(blur=blur)(torch.randn(1, 3, 128, 96)).shape == (1, 64, 32, 24)


def test_a_blur_weighs_neighbours_and_leaves_what_is_even_alone():
    dot = torch.zeros(1, 2, 5, 5)
    dot[0, 1, 2, 2] = 16
    assert Blur()(dot)[0, 1, 1:4, 1:4].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]] and not Blur()(dot)[0, 0].any()
    assert torch.equal(Blur(2)(torch.full((1, 3, 7, 9), 2.0)), torch.full((1, 3, 4, 5), 2.0))


def test_a_blur_hides_from_a_stride_what_is_finer_than_it():
    stripes = torch.tensor([0.0, 1.0]).repeat(8).expand(1, 1, 16, 16)
    assert stripes[..., ::2].std() == 0 and stripes[..., ::2].mean() == 0  # the stride alone sees one colour, by luck
    seen = Blur(2)(stripes)[..., 1:-1]
    assert torch.equal(seen, torch.full_like(seen, 0.5))


def test_the_blur_design_blurs_in_front_of_each_stride_but_the_images_own():
    design = Design(**SMALL, deep_stem=True, blur=True)
    strides = [m for m in ModernResNet(design).modules() if getattr(m, "stride", 1) in (2, (2, 2))]
    blurs = [m for m in ModernResNet(design).modules() if isinstance(m, Blur)]
    # The first convolution; a blur for the max-pool and one for the skip path; the strided 3×3, behind a blur of stride 1.
    assert [type(m) for m in strides] == [nn.Conv2d, Blur, nn.Conv2d, Blur]
    assert sorted(m.stride for m in blurs) == [1, 2, 2]


def test_the_stem_is_three_convolutions_and_a_max_pool():
    layers = [m for m in stem(widths=(4, 6, 8)).modules() if not isinstance(m, nn.Sequential)]
    assert [type(m) for m in layers] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU] * 3 + [nn.MaxPool2d]
    convs = [m for m in layers if isinstance(m, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.stride[0], c.bias) for c in convs] == [
        (3, 4, 2, None),
        (4, 6, 1, None),
        (6, 8, 1, None),
    ]


def test_dropped_paths_are_dropped_in_training_only():
    design = Design(**SMALL, drop_path=0.9)
    torch.manual_seed(0)
    model = ModernResNet(design)
    last = model.stages[1][1]
    nn.init.ones_(last.convs[-1][1].weight)
    x = torch.rand(50, 16, 4, 4) + 0.1
    unchanged = (last.train()(x) == x).flatten(1).all(1).float().mean()
    assert 0.6 < unchanged < 1
    assert not (last.eval()(x) == x).flatten(1).all(1).any()


def test_convolutions_before_batch_norm_have_no_bias():
    assert all(m.bias is None for m in ModernResNet(Design(**SMALL)).modules() if isinstance(m, nn.Conv2d))
    assert len(conv_bn(3, 4, act=None)) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"activation": "tanh"}, "tanh"), ({"depths": (2, 2)}, "as many"), ({"widths": (8, 16, 32, 0)}, "at least 1")],
)
def test_a_wrong_design_says_what_is_wrong(wrong, message):
    with pytest.raises(ValueError, match=message):
        Design(**wrong)

"""The rules that the figures draw, for any sizes: convolution arithmetic and the windows of adaptive pooling."""

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn.functional import adaptive_avg_pool2d, conv2d

from resnet_live.widgets.adaptive_windows import windows as pooling_windows
from resnet_live.widgets.conv_arithmetic import windows as conv_windows

sides = st.integers(1, 60)


@given(n=sides, k=st.integers(1, 9), s=st.integers(1, 6), p=st.integers(0, 4))
@settings(deadline=None, max_examples=300)
def test_the_convolution_formula_is_what_pytorch_returns(n, k, s, p):
    assume(n + 2 * p >= k)  # else PyTorch refuses: test_conv_arithmetic
    out = conv2d(torch.zeros(1, 1, n, k), torch.zeros(1, 1, k, k), stride=s, padding=p)
    assert out.shape[2] == (n + 2 * p - k) // s + 1 == len(conv_windows(n, k, s, p))


@given(height=sides, width=sides, h=st.integers(1, 20), w=st.integers(1, 20), seed=st.integers(0, 999))
@settings(deadline=None, max_examples=150)
def test_adaptive_pooling_by_hand_is_pytorchs(height, width, h, w, seed):
    x = torch.randn(1, 2, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows = torch.stack([x[:, :, a:b].mean(2) for a, b in pooling_windows(height, h)], dim=2)
    by_hand = torch.stack([rows[..., a:b].mean(3) for a, b in pooling_windows(width, w)], dim=3)
    assert torch.allclose(by_hand, adaptive_avg_pool2d(x, (h, w)))

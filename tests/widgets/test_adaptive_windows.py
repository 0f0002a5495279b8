"""The windows of adaptive pooling against torch."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_free import Page
from torch.nn.functional import adaptive_avg_pool1d, adaptive_avg_pool2d

from resnet_live.widgets import adaptive_windows
from resnet_live.widgets.adaptive_windows import LONGEST, MOST, windows


@pytest.fixture(scope="module")
def page():
    return Page(adaptive_windows())


def real(n, out):
    """(start, end) of each window, found by asking torch which inputs each output depends on."""
    x = torch.zeros(1, 1, n, requires_grad=True)
    found = []
    for y in adaptive_avg_pool1d(x, out)[0, 0]:
        used = torch.autograd.grad(y, x, retain_graph=True)[0].flatten().nonzero().flatten().tolist()
        assert used == list(range(used[0], used[-1] + 1))
        found.append((used[0], used[-1] + 1))
    return found


SIZES = [(n, out) for n in range(1, LONGEST + 1) for out in range(1, MOST + 1)]


@pytest.mark.parametrize(("n", "out"), SIZES)
def test_state_shows_the_windows_of_torch(page, n, out):
    page.set(input_cells_n=n, outputs=out)
    seen, says, (html,) = real(n, out), page.message(), page.shown()
    assert windows(n, out) == seen
    assert says.startswith(f"{n} → {out}: ")
    assert re.findall(r"\[(\d+):(\d+)\]", says) == [(str(a), str(b)) for a, b in seen]
    assert re.findall(r">x\[(\d+):(\d+)\]<", html) == [(str(a), str(b)) for a, b in seen]


@pytest.mark.parametrize(("n", "out"), SIZES)
def test_the_message_says_whether_windows_share_cells(page, n, out):
    page.set(input_cells_n=n, outputs=out)
    seen, says, (html,) = real(n, out), page.message(), page.shown()
    shared = [cell for cell in range(n) if sum(a <= cell < b for a, b in seen) > 1]
    if shared:
        assert "overlap: " in says or "share the same cell" in says
        assert f"cells in more than one: {', '.join(map(str, shared))}." in html
    else:
        assert re.search("No overlap|global pooling|nothing changes", says)
        assert "no cell is in two" in html


def test_more_outputs_than_cells_are_possible():
    assert any(out > n for n, out in SIZES)


@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    h=st.integers(1, 20),
    w=st.integers(1, 20),
    seed=st.integers(0, 999),
)
@settings(max_examples=150)
def test_adaptive_pooling_by_hand_is_pytorchs(height, width, h, w, seed):
    x = torch.randn(1, 2, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows = torch.stack([x[:, :, a:b].mean(2) for a, b in windows(height, h)], dim=2)
    by_hand = torch.stack([rows[..., a:b].mean(3) for a, b in windows(width, w)], dim=3)
    assert torch.allclose(by_hand, adaptive_avg_pool2d(x, (h, w)))

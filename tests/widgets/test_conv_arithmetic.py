"""The windows and sizes of convolution arithmetic against torch."""

import re

import hypothesis
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from kernel_free import Page, elements
from torch.nn.functional import conv1d, conv2d

from resnet_live.widgets import conv_arithmetic
from resnet_live.widgets.conv_arithmetic import KERNELS, windows


@pytest.fixture(scope="module")
def page():
    return Page(conv_arithmetic())


def chosen(page):
    """Every setting as (n, k, s, p), set one after the other."""
    for settings in page.settings():
        page.set(**settings)
        yield (
            settings["input_cells_n"],
            KERNELS[settings["kernel_size_k"]],
            settings["stride_s"],
            settings["padding_p"],
        )


def real(n, k, s, p):
    """(outputs, which cells, padding included, each output depends on) of torch, or its error message."""
    x = torch.zeros(1, 1, n + 2 * p, requires_grad=True)
    try:
        conv1d(torch.zeros(1, 1, n), torch.ones(1, 1, k), stride=s, padding=p)
    except RuntimeError as error:
        return str(error)
    out = conv1d(x, torch.ones(1, 1, k), stride=s)
    return [torch.autograd.grad(y, x, retain_graph=True)[0].flatten().nonzero().flatten().tolist() for y in out[0, 0]]


def test_every_state_says_what_torch_does(page):
    checked = 0
    for n, k, s, p in chosen(page):
        seen, says = real(n, k, s, p), page.message()
        if isinstance(seen, str):
            assert seen in says, (n, k, s, p)
            assert says.startswith(f"{n} → error: PyTorch refuses.")
        else:
            assert says.startswith(f"{n} → {len(seen)}: floor(({n} + 2·{p} − {k}) / {s}) + 1 = {len(seen)}.")
            unused = n + 2 * p - len({cell for window in seen for cell in window})
            assert (f" {unused} cell" in says and "in no window" in says) == bool(unused), (n, k, s, p)
        checked += 1
    assert checked == 4 * 4 * 3 * 3


def test_the_windows_are_those_of_torch(page):
    for n, k, s, p in chosen(page):
        seen = real(n, k, s, p)
        assert [list(window) for window in windows(n, k, s, p)] == ([] if isinstance(seen, str) else seen)


def test_each_window_is_drawn_where_it_lies(page):
    for n, k, s, p in chosen(page):
        seen = windows(n, k, s, p)
        if not seen:
            continue
        (html,) = page.shown()
        names = re.findall(r"<text x='([\d. ]+)' y='(\d+)'>([a-p]+)</text>", html)
        bottom = max(int(y) for _, y, _ in names)
        left = (340 - (n + 2 * p) * 28) / 2
        middles = {chr(97 + i): left + 28 * (v.start + k / 2) for i, v in enumerate(seen)}
        bars, outputs = {}, {}
        for xs, y, letters in names:
            row = outputs if int(y) == bottom else bars
            row.update(zip(letters, map(float, xs.split()), strict=True))
        assert bars == outputs == pytest.approx(middles)


def test_padding_is_zeros_and_unused_cells_are_crossed_out(page):
    for n, k, s, p in chosen(page):
        seen = windows(n, k, s, p)
        used = {cell for window in seen for cell in window} or set(range(n + 2 * p))
        padding = {*range(p), *range(p + n, n + 2 * p)}
        drawn = elements(page.shown()[0])
        zeros = "".join(e.text for e in drawn if e.tag == "text" and e.get("y") == "40")
        crosses = "".join(e.get("d") for e in drawn if e.get("class") == "silent s")
        assert zeros == "0" * len(padding & used)
        assert crosses.count("M") == n + 2 * p - len(used)


def test_128_becomes_what_torch_makes_of_it(page):
    for n, k, s, p in chosen(page):
        if isinstance(real(n, k, s, p), str):
            continue
        large = conv1d(torch.zeros(1, 1, 128), torch.ones(1, 1, k), stride=s, padding=p).shape[-1]
        assert f"Likewise 128 becomes {large}" in page.message()


def test_the_slip_of_the_tongue_is_named(page):
    page.set(input_cells_n=7, kernel_size_k=KERNELS.index(3), stride_s=1, padding_p=0)
    assert page.message().endswith("Likewise 128 becomes 126 (not 127: that takes a 2×2 kernel).")


def test_begins_with_the_layer_of_the_chapter():
    assert Page(conv_arithmetic()).message().startswith("7 → 4: floor((7 + 2·1 − 3) / 2) + 1 = 4.")


@given(n=st.integers(1, 60), k=st.integers(1, 9), s=st.integers(1, 6), p=st.integers(0, 4))
@hypothesis.settings(deadline=None, max_examples=300)
def test_the_convolution_formula_is_what_pytorch_returns(n, k, s, p):
    assume(n + 2 * p >= k)  # else PyTorch refuses
    out = conv2d(torch.zeros(1, 1, n, k), torch.zeros(1, 1, k, k), stride=s, padding=p)
    assert out.shape[2] == (n + 2 * p - k) // s + 1 == len(windows(n, k, s, p))

"""The block explorer against blocks that are really built and called."""

import re

import pytest
import torch
from kernel_free import Page, elements
from torch import nn

from resnet_live.models import ResBlock
from resnet_live.widgets import block_explorer
from resnet_live.widgets.block_drawing import DIMENSIONS, Setting, run
from resnet_live.widgets.block_explorer import CHANNELS_IN, CHANNELS_OUT, SIZES, STRIDES

KEYS = ("channels_ni", "channels_nf", "stride", "image_size", "height,_width", "channels")
VERDICTS = {"It fits.": "ok", "PyTorch raises.": "error", "Runs, and is wrong.": "silent"}


@pytest.fixture(scope="module")
def page():
    return Page(block_explorer())


def chosen(page):
    """Every setting, set one after the other."""
    for settings in page.settings():
        page.set(**settings)
        ni, nf, stride, size, pool, conv = (settings[key] for key in KEYS)
        yield Setting(CHANNELS_IN[ni], CHANNELS_OUT[nf], STRIDES[stride], SIZES[size], bool(pool), bool(conv))


def written(shape):
    return "×".join(map(str, shape))


def by_hand(setting):
    """(F(x)'s shape, the skip path's, the sum's or the error), from plain PyTorch layers and an addition."""
    ni, nf, stride = setting.ni, setting.nf, setting.stride
    x = torch.randn(1, ni, setting.size, setting.size)
    f_x = nn.Conv2d(nf, nf, 3, padding=1)(nn.Conv2d(ni, nf, 3, stride, padding=1)(x))
    skip = nn.AvgPool2d(stride, ceil_mode=True)(x) if setting.pool else x
    if setting.conv and ni != nf:
        skip = nn.Conv2d(ni, nf, 1)(skip)
    try:
        total = tuple((f_x + skip).shape[1:])
    except RuntimeError as error:
        total = str(error)
    return tuple(f_x.shape[1:]), tuple(skip.shape[1:]), total


def test_every_state_says_what_torch_does(page):
    count = 0
    for setting in chosen(page):
        f_x, skip, total = by_hand(setting)
        says, html = page.message(), page.shown()[0]
        verdict = "error" if isinstance(total, str) else "ok" if f_x == skip else "silent"
        said = next(verdict for words, verdict in VERDICTS.items() if says.startswith(words))
        assert said == verdict, setting
        assert f"F(x) is {written(f_x)}" in says
        assert f">{written(f_x)}</text>" in html and f">{written(skip)}</text>" in html
        if verdict == "error":
            assert f"RuntimeError: {total}." in says
            named = int(re.search(r"dimension (\d)", total)[1])
            assert (f"Dimension {named} is the {DIMENSIONS[named]}" if named > 1 else "Dimension 1 is the ch") in says
        else:
            assert f">sum {written(total)}" in html
        if verdict == "silent":
            assert f"there is a sum: {written(total)}." in says
        count += 1
    assert count == len(CHANNELS_IN) * len(CHANNELS_OUT) * len(STRIDES) * len(SIZES) * 4


def test_with_both_fixes_it_always_fits_and_is_the_real_block(page):
    for setting in chosen(page):
        if setting.pool and setting.conv:
            assert page.message().startswith("It fits.")
            x = torch.randn(2, setting.ni, setting.size, setting.size)
            block = ResBlock(setting.ni, setting.nf, setting.stride).eval()
            assert tuple(block(x).shape[1:]) == run(setting).total


def test_colours_follow_the_verdict(page):
    for _ in chosen(page):
        circle = next(e for e in elements(page.shown()[0]) if e.tag == "circle")
        strong = next(e for e in elements(page.shown()[0]) if e.tag == "strong")
        assert circle.get("class").split()[0] == strong.get("class") == VERDICTS[strong.text]


def test_the_trap_says_what_was_repeated(page):
    page.set(**dict(zip(KEYS, (0, 1, 0, 2, 0, 0), strict=True)))
    assert page.message() == (
        "Runs, and is wrong. F(x) is 32×128×128, the skip path 1×128×128, and yet there is a sum: 32×128×128. "
        "Broadcasting: the one channel of the skip path was added to all 32."
    )


def test_one_fix_alone_leaves_the_other_failure(page):
    page.set(**dict(zip(KEYS, (1, 1, 1, 2, 1, 0), strict=True)))
    assert "at non-singleton dimension 1" in page.message() and "is the channels" in page.message()
    page.set(**dict(zip(KEYS, (1, 1, 1, 2, 0, 1), strict=True)))
    assert "at non-singleton dimension 3" in page.message() and "would not fit either" in page.message()


def test_a_path_without_layers_is_x_itself(page):
    page.set(**dict(zip(KEYS, (3, 1, 0, 1, 1, 1), strict=True)))
    assert page.message().endswith("so x itself can be added.")
    assert ">x itself<" in page.shown()[0] and "average pool" not in page.shown()[0]


def test_without_fixes_there_are_no_buttons_for_them():
    page = Page(block_explorer(fixes=False))
    assert set(page.controls()) == {"channels ni", "channels nf", "stride", "image size"}
    states = [page.set(**settings) or page.message() for settings in page.settings()]
    assert {re.split(r"(?<=\.) ", said)[0] for said in states} == set(VERDICTS)

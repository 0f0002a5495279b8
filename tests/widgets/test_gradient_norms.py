"""Gradient norms by layer: each state shows the norms of its runs, on one axis for all."""

import re

import pytest
from kernel_free import Page, elements
from recorded_runs import a_run, degraded

from resnet_live.widgets import gradient_norms


@pytest.fixture
def page():
    return Page(gradient_norms(degraded()))


def test_depth_and_moment_can_be_chosen(page):
    assert {name: len(page.positions(name)) for name in page.controls()} == {"layers": 2, "when": 2}


@pytest.mark.parametrize("when", [0, 1])
@pytest.mark.parametrize("layers", [0, 1])
def test_the_message_holds_the_geometric_mean_of_the_first_and_the_last_convolution(page, layers, when):
    page.set(layers=layers, when=when)
    depth = (20, 56)[layers]
    for net, growth in [("plain", 1.1), ("with skips", 1.01)]:
        first = (0.1 * 0.11) ** 0.5 * growth**depth / (1, 3)[when]
        last = first / growth ** (depth - 2)
        found = re.search(rf"{net} (\S+) at the first convolution, .*?\((\S+)\)", page.message())
        assert float(found[1]) == pytest.approx(first, rel=0.06)
        assert float(found[2]) == pytest.approx(last, rel=0.06)
    ratio = float(re.search(r"plain \S+ at the first convolution, (\S+) times as much", page.message())[1])
    assert ratio == pytest.approx(1.1 ** (depth - 2), rel=0.06)


def test_a_gradient_that_fades_towards_the_input_is_called_a_fraction():
    run = a_run("plain", 8)
    run["gradients"] = {when: [0.01 * 2**i for i in range(8)] for when in ("start", "epoch")}
    assert "1/64 of that at the last one" in Page(gradient_norms([run])).message()


def test_equal_norms_are_called_equal():
    run = a_run("plain", 8)
    run["gradients"] = {when: [0.5] * 8 for when in ("start", "epoch")}
    assert "as much as at the last one" in Page(gradient_norms([run])).message()


def test_all_states_have_the_same_vertical_axis(page):
    axes = set()
    for settings in page.settings():
        page.set(**settings)
        ticks = [
            e for e in elements(page.shown()[0]) if e.tag == "text" and e.get("class") == "e" and e.get("x") == "46"
        ]
        axes.add(tuple((e.text, e.get("y")) for e in ticks))
    assert len(axes) == 1 and len(axes.pop()) >= 2


def broken(**gradients):
    return [{**a_run("plain", 8), "gradients": gradients}]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "at least one run"),
        ([a_run("dense", 8)], "'dense' is none of"),
        (broken(start=[1.0, 2.0]), "plain-8, after one epoch: at least two norms"),
        (broken(start=[1.0, 0.0], epoch=[1.0, 1.0]), "plain-8, at the start.*above zero"),
        (broken(start=[1.0, float("nan")], epoch=[1.0, 1.0]), "all finite"),
        (
            [*broken(start=[1.0] * 8, epoch=[1.0] * 8), *broken(start=[1.0] * 9, epoch=[1.0] * 9)],
            "differ in their number",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_message(runs, message):
    with pytest.raises(ValueError, match=message):
        gradient_norms(runs)

"""Degradation curves: each state shows the last losses of its runs, and no more than they can show."""

import re

import pytest
from kernel_free import Page, elements
from recorded_runs import a_run, degraded

from resnet_live.widgets import degradation_curves


@pytest.fixture
def page():
    return Page(degradation_curves(degraded()))


def test_depth_net_and_loss_can_be_chosen_and_the_deepest_plain_net_comes_first(page):
    assert {name: len(page.positions(name)) for name in page.controls()} == {"layers": 2, "net": 2, "loss": 2}
    assert page.message().startswith("56 layers, plain: after 4 epochs the training loss is 1.55")


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (
            {"layers": 1, "net": 0, "loss": 0},
            "1.55 (1.50 to 1.60 over 2 seeds). With 20 layers it is 1.05 (1.00 to 1.10",
        ),
        (
            {"layers": 0, "net": 0, "loss": 1},
            "20 layers, plain: after 4 epochs the validation loss is 1.30 (1.25 to 1.35",
        ),
        ({"layers": 1, "net": 1, "loss": 0}, "56 layers, with skips: after 4 epochs the training loss is 0.55"),
    ],
)
def test_the_message_holds_mean_and_range_of_the_last_epoch(page, position, said):
    page.set(**position)
    assert said in page.message()


@pytest.mark.parametrize("layers", [0, 1])
def test_whether_deeper_is_worse_does_not_depend_on_the_depth_chosen(page, layers):
    page.set(layers=layers, net=0, loss=0)
    assert "deeper is worse" in page.message()
    page.set(layers=layers, net=1, loss=0)
    assert "deeper is better" in page.message()


def test_an_interval_that_holds_zero_shows_no_difference():
    runs = [a_run("plain", d, s, last) for d, s, last in [(20, 0, 1.0), (20, 1, 1.2), (56, 0, 1.1), (56, 1, 1.3)]]
    assert (
        "no difference that 2 seeds can show (95% interval −0.51 to 0.71)" in Page(degradation_curves(runs)).message()
    )


def test_runs_apart_are_no_difference_while_their_interval_holds_zero():
    runs = [a_run("plain", d, s, last) for d, s, last in [(20, 0, 1.0), (20, 1, 1.3), (56, 0, 1.4), (56, 1, 1.7)]]
    assert "no difference that 2 seeds can show" in Page(degradation_curves(runs)).message()


def test_one_run_each_is_no_proof():
    runs = [a_run("plain", 20, last=1.0), a_run("plain", 56, last=1.5)]
    page = Page(degradation_curves(runs))
    assert "one run each, so no spread" in page.message()
    assert set(page.controls()) == {"layers", "loss"}  # there is only one kind of net to choose


def test_all_states_have_the_same_axes(page):
    axes = set()
    for settings in page.settings():
        page.set(**settings)
        ticks = [e for e in elements(page.shown()[0]) if e.tag == "text" and re.fullmatch(r"[\d.]+", e.text)]
        axes.add(tuple((e.text, e.get("x"), e.get("y")) for e in ticks))
    assert len(axes) == 1


def test_a_better_net_is_drawn_lower(page):
    def end():
        dots = [e for e in elements(page.shown()[0]) if e.tag == "circle"]
        return float(dots[-1].get("cy"))

    page.set(layers=1, net=0, loss=0)
    plain = end()
    page.set(layers=1, net=1, loss=0)
    assert end() > plain  # y grows downwards


def test_a_loss_that_is_not_finite_leaves_a_gap_and_is_named():
    runs = degraded()
    for run in runs:
        if (run["net"], run["depth"]) == ("plain", 56):
            run["epochs"][-1]["train_loss"] = None
    page = Page(degradation_curves(runs))
    assert "is not finite" in page.message()
    assert "nan" not in page.shown()[0] and "inf" not in page.shown()[0].replace("finite", "")


def test_one_run_gone_wrong_does_not_flatten_the_others():
    runs = degraded()
    runs[0]["epochs"][1]["valid_loss"] = 1.5e16
    page = Page(degradation_curves(runs))
    page.set(layers=0, net=0, loss=1)
    drawn = [e for e in elements(page.shown()[0]) if e.tag == "circle"]
    heights = [float(dot.get("cy")) for dot in drawn]
    assert max(heights) - heights[0] > 30  # the fall of the loss is still to be seen
    assert min(heights) >= 22  # inside the frame
    assert "7.5e+15" in page.shown()[0]


@pytest.mark.parametrize("depths", [(20,), (8, 20, 32, 44, 56)])
@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_any_number_of_depths_and_epochs_can_be_drawn(depths, epochs):
    page = Page(degradation_curves([a_run("plain", depth, last=1 + depth / 99, epochs=epochs) for depth in depths]))
    for settings in page.settings():
        page.set(**settings)
        assert page.message().count("layers") == len(depths)


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "at least one run"),
        ([a_run("plain", 20), a_run("residual", 56)], "missing: plain-56, residual-20"),
        ([a_run("plain", 20), a_run("plain", 56, epochs=3)], r"same number of epochs.*\[3, 4\]"),
        ([a_run("dense", 20)], "'dense' is none of plain, residual"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_message(runs, message):
    with pytest.raises(ValueError, match=message):
        degradation_curves(runs)

"""The race of signal and gradient: each state shows its nets' numbers, the gradient is drawn from the output back."""

import re

import pytest
from kernel_free import Page, elements
from recorded_runs import race_runs

from resnet_live.widgets import signal_race


@pytest.fixture
def page():
    return Page(signal_race(race_runs()))


def test_depth_initialisation_and_batch_norm_can_be_chosen(page):
    found = {name: len(page.positions(name)) for name in page.controls()}
    assert found == {"layers": 2, "initialisation": 2, "batch norm": 2}


def test_the_message_compares_the_ends_of_each_way(page):
    page.set(layers=0, initialisation=0, batch_norm=0)
    assert (
        "plain: the signal ends at 0.12 times its first size, the gradient arrives with 8 times its own"
        in page.message()
    )
    assert "with skips: the signal ends at 8 times its first size, the gradient arrives with 0.12" in page.message()
    page.set(batch_norm=1)
    assert page.message().count(" 1 times") == 4


def curves(page, style):
    paths = [e for e in elements(page.shown()[0]) if e.tag == "path" and "draws" in e.get("class")]
    points = [re.findall(r"[\d.]+ [\d.]+", e.get("d")) for e in paths if style in e.get("class")]
    return [[tuple(map(float, point.split())) for point in line] for line in points]


def test_the_signal_is_drawn_forward_and_the_gradient_backward(page):
    page.set(layers=1, batch_norm=0)
    for style in ("extra", "residual"):
        signal, gradient = curves(page, style)
        assert len(signal) == len(gradient) == 10
        assert [x for x, _ in signal] == sorted(x for x, _ in signal)
        assert [x for x, _ in gradient] == sorted((x for x, _ in gradient), reverse=True)
    assert all(e.get("pathLength") == "1" for e in elements(page.shown()[0]) if "draws" in (e.get("class") or ""))


def test_values_beyond_the_axis_lie_on_its_edge():
    runs = race_runs(depths=(110,), starts=("0.01",), seeds=(0,))
    page = Page(signal_race(runs))
    page.set(batch_norm=0)
    heights = [y for line in curves(page, "extra") for _, y in line]
    assert min(heights) >= 30 and max(heights) <= 330
    runs[0]["signal"][-1] = 1e-104
    Page(signal_race(runs))


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_numbers_that_a_logarithm_cannot_take_are_refused(value):
    runs = race_runs()
    runs[3]["gradient"][0] = value
    with pytest.raises(ValueError, match="finite and above zero"):
        signal_race(runs)


def test_a_missing_combination_and_no_runs_are_refused():
    with pytest.raises(ValueError, match="at least one run"):
        signal_race([])
    runs = [run for run in race_runs() if not (run["net"] == "residual" and run["norm"] and run["depth"] == 8)]
    with pytest.raises(ValueError, match="no run of"):
        signal_race(runs)

"""A block left out: the words against the numbers that went in."""

import pytest
from kernel_free import Page, elements
from recorded_runs import with_blocks_left_out

from resnet_live.widgets import skipped_blocks


@pytest.fixture(scope="module")
def page():
    return Page(skipped_blocks(with_blocks_left_out()))


def runs_of(kind):
    return [run for run in with_blocks_left_out() if run["net"].startswith(kind)]


def mean(values):
    return sum(values) / len(values)


@pytest.mark.parametrize(("position", "kind"), [(0, "residual"), (1, "plain")])
def test_each_block_tells_the_mean_of_its_runs(page, position, kind):
    runs = runs_of(kind)
    page.set(net=position, leave_out=0)
    assert f"The whole {kind} net: {mean([run['whole'] for run in runs]):.1%} right" in page.message()
    for i, row in enumerate(runs[0]["skipped"]):
        page.set(leave_out=i + 1)
        says = page.message()
        if row["accuracy"] is None:
            assert says.startswith(f"Block {row['name']} changes channels and size.")
            continue
        value = mean([run["skipped"][i]["accuracy"] for run in runs])
        assert says.startswith(f"Without block {row['name']} (")
        assert f": {value:.1%} instead of {mean([run['whole'] for run in runs]):.1%} (mean of {len(runs)} runs)" in says
        if kind == "residual":
            assert ("pooled and with its 1×1" in says) == row["changes_shape"]


def test_the_bar_is_as_high_as_the_accuracy(page):
    page.set(net=0, leave_out=2)
    (html,) = page.shown()
    (bar,) = [e for e in elements(html) if e.get("class") == "residual f"]
    height = float(bar.get("d").split("v")[1].split("h")[0])
    value = mean([run["skipped"][1]["accuracy"] for run in runs_of("residual")])
    assert height == pytest.approx(110 * value, abs=0.1)


def test_the_block_that_is_left_out_is_the_only_one_marked(page):
    for position in page.positions("leave out"):
        page.set(net=0, leave_out=position)
        (html,) = page.shown()
        assert html.count("class='error dash'") == (1 if position else 0)


def test_one_kind_of_net_alone_needs_no_choice():
    page = Page(skipped_blocks(runs_of("residual")[:1]))
    assert list(page.controls()) == ["leave out"]
    page.set(leave_out=1)
    assert "runs)" not in page.message()


def broken(**changes):
    return [{**runs_of("residual")[0], **changes}]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "at least one run"),
        (broken(net="vgg"), "'vgg' is neither"),
        (broken(skipped=[]), "same blocks"),
        (broken(skipped=runs_of("residual")[0]["skipped"][:2]) + runs_of("residual"), "same blocks"),
        (broken(whole=71.2), "fractions from 0 to 1"),
        (broken(whole=float("nan")), "fractions from 0 to 1"),
    ],
)
def test_runs_that_cannot_be_drawn_are_refused(runs, message):
    with pytest.raises(ValueError, match=message):
        skipped_blocks(runs)

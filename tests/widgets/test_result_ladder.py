"""The ladder of results: what it says about each step is worked out from the numbers that went in."""

import pytest
from kernel_free import Page, elements

from resnet_live.widgets import AblationStep, result_ladder

LADDER = [
    AblationStep("ResNet", "the net of chapter 7", [0.70, 0.72, 0.71]),
    AblationStep("deep stem", "three convolutions", [0.735]),
    AblationStep("smoothing", "softer targets", [0.73, 0.74]),
    AblationStep("Mixup <b>", "mixed images & labels", [0.60], below="deep stem"),
]


def states(ladder=LADDER, **options):
    page = Page(result_ladder(ladder, **options))
    for position in page.positions("step"):
        page.set(step=position)
        yield page.message(), page.shown()[0]


def test_each_step_shows_mean_runs_and_gain():
    says = [words for words, _ in states()]
    assert says[0] == "ResNet: the net of chapter 7. Accuracy 71.0% (3 runs, 70.0% to 72.0%)."
    assert says[1].startswith("deep stem: three convolutions. Accuracy 73.5% (one run), +2.5 points against “ResNet”: ")
    assert "-13.5 points against “deep stem”" in says[3] and says[3].startswith("Mixup <b>: mixed images & labels.")


def test_a_difference_within_the_spread_is_called_chance():
    says = [words for words, _ in states()]
    assert says[1].endswith("a gain larger than chance between two seeds (2.0 points).")
    assert says[2].endswith("0.0 points against “deep stem”: no more than chance makes between two seeds (2.0 points).")
    assert says[3].endswith("a loss larger than chance between two seeds (2.0 points).")


def test_a_larger_spread_seen_elsewhere_counts_and_a_smaller_one_does_not():
    assert "between two seeds (3.0 points)" in [words for words, _ in states(chance=0.03)][1]
    assert "between two seeds (2.0 points)" in [words for words, _ in states(chance=0.01)][1]


def test_single_runs_claim_nothing():
    once = [AblationStep("a", "b", [0.5]), AblationStep("c", "d", [0.9])]
    assert [words for words, _ in states(once)][1].endswith("nothing here says how much of it is chance.")
    assert [words for words, _ in states(once, chance=0.02)][1].endswith(
        "a gain larger than chance between two seeds (2.0 points)."
    )


def test_each_run_is_a_dot_at_its_accuracy():
    for _, html in states(goal=("goal", 0.8)):
        dots = [e for e in elements(html) if e.tag == "circle"]
        wanted = [152 + 178 * (a - 0.6) / 0.2 for step in LADDER for a in step.accuracies]
        assert [float(dot.get("cx")) for dot in dots] == pytest.approx(wanted, abs=0.06)
        (goal,) = [e for e in elements(html) if e.get("class") == "ok dash"]
        assert goal.get("d").startswith("M330 ")


def test_the_chosen_step_is_marked():
    marks = [next(e.get("d") for e in elements(html) if e.get("class") == "neutral t") for _, html in states()]
    assert len(set(marks)) == len(LADDER)


def test_equal_accuracies_can_be_drawn():
    assert [words for words, _ in states([AblationStep("a", "b", [0.5])])] == ["a: b. Accuracy 50.0% (one run)."]


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        ([], "at least one step"),
        ([AblationStep("a", "b", [])], "'a' needs accuracies"),
        ([AblationStep("a", "b", [70.0])], "from 0 to 1"),
        ([AblationStep("a", "b", [float("nan")])], "from 0 to 1"),
        ([AblationStep("a", "b", [0.5]), AblationStep("c", "d", [0.5], below="e")], "stands on 'e'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_message(ladder, message):
    with pytest.raises(ValueError, match=message):
        result_ladder(ladder)

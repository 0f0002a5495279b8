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
    assert "−13.5 points against “deep stem”" in says[3] and says[3].startswith("Mixup <b>: mixed images & labels.")


SEVERAL = [
    AblationStep("ResNet", "the net of chapter 7", [0.70, 0.72, 0.71]),
    AblationStep("deep stem", "three convolutions", [0.705, 0.73, 0.72]),
    AblationStep("wider", "more channels", [0.80, 0.81, 0.80]),
    AblationStep("worse", "fewer channels", [0.60, 0.61, 0.60]),
]


def test_an_interval_that_holds_zero_is_no_difference():
    assert [words for words, _ in states(SEVERAL)][1].endswith(
        "+0.8 points against “ResNet”: no difference that 3 seeds can show (95% interval −1.80 to 3.46)."
    )


def test_an_interval_beside_zero_is_a_gain_or_a_loss():
    says = [words for words, _ in states(SEVERAL)]
    assert "+8.5 points against “deep stem”: a gain (95% interval " in says[2]
    assert "−20.0 points against “wider”: a loss (95% interval " in says[3]


def test_a_step_of_several_runs_is_compared_with_the_first_too():
    says = [words for words, _ in states(SEVERAL)]
    assert "And +9.3 points against “ResNet”: a gain (95% interval " in says[2]
    assert "And" not in says[1]  # the first stands below it
    once = [*SEVERAL[:1], *LADDER[1:2], *SEVERAL[2:3]]
    assert [words for words, _ in states(once)][2].count("points against") == 2


def test_single_runs_get_no_verdict_however_far_apart():
    once = [AblationStep("a", "b", [0.5]), AblationStep("c", "d", [0.9])]
    for ladder in (once, [AblationStep("a", "b", [0.5, 0.51]), once[1]]):
        assert [words for words, _ in states(ladder)][1].endswith("no spread to compare with, so no verdict.")


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

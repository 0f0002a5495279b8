"""Every known answer to every exercise: wrong ones lose points and are told why, right ones get all, stubs get nothing.

One exercise at a time: `pytest tests/exercise/known_answers/test_answers.py -k "2.3 and wrong"`. Every answer on more seeds than here:
`RESNET_LIVE_SEEDS=50 pytest tests/exercise/known_answers/test_answers.py` (`make answers`).
"""

import os

import pytest
from answers import answers, every, run, stub

from resnet_live.exercise import reference
from resnet_live.exercise.judging.judge import CheckState, judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import deserialize, serialize
from resnet_live.exercise.registry import exercises, find
from resnet_live.exercise.student.check import misuse
from resnet_live.exercise.student.report import CheckReport

SEEDS = range(1, 1 + int(os.environ.get("RESNET_LIVE_SEEDS", "3")))
# These compute with a few numbers, and chance decides which: each wrong answer is tried on more seeds.
OF_NUMBERS = {"2.1", "2.2", "2.3", "3.1", "3.2", "5.4", "7.2", "9.2"}
# A second or more each, for whole nets: left to `make test`.
OF_WHOLE_NETS = {"7.3", "8.3"}
# `make test` tries the answers to the other exercises on five seeds. Those to whole nets, and to 1.1 with its folders of images, would
# take longer than all of these together: `make answers` tries them on 50.
FEW_SEEDS = {*OF_WHOLE_NETS, "1.1"}


def marked(values: list, exercise_of=lambda answer: answer.exercise) -> list:
    """The same values as parameters; those of whole nets are slow."""
    slow = [pytest.mark.slow]
    return [pytest.param(value, marks=slow if exercise_of(value) in OF_WHOLE_NETS else []) for value in values]


IDS = marked(list(exercises()), str)


def graded(exercise: str, objects: tuple, seed: int) -> CheckReport:
    """The report, with the observation serialized and back and no mercy for errors in our own judging."""
    observation = deserialize(serialize(observe(exercise, objects, seed)))
    return CheckReport(find(exercise), judge(find(exercise), observation, strict=True), [])


@pytest.mark.parametrize("answer", marked(every("wrong")), ids=lambda answer: answer.label)
def test_a_wrong_answer_loses_points_and_is_told_why(answer):
    seeds = SEEDS if "RESNET_LIVE_SEEDS" in os.environ else range(1, 6) if answer.exercise in OF_NUMBERS else SEEDS[:1]
    for seed in seeds[1:]:
        again = graded(answer.exercise, answer.objects(), seed)
        assert again.points < again.exercise.points, (seed, again.text)
    report = graded(answer.exercise, answer.objects(), seeds[0])
    for result in report.results:
        feedback = result.feedback
        assert result.state is not CheckState.FAILED or (feedback.seen and feedback.hint), report.text
    assert report.points < report.exercise.points, report.text
    assert answer.says.lower() in report.text.lower(), report.text
    if answer.points is not None:
        assert report.points == answer.points, report.text


@pytest.mark.parametrize("answer", marked(every("right")), ids=lambda answer: answer.label)
def test_a_right_answer_gets_full_points(answer):
    assert not misuse(find(answer.exercise), answer.objects())
    for seed in SEEDS:
        report = graded(answer.exercise, answer.objects(), seed)
        assert report.passed, report.text


FOR_FIVE_SEEDS = [
    one
    for one in (*every("wrong"), *every("right"))
    if one.exercise not in FEW_SEEDS and not (one.kind == "wrong" and one.exercise in OF_NUMBERS)
]


@pytest.mark.slow
@pytest.mark.parametrize("answer", FOR_FIVE_SEEDS, ids=lambda answer: answer.label)
def test_five_seeds_say_the_same(answer):
    tried = 1 + max(SEEDS) if answer.kind == "right" else 2
    for seed in range(tried, 6):
        report = graded(answer.exercise, answer.objects(), seed)
        assert report.passed == (answer.kind == "right"), (seed, report.text)


@pytest.mark.parametrize("exercise", IDS)
def test_the_reference_gets_full_points(exercise):
    for seed in range(max(10, len(SEEDS))):
        report = graded(exercise, reference.objects(exercise), seed)
        assert report.passed, report.text


@pytest.mark.parametrize("exercise", IDS)
def test_the_stub_gets_nothing_and_is_told_so(exercise):
    report = graded(exercise, run(exercise, stub(exercise), "<stub>"), 1)
    assert report.points == 0, report.text
    assert "not filled in" in report.text
    assert all(result.feedback.not_filled_in for result in report.results if result.feedback)


@pytest.mark.parametrize("exercise", IDS)
def test_there_are_enough_known_answers(exercise):
    kinds = [answer.kind for answer in answers(exercise)]
    assert kinds.count("wrong") >= 4
    assert kinds.count("right") >= 3

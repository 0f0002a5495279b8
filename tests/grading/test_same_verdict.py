"""What `check` says when a notebook runs from top to bottom, the grader says too: for known answers, right and wrong, in several
spellings, and for right ones written otherwise. All of them, and 20 rewrites of each exercise, with `RESNET_LIVE_SEEDS` set
(`make answers`), a few of them always. Where it is known what they get, the points are compared."""

import os

import pytest
from answers import answers, every
from rewrites import REWRITES, as_it_is
from same_meaning import rewritten
from submissions import in_cells
from test_cases import said_from_top_to_bottom

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import policy
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

WHOLE = "RESNET_LIVE_SEEDS" in os.environ
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # few share one process that forks; of all, each core has its share
    *([] if WHOLE else [pytest.mark.xdist_group("cases")]),
]

QUICK = ("2.1", "5.4", "9.2", "6.2", "2.2", "5.3")
OF_EACH = 20
COURSE = "from resnet_live.exercise import check, hint, progress, solution, use"


def chosen():
    """(answer, rewrite): all, or for each rewrite a right and a wrong answer of exercises that take no time."""
    # the course's own models are right where a student tries, and not there where one is graded
    answers = [one for one in [*every("right"), *every("wrong")] if "resnet_live" not in one.source]
    if WHOLE:
        return [(answer, rewrite) for answer in answers for rewrite in REWRITES]
    # of those to one exercise the last counts: one of which it is known what it gets
    first = {(one.exercise, one.kind): one for one in sorted(answers, key=lambda one: one.points is not None)}
    return [
        (first[exercise, kind], rewrite)
        for exercise, rewrite in zip(QUICK, REWRITES, strict=True)
        for kind in ("right", "wrong")
    ]


def notebook_of(exercise, *answer):
    """Its cells: the setup, what the exercise needs, these, and the check."""
    needs = [f"{', '.join(find(need).names)} = use({need!r})" for need in exercise.needs]
    check = f'check("{exercise.id}", {", ".join(exercise.names)})'
    return [reference.setup(exercise.id), COURSE, *needs, *answer, check]


@pytest.mark.parametrize(
    ("answer", "rewrite"), chosen(), ids=lambda one: getattr(one, "label", None) or one.__name__.replace("_", " ")
)
def test_the_check_and_the_grader_agree(answer, rewrite, cells_runner, forks, tmp_path):
    exercise = find(answer.exercise)
    cells = notebook_of(exercise, *rewrite(answer.source, exercise.names))
    said = said_from_top_to_bottom(cells_runner, tmp_path, cells)
    # an answer that fails already when it is defined is never checked
    passed, points = said.get(exercise.id, (False, 0))
    assert rewrite is not as_it_is or passed == (answer.kind == "right")
    student = in_cells(*cells, name="answers.ipynb")
    grade = forks.grade(student, [parse(student.notebooks[0])], exercise)
    assert (grade.status is Status.PASSED) == passed, (said, grade.message, grade.text)
    if answer.points is not None:
        assert (points, grade.points) == (answer.points, answer.points), (grade.message, grade.text)


def rewrites_of(exercise):
    """(what it is, source) for each rewrite of the reference and of the known right answers."""
    known = {"reference": reference.source(exercise)}
    known |= {one.name: one.source for one in answers(exercise) if one.kind == "right"}
    return [
        (f"{exercise} {name}, {how.replace('_', ' ')}", text)
        for name, source in known.items()
        if "resnet_live" not in source
        for how, text in rewritten(source)
    ]


def written_otherwise():
    """(exercise, source): twenty of each exercise, spread over its answers and rewrites, or one of some quick ones."""
    found = []
    for number, exercise in enumerate(exercises() if WHOLE else QUICK):
        rewrites = rewrites_of(exercise)
        most = min(OF_EACH, len(rewrites)) if WHOLE else 1
        places = [(n * len(rewrites)) // most + (0 if WHOLE else 5 * number % len(rewrites)) for n in range(most)]
        found += [pytest.param(exercise, rewrites[at][1], id=rewrites[at][0]) for at in places]
    return found


@pytest.mark.parametrize(("exercise", "source"), written_otherwise())
def test_a_right_answer_written_otherwise_loses_nothing_either_way(exercise, source, cells_runner, forks, tmp_path):
    """In the notebook, cut out of it, and with the notebook run as it stands."""
    exercise = find(exercise)
    cells = notebook_of(exercise, source)
    assert said_from_top_to_bottom(cells_runner, tmp_path, cells) == {exercise.id: (True, exercise.points)}
    student = in_cells(*cells, name="answers.ipynb")
    parsed = parse(student.notebooks[0])
    answer = find_answer(exercise, student, [parsed], "answers")
    assert not policy.problems(answer.statements)
    empty = Grade(student.name, exercise.id, 0, exercise.points, Status.ERROR, "")
    for grade in (forks.run(exercise, answer, empty), forks.run_whole(exercise, answer, set(), empty)):
        assert (grade.status, grade.points) == (Status.PASSED, exercise.points), (grade.message, grade.text)


def test_of_rewrites_there_are_enough():
    assert sum(min(OF_EACH, len(rewrites_of(exercise))) for exercise in exercises()) >= 500

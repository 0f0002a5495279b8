"""What `check` says when a notebook runs from top to bottom, the grader says too: for known answers, right and wrong, in several
spellings. All of them with `RESNET_LIVE_SEEDS` set (`make answers`), a few of them always."""

import os

import pytest
from answers import every
from rewrites import REWRITES, as_it_is
from submissions import in_cells
from test_cases import said_from_top_to_bottom

from resnet_live.exercise import reference
from resnet_live.exercise.registry import find
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("cases"),
]

COURSE = "from resnet_live.exercise import check, hint, progress, solution, use"


def chosen():
    """(answer, rewrite): all, or for each rewrite a right and a wrong answer of exercises that take no time."""
    # the course's own models are right where a student tries, and not there where one is graded
    answers = [one for one in [*every("right"), *every("wrong")] if "resnet_live" not in one.source]
    if "RESNET_LIVE_SEEDS" in os.environ:
        return [(answer, rewrite) for answer in answers for rewrite in REWRITES]
    quick = ("2.1", "5.4", "9.2", "6.2", "2.2", "5.3")
    first = {(one.exercise, one.kind): one for one in reversed(answers)}
    return [
        (first[exercise, kind], rewrite)
        for exercise, rewrite in zip(quick, REWRITES, strict=True)
        for kind in ("right", "wrong")
    ]


@pytest.mark.parametrize(
    ("answer", "rewrite"), chosen(), ids=lambda one: getattr(one, "label", None) or one.__name__.replace("_", " ")
)
def test_the_check_and_the_grader_agree(answer, rewrite, cells_runner, forks, tmp_path):
    exercise = find(answer.exercise)
    names = ", ".join(exercise.names)
    needs = [f"{', '.join(find(need).names)} = use({need!r})" for need in exercise.needs]
    cells = [reference.setup(answer.exercise), COURSE, *needs, *rewrite(answer.source, exercise.names)]
    cells.append(f'check("{exercise.id}", {names})')
    said = said_from_top_to_bottom(cells_runner, tmp_path, cells)
    # an answer that fails already when it is defined is never checked
    passed = said.get(exercise.id, False)
    assert rewrite is not as_it_is or passed == (answer.kind == "right")
    student = in_cells(*cells, name="answers.ipynb")
    grade = forks.grade(student, [parse(student.notebooks[0])], exercise)
    assert (grade.status is Status.PASSED) == passed, (said, grade.message, grade.text)

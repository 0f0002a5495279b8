"""A whole class is graded: everybody gets what is due, nothing is lost, and the last student costs no more than the first.

A small class of two exercises here; 300 students and all exercises with `RESNET_LIVE_STRESS` (`make stress PARTS=load`), by the
command itself: that is `benchmarks/load.py`, which measures it too. `RESNET_LIVE_LOAD`: the file in which its figures stay.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from load_class import Due, Kind, make_class, problems, totals
from submissions import REPOSITORY

from resnet_live.exercise.registry import find
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.grader import Settings, grade
from resnet_live.grading.status import Status

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot")
EXERCISES = [find("2.1"), find("5.4")]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("cases")
def test_everybody_gets_what_is_due(tmp_path, forks):
    """`forks`: the answers run in forks of a process that other tests have too."""
    made = make_class(tmp_path / "class", 10, EXERCISES)
    settings = Settings(7, device="cpu", warm=False, only=tuple(one.id for one in EXERCISES))
    with GradebookFile(tmp_path / "gradebook.db") as file:
        book = grade(tmp_path / "class", settings, file=file)
        kept = file.book().grades
    assert kept == book.grades
    assert problems(made, kept) == []
    counted = totals(made, kept)
    assert counted[Kind.PERFECT] == {"students": 3, Status.PASSED: 6}
    assert sum(counts.get(Status.PASSED, 0) for counts in counted.values()) == sum(
        due is Due.ALL for student in made for due in student.due.values()
    )


def test_what_is_not_due_is_seen(tmp_path):
    made = make_class(tmp_path, 20, EXERCISES)
    passed = {Due.ALL: (5, Status.PASSED), Due.FEWER: (2, Status.PARTLY), Due.NONE: (0, Status.ERROR)}
    rows = []
    for student in made:
        for exercise, due in student.due.items():
            points, status = passed[due]
            rows.append(Grade(student.name, exercise, points, 5, status, "said"))
    assert problems(made, rows) == []
    assert len(problems(made, rows[1:])) == 1
    assert len(problems(made, [*rows, rows[0]])) == 1
    wrong = [replace(one, points=5 - one.points, status=Status.PARTLY) for one in rows]
    assert len(problems(made, wrong)) >= len(rows) / 2
    cheat = next(n for n, one in enumerate(rows) if one.points == 2)
    rows[cheat] = replace(rows[cheat], points=5, status=Status.PASSED)
    assert len(problems(made, rows)) == 1


@pytest.mark.skipif("RESNET_LIVE_STRESS" not in os.environ, reason="an hour: make stress PARTS=load")
@pytest.mark.timeout(6 * 3600)
def test_a_class_of_hundreds(tmp_path):
    """Also: on no more memory than a laptop has, and the last hundred cost about what the hundred before them do."""
    out = Path(os.environ.get("RESNET_LIVE_LOAD", tmp_path / "load.json"))
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "load.py"), "--to", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(out.read_text())
    assert facts["problems"] == []
    assert facts["students"] == 300
    assert facts["most memory of all processes, GB"] <= 3
    parts = facts["parts"]
    cost = {name: parts[name]["seconds a submission"] for name in ("middle", "last")}
    # the parts are of the same kinds of student, drawn by chance: what grows with the class is far more than a quarter by its end
    assert cost["last"] <= 1.25 * cost["middle"], parts
    assert parts["last"]["most memory, GB"] <= 1.25 * parts["middle"]["most memory, GB"], parts

"""nbgrader takes the notebooks as they are, and gives the same points. Runs where the instructor extra is installed."""

import csv
import importlib.util
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from submissions import NAME, REPOSITORY, RIGHT, WRONG, handed_in

from resnet_live.exercise.student import check as checking
from resnet_live.exercise.student.check import CheckFailed, check
from resnet_live.grading.grader import Settings, grade

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(600), pytest.mark.xdist_group("nbgrader")]

POOLED = "def global_avg_pool(x):\n    return F.adaptive_avg_pool2d(x, 1).flatten(1)"
LOUD = (
    "import warnings\ndef conv_out(n, k, s=1, p=0):\n    warnings.warn('careful')\n    return (n + 2 * p - k) // s + 1"
)
STUDENTS = {"right": RIGHT, "partly": RIGHT | {"2.1": LOUD, "2.3": POOLED}, "wrong": WRONG, "empty": {}}
# `python -m nbgrader`, three times, without grammars that it compiles for two seconds and does not use
NBGRADER = """from resnet_live.late_grammar import put_off_grammar
put_off_grammar()
from nbgrader.apps.nbgraderapp import main
main()"""
ONLY = ("2.1", "2.2", "2.3")


@pytest.fixture
def under_nbgrader(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


def test_some_points_are_a_value_under_nbgrader(under_nbgrader, capsys):
    space = {}
    exec(f"import torch.nn.functional as F\n{POOLED}", space)
    assert check("2.3", space["global_avg_pool"]) == 5
    assert "5 of 7 points" in capsys.readouterr().out


def test_none_is_still_an_error_and_all_is_no_value(under_nbgrader):
    with pytest.raises(CheckFailed):
        check("2.1", lambda n, k, s=1, p=0: "x")
    assert check("2.1", lambda n, k, s=1, p=0: (n + 2 * p - k) // s + 1) is None


def test_warnings_cost_nothing_under_nbgrader(under_nbgrader, capsys):
    def conv_out(n, k, s=1, p=0):
        print("careful", file=sys.stderr)
        return (n + 2 * p - k) // s + 1

    assert check("2.1", conv_out) is None
    assert not capsys.readouterr().err


def test_without_nbgrader_some_points_are_an_error():
    assert "NBGRADER_EXECUTION" not in os.environ
    space = {}
    exec(f"import torch.nn.functional as F\n{POOLED}", space)
    with pytest.raises(checking.CheckFailed):
        check("2.3", space["global_avg_pool"])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """nbgrader's folders, with chapter 2 released, handed in by four students, and graded by nbgrader: the folder."""
    if importlib.util.find_spec("nbgrader") is None:
        if os.environ.get("CI"):
            pytest.fail("nbgrader must be there in CI: pip install -e '.[instructor]'")
        pytest.skip("nbgrader is not installed: pip install -e '.[instructor]'")
    root = tmp_path_factory.mktemp("course")
    (root / "source" / "ch2").mkdir(parents=True)
    shutil.copy(REPOSITORY / "solutions" / NAME, root / "source" / "ch2")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'resnet'\n")
    nbgrader(root, "generate_assignment", "ch2", "--create")
    for student, answers in STUDENTS.items():
        folder = root / "submitted" / student / "ch2"
        folder.mkdir(parents=True)
        released = nbformat.read(root / "release" / "ch2" / NAME, as_version=4)
        own = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in handed_in(answers).cells}
        for cell in released.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if grade_id.startswith("answer-"):
                cell.source = own[grade_id]
        nbformat.write(released, folder / NAME)
    nbgrader(root, "autograde", "ch2", "--create")
    return root


def nbgrader(root, *arguments):
    environment = dict(os.environ, RESNET_LIVE_PROGRESS=str(root / "progress.json"), OMP_NUM_THREADS="1")
    environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment["PATH"]
    command = [sys.executable, "-c", NBGRADER, *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_nbgrader_s_release_is_our_exercise_notebook(course):
    released = nbformat.read(course / "release" / "ch2" / NAME, as_version=4)
    ours = nbformat.read(REPOSITORY / "exercises" / NAME, as_version=4)
    code = [
        [c.source.strip() for c in n.cells if c.cell_type == "code" and "answer" not in c.id] for n in (released, ours)
    ]
    assert code[0] == code[1]
    assert "BEGIN SOLUTION" not in str(released)


def test_nbgrader_gives_the_same_points(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as database:
        theirs = {
            (student, grade.name.removeprefix("check-").replace("-", ".")): grade.score
            for student in STUDENTS
            for notebook in database.find_submission("ch2", student).notebooks
            for grade in notebook.grades
        }
    book = grade(course / "submitted", Settings(seed=3, jobs=2, only=ONLY))
    assert {(grade.student, grade.exercise): grade.points for grade in book.grades} == {
        key: score for key, score in theirs.items() if key[1] in ONLY
    }
    assert {grade.points for grade in book.grades} >= {0, 5, 6, 7}


def test_nbgrader_s_gradebook_can_be_exported(course):
    nbgrader(course, "export")
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert {line["student_id"] for line in csv.DictReader(file)} == set(STUDENTS)

"""The gradebook on disk: what is kept, what supersedes what, what an instructor says."""

import sqlite3

import pytest

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.gradebook_file import Attempts, GradebookError, GradebookFile, LateRule, existing
from resnet_live.grading.judge_observation import CheckResult
from resnet_live.grading.status import Status

CHECK = CheckResult("plain", "Stride 1", 3, 5, CheckState.FAILED, Feedback("63", "64", "n=7", "Count.", False))


def graded(points, student="ada", exercise="2.1"):
    status = Status.PASSED if points == 5 else Status.PARTLY
    return Grade(
        student, exercise, points, 5, status, f"{points} of 5", (CHECK,), "\ud83d text", ("a note",), 1.5, "x.ipynb"
    )


@pytest.fixture
def file(tmp_path):
    with GradebookFile(tmp_path / "gradebook.db") as opened:
        yield opened


def one_run(file, grade, submission="first", basis="b"):
    """A run that grades one hand-in, unless that is done."""
    file.begin([(grade.student, submission)], {"seed": 1})
    done = file.finished(grade.student, grade.exercise, submission, basis)
    if done is None:
        file.add(grade, submission, basis)
    return done


def points(file, attempts=Attempts.LAST):
    return [grade.points for grade in file.book(attempts).grades]


def test_a_grade_comes_back_as_it_was(file):
    one_run(file, graded(3))
    assert file.book() == Gradebook((graded(3),), {"seed": 1})


def test_what_is_done_is_not_done_again(file):
    assert one_run(file, graded(3)) is None
    assert one_run(file, graded(4)) == graded(3)
    assert points(file) == [3]
    assert len(file.history()) == 1


def test_another_basis_or_hand_in_is_graded_again_and_the_history_says_why(file):
    one_run(file, graded(3))
    one_run(file, graded(4), basis="a new check")
    one_run(file, graded(5), submission="second")
    assert points(file) == [5]
    assert [(change.points, change.why) for change in file.history()] == [
        (3, "graded"),
        (4, "the basis of grading has changed"),
        (5, "handed in again"),
    ]


def test_of_several_attempts_the_last_counts_or_the_best(file):
    one_run(file, graded(4), submission="first")
    one_run(file, graded(2), submission="second")
    assert (points(file), points(file, Attempts.BEST)) == ([2], [4])
    one_run(file, graded(4), submission="first")  # the old notebook lies in the folder again
    assert (points(file), points(file, Attempts.BEST)) == ([4], [4])
    assert len(file.history()) == 2


def test_of_one_attempt_the_latest_grading_counts_even_when_it_is_worse(file):
    one_run(file, graded(4))
    file.begin_again("the check was too mild", {})
    one_run(file, graded(1))
    assert (points(file), points(file, Attempts.BEST)) == ([1], [1])
    assert file.history()[-1].why == "the check was too mild"


def test_an_interrupted_regrade_goes_on_and_a_finished_one_begins_anew(file):
    one_run(file, graded(4))
    file.begin_again("why", ["2.1"])
    one_run(file, graded(3))
    file.begin_again("why", ["2.1"])  # killed in between
    assert one_run(file, graded(2)) == graded(3)
    file.finish()
    file.begin_again("why", ["2.1"])
    assert one_run(file, graded(2)) is None
    assert [change.points for change in file.history()] == [4, 3, 2]


def test_what_a_student_does_not_hand_in_again_stays(file):
    one_run(file, graded(4, exercise="2.1"), submission="week 1")
    one_run(file, graded(5, exercise="3.1"), submission="week 2")
    assert [(grade.exercise, grade.points) for grade in file.book().grades] == [("2.1", 4), ("3.1", 5)]


def test_exercises_stand_in_the_order_of_the_course(file):
    for exercise in ("10.1", "2.1", "9.2"):
        one_run(file, graded(1, exercise=exercise))
    assert [grade.exercise for grade in file.book().grades] == ["2.1", "9.2", "10.1"]


def test_an_adjustment_survives_a_regrade_until_it_is_taken_back(file):
    one_run(file, graded(1))
    file.adjust("ada", "2.1", 5, "right, by another definition")
    file.begin_again("a fixed check", {})
    one_run(file, graded(2))
    (grade,) = file.book().grades
    assert (grade.points, grade.status, grade.adjusted.points) == (5, Status.PASSED, 5)
    assert "from 2 to 5" in grade.message
    assert "another definition" in grade.message
    file.adjust("ada", "2.1", None, "agreed with the student")
    assert points(file) == [2]
    assert [change.why for change in file.history()][-1] == "adjustment taken back: agreed with the student"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bob", "2.1", 1, "x"), "no grade of 'bob'"),
        (("ada", "9.9", 1, "x"), "in '9.9'"),
        (("ada", "2.1", -1, "x"), "zero or more"),
        (("ada", "2.1", 1, " "), "needs a reason"),
        (("ad", "2.1", 1, "x"), "Did you mean 'ada'"),
    ],
)
def test_an_adjustment_that_fits_nothing_is_refused(file, arguments, words):
    one_run(file, graded(1))
    with pytest.raises(GradebookError, match=words):
        file.adjust(*arguments)


def test_days_late_cost_what_the_rule_says_after_the_free_ones(file):
    one_run(file, graded(4))
    one_run(file, graded(5, student="bob"))
    file.set_late({"ada": 3}, "by train")
    book = file.book()
    assert (book.earned, book.late["ada"].days) == (9, 3)  # no rule yet: it costs nothing
    file.set_late_rule(LateRule(free=1, percent=10))
    book = file.book()
    assert [book.final(grade) for grade in book.grades] == [3.2, 5]
    assert book.shares() == {"ada": 0.64, "bob": 1}
    file.set_late_rule(LateRule(percent=50))
    assert file.book().shares() == {"ada": 0, "bob": 1}  # never below nothing
    file.set_late({"ada": 0}, "")
    assert file.book().shares()["ada"] == 0.8


@pytest.mark.parametrize("content", [b"student,exercise\n", b"\0" * 4096])
def test_what_is_no_gradebook_is_one_message(tmp_path, content):
    (tmp_path / "gradebook.db").write_bytes(content)
    with pytest.raises(GradebookError, match=r"cannot be opened as a gradebook"):
        existing(tmp_path)


def test_a_folder_without_a_gradebook_and_a_newer_one_are_one_message(tmp_path):
    with pytest.raises(GradebookError, match="no gradebook"):
        existing(tmp_path)
    base = sqlite3.connect(tmp_path / "gradebook.db")
    base.execute("PRAGMA user_version=99")
    base.close()
    with pytest.raises(GradebookError, match="newer version"):
        existing(tmp_path)


def test_two_processes_that_grade_the_same_count_once(tmp_path):
    with GradebookFile(tmp_path / "gradebook.db") as one, GradebookFile(tmp_path / "gradebook.db") as other:
        one.begin([("ada", "first")], {})
        other.begin([("ada", "first")], {})
        one.add(graded(3), "first", "b")
        other.add(graded(3), "first", "b")
        assert len(one.history()) == 1


def test_a_result_costs_the_last_student_what_it_costs_the_first(file):
    """Counted in steps of SQLite's machine: to look for it, and to write it."""
    students = [f"student {number:03}" for number in range(100)]
    file.begin([(student, "first") for student in students], {"seed": 1})
    steps: list[int] = []

    def step():
        steps[-1] += 1

    file.base.set_progress_handler(step, 1)
    for student in students:
        steps.append(0)
        for exercise in ("2.1", "2.2", "2.3"):
            assert file.finished(student, exercise, "first", "b") is None
            file.add(graded(3, student, exercise), "first", "b")
    assert steps[0] > 100
    assert max(steps) <= 1.1 * steps[1], steps

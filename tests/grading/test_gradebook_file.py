"""The gradebook on disk: what is kept, what supersedes what, what an instructor says."""

import json
import sqlite3
from dataclasses import asdict, replace

import pytest

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.gradebook_file import (
    UNFINISHED,
    Attempts,
    GradebookError,
    GradebookFile,
    LateRule,
    existing,
)
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


def test_a_hand_in_is_known_once_something_of_it_is_graded(file):
    one_run(file, graded(3))
    file.begin([("ada", "second")], {})  # stopped before the first result
    assert [file.knows("ada", one) for one in ("first", "second")] == [True, False]


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


def unfinished(exercise="2.1"):
    """Nothing is known of the answer."""
    return Grade("ada", exercise, 0, 5, Status.ERROR, "the judge was away", unfinished="the judge was away")


def test_what_has_no_result_never_takes_the_place_of_one_and_is_tried_again(file):
    """Of the same hand-in, and of a later one."""
    one_run(file, graded(3))
    for submission in ("first", "second"):
        file.begin([("ada", submission)], {"seed": 1})
        file.begin_again("a new check", [submission])
        file.add(unfinished(), submission, UNFINISHED)
        run = file.of_run(Gradebook((unfinished(),), {}, ("a file",)))
        assert run.grades == file.book().grades == file.book(Attempts.BEST).grades == (graded(3),)
        assert run.warnings == ("a file", "1 earlier result stands as it was: the judge was away")
        assert file.finished("ada", "2.1", submission, "b") is None
    assert [(change.points, change.why) for change in file.history()] == [
        (3, "graded"),
        (None, "a new check (no result)"),
        (None, "a new check (no result)"),
    ]
    file.add(graded(1), "second", "b")
    assert points(file) == [1]
    assert file.of_run(Gradebook((graded(1),))).warnings == ()


def test_what_has_no_result_is_shown_where_there_is_none_and_makes_way_for_any(file):
    one_run(file, unfinished(), basis=UNFINISHED)
    assert file.book().grades == file.book(Attempts.BEST).grades == (unfinished(),)
    assert file.of_run(Gradebook((unfinished(),))).warnings == ()
    file.add(replace(graded(0), status=Status.FAILED), "first", "b")
    assert [grade.status for grade in (*file.book().grades, *file.book(Attempts.BEST).grades)] == [Status.FAILED] * 2
    assert file.history()[-1].why == "tried again"


def test_a_regrade_is_finished_only_when_everything_has_a_result(file):
    for exercise in ("2.1", "2.2"):
        one_run(file, graded(4, exercise=exercise))
    file.begin_again("why", [])
    one_run(file, graded(3))
    file.add(unfinished("2.2"), "first", UNFINISHED)
    file.finish()
    file.begin_again("why", [])  # the same command again
    assert one_run(file, graded(2)) == graded(3)
    assert one_run(file, graded(1, exercise="2.2")) is None
    assert points(file) == [3, 1]
    file.finish()
    file.begin_again("why", [])
    assert one_run(file, graded(2)) is None


def test_a_gradebook_of_an_older_version_is_read(tmp_path):
    """It had no word for what has no result but the status, and an answer that was not judged on top of a mark."""
    tree = {name: value for name, value in asdict(graded(4)).items() if name != "unfinished"}
    with GradebookFile(tmp_path / "gradebook.db") as file:
        file.begin([("ada", "first"), ("bob", "first")], {"seed": 1})
        one_run(file, graded(1))
        file.add(unfinished(), "first", UNFINISHED)
        file.add(unfinished("2.2"), "first", UNFINISHED)
        file.base.execute("UPDATE grades SET grade = ? WHERE basis != ''", (json.dumps(tree),))
        tree |= {"exercise": "2.2", "points": 0, "status": "not judged", "message": "Not judged.", "checks": []}
        file.base.execute("UPDATE grades SET grade = ? WHERE basis = ''", (json.dumps(tree),))
        file.base.execute("PRAGMA user_version=1")
    with existing(tmp_path) as file:
        first, second = file.book().grades
    assert first == graded(4)
    assert (second.status, second.unfinished) == (Status.NOT_JUDGED, "Not judged.")


def test_what_a_student_does_not_hand_in_again_stays(file):
    one_run(file, graded(4, exercise="2.1"), submission="week 1")
    one_run(file, graded(5, exercise="3.1"), submission="week 2")
    assert [(grade.exercise, grade.points) for grade in file.book().grades] == [("2.1", 4), ("3.1", 5)]


def missing(student="ada", exercise="2.1"):
    return replace(graded(0, student, exercise), status=Status.MISSING, notebook="")


def test_what_is_not_handed_in_again_takes_no_mark_away(file):
    """A later hand-in without the answer, whichever attempt counts; one with a worse answer counts, as ever."""
    one_run(file, graded(5), submission="first")
    one_run(file, missing(), submission="second")
    assert file.book().grades == file.book(Attempts.BEST).grades == (graded(5),)
    assert file.of_run(Gradebook((missing(),))).grades == (graded(5),)
    one_run(file, graded(1), submission="third")
    assert (points(file), points(file, Attempts.BEST)) == ([1], [5])


def test_of_one_hand_in_the_latest_result_counts_also_when_the_answer_is_no_longer_found(file):
    one_run(file, graded(5))
    one_run(file, missing(), basis="a new check")
    assert [grade.status for grade in file.book().grades] == [Status.MISSING]
    one_run(file, replace(graded(0), status=Status.FAILED), submission="second")
    one_run(file, missing(), submission="third")
    assert [grade.status for grade in file.book(Attempts.BEST).grades] == [Status.FAILED]


def test_what_has_no_result_makes_way_for_what_is_missing_unless_it_has_earned_something(file):
    one_run(file, unfinished(), basis=UNFINISHED)
    one_run(file, missing(), submission="second")
    assert [grade.status for grade in file.book().grades] == [Status.MISSING]
    one_run(file, replace(unfinished("2.2"), points=3), basis=UNFINISHED)
    one_run(file, missing(exercise="2.2"), submission="second")
    assert points(file) == [0, 3]


def test_everybody_s_points_are_of_all_the_exercises_of_the_class(file):
    """Also those of who has no grade in some: as if they were worth nothing, who skips most would have the best share."""
    one_run(file, graded(5, student="bob"))
    for exercise in ("10.1", "2.1"):
        one_run(file, graded(4, exercise=exercise))
    book = file.book()
    assert book.possible() == {"2.1": 5, "10.1": 5}
    assert {student: own.max_points for student, own in book.by_student().items()} == {"ada": 10, "bob": 10}
    assert book.shares() == {"ada": 0.8, "bob": 0.5}
    assert book.max_points == 15  # of all that was graded
    assert book.only(["2.1"], None).shares() == {"ada": 0.8, "bob": 1}
    assert book.only(None, ["bob"]).shares() == {"bob": 1}


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
    ("before", "given", "status"),
    [
        (graded(5), 0, Status.FAILED),
        (graded(5), 3, Status.PARTLY),
        (graded(5), 5, Status.PASSED),
        (graded(3), 0, Status.FAILED),
        (graded(3), 5, Status.PASSED),
        *(
            (replace(graded(0), status=was), points, status)
            for was in (Status.MISSING, Status.ERROR, Status.NOT_ATTEMPTED, Status.TIMED_OUT, Status.NOT_JUDGED)
            for points, status in ((0, Status.FAILED), (2, Status.PARTLY), (6, Status.PASSED))
        ),
    ],
)
def test_the_status_follows_the_points_that_an_instructor_gave(file, before, given, status):
    one_run(file, before)
    file.adjust("ada", "2.1", given, "seen by hand")
    (grade,) = file.book().grades
    assert (grade.points, grade.status) == (given, status)
    file.adjust("ada", "2.1", None, "no")
    assert file.book().grades == (before,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bob", "2.1", 1, "x"), "no grade of 'bob'"),
        (("ada", "9.9", 1, "x"), "in '9.9'"),
        (("ada", "2.1", -1, "x"), "from 0 to 1000000"),
        (("ada", "2.1", 10**30, "x"), "from 0 to 1000000"),
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


def test_days_that_no_file_could_hold_are_one_message(file):
    one_run(file, graded(4))
    for days in (-1, 10**30):
        with pytest.raises(GradebookError, match="ada: days are from 0 to 1000000"):
            file.set_late({"ada": days}, "")


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

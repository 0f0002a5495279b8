"""What the grader could not find out is no result: it is shown, it replaces nothing, and the same command tries again.

No kernel runs: how a run ends, and what the judge says, is made up.
"""

import json

import pytest
from submissions import NAME, RIGHT, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.grading import grader, sandbox
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import existing
from resnet_live.grading.judge_observation import JudgedAnswer, Judges
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.status import Status

JUDGE = Judges.judge
ALL = JudgedAnswer(True, 5, (), "All checks passed.")


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A student with a right 2.1 is in `class`; the grades go here. Every run is observed, and judged right."""
    save(handed_in(RIGHT), tmp_path / "class" / "ada" / NAME)
    monkeypatch.setattr(sandbox, "run", lambda *_: Ran(Ending.OBSERVED, 0.0))
    monkeypatch.setattr(Judges, "judge", lambda *_: ALL)
    return tmp_path / "out"


def command(*arguments):
    """What it says; a note on an answer without a result is an exit code above zero of what has graded."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "400"})
    open_ = any(f"Note: {number} answer" in done.output for number in range(1, 9))
    grades = arguments[0] == "grade" or arguments[1] == "regrade"
    assert done.exit_code == (1 if open_ and grades else 0), done.output
    return " ".join(done.output.split())


def graded(out, *more):
    """What the command says of the student's 2.1."""
    return command("grade", out.parent / "class", "--only", "2.1", "--out", out, "--jobs", 1, *more)


def regraded(out, *more):
    return command("gradebook", "regrade", out, "--only", "2.1", "--reason", "to see", "--jobs", 1, *more)


def standing(out):
    with existing(out) as file:
        (grade,) = file.book().grades
    return grade.points, grade.status


def exports(out):
    """The files that programs and platforms read, by form."""
    texts = {}
    for form in ("csv", "junit", "gradescope"):
        to = out.parent / f"export.{'json' if form == 'gradescope' else form}"
        command("gradebook", "export", out, form, "--to", to)
        texts[form] = to.read_text(encoding="utf-8")
    return texts


def stalled_judge(monkeypatch):
    """Its time is up before it has begun."""
    monkeypatch.setattr(Judges, "judge", lambda judges, path, record: JUDGE(judges, path, record, timeout=0))


def no_start(monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *_: Ran(Ending.NOT_STARTED, 600.0, text="no space left"))


def own_error(monkeypatch):
    def find(*_):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(grader.Grader, "find", find)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (stalled_judge, "What came back from the run could not be judged: TimeoutError."),
        (no_start, "The run did not start: no space left."),
        (own_error, "The grader itself failed: RuntimeError: a fault of ours."),
    ],
)
def test_a_failure_of_the_grader_s_is_shown_and_the_same_command_tries_again(out, failure, words):
    told = f"Note: 1 answer: {words} The same command tries again."
    with pytest.MonkeyPatch.context() as patch:
        failure(patch)
        for _ in range(2):
            assert told in graded(out)
        assert standing(out) == (0, Status.ERROR)
        assert told in command("gradebook", "show", out)
        assert told in command("gradebook", "export", out, "csv", "--to", out / "x.csv")
        assert words.rstrip(".") in (out / "feedback" / "ada.md").read_text(encoding="utf-8")
    assert "Note:" not in graded(out)
    assert standing(out) == (5, Status.PASSED)


@pytest.mark.parametrize("failure", [stalled_judge, no_start, own_error])
def test_a_failure_of_the_grader_s_takes_no_mark_away(out, failure):
    graded(out)
    before = exports(out)
    with pytest.MonkeyPatch.context() as patch:
        failure(patch)
        told = regraded(out)
        assert "1 earlier result stands as it was: " in told and "The same command tries again." in told
        assert exports(out) == before
    assert "Note:" not in regraded(out)


@pytest.mark.parametrize(
    ("ran", "status"),
    [
        (Ran(Ending.TIMED_OUT, 60.0), Status.TIMED_OUT),
        (Ran(Ending.STOPPED, 1.0, text="more than 6 GB of memory"), Status.ERROR),
        (Ran(Ending.FAILED, 1.0, 2, "NameError", "x"), Status.ERROR),
        (Ran(Ending.FAILED, 1.0, text="the kernel died"), Status.ERROR),
    ],
)
def test_what_is_the_student_s_is_final(out, monkeypatch, ran, status):
    runs = []
    monkeypatch.setattr(sandbox, "run", lambda *_: runs.append(ran) or ran)
    assert "Note:" not in graded(out)
    count = len(runs)
    assert "Note:" not in graded(out)
    assert standing(out) == (0, status)
    assert len(runs) == count >= 1


def test_an_observation_that_is_not_the_grader_s_is_the_student_s_doing(out, monkeypatch):
    monkeypatch.setattr(Judges, "judge", lambda *_: JudgedAnswer(False, 0, (), "It is not signed."))
    assert "Note:" not in graded(out)
    assert standing(out) == (0, Status.ERROR)


def test_judge_only_with_nothing_kept_changes_no_mark_and_says_so(out):
    """As after an upgrade of a library: here it is another time limit, on which results rest too."""
    graded(out)
    before = exports(out)
    for _ in range(2):
        told = graded(out, "--judge-only", "--timeout", 61)
        assert "ada: 5/5 points" in told
        assert "Note: 1 earlier result stands as it was: Not judged: there is no observation of this answer." in told
        assert "Grade without --judge-only." in told
        assert exports(out) == before
        assert json.loads((out / "results.json").read_text(encoding="utf-8"))["points"] == 5
    told = regraded(out, "--judge-only", "--timeout", 61)
    assert "1 earlier result stands as it was: Not judged" in told
    assert exports(out) == before
    assert "Note:" not in graded(out, "--timeout", 61)


def test_judge_only_of_a_new_hand_in_leaves_the_mark_of_the_old_one(out):
    graded(out)
    save(handed_in({"2.1": RIGHT["2.1"] + "\n# handed in again"}), out.parent / "class" / "ada" / NAME)
    assert "1 earlier result stands as it was" in graded(out, "--judge-only")
    assert standing(out) == (5, Status.PASSED)


def test_a_script_is_told_by_the_exit_code_that_there_are_answers_without_a_result(out):
    """Also where fewer points than --min-score are the reason for 2: without a result nobody knows whether they are fewer."""
    arguments = ["grade", out.parent / "class", "--only", "2.1", "--out", out, "--min-score", "50"]
    done = CliRunner().invoke(app, [*map(str, arguments), "--judge-only"])
    assert done.exit_code == 1 and (out / "gradebook.csv").exists() and (out / "returned" / "ada" / NAME).exists()
    done = CliRunner().invoke(app, ["gradebook", "regrade", str(out), "--reason", "x", "--only", "2.1", "--judge-only"])
    assert done.exit_code == 1
    assert CliRunner().invoke(app, [*map(str, arguments)]).exit_code == 0


def test_judge_only_shows_what_was_never_judged(out):
    assert "Note: 1 answer: Not judged: there is no observation" in graded(out, "--judge-only")
    assert standing(out) == (0, Status.NOT_JUDGED)
    command("gradebook", "adjust", out, "ada", "2.1", 4, "--reason", "seen by hand")
    assert "Note:" not in command("gradebook", "show", out)
    assert standing(out) == (4, Status.PARTLY)


def made(points, unfinished=""):
    status = Status.PASSED if points == 5 else Status.PARTLY if points else Status.ERROR
    return Grade("ada", "5.3", points, 5, status, f"{points} points", unfinished=unfinished)


@pytest.mark.parametrize("one", [made(2), made(0), made(2, "away")])
@pytest.mark.parametrize("other", [made(0, "gone"), made(3, "gone")])
def test_of_two_ways_of_which_one_is_unknown_only_full_marks_are_final(one, other):
    better = one.or_better(other)
    assert better.points == max(one.points, other.points)
    assert better.unfinished in ("away", "gone")
    assert made(5).or_better(other) == other.or_better(made(5)) == made(5)
    assert made(2).or_better(made(3)) == made(3)


@pytest.mark.parametrize(
    ("name", "need", "exercise", "answers"),
    [
        (
            "05_naive_resblock.ipynb",
            "5.1",
            "5.3",
            ("class ConvLayer:\n    x = 3", "class NaiveResBlock:\n    x = ConvLayer"),
        ),
        # only as the notebook stands: the task does not ask for it
        (
            NAME,
            "2.1",
            "2.2",
            (RIGHT["2.1"], "from math import *\nf = use('2.1', conv_out)\ndef halvings(n):\n    return f(n)"),
        ),
    ],
)
def test_an_answer_that_rests_on_one_of_which_nothing_is_known_is_not_final(
    out, monkeypatch, name, need, exercise, answers
):
    """It may be right with the student's own earlier answer, of which the judge has said nothing."""
    folder = out.parent / "class"
    save(handed_in(dict(zip((need, exercise), answers, strict=True)), name), folder / "ada" / name)
    judged = {exercise: JudgedAnswer(True, 1, (), "1 point"), need: JudgedAnswer(False, 0, (), "Away.", ours=True)}
    monkeypatch.setattr(Judges, "judge", lambda self, path, record: judged[record.exercise])
    asked, new_grade = [], grader.Grader.new_grade

    def noted(self, student, parsed, one):
        asked.append(one.id)
        return new_grade(self, student, parsed, one)

    monkeypatch.setattr(grader.Grader, "new_grade", noted)
    arguments = ("grade", folder, "--only", exercise, "--out", out, "--jobs", 1)
    assert f"Note: 1 answer: It rests on {need}: Away. The same command tries again." in command(*arguments)
    assert sorted(asked) == [need, exercise]
    judged[need] = JudgedAnswer(True, 0, (), "Wrong.")
    assert "Note:" not in command(*arguments)
    assert sorted(asked) == [need, need, exercise, exercise]


def test_what_the_first_way_has_earned_stays_when_the_second_fails_by_our_fault(out, monkeypatch):
    some = JudgedAnswer(True, 3, (), "One is not right.")
    monkeypatch.setattr(Judges, "judge", lambda *_: some)
    monkeypatch.setattr(grader.Grader, "own_answers", lambda *_: 1 / 0)
    said = graded(out)
    assert "The grader itself failed: ZeroDivisionError" in said
    assert standing(out)[0] == 3


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError("no space left")], ids=["Ctrl-C", "full disk"])
def test_a_run_that_is_stopped_begins_nothing_more(out, monkeypatch, stop):
    """Of 58 answers those that are running end, and no other begins: nobody would keep what it gives."""
    begun = []
    new_grade = grader.Grader.new_grade
    monkeypatch.setattr(grader.Grader, "new_grade", lambda *some: begun.append(1) or new_grade(*some))
    save(handed_in(RIGHT), out.parent / "class" / "bob" / NAME)

    def progress(done, of, what):
        if done == 2:
            raise stop

    with pytest.raises(type(stop) if isinstance(stop, OSError) else stop):
        grader.grade(out.parent / "class", grader.Settings(1, jobs=2, device="cpu"), progress)
    assert 2 <= len(begun) <= 20

"""An answer that has not changed is judged again without being run."""

import io
import json
from dataclasses import replace
from importlib.metadata import version

import pytest
from rich.console import Console
from submissions import NAME, RIGHT, WRONG, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.exercise.definition import Check
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import reports, sandbox
from resnet_live.grading.assemble import AssembledCell, Origin
from resnet_live.grading.collect import collect
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.grader import Settings, grade
from resnet_live.grading.observation_store import ObservationStore
from resnet_live.grading.run_basis import name_of, seed_of
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

OTHER = "def conv_out(n, k, s=1, p=0):\n    return 1 + (n - k + 2 * p) // s"
CELLS = [AssembledCell(Origin.STUDENT, "def conv_out(n, k, s=1, p=0):\n    return 1", 3)]


@pytest.fixture
def keeping(forks, tmp_path, monkeypatch):
    """A grader that keeps observations, and the list of what it ran."""
    runs, run = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda made, *how: runs.append(made.record.exercise) or run(made, *how))
    forks.settings = replace(forks.settings, observations=tmp_path / "kept")
    forks.store = ObservationStore(tmp_path / "kept")
    return forks, runs


def graded(forks, folder, exercise="2.1"):
    (student,) = collect(folder)
    return forks.new_grade(student, [parse(one) for one in student.notebooks], find(exercise))


def test_the_second_time_nothing_runs_and_the_words_are_the_same(keeping, tmp_path):
    forks, runs = keeping
    raising = "def global_avg_pool(x):\n    return x.mean((2, 3))\n1 / 0"
    save(handed_in({"2.1": RIGHT["2.1"], "2.2": WRONG["2.2"], "2.3": raising}), tmp_path / "class" / "one" / NAME)
    first = [graded(forks, tmp_path / "class", one) for one in ("2.1", "2.2", "2.3")]
    assert {one.status for one in first} >= {Status.PASSED, Status.FAILED}
    count = len(runs)
    assert count >= 3
    assert [graded(forks, tmp_path / "class", one) for one in ("2.1", "2.2", "2.3")] == first
    assert len(runs) == count


def test_a_changed_check_judges_again_without_running(keeping, tmp_path, monkeypatch):
    forks, runs = keeping
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    assert graded(forks, tmp_path / "class").status is Status.PASSED
    old = find("2.1")
    checks = tuple(replace(one, points=one.points * 2) if isinstance(one, Check) else one for one in old.checks)
    monkeypatch.setitem(exercises(), "2.1", replace(old, checks=checks))
    again = graded(forks, tmp_path / "class")
    assert (again.points, again.status, runs) == (2 * old.points, Status.PASSED, ["2.1"])


def test_a_changed_answer_runs(keeping, tmp_path):
    forks, runs = keeping
    for answer in (RIGHT["2.1"], RIGHT["2.1"] + "\n# another", WRONG["2.1"]):
        save(handed_in({"2.1": answer}), tmp_path / "class" / "one" / NAME)
        grade = graded(forks, tmp_path / "class")
    assert grade.status is not Status.PASSED
    assert len(runs) >= 2


def test_with_judge_only_nothing_ever_runs(keeping, tmp_path):
    forks, runs = keeping
    forks.settings = replace(forks.settings, judge_only=True)
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    grade = graded(forks, tmp_path / "class")
    assert (grade.status, runs) == (Status.NOT_JUDGED, [])
    assert "no observation" in grade.message and "None is kept of this student in this exercise." in grade.message


def judged_only(forks, folder, **changes):
    """What is said of the student's 2.1 where nothing may run."""
    before, forks.settings = forks.settings, replace(forks.settings, judge_only=True, **changes)
    forks.store = ObservationStore(forks.store.folder)
    grade = graded(forks, folder)
    forks.settings = before
    return grade


def test_what_a_kept_run_rests_on_stands_in_its_file(keeping, tmp_path):
    forks, _ = keeping
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    graded(forks, tmp_path / "class")
    (file,) = forks.store.folder.rglob("*.json")
    told = json.loads(file.read_text())["rests_on"]
    assert (told["exercise"], told["drawn_from"], told["seed"]) == ("2.1", 3, seed_of(3, "one", "2.1"))
    assert told["versions"]["torch"] == version("torch")
    assert (told["device"], told["timeout"], len(told["answer"]), len(told["course"])) == ("cpu", 60, 40, 40)
    save(handed_in({"2.1": OTHER}), tmp_path / "class" / "one" / NAME)
    graded(forks, tmp_path / "class")
    both = [json.loads(one.read_text())["rests_on"] for one in forks.store.folder.rglob("*.json")]
    assert len({one["answer"] for one in both}) == 2 and len({json.dumps(one | {"answer": ""}) for one in both}) == 1


def test_with_judge_only_the_message_says_what_has_changed(keeping, tmp_path):
    """Each of what may change, by itself; and nothing that may be wrong: other students' runs count for nothing."""
    forks, runs = keeping
    folder = tmp_path / "class"
    save(handed_in(RIGHT), folder / "one" / NAME)
    graded(forks, folder)
    assert judged_only(forks, folder).status is Status.PASSED
    for changes, said in [
        ({"seed": 4}, "What is kept rests on seed 3 (now 4)."),
        ({"timeout": 61.0}, "What is kept rests on a time limit of 60 seconds (now 61.0)."),
        ({"device": "cuda"}, "What is kept rests on device cpu (now cuda)."),
    ]:
        grade = judged_only(forks, folder, **changes)
        assert grade.status is Status.NOT_JUDGED and said in grade.message
    save(handed_in({"2.1": OTHER}), folder / "one" / NAME)
    assert "rests on other code of the student's, or the same in other cells." in judged_only(forks, folder).message
    save(handed_in(RIGHT), tmp_path / "others" / "two" / NAME)
    assert "None is kept of this student" in judged_only(forks, tmp_path / "others", seed=4).message
    assert runs == ["2.1"]


def test_with_judge_only_the_message_names_the_versions(keeping, tmp_path):
    """As after an upgrade: the file has the name that it got with the older ones."""
    forks, _ = keeping
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    graded(forks, tmp_path / "class")
    (told,) = forks.store.folder.rglob("*.json")
    tree = json.loads(told.read_text())
    now = tree["rests_on"]["versions"]["torch"]
    tree["rests_on"]["versions"] |= {"torch": "2.0.0", "fastai": ""}
    tree["rests_on"]["course"] = "0" * 40
    told.with_name("aa.json").write_text(json.dumps(tree))
    told.unlink()
    message = judged_only(forks, tmp_path / "class").message
    assert (
        f"What is kept rests on another version of the course's code, torch 2.0.0 (now {now}), fastai missing ("
        in message
    )


def test_a_file_of_an_older_version_is_judged_and_keeps_its_secret(keeping, tmp_path):
    forks, runs = keeping
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    before = graded(forks, tmp_path / "class")
    (told,) = forks.store.folder.rglob("*.json")
    tree = json.loads(told.read_text())
    del tree["rests_on"]
    told.write_text(json.dumps(tree))
    assert judged_only(forks, tmp_path / "class") == before
    message = judged_only(forks, tmp_path / "class", seed=4).message
    assert message == "Not judged: there is no observation of this answer. Grade without --judge-only."
    for file in forks.store.folder.rglob("*.bin"):
        file.unlink()
    assert "its file is damaged" in judged_only(forks, tmp_path / "class").message
    assert runs == ["2.1"]


def test_what_was_not_judged_is_graded_by_the_same_command_without_judge_only(forks, tmp_path):
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    settings = Settings(3, only=("2.1",), device="cpu", observations=tmp_path / "kept", judge_only=True)
    with GradebookFile(tmp_path / "gradebook.db") as file:
        for _ in range(2):
            book = grade(tmp_path / "class", settings, file=file)
            assert [one.status for one in file.of_run(book).grades] == [Status.NOT_JUDGED]
        assert len(file.history()) == 1
        screen = io.StringIO()
        reports.show(book, Console(file=screen, width=300))
        assert "Note: 1 answer: Not judged: there is no observation" in screen.getvalue()
        book = grade(tmp_path / "class", replace(settings, judge_only=False), file=file)
        assert [one.status for one in file.of_run(book).grades] == [Status.PASSED]
        again = grade(tmp_path / "class", settings, file=file)
        assert [one.status for one in again.grades] == [Status.PASSED]


def test_a_name_is_of_all_that_a_run_rests_on():
    exercise = find("2.1")
    names = [
        name_of(exercise, CELLS, "", 1, "cpu", 60),
        name_of(exercise, [replace(CELLS[0], source="pass")], "", 1, "cpu", 60),
        name_of(exercise, CELLS, "x = 1\n", 1, "cpu", 60),
        name_of(exercise, CELLS, "", 2, "cpu", 60),
        name_of(exercise, CELLS, "", 1, "cuda", 60),
        name_of(exercise, CELLS, "", 1, "cpu", 61),
        name_of(find("2.2"), CELLS, "", 1, "cpu", 60),
    ]
    assert len(set(names)) == len(names)
    assert name_of(exercise, CELLS, "", 1, "cpu", 60) == names[0]


def test_what_the_moment_did_is_not_kept(tmp_path):
    """No lost run, no killed kernel; a time that was up only where nothing shall run."""
    store = ObservationStore(tmp_path)
    for number, (ending, cell) in enumerate(
        [(Ending.LOST, None), (Ending.STOPPED, None), (Ending.NOT_STARTED, None), (Ending.FAILED, None)]
    ):
        store.keep(f"{number}0", Ran(ending, 1.0, cell), tmp_path / "none", b"")
        assert store.find(f"{number}0", out_of_time=True) is None
    store.keep("aa", Ran(Ending.TIMED_OUT, 60.0), tmp_path / "none", b"")
    assert store.find("aa") is None
    assert store.find("aa", out_of_time=True).ran.ending is Ending.TIMED_OUT
    store.keep("bb", Ran(Ending.FAILED, 1.0, 2, "NameError", "x"), tmp_path / "none", b"")
    assert store.find("bb").ran == Ran(Ending.FAILED, 1.0, 2, "NameError", "x")


def test_a_forged_or_damaged_file_is_no_observation(keeping, tmp_path):
    forks, runs = keeping
    (tmp_path / "forged").write_bytes(b"x" * 100)
    store = forks.store
    store.keep("cc", Ran(Ending.OBSERVED, 1.0), tmp_path / "forged", b"key")
    assert store.find("cc") is None
    save(handed_in(RIGHT), tmp_path / "class" / "one" / NAME)
    assert graded(forks, tmp_path / "class").points == 5
    (file,) = store.folder.rglob("*.bin")
    file.write_bytes(file.read_bytes()[:-100])
    assert graded(forks, tmp_path / "class").points == 5
    (told,) = store.folder.rglob("*.json")
    told.write_text(json.dumps({"ending": "NONE"}))
    assert graded(forks, tmp_path / "class").points == 5
    assert len(runs) == 3


def test_the_command_says_where_observations_are_kept(tmp_path):
    save(handed_in(RIGHT), tmp_path / "one" / NAME)
    done = CliRunner().invoke(app, ["grade", str(tmp_path), "--judge-only"])
    assert done.exit_code == 1
    assert "--out" in done.output

"""An answer that has not changed is judged again without being run."""

import json
from dataclasses import replace

import pytest
from submissions import NAME, RIGHT, WRONG, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.exercise.definition import Check
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import sandbox
from resnet_live.grading.assemble import AssembledCell, Origin
from resnet_live.grading.collect import collect
from resnet_live.grading.observation_store import ObservationStore, name_of
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

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
    assert (grade.status, runs) == (Status.ERROR, [])
    assert "no observation" in grade.message


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

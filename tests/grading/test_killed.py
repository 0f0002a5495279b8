"""A run that is killed at any moment, and started again with the same command: nothing lost, nothing twice.

At 20 moments; at 200 with `RESNET_LIVE_STRESS`, as in `make stress`, or at as many as `RESNET_LIVE_KILLS` says; there the command
itself too, with its sandboxes and judges, at KILLED_FOR_REAL.
"""

import itertools
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
from submissions import NAME, RIGHT, WRONG, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.grading import grader
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import GradebookFile, existing
from resnet_live.grading.grader import Settings, grade
from resnet_live.grading.status import Status

KILLS = int(os.environ.get("RESNET_LIVE_KILLS", "200" if "RESNET_LIVE_STRESS" in os.environ else "20"))
KILLED_FOR_REAL = 20
STUDENTS = [f"student {number:02}" for number in range(12)]
ONLY = ("2.1", "2.2", "2.3")


def table(book):
    return [replace(one, seconds=0.0) for one in book.grades]


def rows(file):
    """(id, student, exercise) of all that is written."""
    if not file.exists():
        return []
    base = sqlite3.connect(file)
    try:
        return base.execute("SELECT id, student, exercise FROM grades ORDER BY id").fetchall()
    except sqlite3.OperationalError:  # killed before there was a table
        return []
    finally:
        base.close()


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Only the running of the answers is made up: it takes a moment and gives points that hang on the seed. Each is noted."""
    noted = tmp_path / "noted"
    noted.touch()

    def new_grade(self, student, parsed, exercise):
        with noted.open("a") as file:
            file.write(f"{student.name}\t{exercise.id}\n")
        time.sleep(random.random() / 300)
        seed = grader.seed_of(self.settings.seed, student.name, exercise.id)
        return Grade(student.name, exercise.id, seed % 5, 5, Status.PARTLY, f"seed {seed} " * 50)

    monkeypatch.setattr(grader.Grader, "new_grade", new_grade)
    return noted


def run(folder, file):
    with GradebookFile(file) as opened:
        seed = opened.fact("seed", 7)
        return opened.of_run(grade(folder, Settings(seed, jobs=2, only=ONLY), file=opened))


@pytest.mark.timeout(max(120, 10 * KILLS))
def test_a_run_that_is_killed_goes_on(quick, tmp_path):
    folder = tmp_path / "class"
    for student in STUDENTS:
        save(handed_in({}), folder / student / NAME)
    undisturbed = run(folder, tmp_path / "undisturbed.db")
    began = time.monotonic()
    run(folder, tmp_path / "timed.db")  # the first run has read what later ones find read
    length = time.monotonic() - began
    fork = multiprocessing.get_context("fork")
    killed = finished = 0
    while killed < KILLS:
        file = tmp_path / f"killed-{finished}.db"
        ended, tries = False, 0
        while not ended:
            tries += 1
            before = rows(file)
            quick.write_text("")
            process = fork.Process(target=run, args=(folder, file))
            process.start()
            process.join(random.random() * length * (1 + tries / 4))  # a busy machine gets there too
            ended = process.exitcode is not None
            if not ended:
                os.kill(process.pid, signal.SIGKILL)
                process.join()
                killed += 1
            assert process.exitcode in (0, -signal.SIGKILL)
            after = rows(file)
            assert after[: len(before)] == before  # what was finished stays
            again = {tuple(line.split("\t")) for line in quick.read_text().splitlines()}
            assert not again & {key for _, *rest in before for key in [tuple(rest)]}  # and is not made again
        finished += 1
        keys = [key for _, *key in rows(file)]
        assert len(keys) == len(STUDENTS) * len(ONLY) == len({tuple(key) for key in keys})  # nothing counts twice
        with existing(file) as opened:
            assert table(opened.book()) == table(undisturbed)
            assert opened.base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class Command:
    """The real thing: two students, two exercises."""

    def __init__(self, folder):
        self.folder = folder
        for student, answers in {"ada": RIGHT | {"2.2": WRONG["2.2"]}, "eve": {}}.items():
            save(handed_in(answers), folder / "class" / student / NAME)

    def words(self, out):
        return ["grade", str(self.folder / "class"), "--only", "2.1", "--only", "2.2", "--out", str(out), "--seed", "3"]

    def start(self, out):
        program = [sys.executable, "-c", "from resnet_live.cli import app; app()", *self.words(out)]
        # not a pipe: a kernel that survives its master would hold it open
        with out.with_suffix(".log").open("w") as log:
            return subprocess.Popen(program, stdout=log, stderr=log)

    def undisturbed(self):
        out = self.folder / "undisturbed"
        done = CliRunner().invoke(app, self.words(out))
        assert done.exit_code == 0, done.output
        return out


def kill(process):
    """Kill it as it works; what it had started must end with it. Returns that."""
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert psutil.wait_procs(started, timeout=60)[1] == []
    return started


def assert_the_same(killed, undisturbed):
    with existing(killed) as one, existing(undisturbed) as other:
        assert len(one.history()) == 4
        assert table(one.book()) == table(other.book())
    for name in ("gradebook.csv", "feedback/ada.md"):
        assert (killed / name).read_text() == (undisturbed / name).read_text()


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("grader")  # what nobody kills is graded here, by a warm process that is there
def test_the_command_that_is_killed_goes_on(tmp_path):
    """Killed once it has written its first result."""
    command, killed = Command(tmp_path), tmp_path / "killed"
    first = command.start(killed)
    while not (before := rows(killed / "gradebook.db")) and first.poll() is None:
        time.sleep(0.02)
    assert len(kill(first)) >= 2  # what runs answers, and what judges
    assert command.start(killed).wait() == 0, killed.with_suffix(".log").read_text()
    assert rows(killed / "gradebook.db")[: len(before)] == before
    assert_the_same(killed, command.undisturbed())


@pytest.mark.kernel
@pytest.mark.skipif("RESNET_LIVE_STRESS" not in os.environ, reason="minutes: make stress PARTS=kill")
@pytest.mark.timeout(3600)
def test_the_command_that_is_killed_at_any_moment_goes_on(tmp_path):
    """As it starts, while an answer runs, while it judges, while it writes its reports."""
    command = Command(tmp_path)
    began = time.monotonic()
    assert command.start(tmp_path / "timed").wait() == 0
    length, undisturbed = time.monotonic() - began, command.undisturbed()
    killed = finished = 0
    while killed < KILLED_FOR_REAL:
        out = tmp_path / f"killed-{finished}"
        for tries in itertools.count(1):
            before = rows(out / "gradebook.db")
            process = command.start(out)
            try:
                process.wait(random.random() * length * (1 + tries / 4))  # a busy machine gets there too
            except subprocess.TimeoutExpired:
                kill(process)
                killed += 1
            assert rows(out / "gradebook.db")[: len(before)] == before
            if process.returncode != -signal.SIGKILL:
                break
        assert process.returncode == 0, out.with_suffix(".log").read_text()
        assert_the_same(out, undisturbed)
        finished += 1

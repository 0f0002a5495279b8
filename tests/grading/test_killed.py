"""A run that is killed at any moment, and started again with the same command: nothing lost, nothing twice.

At 20 moments; at 200 with `RESNET_LIVE_STRESS`, as in `make stress`, or at as many as `RESNET_LIVE_KILLS` says.
"""

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


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("grader")  # what nobody kills is graded here, by a warm process that is there
def test_the_command_that_is_killed_goes_on(tmp_path):
    """The real thing, killed once it has written its first result."""
    for student, answers in {"ada": RIGHT | {"2.2": WRONG["2.2"]}, "eve": {}}.items():
        save(handed_in(answers), tmp_path / "class" / student / NAME)
    program = [sys.executable, "-c", "from resnet_live.cli import app; app()"]

    def asked(out):
        return ["grade", str(tmp_path / "class"), "--only", "2.1", "--only", "2.2", "--out", str(out), "--seed", "3"]

    def command(out):
        with out.with_suffix(".log").open(
            "w"
        ) as log:  # not a pipe: a kernel that survives its master would hold it open
            return subprocess.Popen([*program, *asked(out)], stdout=log, stderr=log)

    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    first = command(killed)
    while not (before := rows(killed / "gradebook.db")) and first.poll() is None:
        time.sleep(0.02)
    started = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert len(started) >= 2  # what runs answers, and what judges
    assert psutil.wait_procs(started, timeout=60)[1] == []
    assert command(killed).wait() == 0, killed.with_suffix(".log").read_text()
    done = CliRunner().invoke(app, asked(undisturbed))
    assert done.exit_code == 0, done.output
    assert rows(killed / "gradebook.db")[: len(before)] == before
    with existing(killed) as one, existing(undisturbed) as other:
        assert len(one.history()) == 4
        assert table(one.book()) == table(other.book())
    for name in ("gradebook.csv", "feedback/ada.md"):
        assert (killed / name).read_text() == (undisturbed / name).read_text()

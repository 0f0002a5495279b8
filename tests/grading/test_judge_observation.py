"""Processes that judge: one that ends or stalls costs one answer, and none outlives its grader."""

import signal
import subprocess
import sys
import textwrap
import threading

import psutil
import pytest
from processes import gone
from submissions import REPOSITORY

from resnet_live.grading.judge_observation import Judges
from resnet_live.grading.observation_store import record_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are this process's own children")
RECORD = record_of("2.1", 1, "cpu")
UNUSABLE, LOST = "cannot be used: it is not signed", "could not be judged"


@pytest.fixture
def judges(tmp_path):
    """One process, and an answer that it can say something of."""
    (tmp_path / "observation").write_bytes(b"no observation")
    made = Judges()
    yield lambda **how: made.judge(tmp_path / "observation", RECORD, **how)
    made.close()


def processes() -> list[psutil.Process]:
    """The judging ones of this process: they are forked off a process that it has started."""
    return [one for child in psutil.Process().children() for one in child.children()]


@pytest.fixture
def running(judges):
    """The process, which has judged once."""
    before = set(processes())
    assert UNUSABLE in judges().text
    (process,) = set(processes()) - before
    return process


def test_one_that_was_ended_meanwhile_is_started_again(judges, running):
    running.kill()
    running.wait(20)  # until it is buried: a zombie's threads may still have the pipe open
    assert UNUSABLE in judges().text


def test_one_that_stalls_costs_one_answer_and_its_verdict_is_nobody_elses(judges, running):
    running.suspend()
    late = judges(timeout=0.2)
    assert not late.valid and late.ours and f"{LOST}: TimeoutError" in late.text
    unsigned = judges()
    assert UNUSABLE in unsigned.text and not unsigned.ours


def test_one_that_is_ended_while_it_judges_has_not_judged(judges, running):
    running.suspend()
    threading.Timer(1, running.kill).start()
    lost = judges(timeout=60)
    assert not lost.valid and lost.ours and LOST in lost.text


def test_ctrl_c_is_the_graders_to_answer(judges, running):
    running.send_signal(signal.SIGINT)
    assert UNUSABLE in judges().text
    assert running.is_running()


def test_they_end_with_a_grader_that_is_killed(tmp_path):
    program = """
        import sys, time
        from pathlib import Path
        import psutil
        from resnet_live.grading.judge_observation import Judges
        from resnet_live.grading.observation_store import record_of

        if __name__ == "__main__":
            Judges().judge(Path("none"), record_of("2.1", 1, "cpu"))
            print(*(one.pid for one in psutil.Process().children(recursive=True)), flush=True)
            time.sleep(600)
    """
    script = tmp_path / "grader.py"
    script.write_text(textwrap.dedent(program))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as grader:
        pids = [int(pid) for pid in grader.stdout.readline().split()]
        grader.kill()
    assert len(pids) >= 2
    assert all(gone(pid) for pid in pids)

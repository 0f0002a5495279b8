"""A grader whose runs are forks of one process that has imported PyTorch and fastai: seconds less for each, and guarded as ever."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_live.grading import sandbox
from resnet_live.grading.grader import Grader, Settings
from resnet_live.grading.judge_observation import Judges, judge_file
from resnet_live.grading.sandbox import Ending, Ran


@contextlib.contextmanager
def running_cells():
    """A process that runs assembled notebooks in forks, guarded."""
    script = Path(__file__).with_name("run_cells.py")
    environment = dict(os.environ, OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
    process = subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    yield process
    process.stdin.close()
    process.wait()


def with_fastai(process) -> None:
    """From now on, what it forks has fastai."""
    print("import fastai.vision.all", file=process.stdin, flush=True)


def ask(process, home: Path, seconds: float = 60) -> dict:
    """How the notebook in this folder ended."""
    print(seconds, home, file=process.stdin, flush=True)
    return json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def cells_runner():
    """One such process for several files."""
    with running_cells() as process:
        with_fastai(process)
        yield process


@pytest.fixture
def forks(cells_runner, monkeypatch):
    """A `Grader` whose runs are forks, and which judges here: it starts no process."""

    def run(assembled, hidden, timeout, kernel, warm=None):
        result = ask(cells_runner, assembled.home)
        if assembled.observation.exists():
            return Ran(Ending.OBSERVED, 0.0)
        return Ran(Ending.FAILED, 0.0, result["cell"], result["kind"], result["ended"])

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(Judges, "judge", lambda self, path, record: judge_file(path, record))
    with Grader(Settings(seed=3, device="cpu")) as one:
        yield one

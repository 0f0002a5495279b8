import sys
from pathlib import Path

import pytest

from resnet_live.grading import sandbox

EXERCISE = Path(__file__).parents[1] / "exercise"
sys.path[:0] = [str(EXERCISE / "known_answers"), str(EXERCISE / "mutants")]  # the known answers, and their rewrites


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Nobody's own progress is touched by a test."""
    monkeypatch.setenv("RESNET_LIVE_PROGRESS", str(tmp_path / "progress.json"))


@pytest.fixture(scope="session", autouse=True)
def one_warm_process(tmp_path_factory):
    """The graders of this process fork their runs off one warm process: to start one takes as long as ten runs."""
    runs = sandbox.warm_runs(tmp_path_factory.mktemp("warm").resolve())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "close", lambda: None)  # by a grader, when others may come
        patch.setattr(sandbox, "warm_runs", lambda work: runs)
        yield
    runs.close()


from in_forks import cells_runner, forks  # noqa: E402, F401 (fixtures of several files)

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "exercise" / "known_answers"))  # the known answers


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Nobody's own progress is touched by a test."""
    monkeypatch.setenv("RESNET_LIVE_PROGRESS", str(tmp_path / "progress.json"))


from in_forks import cells_runner, forks  # noqa: E402, F401 (fixtures of several files)

import pytest


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Nobody's own progress is touched by a test."""
    path = tmp_path / "progress" / "progress.json"
    monkeypatch.setenv("RESNET_LIVE_PROGRESS", str(path))
    return path

"""Every chapter runs from top to bottom under nbmake, on the synthetic dataset and with no network: what a reader on a train has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))


def test_there_are_chapters():
    assert len(CHAPTERS) >= 3


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda file: file.stem)
def test_a_chapter_runs_on_the_synthetic_dataset(chapter, tmp_path_factory):
    environment = {name: value for name, value in os.environ.items() if name != "RESNET_LIVE_DATA"}
    environment |= {
        "RESNET_LIVE_PROFILE": "smoke",
        "RESNET_LIVE_OFFLINE": "1",
        "FASTAI_HOME": str(ROOT / "no-such-folder"),
    }
    if "PYTEST_XDIST_WORKER" in os.environ:  # as many chapters as cores run side by side: a thread each
        environment["OMP_NUM_THREADS"] = "1"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--nbmake",
        "--nbmake-timeout=600",
        "--timeout=0",
        str(chapter),
    ]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "1 passed" in run.stdout

"""Runs in the sandbox without Jupyter and PyTorch: a script in place of the notebook, so that a hostile one costs half a second."""

import json
import shutil
import sys
from pathlib import Path

from resnet_live.grading import sandbox
from resnet_live.grading.assemble import IN_KERNEL, Assembled
from resnet_live.grading.isolation import Engine, Isolation
from resnet_live.grading.run_record import RunRecord

# For controls.
BARE = Isolation(Engine.NONE, False, "nothing is shut off")
# `tell` writes what was seen, `ready` says that the answer's own time begins.
BEFORE = """import json, sys
_told = {}
def tell(**seen):
    _told.update(seen)
    with open("told.json", "w") as file:
        json.dump(_told, file)
open("../out/ready", "w").close()
"""


def home_of(home: Path) -> Assembled:
    """The folder of a run."""
    for folder in ("ours", "run", "out", "home/tmp"):
        (home / folder).mkdir(parents=True)
    shutil.copytree(IN_KERNEL, home / "ours" / "in_kernel")
    notebook = home / "run" / "answer.ipynb"
    notebook.write_text('{"cells": []}')
    return Assembled(home, notebook, RunRecord("2.1", 1, "cpu", b"key", "observation.bin"), ())


def ran(home: Path, source: str, timeout: float = 60, hidden: list[Path] | None = None) -> tuple[str, dict]:
    """Run a script: ("whole", or how it ended and why; what it told)."""
    made = home_of(home)
    (home / "run" / "script.py").write_text(f"{BEFORE}{source}\nopen('../out/observation.bin', 'w').close()\n")
    done = sandbox.run_command([sys.executable, "script.py"], made, hidden or [], timeout)
    file = home / "run" / "told.json"
    told = json.loads(file.read_text()) if file.exists() else {}
    whole = done.ending is sandbox.Ending.OBSERVED
    return "whole" if whole else f"{done.ending.name}: {done.text}", told

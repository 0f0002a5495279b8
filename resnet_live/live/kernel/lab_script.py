"""What JupyterLab itself must do: a script that comes as an output, runs once, and leaves nothing to see."""

import json
import time
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

FOLDER = Path(__file__).parent / "lab"
# A notebook that is opened again runs its outputs again: later than so many milliseconds they do nothing.
FRESH = 60_000


def focus_given(shell: InteractiveShell, begins: str, in_place: bool) -> None:
    """Give the focus to the cell whose text begins with the line `begins`: the one that a command has just filled, which is the
    next one, or with `in_place` the command's own."""
    run_script(shell, "focus.js", {"begins": begins, "in_place": in_place})


def toggle_stage(shell: InteractiveShell) -> None:
    """Large type without side bars and cell numbers, or back."""
    run_script(shell, "stage.js", {"style": (FOLDER / "stage.css").read_text(encoding="utf-8")})


def run_script(shell: InteractiveShell, name: str, facts: dict[str, Any]) -> None:
    """Run a script of `FOLDER` in the page of the notebook; it knows `facts` by that name. Without a kernel nothing happens."""
    if not hasattr(shell, "kernel"):
        return
    script = (FOLDER / name).read_text(encoding="utf-8")
    sent = int(time.time() * 1000)
    code = f"if (Math.abs(Date.now() - {sent}) < {FRESH}) {{\nconst facts = {json.dumps(facts)};\n{script}}}\n"
    shell.display_pub.publish({"application/javascript": code, "text/plain": ""})

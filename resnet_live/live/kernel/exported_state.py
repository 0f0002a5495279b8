"""The code that brings a fresh kernel to a step, as a file: as the class typed it, where it did."""

import ast
from itertools import count
from pathlib import Path

from resnet_live.live.board.state_files import as_notebook, as_python
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import LiveError, Step
from resnet_live.live.kernel.class_state import ClassState

SUFFIXES = {".py": as_python, ".ipynb": as_notebook}


def export_state(state: ClassState, number: str, name: str = "") -> Path:
    """Write the steps of the open chapter, or session, up to `number`, and return the file.

    A step has the code that this kernel ran for it, else the chapter's. What is planned to fail is left out of the file; lines
    before it stay, as later steps may need them. `name`: of the file, .py or .ipynb; without one it is named after the step. A file
    that is there already is never overwritten. Raises LiveError.
    """
    chapter = state.require_chapter()
    steps = chapter.steps[: chapter.position(number) + 1]
    file = Path(name).expanduser() if name else _free(f"{chapter.part_of(number).name}-{number}")
    if file.suffix not in SUFFIXES:
        raise LiveError(f"{file} ends neither in .py nor in .ipynb. For example: %export {number} state-{number}.ipynb")
    text = SUFFIXES[file.suffix]([_cell(state, step) for step in steps])
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise LiveError(f"{file} is there already, and nothing is overwritten. Name another file.") from None
    except OSError as error:
        raise LiveError(f"{file} cannot be written: {error.strerror}. Name another file.") from error
    return file.absolute()


def _free(name: str) -> Path:
    names = (f"{name}.py" if number == 1 else f"{name}-{number}.py" for number in count(1))
    return next(file for file in map(Path, names) if not file.exists())


def _cell(state: ClassState, step: Step) -> dict:
    typed = state.progress.ran_here.get(step.number)
    code = body(step.source) if typed is None else typed
    return {"step": step.number, "prompt": step.prompt, "code": _without_failure(code) if step.raises else code}


def _without_failure(code: str) -> str:
    """`code` without its last statement, the one that is planned to fail."""
    try:
        last = ast.parse(code).body[-1]
    except (SyntaxError, IndexError):
        return "# (what fails is left out)"
    return "\n".join([*code.splitlines()[: last.lineno - 1], "# (what fails is left out)"])

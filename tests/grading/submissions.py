"""Made-up submissions: notebooks from sources, and ways to disfigure them."""

import json
import os
import re
import stat
import zipfile
from pathlib import Path

import nbformat

from resnet_live.exercise import reference
from resnet_live.exercise.build import find_regions, stubbed
from resnet_live.exercise.registry import find
from resnet_live.grading.collect import Student
from resnet_live.grading.notebook_file import Cell, Notebook

REPOSITORY = Path(__file__).parents[2]
NAME = "02_adaptive_pooling.ipynb"

RIGHT = {"2.1": reference.source("2.1"), "2.2": reference.source("2.2"), "2.3": reference.source("2.3")}
WRONG = {
    "2.1": "def conv_out(n, k, s=1, p=0):\n    return -1",
    "2.2": "def halvings(n):\n    return -1",
    "2.3": "def global_avg_pool(x):\n    return x.sum() * 0 - 1",
}


def stub(exercise: str) -> str:
    """The answer cell as it is handed out."""
    notebook = nbformat.read(REPOSITORY / "solutions" / NAME, as_version=4)
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    source = ids[f"answer-{find(exercise).slug}"]
    return stubbed(source, find_regions(source))


def handed_in(answers: dict[str, str], name: str = NAME) -> nbformat.NotebookNode:
    """An exercise notebook with these answers, by exercise, in place of the stubs."""
    notebook = nbformat.read(REPOSITORY / "exercises" / name, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        exercise = grade_id.removeprefix("answer-").replace("-", ".")
        if grade_id.startswith("answer-") and exercise in answers:
            cell.source = answers[exercise]
    return notebook


def save(notebook, file: Path) -> None:
    """Write it as it is, valid or not."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(notebook), encoding="utf-8")


def unzip_believing(archive: Path, folder: Path, root: Path, windows: bool = False) -> None:
    """Unpack as a program does that believes every name: the control of what must not happen.

    `root`: stands in for the root of the file system, or the disk; `windows`: names mean what they mean there.
    """
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            name = re.sub("^[A-Z]:", "", entry.filename.replace("\\", "/")) if windows else entry.filename
            file = Path(f"{root}{name}") if name.startswith("/") else folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(entry.external_attr >> 16) and os.name != "nt":
                file.symlink_to(opened.read(entry).decode())
            else:
                file.write_bytes(opened.read(entry))


def in_cells(*sources: str, name: str = NAME) -> Student:
    """A student with one notebook of these code cells."""
    cells = tuple(Cell(number, source) for number, source in enumerate(sources, start=1))
    return Student("student", (Notebook(name, cells),))

"""A student's notebook with the feedback on each exercise under its answer, to be given back.

It is the notebook as it was handed in, its own outputs with it where it is not too large. Nothing of it is run again, on purpose:
students find what they wrote and saw, and the grader's runs had other inputs, which stay hidden. What they showed is in the feedback.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resnet_live.code_in_text import fenced
from resnet_live.exercise import reference
from resnet_live.exercise.registry import find
from resnet_live.grading import notebook_file
from resnet_live.grading.collect import Student
from resnet_live.grading.find_answer import check_calls
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.notebook_file import Notebook, notebook_tree
from resnet_live.grading.pages.reread import reread_line
from resnet_live.grading.reports import lateness, printable
from resnet_live.grading.statements import ParsedNotebook, parse
from resnet_live.grading.status import Status
from resnet_live.grading.told import told_text
from resnet_live.whole_file import write_whole

SEEN = "Under each answer stands what was seen when it ran by itself, with other inputs."
OUTPUTS = "The outputs in this notebook are those that you handed in: nothing was run again to make it."
NO_OUTPUTS = "Your notebook is so large that it comes back without its outputs: nothing was run again to make new ones."


def write_returned(students: Iterable[Student], book: Gradebook, folder: Path, address: str = "") -> list[Path]:
    """Write each graded student's notebooks into `folder`/STUDENT, under their own names; returns the files.

    `students`: who was graded, their files at hand; `address`: see `feedback_page`. A notebook that cannot be read, or written, is
    left out.
    """
    by_student = book.by_student()
    written = []
    for student in students:
        own = by_student.get(student.name)
        for notebook in student.notebooks if own else ():
            if own is None or notebook.problem or notebook.file is None:
                continue
            file = folder / student.name / notebook.name
            file = file if file.suffix == ".ipynb" else file.with_name(file.name + ".ipynb")
            try:
                tree = annotated(notebook_tree(notebook.file), student, notebook, own, address)
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, json.dumps(tree, indent=1) + "\n")
            except (OSError, ValueError, RecursionError):  # it could be read, and is too strange to be written
                continue
            written.append(file)
    return written


def annotated(
    tree: dict[str, Any], student: Student, notebook: Notebook, own: Gradebook, address: str = ""
) -> dict[str, Any]:
    """The notebook `tree` with cells of feedback in it: one at the top, one under each answer that was found in it."""
    parsed = parse(notebook)
    at: dict[int, list[Grade]] = {}
    elsewhere = []
    for grade in own.grades:
        if grade.notebook == notebook.name:
            at.setdefault(_place(parsed, grade), []).append(grade)
        elif not grade.notebook and _home(student, grade) == notebook.name:
            elsewhere.append(grade)
    here = [grade for grades in at.values() for grade in grades]
    cells = [_cell(tree, _summary(student.name, own, [*here, *elsewhere], notebook))]
    for number, cell in enumerate(tree["cells"], start=1):
        cells.append(cell)
        cells += [_cell(tree, _told(grade, address)) for grade in at.get(number, ())]
    cells += [_cell(tree, _told(grade, address)) for grade in elsewhere]
    return tree | {"cells": cells}


def _place(parsed: ParsedNotebook, grade: Grade) -> int:
    """The number of the cell under which an answer's feedback stands: that of its last check, else of its last definition."""
    exercise = find(grade.exercise)
    calls = check_calls(parsed, exercise)
    if calls:
        return parsed.statements[calls[-1]].cell
    cells = [one.cell for one in parsed.statements if one.defs & set(exercise.names)]
    return max(cells, default=len(parsed.notebook.cells))


def _home(student: Student, grade: Grade) -> str:
    """The notebook in which an answer that was found nowhere would stand, else the student's first."""
    stem = reference.chapter(find(grade.exercise).chapter)["notebook"]
    readable = [one for one in student.notebooks if not one.problem]
    return next((one.name for one in readable if one.stem == stem), "")


def _cell(tree: dict[str, Any], source: str) -> dict[str, Any]:
    identity = {} if (tree.get("nbformat", 4), tree.get("nbformat_minor", 0)) < (4, 5) else {"id": uuid.uuid4().hex[:8]}
    return {"cell_type": "markdown", **identity, "metadata": {"tags": ["feedback"]}, "source": source}


def _summary(student: str, own: Gradebook, here: Iterable[Grade], notebook: Notebook) -> str:
    lines = [f"{grade.exercise}: {grade.status}, {grade.points} of {grade.max_points}" for grade in here]
    lines.append(f"all exercises: {own.earned:g} of {own.max_points} points{lateness(own, student)}")
    text = fenced("\n".join(map(printable, lines)), "text")
    large = notebook.file is not None and notebook.file.stat().st_size > notebook_file.MOST_BYTES
    return f"# Feedback\n\n{text}\n\n{SEEN} {NO_OUTPUTS if large else OUTPUTS}"


def _told(grade: Grade, address: str) -> str:
    head = f"**Feedback on {grade.exercise}: {grade.points} of {grade.max_points} points, {grade.status}**"
    parts = [head, fenced(printable(told_text(grade)), "text")]
    if grade.status is not Status.PASSED:
        parts.append(reread_line(grade.exercise, address))
    return "\n\n".join(parts)

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
from resnet_live.grading import notebook_file
from resnet_live.grading.collect import Student
from resnet_live.grading.find_answer import check_calls
from resnet_live.grading.gradebook import Grade, Gradebook, definition
from resnet_live.grading.notebook_file import Notebook, notebook_tree
from resnet_live.grading.pages.reread import reread_line
from resnet_live.grading.reports import lateness, printable, say_not_written, short_name
from resnet_live.grading.resume import fingerprint
from resnet_live.grading.statements import ParsedNotebook, parse
from resnet_live.grading.status import Status
from resnet_live.grading.told import told_text
from resnet_live.whole_file import write_whole

SEEN = "Under each answer stands what was seen when it ran by itself, with other inputs."
OUTPUTS = "The outputs in this notebook are those that you handed in: nothing was run again to make it."
EARLIER = "This is about an earlier hand-in of yours: its result counts. What stands here now may be another answer."
ELSEWHERE = "The answer that counts is not in this notebook. You handed it in in `{}`."
NO_OUTPUTS = "Your notebook is so large that it comes back without its outputs: nothing was run again to make new ones."


def write_returned(students: Iterable[Student], book: Gradebook, folder: Path, address: str = "") -> list[Path]:
    """Write each graded student's notebooks into `folder`/STUDENT, under their own names; returns the files.

    `students`: who was graded, their files at hand; `address`: see `feedback_page`. A notebook that cannot be read, or is too strange
    to be written, is left out. One for which there is no room keeps no other from being written: then raises NotWritten.
    """
    by_student = book.by_student()
    written, failed = [], []
    for student in students:
        own = by_student.get(student.name)
        for notebook in student.notebooks if own else ():
            if own is None or notebook.problem or notebook.file is None:
                continue
            file = folder / short_name(student.name) / notebook.name
            file = file.with_name(short_name(file.name.removesuffix(".ipynb")) + ".ipynb")
            try:
                tree = annotated(notebook_tree(notebook.file), student, notebook, own, address)
                text = json.dumps(tree, indent=1) + "\n"
            except (OSError, ValueError, RecursionError):  # it could be read, and is too strange to be written
                continue
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, text)
                written.append(file)
            except OSError as error:
                failed.append((file, error))
    say_not_written(failed)
    return written


def annotated(
    tree: dict[str, Any], student: Student, notebook: Notebook, own: Gradebook, address: str = ""
) -> dict[str, Any]:
    """The notebook `tree` with cells of feedback in it: one at the top, one under each answer that was found in it, and at the end
    those on what is in no notebook here."""
    parsed = parse(notebook)
    names = {one.name for one in student.notebooks if not one.problem}
    now = fingerprint(student) if own.hand_ins else ""
    at: dict[int, list[tuple[Grade, str]]] = {}
    end: list[tuple[Grade, str]] = []
    for grade in own.grades:
        earlier = own.hand_ins.get((grade.student, grade.exercise), now) != now
        if grade.notebook in names:
            if grade.notebook == notebook.name:
                place = _place(parsed, grade, earlier)
                at.setdefault(place, []).append((grade, EARLIER if earlier else ""))
        elif _home(student, grade) == notebook.name:
            end.append((grade, ELSEWHERE.format(printable(grade.notebook).replace("`", "'")) if grade.notebook else ""))
    here = [grade for grade, _ in (*(one for those in at.values() for one in those), *end)]
    cells = [_cell(tree, _summary(student.name, own, here, notebook))]
    for number, cell in enumerate(tree["cells"], start=1):
        cells.append(cell)
        cells += [_cell(tree, _told(grade, address, remark)) for grade, remark in at.pop(number, ())]
    end = [one for those in at.values() for one in those] + end
    cells += [_cell(tree, _told(grade, address, remark)) for grade, remark in end]
    return tree | {"cells": cells}


def _place(parsed: ParsedNotebook, grade: Grade, earlier: bool) -> int:
    """The number of the cell under which an answer's feedback stands: that of its last check, else of its last definition; 0 for the
    end, where neither is there, or the answer is one of an `earlier` hand-in and there is no definition here."""
    exercise = definition(grade.exercise)
    if exercise is None:
        return 0
    cells = [one.cell for one in parsed.statements if one.defs & set(exercise.names)]
    calls = check_calls(parsed, exercise)
    if calls and (cells or not earlier):
        return parsed.statements[calls[-1]].cell
    return max(cells, default=0)


def _home(student: Student, grade: Grade) -> str:
    """The notebook in which an answer that was found nowhere would stand, else the student's first; "" for an answer that was never
    handed in, where there is no such notebook."""
    exercise = definition(grade.exercise)
    readable = [one for one in student.notebooks if not one.problem]
    stem = reference.chapter(exercise.chapter)["notebook"] if exercise else ""
    first = readable[0].name if readable and grade.status is not Status.MISSING else ""
    return next((one.name for one in readable if exercise and one.stem == stem), first)


def _cell(tree: dict[str, Any], source: str) -> dict[str, Any]:
    identity = {} if (tree.get("nbformat", 4), tree.get("nbformat_minor", 0)) < (4, 5) else {"id": uuid.uuid4().hex[:8]}
    return {"cell_type": "markdown", **identity, "metadata": {"tags": ["feedback"]}, "source": source}


def _summary(student: str, own: Gradebook, here: Iterable[Grade], notebook: Notebook) -> str:
    lines = [f"{grade.exercise}: {grade.status}, {grade.points} of {grade.max_points}" for grade in here]
    lines.append(f"all exercises: {own.earned:g} of {own.max_points} points{lateness(own, student)}")
    text = fenced("\n".join(map(printable, lines)), "text")
    large = notebook.file is not None and notebook.file.stat().st_size > notebook_file.MOST_BYTES
    return f"# Feedback\n\n{text}\n\n{SEEN} {NO_OUTPUTS if large else OUTPUTS}"


def _told(grade: Grade, address: str, remark: str) -> str:
    head = f"**Feedback on {grade.exercise}: {grade.points} of {grade.max_points} points, {grade.status}**"
    again = "" if grade.status is Status.PASSED else reread_line(grade.exercise, address)
    return "\n\n".join(filter(None, [head, remark, fenced(printable(told_text(grade)), "text"), again]))

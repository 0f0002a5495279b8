"""Exports as files."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from resnet_live.grading import classroom50, exports, reports
from resnet_live.grading.class_list import ClassList, ClassListError, read_class_list
from resnet_live.grading.exports import Columns, ExportError
from resnet_live.grading.gradebook import Gradebook
from resnet_live.grading.gradebook_file import Person
from resnet_live.grading.pages.feedback_page import feedback_page
from resnet_live.grading.told import told_line
from resnet_live.whole_file import write_whole
from resnet_live.whole_letters import whole_letters

WHOLE = {"csv": reports.sheet, "json": reports.results, "junit": reports.junit}
TABLES = {"moodle": exports.moodle, "canvas": exports.canvas}


def write_export(
    book: Gradebook,
    people: Mapping[str, Person],
    form: str,
    to: Path,
    class_list: Path | None = None,
    title: str = "ResNet Live",
    columns: str = "total",
    chapters: str = "",
) -> tuple[Path, tuple[str, ...]]:
    """Write the gradebook to the file `to`, or, for gradescope and classroom50, a file for each student into that folder.

    `form`: csv, json, junit, moodle, moodle-feedback, canvas, gradescope or classroom50; `chapters`: see `feedback_page`. Returns what
    was written, and notes about whom it leaves out.
    Raises ExportError, ClassListError and OSError.
    """
    if form in TABLES:
        listed = _list(class_list) if class_list else None
        made = TABLES[form](book, people, listed, title, Columns(columns))
        write_whole(to, made.text)
        return to, made.notes
    if form in WHOLE:
        write_whole(to, whole_letters(WHOLE[form](book)))
        return to, ()
    if form == "moodle-feedback":
        people = exports.known_to("Moodle", people)
        exports.need_numbers(people, "download the submissions from Moodle and grade that")
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            for student, own in book.by_student().items():
                # Moodle looks for the number between the first and the second underscore
                folder = f"{people[student].name.replace('_', ' ')}_{people[student].number}_assignsubmission_file"
                archive.writestr(f"{folder}/feedback.html", feedback_page(student, own, chapters))
        return to, ()
    book = exports.filled(book)
    if form == "gradescope":
        texts = {student: exports.gradescope(own) for student, own in book.by_student().items()}
    else:
        told = replace(book, grades=tuple(replace(grade, message=told_line(grade)) for grade in book.grades))
        of_all = classroom50.results_of(json.loads(reports.results(told)), os.environ)
        texts = {student: classroom50.as_text(result) for student, result in of_all.items()}
    if to.suffix == ".json":
        if len(texts) != 1:
            raise ExportError(
                f"{to} is for one student, and there are {len(texts)}. Name a folder, or choose one with --student"
            )
        write_whole(to, whole_letters(next(iter(texts.values()))))
        return to, ()
    to.mkdir(parents=True, exist_ok=True)
    reports.write_each((to / f"{reports.short_name(student)}.json", text) for student, text in texts.items())
    return to, ()


def _list(file: Path) -> ClassList:
    try:
        return read_class_list(file)
    except csv.Error as error:  # of a quotation mark that is never closed, say: the rest of the file is one cell
        raise ClassListError(f"{file} cannot be read: {error}") from error

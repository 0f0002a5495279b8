"""The gradebook in the forms that learning platforms and other programs read.

Moodle and Canvas: the rules are those of their importers. Moodle's worksheet is told by the columns `Identifier` ("Participant N"),
`Grade` and `Last modified (grade)`; its grade import takes any columns and asks which is which. Canvas wants `Student` and `ID` first,
up to `Section` last before the assignments, and the possible points in a row under the head.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from resnet_live.grading.class_list import KEYS, NAMES, PARTICIPANT, ClassList, ListKind
from resnet_live.grading.gradebook import Grade, Gradebook, titled
from resnet_live.grading.gradebook_file import Person
from resnet_live.grading.reports import printable, spreadsheet_cell
from resnet_live.grading.status import Status
from resnet_live.grading.told import told_text

WORKSHEET = ("Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments")


UNTOUCHED = {"Last modified (grade)", *(name for names in KEYS.values() for name in names)}


class ExportError(ValueError):
    """What was asked for cannot be made; the message says what is missing."""


class Columns(StrEnum):
    """What gets a column of its own."""

    TOTAL = "total"
    CHAPTER = "chapter"
    EXERCISE = "exercise"


@dataclass(frozen=True)
class Exported:
    """The text of a file, and what to know about it."""

    text: str
    notes: tuple[str, ...] = ()


def moodle(
    book: Gradebook, people: Mapping[str, Person], listed: ClassList | None, title: str, columns: Columns
) -> Exported:
    """A grading worksheet: the one that Moodle gave, filled in, or one made from the participants' numbers. For an export of Moodle's
    grades as the list, a file for *Grades → Import*. Raises ExportError."""
    people = known_to("Moodle", people)
    if listed and listed.kind is ListKind.CANVAS:
        raise ExportError(f"the class list is {listed.kind}. Give {ListKind.WORKSHEET} or {ListKind.MOODLE}")
    if listed and listed.kind is ListKind.MOODLE:
        return _moodle_import(book, people, listed, title, columns)
    if columns is not Columns.TOTAL:
        raise ExportError(
            f"a worksheet has one grade. For a column for each {columns} give {ListKind.MOODLE} as the list"
        )
    rows = []
    if listed is None:
        need_numbers(
            people,
            f"download the submissions from Moodle and grade that, or give {ListKind.WORKSHEET} with --class-list",
        )
        for student, own in book.by_student().items():
            person = people[student]
            cells = (PARTICIPANT + person.number, person.name, _number(own.earned), str(own.max_points), "-")
            rows.append([*cells, _summary(own)])
        return Exported(_csv(WORKSHEET, rows))
    found, notes = _matched(book, people, listed)
    for row in listed.rows:
        filled = dict(row)
        if (matched := found.get(id(row))) is not None:
            maximum = _float(row.get("Maximum Grade", ""))
            share = matched.earned / matched.max_points
            filled["Grade"] = _number(round(share * maximum, 2) if maximum else matched.earned)
            if "Feedback comments" in listed.columns:
                filled["Feedback comments"] = _summary(matched)
        rows.append([filled[name] for name in listed.columns])
    return Exported(_csv(listed.columns, rows), tuple(notes))


def _moodle_import(
    book: Gradebook, people: Mapping[str, Person], listed: ClassList, title: str, columns: Columns
) -> Exported:
    found, notes = _matched(book, people, listed)
    identity = [*listed.columns_of(NAMES), *listed.columns_of(KEYS)]
    titles = _titles(book, title, columns)
    head = [*identity, *titles, f"{title} (feedback)"]
    rows = []
    for row in listed.rows:
        if own := found.get(id(row)):
            points = _points(own, columns, titles.values())
            rows.append([*(row[name] for name in identity), *points, _summary(own)])
    return Exported(_csv(head, rows), tuple(notes))


def canvas(
    book: Gradebook, people: Mapping[str, Person], listed: ClassList | None, title: str, columns: Columns
) -> Exported:
    """A file for Canvas's *Import* in the gradebook. Who is on the list and has no grade is left out. Raises ExportError."""
    people = known_to("Canvas", people)
    if listed and listed.kind is not ListKind.CANVAS:
        raise ExportError(f"the class list is {listed.kind}. Give {ListKind.CANVAS}")
    titles = _titles(book, title, columns)
    identity = ["Student", "ID", "Section"]
    notes: list[str] = []
    if listed is None:
        need_numbers(
            people, f"download the submissions from Canvas and grade that, or give {ListKind.CANVAS} with --class-list"
        )
        known = [
            ([people[student].name, people[student].number, ""], own) for student, own in book.by_student().items()
        ]
    else:
        found, notes = _matched(book, people, listed)
        identity = list(listed.columns[: listed.columns.index("Section") + 1])
        known = [([row[name] for name in identity], found[id(row)]) for row in listed.rows if id(row) in found]
    possible = _possible(book, columns, titles.values())
    rows = [["    Points Possible", *[""] * (len(identity) - 1), *possible]]
    rows += [[*person, *_points(own, columns, titles.values())] for person, own in known]
    return Exported(_csv([*identity, *titles], rows), tuple(notes))


def gradescope(own: Gradebook) -> str:
    """One student's `results.json` for Gradescope's autograder."""
    tests = [
        {
            "number": grade.exercise,
            "name": titled(grade.exercise),
            "score": own.final(grade),
            "max_score": grade.max_points,
            "status": "passed" if grade.status is Status.PASSED else "failed",
            "output": printable(told_text(grade)),
            "output_format": "text",
            "visibility": "visible",
        }
        for grade in own.grades
    ]
    seconds = round(sum(grade.seconds for grade in own.grades))
    tree = {"score": own.earned, "execution_time": seconds, "visibility": "visible", "stdout_visibility": "hidden"}
    return json.dumps(tree | {"tests": tests}, indent=1, ensure_ascii=False) + "\n"


def filled(book: Gradebook) -> Gradebook:
    """With a grade of no points for each student in each exercise of the class that has none: programs add up what they are told."""
    grades: list[Grade] = []
    for student, own in book.by_student().items():
        has = {grade.exercise: grade for grade in own.grades}
        for exercise, most in own.possible().items():
            nothing = Grade(student, exercise, 0, most, Status.MISSING, "Nothing of this exercise was graded.")
            grades.append(has.get(exercise, nothing))
    return replace(book, grades=tuple(grades))


# ---- What the tables are made of ----


def _matched(
    book: Gradebook, people: Mapping[str, Person], listed: ClassList
) -> tuple[dict[int, Gradebook], list[str]]:
    """Each student's part by the identity of the row of the list, and notes about those whom the list does not have."""
    found: dict[int, Gradebook] = {}
    notes = []
    for student, own in book.by_student().items():
        row = listed.find(people[student].name, people[student].number)
        if row is None:
            notes.append(f"{student} is not on the list, or the name stands there twice: left out")
        elif id(row) in found:
            taken = next(iter(found[id(row)].by_student()))
            raise ExportError(
                f"{student} and {taken} are one person on the list. Rename a folder so that each fits one"
            )
        else:
            found[id(row)] = own
    return found, notes


def known_to(platform: str, people: Mapping[str, Person]) -> dict[str, Person]:
    """The people without the numbers that another platform gave them: on this one they may be somebody else's."""
    return {
        student: person if person.platform in ("", platform) else replace(person, number="")
        for student, person in people.items()
    }


def need_numbers(people: Mapping[str, Person], otherwise: str) -> None:
    """Raises ExportError, which says what to do `otherwise`, where a student has no number of a platform's."""
    if without := [student for student, person in people.items() if not person.number]:
        raise ExportError(
            f"{len(without)} students have no number of the platform ({', '.join(without[:3])}): {otherwise}"
        )


def _titles(book: Gradebook, title: str, columns: Columns) -> dict[str, str]:
    """The title of each column, and whose points it holds (see `_key`)."""
    keys = dict.fromkeys(_key(columns, exercise) for exercise in book.possible())
    between = "chapter" if columns is Columns.CHAPTER else ""
    return {" ".join(filter(None, (title, between, key))): key for key in keys}


def _key(columns: Columns, exercise: str) -> str:
    """In which column an exercise is counted: "" for the total, else the number of a chapter or exercise."""
    if columns is Columns.TOTAL:
        return ""
    return exercise if columns is Columns.EXERCISE else exercise.partition(".")[0]


def _points(own: Gradebook, columns: Columns, keys: Iterable[str]) -> list[str]:
    """A student's points in each column, empty where nothing was graded."""
    parts = [[grade for grade in own.grades if _key(columns, grade.exercise) == key] for key in keys]
    return [_number(sum(own.final(grade) for grade in part)) if part else "" for part in parts]


def _possible(book: Gradebook, columns: Columns, keys: Iterable[str]) -> list[str]:
    """The most points in each column."""
    most = book.possible().items()
    return [_number(sum(points for exercise, points in most if _key(columns, exercise) == key)) for key in keys]


def _summary(own: Gradebook) -> str:
    """What a student reads beside the grade: the exercises of the class with their points."""
    earned = {grade.exercise: own.final(grade) for grade in own.grades}
    return "; ".join(f"{one}: {_number(earned.get(one, 0))}/{most}" for one, most in own.possible().items())


def _number(points: float) -> str:
    """With a point, to two places, which is what both platforms keep."""
    return f"{points:.2f}".rstrip("0").rstrip(".") or "0"


def _float(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe, but for the columns by which a platform knows a person."""
    untouched = [name in UNTOUCHED for name in head]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(list(head))
    for row in rows:
        cells = zip(row, untouched, strict=True)
        writer.writerow([cell if as_it_is else spreadsheet_cell(cell) for cell, as_it_is in cells])
    return file.getvalue()

"""Who is who on a learning platform: the list of a class that Moodle or Canvas gives out, and the students on it.

- Moodle, *Download grading worksheet* of an assignment: `Identifier` ("Participant 12": the number stands in the names of its
  downloads too), `Full name`, …, `Grade`, `Maximum Grade`, `Last modified (grade)`, `Feedback comments`.
- Moodle, an export of its grader report: `First name`, `Last name` (`Surname` before), and `Email address`, `ID number` or `Username`.
  An ID number is what the school calls a person by. It is no participant's number.
- Canvas, an export of its gradebook: `Student`, `ID`, `SIS User ID`, `SIS Login ID`, …, `Section`, then assignments.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ListKind(StrEnum):
    """Whose list it is; the value is what a message calls it."""

    WORKSHEET = "Moodle's grading worksheet"
    MOODLE = "an export of Moodle's grades"
    CANVAS = "an export of Canvas's gradebook"


class ClassListError(ValueError):
    """A list that cannot be used; the message says why."""


# The columns that tell one person from all others, and those of the name, whole or in two.
KEYS = {
    ListKind.WORKSHEET: ("Identifier", "Email address"),
    ListKind.MOODLE: ("ID number", "Username", "Email address"),
    ListKind.CANVAS: ("ID", "SIS User ID", "SIS Login ID", "Integration ID"),
}
NAMES = {
    ListKind.WORKSHEET: ("Full name",),
    ListKind.MOODLE: ("First name", "Last name", "Surname"),
    ListKind.CANVAS: ("Student",),
}
# The column of the numbers that stand in the platform's downloads.
NUMBERS = {ListKind.WORKSHEET: "Identifier", ListKind.CANVAS: "ID"}
PARTICIPANT = "Participant "
# What Moodle leaves out of a name that is to be a folder's.
IN_NO_FILE_NAME = str.maketrans("", "", "&<>\"`|':\\/")


@dataclass(frozen=True)
class ClassList:
    """`columns` in their order; `rows`: a dictionary for each person, by column."""

    kind: ListKind
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def find(self, student: str, number: str) -> dict[str, str] | None:
        """The row of a student: by the `number` in a platform's download where the list has those, else by the name there and no key.
        Without a number by a key that is the student's name here (the part before the @ of an address is enough), else by name. None
        when nobody fits, or when a number, the keys or a name fit several.
        """
        if number and (column := NUMBERS.get(self.kind)):
            return _only(row for row in self.rows if row[column].strip().removeprefix(PARTICIPANT) == number)
        wanted = _folded(student)
        keys = [] if number else self.columns_of(KEYS)
        # one person's number in one column may be another's in the next
        if found := [row for row in self.rows if wanted in {_folded(one) for key in keys for one in _parts(row[key])}]:
            return _only(found)
        wanted = _in_file_names(student)
        return _only(row for row in self.rows if wanted in map(_in_file_names, self.names(row)))

    def columns_of(self, which: dict[ListKind, tuple[str, ...]]) -> list[str]:
        """Those of `KEYS` or `NAMES` that this list has."""
        return [name for name in which[self.kind] if name in self.columns]

    def names(self, row: dict[str, str]) -> list[str]:
        """The ways to write a person's name: "Ada Lovelace", "Lovelace, Ada", "Lovelace Ada", "lovelaceada"."""
        parts = [row[column].strip() for column in self.columns_of(NAMES)]
        if len(parts) == 1 and "," in parts[0]:
            parts = [part.strip() for part in reversed(parts[0].split(",", 1))]
        elif len(parts) == 1:
            parts = list(parts[0].rpartition(" ")[::2])
        first, last = (parts[0], parts[-1]) if len(parts) > 1 else ("", "".join(parts))
        return [f"{first} {last}", f"{last}, {first}", f"{last} {first}", f"{last}{first}"]


def read_class_list(file: Path) -> ClassList:
    """Read a list, told by its columns. UTF-8, separated by commas, semicolons or tabs. Raises ClassListError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ClassListError(f"{file} cannot be read: {error}") from error
    separator = max(",;\t", key=text.partition("\n")[0].count)
    table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(map(str.strip, row))]
    columns = tuple(name.strip() for name in table[0]) if table else ()
    rows = tuple(dict(zip(columns, [*row, *[""] * len(columns)], strict=False)) for row in table[1:])
    if {"Identifier", "Grade"} <= set(columns):
        return ClassList(ListKind.WORKSHEET, columns, rows)
    if columns[:2] == ("Student", "ID") and "Section" in columns:
        # not the rows of possible points and of what is posted by hand
        people = tuple(row for row in rows if any(row.get(key, "").strip() for key in KEYS[ListKind.CANVAS]))
        return ClassList(ListKind.CANVAS, columns, people)
    if set(KEYS[ListKind.MOODLE]) & set(columns):
        return ClassList(ListKind.MOODLE, columns, rows)
    wanted = "; ".join(f"{kind} ({', '.join(KEYS[kind])})" for kind in ListKind)
    raise ClassListError(f"{file} has the columns {', '.join(columns) or 'of an empty file'}. It is none of: {wanted}")


def _only(rows: Iterable[dict[str, str]]) -> dict[str, str] | None:
    """The one row; None where there are several, or none."""
    found = list(rows)
    return found[0] if len(found) == 1 else None


def _parts(key: str) -> tuple[str, str]:
    """A key, and what stands before the @ where it is an address."""
    return key, key.partition("@")[0]


def _folded(name: str) -> str:
    """As names are compared. A folder's on macOS may write ë in two characters; a gradebook keeps it so."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _in_file_names(name: str) -> str:
    return _folded(name.translate(IN_NO_FILE_NAME))

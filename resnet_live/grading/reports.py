"""A gradebook as a table to look at, and as files for a spreadsheet, a CI job and the students."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resnet_live.code_in_text import fenced
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.pages.reread import reread_line
from resnet_live.grading.status import Status
from resnet_live.grading.text_digest import text_digest
from resnet_live.grading.told import told_text
from resnet_live.whole_file import write_whole
from resnet_live.whole_letters import whole_letters

STYLES = {Status.PASSED: "green", Status.PARTLY: "yellow"} | dict.fromkeys(
    (Status.FAILED, Status.ERROR, Status.TIMED_OUT, Status.NOT_JUDGED), "red"
)
# Of a file's name, its ending aside.
MOST_BYTES = 200
COLUMNS = ("student", "exercise", "points", "max_points", "status", "message")
# What JUnit calls a test that did not pass.
JUNIT = {Status.PARTLY: "failure", Status.FAILED: "failure", Status.ERROR: "error", Status.TIMED_OUT: "error"} | {
    Status.NOT_JUDGED: "error",
    Status.MISSING: "skipped",
    Status.NOT_ATTEMPTED: "skipped",
}


def show(book: Gradebook, console: Console) -> None:
    """The table, a line for each student, and what to know about the run."""
    table = Table()
    for name in ("student", "exercise"):
        table.add_column(name, no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("message", overflow="fold")
    for grade in book.grades:
        style = STYLES.get(grade.status, "dim")
        points = f"{grade.points}/{grade.max_points}"
        table.add_row(plain(grade.student), grade.exercise, points, f"[{style}]{grade.status}[/]", plain(grade.message))
    console.print(table)
    for student, own in book.by_student().items():
        total = f"{own.earned:g}/{own.max_points} points ({own.earned / own.max_points:.0%})"
        console.print(f"{plain(student)}: {total}{lateness(own, student)}", highlight=False)
    for note in (*unfinished(book), *book.warnings):
        console.print(f"[yellow]Note:[/] {plain(note)}", highlight=False)
    for name in ("isolation", "device", "seed"):
        if name in book.facts:
            console.print(f"{name.capitalize()}: {plain(str(book.facts[name]))}", highlight=False)


def unfinished(book: Gradebook) -> list[str]:
    """What to know about grades that are not the last word: how many, and why."""
    reasons = Counter(grade.unfinished for grade in book.grades if grade.unfinished)
    return [f"{count} answer{'s' * (count != 1)}: {why}" for why, count in reasons.items()]


def lateness(own: Gradebook, student: str) -> str:
    """What to say of a student's lateness behind the points: how many days, and what they cost; "" where there is none."""
    late = own.late.get(student)
    if late is None:
        return ""
    cost = f", {1 - late.share:.0%} off" if late.share < 1 else ""
    return f"; {late.days} day{'s' * (late.days != 1)} late{cost}"


def plain(text: str) -> str:
    """Text of a student's for the console: no markup, no control characters."""
    return escape(printable(text))


def printable(text: str) -> str:
    """Without terminal sequences and what XML cannot hold."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return re.sub(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


# ---- Files ----


class NotWritten(OSError):
    """Some files could not be written, all others are; the message says which and why."""


def write(book: Gradebook, folder: Path, address: str = "", students: Collection[str] | None = None) -> list[Path]:
    """Write gradebook.csv, results.json, junit.xml and feedback/STUDENT.md into `folder`; return the files. Raises NotWritten.

    `address`: see `feedback`; `students`: whose feedback, None for everybody's.
    """

    def texts() -> Iterator[tuple[Path, str]]:
        yield folder / "gradebook.csv", sheet(book)
        yield folder / "results.json", results(book)
        yield folder / "junit.xml", junit(book)
        for student, own in book.by_student().items():
            if students is None or student in students:
                yield folder / "feedback" / f"{short_name(student)}.md", feedback(student, own, address)

    return write_each(texts())


def write_each(texts: Iterable[tuple[Path, str]]) -> list[Path]:
    """Write these texts as files; return those. One that cannot be written keeps no other from it. Raises NotWritten in the end."""
    written, failed = [], []
    for file, text in texts:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, whole_letters(text))
            written.append(file)
        except OSError as error:
            failed.append((file, error))
    say_not_written(failed)
    return written


def say_not_written(failed: Sequence[tuple[Path, OSError]]) -> None:
    """Raises NotWritten where there is such a file."""
    if failed:
        file, error = failed[0]
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        raise NotWritten(f"{printable(str(file))}{more} could not be written: {error.strerror or error}")


def short_name(name: str) -> str:
    """A student's name, or a notebook's, as that of a file, with room for an ending and for what a file in the making is called:
    systems take 255 bytes. What is cut off is told apart by a hash of the whole."""
    data = name.encode("utf-8", "surrogatepass")
    if len(data) <= MOST_BYTES:
        return name
    return f"{data[: MOST_BYTES - 10].decode('utf-8', 'ignore').rstrip()}~{text_digest(name, 8)}"


def sheet(book: Gradebook) -> str:
    """A table for a spreadsheet, as CSV."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for grade in book.grades:
        writer.writerow([spreadsheet_cell(getattr(grade, column)) for column in COLUMNS])
    return file.getvalue()


def results(book: Gradebook) -> str:
    """All that is known, for programs, as JSON."""
    tree = book.facts | {"warnings": book.warnings, "points": book.points, "max_points": book.max_points}
    if book.late:
        tree |= {"late": {student: asdict(late) for student, late in book.late.items()}}
    tree |= {"results": [asdict(grade) for grade in book.grades]}
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def junit(book: Gradebook) -> str:
    """A suite for each student and a case for each exercise, for a CI service, as XML."""
    return ElementTree.tostring(_junit(book), encoding="unicode", xml_declaration=True)


def read(file: Path) -> Gradebook:
    """The gradebook that `write` left in results.json, without its checks and reports."""
    tree = json.loads(file.read_text(encoding="utf-8"))
    results = ({name: result[name] for name in COLUMNS} for result in tree.pop("results"))
    grades = tuple(Grade(**result | {"status": Status(result["status"])}) for result in results)
    warnings = tuple(tree.pop("warnings"))
    return Gradebook(grades, {k: v for k, v in tree.items() if k not in ("points", "max_points", "late")}, warnings)


def spreadsheet_cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe; it may come from a student's exception."""
    if not isinstance(value, str):
        return value
    text = printable(value).replace("\n", " ")
    return f"'{text}" if len(text) > 1 and text.startswith(("=", "+", "-", "@", "\t")) else text


def _junit(book: Gradebook) -> ElementTree.Element:
    root = ElementTree.Element("testsuites", name="resnet-live")
    for student, own in book.by_student().items():
        kinds = [JUNIT.get(grade.status) for grade in own.grades]
        counts = {"failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": kinds.count("skipped")}
        facts = {"tests": len(kinds), **counts, "time": f"{sum(grade.seconds for grade in own.grades):.2f}"}
        entry = {"name": printable(student)} | {name: str(value) for name, value in facts.items()}
        suite = ElementTree.SubElement(root, "testsuite", entry)
        for grade, kind in zip(own.grades, kinds, strict=True):
            entry = {"classname": printable(student), "name": grade.exercise, "time": f"{grade.seconds:.2f}"}
            case = ElementTree.SubElement(suite, "testcase", entry)
            properties = ElementTree.SubElement(case, "properties")
            for name in ("points", "max_points", "status"):
                ElementTree.SubElement(properties, "property", name=name, value=str(getattr(grade, name)))
            if kind:
                told = ElementTree.SubElement(case, kind, message=printable(grade.message), type=str(grade.status))
                told.text = printable(grade.text or grade.message)
    return root


def feedback(student: str, own: Gradebook, address: str = "") -> str:
    """What a student gets to read, as Markdown. `address`: of the folder with the chapters' pages, if known."""
    parts = [f"# {printable(student)}: {own.earned:g} of {own.max_points} points{lateness(own, student)}", ""]
    for grade in own.grades:
        parts += [f"## {grade.exercise}: {grade.status}, {grade.points} of {grade.max_points} points", ""]
        parts += [fenced(printable(told_text(grade)), "text"), ""]
        again = "" if grade.status is Status.PASSED else reread_line(grade.exercise, address)
        parts += [again, ""] if again else []
        parts += [f"- {printable(note)}" for note in grade.notes] + [""] * bool(grade.notes)
    return "\n".join(parts)


def summary(book: Gradebook) -> str:
    """The grades as a Markdown table, for a job's summary page."""
    lines = ["| student | exercise | points | status | message |", "|---|---|---:|---|---|"]
    for grade in book.grades:
        points = f"{grade.points}/{grade.max_points}"
        cells = (grade.student, grade.exercise, points, grade.status, grade.message)
        lines.append("| " + " | ".join(_escaped(cell) for cell in cells) + " |")
    lines += ["", *(f"{_escaped(name)}: {share:.0%}  " for name, share in book.shares().items())]
    facts = {name: book.facts[name] for name in ("isolation", "device", "seed") if name in book.facts}
    lines += ["", *(f"{name}: {_escaped(str(value))}  " for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    text = printable(text).replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\|`*_\[\]])", r"\\\1", text)

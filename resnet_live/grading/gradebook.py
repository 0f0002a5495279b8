"""What marking gives: a table to look at, and files for a gradebook, a CI job and the students."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from resnet_live.code_in_text import fenced
from resnet_live.grading.judge_observation import CheckResult

PASSED, PARTLY, FAILED = "passed", "partly", "failed"
NOT_ATTEMPTED, MISSING, ERROR, TIMED_OUT = "not attempted", "missing", "error", "timed out"
STYLES = {PASSED: "green", PARTLY: "yellow", FAILED: "red", ERROR: "red", TIMED_OUT: "red"}
COLUMNS = ("student", "exercise", "points", "max_points", "status", "message")


@dataclass(frozen=True)
class Row:
    """One student's result in one exercise. `message`: one line; `text`: the whole report; `seconds`: what marking it took."""

    student: str
    exercise: str
    points: int
    max_points: int
    status: str
    message: str
    checks: tuple[CheckResult, ...] = ()
    text: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Marks:
    """All rows, how they came about (`facts`: seed, device, isolation, versions), and `warnings` about files."""

    rows: tuple[Row, ...]
    facts: dict = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows)

    @property
    def max_points(self) -> int:
        return sum(row.max_points for row in self.rows)

    def shares(self) -> dict[str, float]:
        """Each student's points as a fraction of what there was to have."""
        got, most = defaultdict(int), defaultdict(int)
        for row in self.rows:
            got[row.student] += row.points
            most[row.student] += row.max_points
        return {student: got[student] / most[student] for student in got}


def show(marks: Marks, console: Console) -> None:
    """The table, a line for each student, and what to know about the run."""
    table = Table()
    for name in ("student", "exercise"):
        table.add_column(name, no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("message", overflow="fold")
    for row in marks.rows:
        style = STYLES.get(row.status, "dim")
        cells = [plain(row.student), row.exercise, f"{row.points}/{row.max_points}", f"[{style}]{row.status}[/]"]
        table.add_row(*cells, plain(row.message))
    console.print(table)
    for student, share in marks.shares().items():
        rows = [row for row in marks.rows if row.student == student]
        total = f"{sum(row.points for row in rows)}/{sum(row.max_points for row in rows)}"
        console.print(f"{plain(student)}: {total} points ({share:.0%})", highlight=False)
    for warning in marks.warnings:
        console.print(f"[yellow]Note:[/] {plain(warning)}", highlight=False)
    for name in ("isolation", "device", "seed"):
        if name in marks.facts:
            console.print(f"{name.capitalize()}: {plain(str(marks.facts[name]))}", highlight=False)


def plain(text: str) -> str:
    """Text of a student's for the console: no markup, no control characters."""
    return printable(text).replace("[", r"\[")


def printable(text: str) -> str:
    """Without terminal sequences and what XML cannot hold."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return re.sub(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


# ---- Files ----


def write(marks: Marks, folder: Path) -> list[Path]:
    """Write gradebook.csv, results.json, junit.xml and feedback/STUDENT.md into `folder`; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "gradebook.csv", folder / "results.json", folder / "junit.xml"]
    with files[0].open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(COLUMNS)
        for row in marks.rows:
            sheet.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    tree = marks.facts | {"warnings": marks.warnings, "points": marks.points, "max_points": marks.max_points}
    tree |= {"results": [asdict(row) for row in marks.rows]}
    files[1].write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
    ElementTree.ElementTree(_junit(marks)).write(files[2], encoding="utf-8", xml_declaration=True)
    (folder / "feedback").mkdir(exist_ok=True)
    for student in dict.fromkeys(row.student for row in marks.rows):
        file = folder / "feedback" / f"{student}.md"
        rows = [row for row in marks.rows if row.student == student]
        file.write_text(feedback(student, rows), encoding="utf-8", errors="replace")
        files.append(file)
    return files


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe; it may come from a student's exception."""
    if not isinstance(value, str):
        return value
    text = printable(value).replace("\n", " ")
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _junit(marks: Marks) -> ElementTree.Element:
    root = ElementTree.Element("testsuites", name="resnet-live")
    for student in dict.fromkeys(row.student for row in marks.rows):
        rows = [row for row in marks.rows if row.student == student]
        kinds = [_kind(row) for row in rows]
        counts = {"failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": kinds.count("skipped")}
        facts = {"tests": len(rows), **counts, "time": f"{sum(row.seconds for row in rows):.2f}"}
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": printable(student)} | {k: str(v) for k, v in facts.items()}
        )
        for row, kind in zip(rows, kinds, strict=True):
            entry = {"classname": printable(student), "name": row.exercise, "time": f"{row.seconds:.2f}"}
            case = ElementTree.SubElement(suite, "testcase", entry)
            entries = ElementTree.SubElement(case, "properties")
            for name in ("points", "max_points", "status"):
                ElementTree.SubElement(entries, "property", name=name, value=str(getattr(row, name)))
            if kind:
                told = ElementTree.SubElement(case, kind, message=printable(row.message), type=row.status)
                told.text = printable(row.text or row.message)
    return root


def _kind(row: Row) -> str:
    if row.status == PASSED:
        return ""
    if row.status in (MISSING, NOT_ATTEMPTED):
        return "skipped"
    return "error" if row.status in (ERROR, TIMED_OUT) else "failure"


def feedback(student: str, rows: list[Row]) -> str:
    """What a student gets to read, as Markdown."""
    got, most = sum(row.points for row in rows), sum(row.max_points for row in rows)
    parts = [f"# {printable(student)}: {got} of {most} points", ""]
    for row in rows:
        parts += [f"## {row.exercise}: {row.status}, {row.points} of {row.max_points} points", ""]
        parts += [fenced(printable(row.text or row.message), "text"), ""]
        parts += [f"- {printable(note)}" for note in row.notes] + [""] * bool(row.notes)
    return "\n".join(parts)


def summary(marks: Marks) -> str:
    """The marks as a Markdown table, for a job's summary page."""
    lines = ["| student | exercise | points | status | message |", "|---|---|---:|---|---|"]
    for row in marks.rows:
        cells = (row.student, row.exercise, f"{row.points}/{row.max_points}", row.status, row.message)
        lines.append("| " + " | ".join(_escaped(cell) for cell in cells) + " |")
    lines += ["", *(f"{_escaped(name)}: {share:.0%}  " for name, share in marks.shares().items())]
    lines += ["", *(f"{name}: {_escaped(str(value))}  " for name, value in marks.facts.items())]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    text = printable(text).replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\|`*_\[\]])", r"\\\1", text)

"""What a run finds done already, and where it writes each result at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import torch

import resnet_live
from resnet_live.grading.collect import Student
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import UNFINISHED, GradebookFile
from resnet_live.grading.text_digest import text_digest

EXERCISES = Path(resnet_live.__file__).parent / "exercise"
DIGITS = 32


class Resumption:
    """The results of one run. With no `file`, nothing is done and nothing kept.

    `basis`: what a result rests on beside the hand-in, as a hash (see `basis`).
    """

    def __init__(self, file: GradebookFile | None, students: Collection[Student], facts: dict[str, object]):
        self.file = file
        self.submissions = {student.name: fingerprint(student) for student in students} if file else {}
        self.basis = basis(facts)
        if file:
            numbered = {student.name: student.platform for student in students if student.platform}
            file.begin(self.submissions.items(), facts, numbered)

    def done(self, students: Iterable[Student], exercises: Iterable[str]) -> dict[tuple[str, str], Grade]:
        """What need not be made again, by (student, exercise)."""
        if self.file is None:
            return {}
        found = {
            (student.name, exercise): self.file.finished(
                student.name, exercise, self.submissions[student.name], self.basis
            )
            for student in students
            for exercise in exercises
        }
        return {key: grade for key, grade in found.items() if grade is not None}

    def keep(self, grade: Grade) -> None:
        """Write one result; one that is unfinished is made again the next time."""
        if self.file:
            basis = UNFINISHED if grade.unfinished else self.basis
            self.file.add(grade, self.submissions[grade.student], basis)


def fingerprint(student: Student) -> str:
    """A hash of what a student has handed in, as far as it can change a grade: code cells, names of files, what could not be read."""
    parts = [[one.name, one.problem, [[cell.number, cell.source] for cell in one.cells]] for one in student.notebooks]
    return text_digest(json.dumps(parts), DIGITS)


def basis(facts: dict[str, object]) -> str:
    """A hash of what a result rests on: seed, device, time limit, versions, and the exercises with their checks."""
    told = {name: facts.get(name) for name in ("seed", "device", "timeout", "resnet_live")}
    return text_digest(json.dumps([told, torch.__version__, checks()]), DIGITS)


@cache
def checks() -> str:
    """A hash of the exercises: definitions, checks, references."""
    files = [file for file in sorted(EXERCISES.rglob("*")) if file.suffix in (".py", ".json")]
    told = "".join(f"{file.relative_to(EXERCISES)}\0{file.read_text(encoding='utf-8')}\0" for file in files)
    return text_digest(told, DIGITS)

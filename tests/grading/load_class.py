"""A made-up class of any size: students who are right, who make typical mistakes, who cheat, and whose files are broken.

Made from the known answers, the cheats and the strange files of the other tests, with a seed.
"""

import ast
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import nbformat
from answers import Answer, answers
from cheats import CHEATS, ENDLESS, exercise_of
from submissions import handed_in, save
from tricks import ROUTES

from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.status import Status


class Kind(StrEnum):
    """What a made-up student is like."""

    PERFECT = "perfect"
    WRONG = "typical mistakes"
    CHEAT = "cheats"
    BROKEN = "broken files"


class Due(StrEnum):
    """What an exercise must bring."""

    ALL = "all points"
    FEWER = "fewer than all points"
    NONE = "no points"


# Of ten students; the same in each part of the class, so that the parts can be compared.
KINDS = [Kind.PERFECT] * 3 + [Kind.WRONG] * 5 + [Kind.CHEAT, Kind.BROKEN]


@dataclass(frozen=True)
class MadeStudent:
    """A student of the class, and what each exercise must bring."""

    name: str
    kind: Kind
    due: dict[str, Due]


def make_class(
    folder: Path, students: int, exercises: list[Exercise], seed: int = 1, kinds: Sequence[Kind] = KINDS
) -> list[MadeStudent]:
    """Write the notebooks of a class into `folder`, one folder for each student, and say what they must get. `kinds`: those of as
    many students in turn."""
    chance = random.Random(seed)
    drawn = [kind for _ in range(-(-students // len(kinds))) for kind in chance.sample(kinds, len(kinds))]
    made = []
    for number, kind in enumerate(drawn[:students]):
        name = f"student {number:03}"
        made.append(MadeStudent(name, kind, STUDENTS[kind](folder / name, exercises, chance)))
    return made


def problems(made: list[MadeStudent], grades: Iterable[Grade]) -> list[str]:
    """What is not as it must be, one line each: a result that is missing or stands there twice, points that are not due."""
    rows = list(grades)
    counted = Counter((grade.student, grade.exercise) for grade in rows)
    found = [f"{count} results of {' '.join(key)}" for key, count in counted.items() if count != 1]
    due = {(student.name, exercise): one for student in made for exercise, one in student.due.items()}
    found += [f"no result of {' '.join(key)}" for key in due.keys() - counted.keys()]
    found += [f"a result of {' '.join(key)}, who does not exist" for key in counted.keys() - due.keys()]
    for grade in rows:
        wanted = due.get((grade.student, grade.exercise))
        right = {
            None: True,
            Due.ALL: grade.points == grade.max_points and grade.status is Status.PASSED,
            Due.FEWER: grade.points < grade.max_points and grade.status is not Status.PASSED,
            Due.NONE: grade.points == 0 and grade.status is not Status.PASSED,
        }[wanted]
        if not right or not grade.message or "grader itself" in grade.message:
            found.append(
                f"{grade.student}, {grade.exercise}: {grade.points} points, {grade.status}: {grade.message[:200]}"
            )
    return found


def totals(made: list[MadeStudent], grades: Iterable[Grade]) -> dict[str, dict[str, int]]:
    """By kind of student: how many there are, and how many results of each status they have."""
    kinds = {student.name: student.kind for student in made}
    counted: dict[str, Counter[str]] = {kind: Counter() for kind in Kind}
    for grade in grades:
        counted[kinds[grade.student]][grade.status] += 1
    of_kind = Counter(kinds.values())
    return {kind: {"students": of_kind[kind], **dict(sorted(counts.items()))} for kind, counts in counted.items()}


# ---- One student of each kind ----


def by_notebook(exercises: list[Exercise]) -> dict[str, list[Exercise]]:
    found: dict[str, list[Exercise]] = {}
    for exercise in exercises:
        found.setdefault(reference.chapter(exercise.chapter)["notebook"], []).append(exercise)
    return found


def names_of(source: str) -> set[str]:
    """The names that a cell binds at its top."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        else:
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return found


def chosen(exercise: Exercise, kind: str, taken: set[str], chance: random.Random) -> Answer:
    """A known answer of this kind, none of whose helpers has a name that stands in the notebook already."""
    fit = [
        one
        for one in answers(exercise.id)
        # the course's own models are right where a student tries, and not there where one is graded
        if one.kind == kind and "resnet_live" not in one.source and not names_of(one.source) & taken
    ]
    return chance.choice(fit)


def answered(
    folder: Path, exercises: list[Exercise], chance: random.Random, right: Callable[[], bool]
) -> dict[str, Due]:
    due = {}
    for stem, some in by_notebook(exercises).items():
        sources, taken = {}, {name for one in some for name in one.names}
        for exercise in some:
            kind = "right" if right() else "wrong"
            answer = chosen(exercise, kind, taken - set(exercise.names), chance)
            taken |= names_of(answer.source)
            sources[exercise.id] = answer.source
            due[exercise.id] = Due.ALL if kind == "right" else Due.FEWER
        save(handed_in(sources, f"{stem}.ipynb"), folder / f"{stem}.ipynb")
    return due


def perfect(folder: Path, exercises: list[Exercise], chance: random.Random) -> dict[str, Due]:
    return answered(folder, exercises, chance, lambda: True)


def mistaken(folder: Path, exercises: list[Exercise], chance: random.Random) -> dict[str, Due]:
    return answered(folder, exercises, chance, lambda: chance.random() < 0.6)


def cheating(folder: Path, exercises: list[Exercise], chance: random.Random) -> dict[str, Due]:
    """Wrong answers, and a trick in the notebook that would make them pass; cheats in place of two answers."""
    due = answered(folder, exercises, chance, lambda: False)
    cheats = {exercise_of(one.source): one.source for one in chance.sample(CHEATS, len(CHEATS)) if one.name != ENDLESS}
    for file in folder.glob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            exercise = grade_id.removeprefix("answer-").replace("-", ".")
            cell.source = cheats[exercise] if exercise in cheats and exercise in due else cell.source
        ROUTES[chance.choice(list(ROUTES))](notebook)
        save(notebook, file)
    return due


BROKEN = {
    "cut short": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "a web page": lambda text: "<!DOCTYPE html><html>",
    "no list of cells": lambda text: json.dumps(json.loads(text) | {"cells": {}}),
    "an answer that cannot be read": lambda text: re.sub(r"\b(def|class|lambda|return)\b", r"\1 \1", text),
}


def broken(folder: Path, exercises: list[Exercise], chance: random.Random) -> dict[str, Due]:
    answered(folder, exercises, chance, lambda: True)
    spoil = BROKEN[chance.choice(list(BROKEN))]
    for file in folder.glob("*.ipynb"):
        file.write_text(spoil(file.read_text(encoding="utf-8")), encoding="utf-8")
    return {exercise.id: Due.NONE for exercise in exercises}


STUDENTS = {Kind.PERFECT: perfect, Kind.WRONG: mistaken, Kind.CHEAT: cheating, Kind.BROKEN: broken}

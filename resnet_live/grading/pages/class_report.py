"""The instructor's report of a class as one HTML page: how the points are spread, what went wrong most often, who has not begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import mean, median

from resnet_live.grading.gradebook import Grade, Gradebook, definition
from resnet_live.grading.pages.templates import kind, render
from resnet_live.grading.reports import lateness
from resnet_live.grading.status import Status

OPEN = (Status.NOT_ATTEMPTED, Status.MISSING)
ORDER = ("passed", "partly", "failed", "none")
BINS = 10
MOST_MISCONCEPTIONS = 25


@dataclass
class WentWrong:
    """One thing that went wrong, and with whom. `name`: the misconception's, "" where it has none; then the hint tells it apart."""

    exercise: str
    name: str
    hint: str
    students: list[str] = field(default_factory=list)


def class_report(book: Gradebook, pages: Mapping[str, str] | None = None) -> str:
    """The page. `pages`: the address of each student's feedback, where there is one."""
    by_student = book.by_student()
    by_exercise: dict[str, list[Grade]] = {exercise: [] for exercise in book.possible()}
    for grade in book.grades:
        by_exercise[grade.exercise].append(grade)
    shares = book.shares()
    passed = sum(grade.status is Status.PASSED for grade in book.grades)
    figures = [
        (len(by_student), "students"),
        (len(by_exercise), "exercises"),
        (f"{median(shares.values()):.0%}" if shares else "–", "of the points, the median"),
        (f"{mean(shares.values()):.0%}" if shares else "–", "of the points, the mean"),
        (f"{passed / len(book.grades):.0%}" if book.grades else "–", "of the answers passed"),
    ]
    return render(
        "class_report.html",
        figures=figures,
        histogram=_histogram(list(shares.values())),
        by_exercise=[_exercise(exercise, grades) for exercise, grades in by_exercise.items()],
        misconceptions=went_wrong(book)[:MOST_MISCONCEPTIONS],
        open=[{"student": student, "exercises": those} for student, those in not_attempted(book).items()],
        rows=[_row(student, own, list(by_exercise), pages or {}) for student, own in by_student.items()],
        warnings=book.warnings,
        facts=[(name, str(value)) for name, value in book.facts.items()],
    )


def went_wrong(book: Gradebook) -> list[WentWrong]:
    """What checks have said, the commonest first: each once for a student and exercise."""
    found: dict[tuple[str, str], WentWrong] = {}
    for grade in book.grades:
        for check in grade.checks:
            if (feedback := check.feedback) is None or feedback.not_filled_in or not feedback.hint:
                continue
            key = (grade.exercise, feedback.misconception or feedback.hint)
            one = found.setdefault(key, WentWrong(grade.exercise, feedback.misconception, feedback.hint))
            if grade.student not in one.students:
                one.students.append(grade.student)
    return sorted(found.values(), key=lambda one: -len(one.students))


def not_attempted(book: Gradebook) -> dict[str, list[str]]:
    """The exercises that each student has not attempted; those who have attempted all are not in it. Most first."""
    found = {
        student: [grade.exercise for grade in own.grades if grade.status in OPEN]
        for student, own in book.by_student().items()
    }
    return dict(sorted(((student, those) for student, those in found.items() if those), key=lambda one: -len(one[1])))


def _exercise(exercise: str, grades: list[Grade]) -> dict[str, object]:
    counts = {name: sum(kind(grade.status) == name for grade in grades) for name in ORDER}
    ran = [grade.seconds for grade in grades if grade.seconds]
    words = ", ".join(
        f"{count} {name if name != 'none' else 'not attempted'}" for name, count in counts.items() if count
    )
    found = definition(exercise)
    return {
        "id": exercise,
        "title": found.title if found else "",
        "parts": [(name, count) for name, count in counts.items() if count],
        "words": words,
        "passed": f"{counts['passed'] / len(grades):.0%}",
        "mean": f"{mean(grade.points for grade in grades):.1f}/{max(grade.max_points for grade in grades)}",
        "seconds": f"{median(ran):.1f}" if ran else "–",
    }


def _row(student: str, own: Gradebook, exercises: list[str], pages: Mapping[str, str]) -> dict[str, object]:
    by_exercise = {grade.exercise: grade for grade in own.grades}
    cells = [_cell(by_exercise.get(exercise)) for exercise in exercises]
    share = f"{own.earned / own.max_points:.0%}"
    points, page = f"{own.earned:g}", pages.get(student, "")
    return {
        "student": student,
        "page": page,
        "late": lateness(own, student),
        "points": points,
        "share": share,
        "cells": cells,
    }


def _cell(grade: Grade | None) -> dict[str, str]:
    if grade is None:
        return {"kind": "none", "points": "", "title": ""}
    points = "–" if grade.status in OPEN and not grade.adjusted else str(grade.points)
    return {"kind": kind(grade.status), "points": points + "*" * bool(grade.adjusted), "title": grade.message}


def _histogram(shares: list[float]) -> dict[str, object]:
    """Bars of ten percent each; the last one holds full marks too."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS), BINS - 1)] += 1
    width, top, base, step = 660, 24, 190, 66
    most = max(counts) or 1
    bars = []
    for index, count in enumerate(counts):
        height = round((base - top) * count / most)
        label = f"{index * 10}–{index * 10 + 10}"
        bars.append(
            {
                "x": index * step + 6,
                "y": base - height,
                "width": step - 12,
                "height": height,
                "count": count,
                "label": label,
            }
            | {"middle": index * step + step / 2}
        )
    words = "; ".join(f"{bar['label']} percent: {bar['count']}" for bar in bars if bar["count"])
    return {
        "width": width,
        "height": base + 26,
        "base": base,
        "bars": bars,
        "words": f"Students by percent of points. {words}",
    }

"""A student's feedback as one HTML page that needs nothing else."""

from __future__ import annotations

from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.gradebook import Grade, Gradebook, definition
from resnet_live.grading.pages.reread import reread
from resnet_live.grading.pages.templates import kind, render
from resnet_live.grading.reports import lateness
from resnet_live.grading.status import Status
from resnet_live.grading.told import told_checks, told_reason

CHECK_KINDS = {CheckState.PASSED: "passed", CheckState.FAILED: "failed", CheckState.WAITING: "none"}


def feedback_page(student: str, own: Gradebook, book: str = "") -> str:
    """The page. `own`: the student's part of the gradebook; `book`: the address of the folder with the chapters' pages, if known."""
    return render(
        "feedback_page.html",
        student=student,
        points=f"{own.earned:g}",
        max_points=own.max_points,
        share=f"{own.earned / own.max_points:.0%}",
        late=lateness(own, student),
        exercises=[_exercise(grade, book) for grade in own.grades],
    )


def _exercise(grade: Grade, book: str) -> dict[str, object]:
    found = definition(grade.exercise)
    checks = [vars(check) | {"kind": CHECK_KINDS[check.state]} for check in told_checks(grade)]
    return {
        "id": grade.exercise,
        "title": found.title if found else "",
        "kind": kind(grade.status),
        "status": str(grade.status),
        "points": grade.points,
        "max_points": grade.max_points,
        "reason": told_reason(grade),
        "checks": checks,
        "again": None if grade.status is Status.PASSED else reread(grade.exercise, book),
        "notes": grade.notes,
    }

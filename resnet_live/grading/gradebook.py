"""What grading gives: a grade for each student and exercise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.judge_observation import CheckResult
from resnet_live.grading.status import Status


@dataclass(frozen=True)
class Adjustment:
    """What an instructor gave in place of what the judge did: `points`, why, and when (ISO 8601)."""

    points: int
    reason: str
    made: str


@dataclass(frozen=True)
class Lateness:
    """How late a student was. `days`; `share`: the part of the points that is left after the free days and the rule of the class."""

    days: int
    share: float = 1.0


@dataclass(frozen=True)
class Grade:
    """One student's result in one exercise.

    `message`: one line; `text`: the whole report; `notes`: what was left out of the answer, or chosen; `seconds`: it took; `notebook`:
    the name of that in which the answer was found; `adjusted`: an instructor's points, which are then those of the grade.
    """

    student: str
    exercise: str
    points: int
    max_points: int
    status: Status
    message: str
    checks: tuple[CheckResult, ...] = ()
    text: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    notebook: str = ""
    adjusted: Adjustment | None = None

    def given(self, adjustment: Adjustment) -> Grade:
        """The grade as an instructor has set it. What the judge saw stays; its points stand in the message."""
        status = self.status
        if adjustment.points:
            status = Status.PASSED if adjustment.points >= self.max_points else Status.PARTLY
        message = f"Adjusted from {self.points} to {adjustment.points} points: {adjustment.reason}"
        return replace(self, points=adjustment.points, status=status, message=message, adjusted=adjustment)


def grade_from(tree: Mapping[str, Any]) -> Grade:
    """The grade of which `tree` is `dataclasses.asdict`, perhaps by way of JSON. Raises KeyError, TypeError, ValueError."""
    checks = tuple(
        CheckResult(
            **check
            | {
                "state": CheckState(check["state"]),
                "feedback": Feedback(**check["feedback"]) if check["feedback"] else None,
            }
        )
        for check in tree["checks"]
    )
    adjusted = Adjustment(**tree["adjusted"]) if tree["adjusted"] else None
    parts = {"checks": checks, "notes": tuple(tree["notes"]), "adjusted": adjusted, "status": Status(tree["status"])}
    return Grade(**dict(tree) | parts)


@dataclass(frozen=True)
class Gradebook:
    """All grades, how they came about (`facts`: seed, device, isolation, versions), `warnings` about files, and `late`: by student."""

    grades: tuple[Grade, ...]
    facts: dict[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    late: dict[str, Lateness] = field(default_factory=dict)

    @property
    def points(self) -> int:
        return sum(grade.points for grade in self.grades)

    @property
    def earned(self) -> float:
        """The points that are left after what lateness costs."""
        return round(sum(self.final(grade) for grade in self.grades), 2)

    @property
    def max_points(self) -> int:
        return sum(grade.max_points for grade in self.grades)

    def by_student(self) -> dict[str, Gradebook]:
        """Each student's part of it, in order."""
        found: dict[str, list[Grade]] = defaultdict(list)
        for grade in self.grades:
            found[grade.student].append(grade)
        return {student: Gradebook(tuple(grades), self.facts, (), self.late) for student, grades in found.items()}

    def only(self, exercises: Collection[str] | None, students: Collection[str] | None) -> Gradebook:
        """The part of these exercises and students; None is all."""
        chosen = [
            grade
            for grade in self.grades
            if (not exercises or grade.exercise in exercises) and (not students or grade.student in students)
        ]
        return replace(self, grades=tuple(chosen))

    def shares(self) -> dict[str, float]:
        """Each student's points as a fraction of what there was to have, lateness taken off."""
        return {student: book.earned / book.max_points for student, book in self.by_student().items()}

    def final(self, grade: Grade) -> float:
        """The points of one of the grades after what lateness costs, to two places."""
        late = self.late.get(grade.student)
        return round(grade.points * late.share, 2) if late else grade.points

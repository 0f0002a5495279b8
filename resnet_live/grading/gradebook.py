"""What grading gives: a grade for each student and exercise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from resnet_live.grading.judge_observation import CheckResult
from resnet_live.grading.status import Status


@dataclass(frozen=True)
class Grade:
    """One student's result in one exercise.

    `message`: one line; `text`: the whole report; `notes`: what was left out of the answer, or chosen; `seconds`: it took.
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


@dataclass(frozen=True)
class Gradebook:
    """All grades, how they came about (`facts`: seed, device, isolation, versions), and `warnings` about files."""

    grades: tuple[Grade, ...]
    facts: dict[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(grade.points for grade in self.grades)

    @property
    def max_points(self) -> int:
        return sum(grade.max_points for grade in self.grades)

    def by_student(self) -> dict[str, Gradebook]:
        """Each student's part of it, in order."""
        found: dict[str, list[Grade]] = defaultdict(list)
        for grade in self.grades:
            found[grade.student].append(grade)
        return {student: Gradebook(tuple(grades), self.facts) for student, grades in found.items()}

    def shares(self) -> dict[str, float]:
        """Each student's points as a fraction of what there was to have."""
        return {student: book.points / book.max_points for student, book in self.by_student().items()}

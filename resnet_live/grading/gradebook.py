"""What grading gives: a grade for each student and exercise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.exercise.registry import exercises
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
    the name of that in which the answer was found; `adjusted`: an instructor's points, which are then those of the grade;
    `unfinished`: why the answer may be worth more and it is not the student's doing: the next run tries again. "" where this is final.
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
    unfinished: str = ""

    def given(self, adjustment: Adjustment) -> Grade:
        """The grade as an instructor has set it: that is final. What the judge saw stays; its points stand in the message."""
        status = Status.PARTLY if adjustment.points else Status.FAILED
        if adjustment.points >= self.max_points:
            status = Status.PASSED
        message = f"Adjusted from {self.points} to {adjustment.points} points: {adjustment.reason}"
        text = f"{message}\n\n{self.text}".strip()
        given = replace(self, points=adjustment.points, status=status, message=message, text=text)
        return replace(given, adjusted=adjustment, unfinished="")

    def failed_by_us(self, message: str) -> Grade:
        """The grade of an answer of which nothing is known by the grader's own fault, as `message` says."""
        unfinished = f"{message.removesuffix('.')}. The same command tries again."
        return replace(self, status=Status.ERROR, message=message, unfinished=unfinished)

    def or_better(self, other: Grade) -> Grade:
        """That of two ways to run one answer with more points; this one where they are equal."""
        better = other if other.points > self.points else self
        return better.resting_on(self.unfinished or other.unfinished)

    def resting_on(self, unfinished: str) -> Grade:
        """The grade where something that it rests on may be `unfinished`: full marks are final all the same."""
        return replace(self, unfinished="" if self.status is Status.PASSED else self.unfinished or unfinished)


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
    status = Status(tree["status"])
    # gradebooks of version 1 had no word for it but the status
    unfinished = tree.get("unfinished", tree["message"] if status is Status.NOT_JUDGED else "")
    parts = {"checks": checks, "notes": tuple(tree["notes"]), "adjusted": adjusted, "status": status}
    return Grade(**dict(tree) | parts | {"unfinished": unfinished})


@dataclass(frozen=True)
class Gradebook:
    """All grades, how they came about (`facts`: seed, device, isolation, versions), `warnings` about files and about results that
    could not be made anew, and `late`: by student.

    `worth`: of a student's part, what each exercise of the class is worth, also those in which the student has no grade; of a whole
    book nothing. `hand_ins`: of which hand-in, as a hash, the result is that counts, by (student, exercise), where that is known.
    """

    grades: tuple[Grade, ...]
    facts: dict[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    late: dict[str, Lateness] = field(default_factory=dict)
    worth: dict[str, int] = field(default_factory=dict, compare=False)
    hand_ins: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    @property
    def points(self) -> int:
        return sum(grade.points for grade in self.grades)

    @property
    def earned(self) -> float:
        """The points that are left after what lateness costs."""
        return round(sum(self.final(grade) for grade in self.grades), 2)

    @property
    def max_points(self) -> int:
        """What there was to have: for a student the same as for all others, so that nobody gains by skipping an exercise."""
        return sum(self.worth.values()) if self.worth else sum(grade.max_points for grade in self.grades)

    def possible(self) -> dict[str, int]:
        """What each exercise of the class is worth, in the order of the course."""
        found: dict[str, int] = dict(self.worth)
        for grade in self.grades:
            found[grade.exercise] = max(grade.max_points, found.get(grade.exercise, 0))
        return dict(sorted(found.items(), key=lambda one: in_order(one[0])))

    def by_student(self) -> dict[str, Gradebook]:
        """Each student's part of it, in order."""
        found: dict[str, list[Grade]] = defaultdict(list)
        for grade in self.grades:
            found[grade.student].append(grade)
        worth = self.possible()
        return {
            student: replace(self, grades=tuple(grades), warnings=(), worth=worth) for student, grades in found.items()
        }

    def only(self, exercises: Collection[str] | None, students: Collection[str] | None) -> Gradebook:
        """The part of these exercises and students; None is all."""
        chosen = [
            grade
            for grade in self.grades
            if (not exercises or grade.exercise in exercises) and (not students or grade.student in students)
        ]
        return replace(self, grades=tuple(chosen), worth={})

    def shares(self) -> dict[str, float]:
        """Each student's points as a fraction of what there was to have for all, lateness taken off."""
        return {student: book.earned / book.max_points for student, book in self.by_student().items()}

    def final(self, grade: Grade) -> float:
        """The points of one of the grades after what lateness costs, to two places."""
        late = self.late.get(grade.student)
        return round(grade.points * late.share, 2) if late else grade.points


def definition(exercise: str) -> Exercise | None:
    """That of a stored grade's exercise; None where the course no longer has it: then its number is all that is known."""
    return exercises().get(exercise)


def titled(exercise: str) -> str:
    """The exercise's number and title; the number alone where the course no longer has it."""
    found = definition(exercise)
    return f"{exercise} {found.title}" if found else exercise


def in_order(exercise: str) -> tuple[int, ...]:
    """What sorts exercises as the course has them: 9.2 comes before 10.1."""
    return tuple(int(part) if part.isdigit() else 0 for part in exercise.split("."))

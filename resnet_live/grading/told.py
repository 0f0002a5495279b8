"""What a student is told about an exercise: each check with what was seen, what was expected and what to look at again.

The inputs on which an answer failed are not among it: another attempt gets the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.gradebook import Grade

MARKS = {CheckState.PASSED: "✓", CheckState.FAILED: "✗", CheckState.WAITING: "·"}
WAITS = "not judged: it rests on a check that did not pass"
AGAIN = "for the same reason"


@dataclass(frozen=True)
class ToldCheck:
    """One check. `parts`: (label, text) in which `code` stands between backticks; `remark`: why there are none."""

    mark: str
    state: CheckState
    title: str
    points: int
    max_points: int
    parts: tuple[tuple[str, str], ...] = ()
    remark: str = ""


def told_checks(grade: Grade) -> list[ToldCheck]:
    """The checks of a grade; none where nothing was judged: then the grade's message says why."""
    told = []
    before: set[tuple[str, str]] = set()
    for check in grade.checks:
        parts: tuple[tuple[str, str], ...] = ()
        remark = WAITS if check.state is CheckState.WAITING else ""
        if feedback := check.feedback:
            if (feedback.seen, feedback.hint) in before:
                remark = AGAIN
            else:
                before.add((feedback.seen, feedback.hint))
                labelled = (("Seen", feedback.seen), ("Expected", feedback.expected), ("Look at", feedback.hint))
                parts = tuple((label, text) for label, text in labelled if text)
        told.append(
            ToldCheck(MARKS[check.state], check.state, check.title, check.points, check.max_points, parts, remark)
        )
    return told


def told_reason(grade: Grade) -> str:
    """What to say before the checks, or in their place: why an instructor gave other points, why nothing was judged."""
    if grade.adjusted:
        return f"Your instructor gave {grade.adjusted.points} points: {grade.adjusted.reason}"
    return "" if grade.checks else grade.message


def told_line(grade: Grade) -> str:
    """The first thing that a student is told, in one line."""
    if reason := told_reason(grade):
        return reason
    parts = next((check.parts for check in told_checks(grade) if check.parts), None)
    return "; ".join(f"{label}: {text.replace('`', '')}" for label, text in parts) if parts else "All checks passed."


def told_text(grade: Grade) -> str:
    """All of it as plain text."""
    lines = [told_reason(grade)] if told_reason(grade) else []
    for check in told_checks(grade):
        lines.append(
            f"{check.mark} {check.points}/{check.max_points}  {check.title}" + f" ({check.remark})" * bool(check.remark)
        )
        lines += [f"        {label + ':':10}{text.replace('`', '')}" for label, text in check.parts]
    return "\n".join(lines)

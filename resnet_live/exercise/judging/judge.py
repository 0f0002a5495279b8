"""Judge an observation: which checks passed, and what to say about the others. Touches no student's code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.evidence import Evidence, NotJudged
from resnet_live.exercise.observers.serialize import NOT_NOTED


class CheckState(StrEnum):
    """What became of a check. WAITING: it said nothing, because one that it comes after did not pass, or because there was nothing to
    judge it by."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True)
class Judgement:
    """What became of one check, and feedback when it failed."""

    check: Check
    state: CheckState
    feedback: Feedback | None = None

    @property
    def points(self) -> int:
        """The check's points when it passed, else 0."""
        return self.check.points if self.state is CheckState.PASSED else 0


def judge(exercise: Exercise, observation: dict, strict: bool = False) -> list[Judgement]:
    """One judgement for each check of the exercise, in order.

    `observation`: what `observers.observe` returned, serialized and deserialized. An observation in which something is missing or
    malformed costs the checks that need it; with `strict` it raises instead (for our own tests). Raises ValueError when it is of
    another exercise.
    """
    evidence = Evidence(exercise.id, exercise.params, observation)
    if isinstance(evidence.seen, dict) and NOT_NOTED in evidence.seen:
        unseen = messages.not_noted(evidence.seen[NOT_NOTED])
        return [Judgement(check, CheckState.FAILED, unseen) for check in exercise.checks]
    judgements: list[Judgement] = []
    passed: set[str] = set()
    for check in exercise.checks:
        if not passed.issuperset(check.after):
            judgements.append(Judgement(check, CheckState.WAITING))
            continue
        try:
            feedback = check.test(evidence)
        except NotJudged:
            judgements.append(Judgement(check, CheckState.WAITING))
            continue
        except Exception:
            if strict:
                raise
            feedback = messages.NOT_FOLLOWED
        judgements.append(Judgement(check, CheckState.FAILED if feedback else CheckState.PASSED, feedback))
        if not feedback:
            passed.add(check.key)
    return judgements

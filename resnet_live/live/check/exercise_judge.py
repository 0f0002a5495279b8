"""A step that writes what an exercise defines is judged as the exercise is: by the same inputs, observations and checks."""

import random

from resnet_live.live.check.compare_outputs import quiet
from resnet_live.live.check.verdict import Finding, StepStatus
from resnet_live.live.expectation import Expectation

MOST = 2  # checks that did not pass and are told at once


def judge_answer(expectation: Expectation, answers: tuple) -> list[Finding]:
    """What the judge of the exercise says of its `answers`, without the checks that the step leaves free."""
    from resnet_live.exercise.judging.judge import CheckState, judge
    from resnet_live.exercise.observers import observe
    from resnet_live.exercise.observers.serialize import deserialize, serialize_observation
    from resnet_live.exercise.registry import find

    exercise = find(expectation.checks)
    with quiet():
        observed = observe(exercise.id, answers, random.SystemRandom().randrange(2**31))
        judgements = judge(exercise, deserialize(serialize_observation(observed)))
    counted = [each for each in judgements if each.check.key not in expectation.free]
    failed = [each for each in counted if each.state is CheckState.FAILED]
    if not failed and any(each.state is CheckState.WAITING for each in counted):
        text = f"Exercise {exercise.id} could not look at everything: `check` in the exercise's notebook says more."
        return [Finding(StepStatus.RAN, text)]
    if not failed:
        return [Finding(StepStatus.RIGHT, f"It passes the checks of exercise {exercise.id}, “{exercise.title}”.")]
    findings = []
    for each in failed[:MOST]:
        feedback = each.feedback
        said = [f"{each.check.title}: not yet."]
        if feedback:
            given = f" ({feedback.given})" if feedback.given else ""
            said.append(f"Seen: {feedback.seen}{given}.")
            said += [f"Expected: {feedback.expected}."] if feedback.expected else []
            said += [feedback.hint] if feedback.hint else []
        findings.append(Finding(StepStatus.NOT_YET, " ".join(said)))
    if len(failed) > MOST:
        findings.append(Finding(None, f"And {len(failed) - MOST} more of the {len(counted)} checks."))
    return findings

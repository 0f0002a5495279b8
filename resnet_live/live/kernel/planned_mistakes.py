"""Planned mistakes: which comes next, what fixes it, and what it counts on."""

from resnet_live.live.chapter import Chapter, LiveError, Step, StepKind
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.display import listed, numbers
from resnet_live.live.planned_fix import planned_fix


def find_mistake(state: ClassState, number: str = "") -> Step:
    """The planned mistake `number`, or the one that `number` fixes; without a number the next one from the class's place on.

    Raises LiveError when there is none.
    """
    chapter = state.require_chapter()
    if not number:
        after = chapter.steps[state.progress.position + 1 :]
        found = next((step for step in after if step.kind is StepKind.MISTAKE), None)
        if found is None:
            raise LiveError(f"Chapter {chapter.number} plans no further mistake. {_all_of(chapter)}")
        return found
    step = chapter.step(number)
    if step.kind is StepKind.FIX:
        before = chapter.steps[: chapter.position(number)]
        step = next((earlier for earlier in reversed(before) if earlier.kind is StepKind.MISTAKE), step)
    if step.kind is not StepKind.MISTAKE:
        raise LiveError(f"{number} is no planned mistake and fixes none. {_all_of(chapter)}")
    return step


def fix_next(chapter: Chapter, step: Step) -> Step | None:
    """The step right after the mistake `step`, when it fixes it: only then does a bare `%next` give the fix."""
    fix = planned_fix(chapter, step)
    return fix if fix and chapter.position(fix.number) == chapter.position(step.number) + 1 else None


def lesson(chapter: Chapter, mistake: Step) -> list[str]:
    """What is planned to happen, and what the class learns from it."""
    lines = [f"{mistake.number} is planned to {'fail' if mistake.raises else 'run, and be wrong'}. {mistake.note}"]
    fix = planned_fix(chapter, mistake)
    if fix is not None:
        onward = " After the mistake, `%next` gives the fix." if fix_next(chapter, mistake) else ""
        lines.append(f"The lesson, {fix.number}: {fix.note}{onward}")
    return lines


def cause_of(chapter: Chapter, mistake: Step) -> Step | None:
    """The step whose planned code may hold what makes `mistake` fail: the nearest one typed before it."""
    before = chapter.steps[: chapter.position(mistake.number)]
    return next((step for step in reversed(before) if step.kind in (StepKind.TYPED, StepKind.FIX)), None)


def before_mistake(state: ClassState, mistake: Step) -> list[str]:
    """What must have run as planned before `mistake` fails as planned, and did not."""
    progress = state.progress
    before = progress.chapter.steps[: progress.chapter.position(mistake.number)]
    lacking = [step for step in before if step.number not in progress.ran_here]
    if len(lacking) == 1:
        return [f"{lacking[0].number} has not run, and it counts on it: `%next {lacking[0].number}` first."]
    if lacking:
        return [f"Not run yet: {numbers(lacking)}. It fails as planned after `%catchup {before[-1].number}`."]
    cause = cause_of(progress.chapter, mistake)
    if cause is not None and not progress.ran_as_planned(cause):
        return [
            f"{cause.number} was typed in another way than planned. If nothing fails, `%next {cause.number}` has the mistake."
        ]
    return []


def _all_of(chapter: Chapter) -> str:
    planned = [step.number for step in chapter.steps if step.kind is StepKind.MISTAKE]
    return f"Planned mistakes: {listed(planned)}." if planned else "It plans none at all."

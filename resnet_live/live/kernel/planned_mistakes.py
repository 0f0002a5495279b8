"""Planned mistakes: which comes next, what fixes it, and what it counts on."""

from dataclasses import replace

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, LiveError, Step, StepKind
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.display import listed, numbers
from resnet_live.live.kernel.skipped_steps import missed, not_run
from resnet_live.live.planned_fix import planned_fix

# Steps in whose code the mistake may lie that another step shows.
MAY_HOLD_IT = (StepKind.TYPED, StepKind.FIX)


def find_mistake(state: ClassState, number: str = "") -> Step:
    """The planned mistake `number`, or the one that `number` fixes; without a number the next one from the class's place on.

    Raises LiveError when there is none.
    """
    chapter = state.require_chapter()
    if not number:
        after = chapter.steps[state.progress.position + 1 :]
        found = next((step for step in after if step.kind is StepKind.MISTAKE and state.planned(step)), None)
        if found is None:
            called = chapter.called[0].upper() + chapter.called[1:]
            raise LiveError(f"{called} plans no further mistake. {_all_of(state)}")
        return found
    step = chapter.step(number)
    if step.kind is StepKind.FIX:
        before = chapter.steps[: chapter.position(number)]
        step = next((earlier for earlier in reversed(before) if earlier.kind is StepKind.MISTAKE), step)
    if step.kind is not StepKind.MISTAKE:
        raise LiveError(f"{number} is no planned mistake and fixes none. {_all_of(state)}")
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


def changed_causes(state: ClassState, mistake: Step) -> list[Step]:
    """The steps before `mistake` that it counts on and that did not run as planned: one of them may lack what makes it fail.

    The step typed last before it counts, and those that made the names it uses; when all of these ran as planned, those that made the
    names that these use, and so on. Steps that the plan leaves out and that did not run have no part in it.
    """
    progress, chapter = state.progress, state.progress.chapter
    before = [
        step
        for step in chapter.steps[: chapter.position(mistake.number)]
        if state.planned(step) or step.number in progress.ran_here
    ]
    taken = replace(chapter, steps=(*before, mistake))
    nearest = next((step for step in reversed(before) if step.kind in MAY_HOLD_IT), mistake)
    known, level = {mistake.number}, [mistake]
    while level:
        names = sorted(set().union(*(step_names.refs(step.source) for step in level)))
        makers = [step_names.defining_step(taken, name, len(before)) for name in names]
        found = {step.number for step in makers if step} | ({nearest.number} if level == [mistake] else set())
        level = [step for step in before if step.number in found - known]
        known |= found
        if changed := [step for step in level if step.kind in MAY_HOLD_IT and not progress.ran_as_planned(step)]:
            return changed
    return []


def before_mistake(state: ClassState, mistake: Step) -> list[str]:
    """What must have run as planned before `mistake` fails as planned, and did not."""
    progress = state.progress
    before = progress.chapter.steps[: progress.chapter.position(mistake.number)]
    # A mistake that the plan leaves out may count on steps that it leaves out, too.
    lacking = [step for step in not_run(state, mistake) if state.planned(step) or not state.planned(mistake)]
    if missed(state, lacking, [mistake]):
        if len(lacking) == 1:
            return [f"{lacking[0].number} has not run, and it counts on it: `%next {lacking[0].number}` first."]
        return [f"Not run yet: {numbers(lacking)}. It fails as planned after `%catchup {before[-1].number}`."]
    causes = changed_causes(state, mistake)
    if not causes:
        return []
    were = "was" if len(causes) == 1 else "were"
    onward = f"%next {causes[0].number}" if len(causes) == 1 else f"%catchup {before[-1].number}"
    return [
        f"{numbers(causes)} {were} typed in another way than planned. If nothing fails, `{onward}` has the mistake."
    ]


def _all_of(state: ClassState) -> str:
    steps = filter(state.planned, state.progress.chapter.steps)
    planned = [step.number for step in steps if step.kind is StepKind.MISTAKE]
    return f"Planned mistakes: {listed(planned)}." if planned else "It plans none at all."

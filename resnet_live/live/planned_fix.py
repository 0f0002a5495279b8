"""Which step fixes a planned mistake."""

from resnet_live.live.chapter import Chapter, Step, StepKind


def planned_fix(chapter: Chapter, mistake: Step) -> Step | None:
    """The step of `chapter` that fixes `mistake`; None for a step that is no planned mistake, or that nothing fixes.

    It is the next step of kind `fix`, whatever stands between: steps that look into the mistake, or another mistake with
    the same cause. How soon it comes is for the caller to look at.
    """
    if mistake.kind is not StepKind.MISTAKE:
        return None
    after = chapter.steps[chapter.position(mistake.number) + 1 :]
    return next((step for step in after if step.kind is StepKind.FIX), None)

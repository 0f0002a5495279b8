"""`%check_step`: whether what was typed for a step gives what the step should, however it is written.

What only a name, a shape, a value or an error can tell is compared; where it may be right in another way, the verdict is
"cannot tell". What a step should give comes from `expected_outcomes`.
"""

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.check import expected_outcomes
from resnet_live.live.check.check_names import check_names
from resnet_live.live.check.check_shown import check_error, check_shown
from resnet_live.live.check.verdict import Finding, StepStatus, StepVerdict, one_line
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.planned_mistakes import changed_causes


def check_step(
    state: ClassState, number: str | None = None, patience: float = expected_outcomes.PATIENCE
) -> StepVerdict:
    """Look at step `number` (default: the last that was run) of the open chapter.

    Waits at most `patience` seconds for what the step should give. Raises LiveError when there is no chapter or no such step.
    """
    progress, chapter = state.progress, state.require_chapter()
    known = {step.number for step in chapter.steps}
    if number is None:
        number = next((cell.step for cell in reversed(state.cells) if cell.step in known), None)
        if number is None:
            raise LiveError(f"No step has been run in this kernel yet. Name one: %check_step {chapter.steps[0].number}")
    step = chapter.step(number)
    cells, after = _split([cell for cell in state.cells if cell.step is None or cell.step in known], chapter, step)
    if not cells:
        text = f"No cell of step {step.number} has been run in this kernel. Run it, or `%catchup {step.number}`, and ask again."
        if step.number in progress.ran_here:
            text = f"Step {step.number} was run by `%catchup`, as the chapter has it: nothing typed to look at."
        return StepVerdict(step, (Finding(StepStatus.UNSURE, text),))
    failed = _unplanned(step, cells)
    if failed:
        return StepVerdict(step, (failed,))
    try:
        expected = expected_outcomes.expected_outcome(chapter.part_of(step.number), step.number, patience)
    except expected_outcomes.NotReady as error:
        return StepVerdict(step, (Finding(StepStatus.UNSURE, str(error)),))
    if expected["error"] and not step.raises:
        text = f"The rehearsal in the background failed at this step too ({expected['error']}), so there is nothing to compare with."
        return StepVerdict(step, (Finding(StepStatus.UNSURE, text),))
    findings = [
        *check_error(chapter, step, expected, cells, changed_causes(state, step)),
        *check_shown(step, expected, cells),
        *check_names(chapter, step, expected, cells, after, state.shell.user_ns),
    ]
    return StepVerdict(step, tuple(findings or [_nothing_to_see(step, cells)]))


def _nothing_to_see(step: Step, cells: list[ExecutedCell]) -> Finding:
    if not step.typed or any(body(cell.source) == body(step.source) for cell in cells):
        return Finding(StepStatus.OK, "It ran through, and nothing more is asked of it.")
    return Finding(StepStatus.UNSURE, "It ran through. What the step does shows only in the steps that follow.")


def _split(cells: list[ExecutedCell], chapter: Chapter, step: Step) -> tuple[list[ExecutedCell], list[ExecutedCell]]:
    """The cells of `step`: its last headed cell and the cells without a header that follow; and all cells after these."""
    last = max((index for index, cell in enumerate(cells) if cell.step == step.number), default=None)
    if last is None:
        # Typed without the header: what stands after the last earlier step, when no later one came in between.
        last = max((index for index, cell in enumerate(cells) if cell.step), default=-1)
        before = cells[last].step if last >= 0 else None
        if before and chapter.position(before) + 1 != chapter.position(step.number):
            return [], []
        return cells[last + 1 :], []
    end = next((index for index in range(last + 1, len(cells)) if cells[index].step), len(cells))
    return cells[last:end], cells[end:]


def _unplanned(step: Step, cells: list[ExecutedCell]) -> Finding | None:
    """What to say when the step raised and should not."""
    if step.raises or not cells[0].error or not all(cell.error for cell in cells):
        return None
    last = cells[-1]
    return Finding(
        StepStatus.WRONG,
        f"It raised `{last.error}`: {one_line(last.message)}. No error is planned here. Read it, fix the cell, run it again.",
    )

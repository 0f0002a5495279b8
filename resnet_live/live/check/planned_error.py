"""Whether a step that is planned to fail failed as planned."""

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.check.compare_values import one_line
from resnet_live.live.check.verdict import Finding, StepStatus
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.display import numbers


def check_error(chapter: Chapter, step: Step, cells: list[ExecutedCell], causes: list[Step]) -> Finding:
    """What is to say about the error of `step`, which is planned to fail.

    `causes`: the steps that it counts on and that did not run as planned.
    """
    wanted, says = step.expectation.error, step.expectation.says
    raised = [cell for cell in cells if cell.error]
    if not wanted:
        return Finding(
            StepStatus.RAN, "It failed, as planned." if raised else _ran_through(chapter, step, cells, causes)
        )
    planned = f"`{wanted}`" + (f" with “{says[0]}”" if says else "")
    for cell in raised:
        if cell.error == wanted and (not says or any(part in cell.message for part in says)):
            return Finding(StepStatus.RIGHT, f"That is the planned error: `{wanted}`.")
    printed = "\n".join(cell.printed for cell in cells)
    if says and any(part in printed for part in says):
        return Finding(StepStatus.RIGHT, f"It shows the text of the planned error, `{wanted}`.")
    if raised:
        last = raised[-1]
        return Finding(StepStatus.NOT_YET, f"It raised `{last.error}`: {one_line(last.message)}. Planned is {planned}.")
    return Finding(StepStatus.RAN, _ran_through(chapter, step, cells, causes))


def _ran_through(chapter: Chapter, step: Step, cells: list[ExecutedCell], causes: list[Step]) -> str:
    text = "It ran through. This step is planned to fail"
    text += f" with `{step.expectation.error}`. Nothing is broken" if step.expectation.error else ". Nothing is broken"
    if causes:
        before = chapter.steps[chapter.position(step.number) - 1].number
        return f"{text}: {numbers(causes)} did not run as planned. After `%catchup {before}` it fails when it is run again."
    if all(body(cell.source) != body(step.source) for cell in cells):
        return f"{text}; `%mistake {step.number}` shows the error."
    return f"{text}."

"""`%check`: whether what was typed for a step gives what the step should, however it is written.

What counts in a step stands in its metadata (`expectation`); only that is compared, in the kernel of the class.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.check import later_attributes, own_names
from resnet_live.live.check.compare_outputs import NotComparable, compare, outcome, quiet
from resnet_live.live.check.compare_values import describe_value
from resnet_live.live.check.exercise_judge import judge_answer
from resnet_live.live.check.planned_error import check_error
from resnet_live.live.check.shown_values import check_value
from resnet_live.live.check.verdict import Finding, StepStatus, StepVerdict, one_line
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.planned_mistakes import changed_causes


def check_step(state: ClassState, number: str | None = None) -> StepVerdict:
    """Look at step `number` (default: the last that was run) of the open chapter.

    Raises LiveError when there is no chapter or no such step.
    """
    progress, chapter = state.progress, state.require_chapter()
    known = {step.number for step in chapter.steps}
    if number is None:
        number = next((cell.step for cell in reversed(state.cells) if cell.step in known), None)
        if number is None:
            example = (progress.last_step or chapter.steps[0]).number
            raise LiveError(f"No step has been typed in this kernel yet. Name one: `%check {example}`")
    step = chapter.step(number)
    cells, after = _split([cell for cell in state.cells if cell.step is None or cell.step in known], chapter, step)
    if not cells:
        text = f"No cell of step {step.number} has been run in this kernel. Run it, or `%catchup {step.number}`, and ask again."
        if step.number in progress.ran_here:
            text = f"Step {step.number} was run by `%catchup`, as the chapter has it: nothing typed to look at."
        return StepVerdict(step, (Finding(StepStatus.RAN, text),))
    causes = changed_causes(state, step) if step.raises else []
    own = chapter.part_of(step.number)  # a session has steps of several chapters, and not all of each
    return check_cells(own, step, cells, state.shell.user_ns, after, causes, state.planned)


def check_cells(
    chapter: Chapter,
    step: Step,
    cells: list[ExecutedCell],
    namespace: dict[str, Any],
    after: list[ExecutedCell] | None = None,
    causes: list[Step] | None = None,
    planned: Callable[[Step], bool] = lambda step: True,
) -> StepVerdict:
    """The verdict on the `cells` of a step, which left `namespace`.

    `after`: the cells that ran behind them; `causes`: for a step that is planned to fail, what it counts on and what did not run as
    planned; `planned`: whether the class takes a step.
    """
    if failed := _unplanned(step, cells):
        return StepVerdict(step, (failed,))
    looking = _Looking(chapter, step, cells, namespace, after or [], planned)
    findings = [check_error(chapter, step, cells, causes or [])] if step.raises else []
    findings += looking.at_answer()
    for expression, hint in step.expectation.same:
        findings += looking.at_outputs(expression, hint)
    if StepStatus.NOT_YET not in {finding.status for finding in findings}:
        findings += looking.at_attributes()
    if step.expectation.value:
        with quiet():
            wanted = outcome(step.expectation.value, namespace)[0]
        findings.append(check_value(wanted, cells))
    return StepVerdict(step, tuple(dict.fromkeys(findings)) or (_nothing_compared(step, cells),))


def _nothing_compared(step: Step, cells: list[ExecutedCell]) -> Finding:
    same = step.typed and any(body(cell.source) == body(step.source) for cell in cells)
    what = "It ran through, as the chapter has it." if same else "It ran through."
    return Finding(StepStatus.RAN, f"{what} Nothing of it is compared.")


class _Looking:
    """One look at one step."""

    def __init__(
        self,
        chapter: Chapter,
        step: Step,
        cells: list[ExecutedCell],
        namespace: dict[str, Any],
        after: list[ExecutedCell],
        planned: Callable[[Step], bool],
    ):
        self.chapter, self.step, self.cells, self.namespace, self.planned = chapter, step, cells, namespace, planned
        self.position = chapter.position(step.number)
        self.anew = own_names.names_made(after)
        self.touched = {name for cell in after for name in step_names.refs(cell.source)}

    def at_answer(self) -> list[Finding]:
        """What the judge of the exercise says, where the step writes what an exercise defines."""
        if not self.step.expectation.checks:
            return []
        from resnet_live.exercise.registry import find

        text = f"({self.step.expectation.answer or ', '.join(find(self.step.expectation.checks).names)},)"
        if anew := self._made_anew(text):
            return [anew]
        name = self._missing(text)
        own = next(iter(own_names.other_names(self.step, name, self.cells, self.namespace)), None) if name else None
        if name and own is None and name not in self.namespace:
            return [self._not_there(name)]
        space = self.namespace | ({name: self.namespace[own]} if name and own else {})
        answers = outcome(text, space)[0]
        if not isinstance(answers, tuple):
            return [
                Finding(StepStatus.RAN, f"It cannot be handed to the judge of the exercise: {describe_value(answers)}.")
            ]
        return [*judge_answer(self.step.expectation, answers), *self._called(name, own)]

    def at_outputs(self, expression: str, hint: str) -> list[Finding]:
        """Whether an expression gives with the user's names what it gives with the step's."""
        if anew := self._made_anew(expression):
            return [anew]
        name = self._missing(expression)
        others = own_names.other_names(self.step, name, self.cells, self.namespace) if name else []
        for own in others if name else ():
            found = self._compared(expression, hint, {**self.namespace, str(name): self.namespace[own]})
            if found.status is StepStatus.RIGHT:
                return [found, *self._called(name, own)]
        if name and name not in self.namespace:
            return [self._not_there(name)]
        return [self._compared(expression, hint, self.namespace)]

    def at_attributes(self) -> list[Finding]:
        """Attributes that later steps of the plan read, and that the class which was written here does not have."""
        findings = []
        for each in later_attributes.later_attributes(self.chapter, self.position, self.planned):
            name = next(iter(own_names.other_names(self.step, each.owner, self.cells, self.namespace)), each.owner)
            call = later_attributes.example_call(self.chapter, self.position, each.owner)
            if not call or name not in self.namespace or each.owner in self.anew:
                continue
            with quiet():
                has = outcome(f"hasattr({call}, {each.name!r})", self.namespace | {each.owner: self.namespace[name]})[0]
            if has is False:
                text = f"`{each.owner}` has no `{each.name}`, which step {each.step} reads: call it so."
                findings.append(Finding(StepStatus.NOT_YET, text))
        return findings

    def _compared(self, expression: str, hint: str, namespace: dict[str, Any]) -> Finding:
        names = ", ".join(f"`{name}`" for name in sorted(self._of_step(expression)))
        try:
            differs = compare(expression, self.chapter, self.position, namespace)
        except NotComparable as error:
            return Finding(StepStatus.RAN, f"{names or 'It'} could not be compared: {error}.")
        if differs is None:
            return Finding(StepStatus.RIGHT, f"{names or 'What it makes'} was compared, and gives what it should.")
        if self._of_step(expression) & self.touched:
            return Finding(StepStatus.RAN, f"{differs}. A later cell used it, and may have changed it.")
        return Finding(StepStatus.NOT_YET, f"{differs}. {hint}".strip())

    def _of_step(self, expression: str) -> set[str]:
        names = step_names.refs(expression)
        return {name for name in names if name in step_names.defs_of(self.step)}

    def _missing(self, expression: str) -> str | None:
        """The name of the expression that the step makes and its cells did not."""
        return next(iter(sorted(self._of_step(expression) - own_names.names_made(self.cells))), None)

    def _made_anew(self, expression: str) -> Finding | None:
        anew = step_names.refs(expression) & self.anew
        if not anew:
            return None
        return Finding(StepStatus.RAN, f"`{min(anew)}` was made anew by a later cell; what this step made is gone.")

    def _called(self, name: str | None, own: str | None) -> list[Finding]:
        if not name or not own:
            return []
        user = self._next_use(name)
        later = f" Later steps ({user.number} first) call it `{name}`: add `{name} = {own}`." if user else ""
        return [Finding(None, f"You call it `{own}`.{later}")]

    def _not_there(self, name: str) -> Finding:
        user = self._next_use(name)
        if user is None:
            return Finding(StepStatus.RAN, f"The step makes `{name}`. There is none here to compare.")
        return Finding(StepStatus.NOT_YET, f"`{name}` is missing, and step {user.number} needs it.")

    def _next_use(self, name: str) -> Step | None:
        """The first later step of the plan that needs `name`."""
        taken = tuple(filter(self.planned, self.chapter.steps[self.position + 1 :]))
        return step_names.next_use(replace(self.chapter, steps=taken), name, 0) if taken else None


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
        StepStatus.NOT_YET,
        f"It raised `{last.error}`: {one_line(last.message)}. No error is planned here. Read it, fix the cell, run it again.",
    )

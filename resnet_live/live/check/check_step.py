"""`%check`: whether what was typed for a step gives what the step should, however it is written.

What counts in a step stands in its metadata (`expectation`); only that is compared, in the kernel of the class.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.check import later_attributes, own_names
from resnet_live.live.check.compare_outputs import NotComparable, compare, outcome, quiet
from resnet_live.live.check.compare_values import describe_value, one_line
from resnet_live.live.check.exercise_judge import judge_answer
from resnet_live.live.check.planned_error import check_error
from resnet_live.live.check.shown_values import check_value
from resnet_live.live.check.verdict import Finding, StepStatus, StepVerdict
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
    look = _Look(chapter, step, cells, namespace, after or [], planned)
    findings = [check_error(chapter, step, cells, causes or [])] if step.raises else []
    findings += look.at_answer() if step.expectation.checks else []
    for expression, hint in step.expectation.same:
        findings += look.at(expression, partial(look.compared, expression, hint))
    if StepStatus.NOT_YET not in {finding.status for finding in findings}:
        findings += look.at_attributes()
    if step.expectation.value:
        with quiet():
            wanted = outcome(step.expectation.value, namespace)[0]
        findings.append(check_value(wanted, cells))
    return StepVerdict(step, tuple(dict.fromkeys(findings)) or (_nothing_compared(step, cells),))


def _nothing_compared(step: Step, cells: list[ExecutedCell]) -> Finding:
    same = step.typed and any(body(cell.source) == body(step.source) for cell in cells)
    what = "It ran through, as the chapter has it." if same else "It ran through."
    return Finding(StepStatus.RAN, f"{what} Nothing of it is compared.")


class _Look:
    """One look at one step; the arguments are those of `check_cells`."""

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
        self.position, self.anew = chapter.position(step.number), own_names.names_made(after)
        self.touched = {name for cell in after for name in step_names.refs(cell.source)}

    def at_answer(self) -> list[Finding]:
        """What the judge of the exercise says, where the step writes what an exercise defines."""
        from resnet_live.exercise.registry import find

        expectation = self.step.expectation
        text = f"({expectation.answer or ', '.join(find(expectation.checks).names)},)"

        def judged(namespace: dict[str, Any]) -> list[Finding]:
            answers = outcome(text, namespace)[0]
            if isinstance(answers, tuple):
                return judge_answer(expectation, answers)
            said = f"It cannot be handed to the judge of the exercise: {describe_value(answers)}."
            return [Finding(StepStatus.RAN, said)]

        return self.at(text, judged, any_name=True)

    def at(
        self, expression: str, look: Callable[[dict[str, Any]], list[Finding]], any_name: bool = False
    ) -> list[Finding]:
        """What `look` finds with the user's names, under which it may know what the step makes by another name.

        `any_name`: what has another name is meant, else only where `look` finds it right.
        """
        if anew := step_names.refs(expression) & self.anew:
            text = f"`{min(anew)}` was made anew by a later cell; what this step made is gone."
            return [Finding(StepStatus.RAN, text)]
        for name in sorted(self._of_step(expression) - own_names.names_made(self.cells))[:1]:
            use = self._next_use(name)
            for own in own_names.other_names(self.step, name, self.cells, self.namespace):
                found = look({**self.namespace, name: self.namespace[own]})
                if any_name or found[0].status is StepStatus.RIGHT:
                    later = f" Later steps ({use.number} first) call it `{name}`: add `{name} = {own}`." if use else ""
                    return [*found, Finding(None, f"You call it `{own}`.{later}")]
            if name not in self.namespace and use:
                return [Finding(StepStatus.NOT_YET, f"`{name}` is missing, and step {use.number} needs it.")]
            if name not in self.namespace:
                return [Finding(StepStatus.RAN, f"The step makes `{name}`. There is none here to compare.")]
        return look(self.namespace)

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

    def compared(self, expression: str, hint: str, namespace: dict[str, Any]) -> list[Finding]:
        """Whether an expression gives with the names of `namespace` what it gives with the step's."""
        names = ", ".join(f"`{name}`" for name in sorted(self._of_step(expression)))
        try:
            differs = compare(expression, self.chapter, self.position, namespace)
        except NotComparable as error:
            return [Finding(StepStatus.RAN, f"{names or 'It'} could not be compared: {error}.")]
        if differs is None:
            return [Finding(StepStatus.RIGHT, f"{names or 'What it makes'} was compared, and gives what it should.")]
        if self._of_step(expression) & self.touched:
            return [Finding(StepStatus.RAN, f"{differs}. A later cell used it, and may have changed it.")]
        return [Finding(StepStatus.NOT_YET, f"{differs}. {hint}".strip())]

    def _of_step(self, expression: str) -> set[str]:
        return set(step_names.refs(expression) & step_names.defs_of(self.step))

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
    text = f"It raised `{last.error}`: {one_line(last.message)}. No error is planned here."
    return Finding(StepStatus.NOT_YET, f"{text} Read it, fix the cell, run it again.")

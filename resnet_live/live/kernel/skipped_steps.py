"""What was skipped, and whether something later rests on it: one answer for the advice in the notebook and for the remote control."""

import ast
from collections.abc import Iterable, Sequence

from resnet_live import code_names
from resnet_live.live import step_names
from resnet_live.live.chapter import Step
from resnet_live.live.kernel.class_state import ClassState


def not_run(state: ClassState, before: Step) -> list[Step]:
    """The steps of the open chapter before the step `before` that this kernel has not run, planned or not."""
    progress = state.progress
    steps = progress.chapter.steps[: progress.chapter.position(before.number)]
    return [step for step in steps if step.number not in progress.ran_here]


def missed(state: ClassState, gap: Sequence[Step], later: Iterable[Step]) -> dict[str, Step]:
    """The names that the steps `later`, in their order, lack because the steps `gap` before them have not run; each with the step of
    `gap` that makes it. What such a step lacks itself counts, too.

    A name that the kernel has is not lacking, unless a typed step of `gap` makes it anew and no cell has done so since.
    """
    found: dict[str, Step] = {}
    made: set[str] = set()
    position = None
    for step in later:
        position = state.progress.chapter.position(step.number) if position is None else position
        _add_lacking(state, gap, step_names.refs(step.source) - made, position, found)
        made |= step_names.defs_of(step)
    patched = [
        step for step in gap if state.planned(step) and _patches(step)
    ]  # nobody names a method, and a later call needs it
    return found | {name: step for step in patched for name in step_names.defs_of(step)}


def _add_lacking(
    state: ClassState, gap: Sequence[Step], names: Iterable[str], position: int, found: dict[str, Step]
) -> None:
    chapter = state.progress.chapter
    for name in sorted(set(names) - found.keys()):
        maker = step_names.defining_step(chapter, name, position)
        if maker is not None and maker in gap and _lacks(state, name, maker):
            found[name] = maker
            _add_lacking(state, gap, step_names.refs(maker.source), chapter.position(maker.number), found)


def _lacks(state: ClassState, name: str, maker: Step) -> bool:
    if name not in state.shell.user_ns:
        return True
    if not maker.typed or name not in step_names.defs(maker.source):
        return False  # imported: whoever did it
    position = state.progress.chapter.position
    of_chapter = {step.number for step in state.progress.chapter.steps}
    makers = [cell for cell in state.cells if name in step_names.defs(cell.source)]
    if not makers:
        return True
    number = makers[-1].step
    return number in of_chapter and position(str(number)) < position(maker.number)


def _patches(step: Step) -> bool:
    try:
        return any(map(code_names.patched_class, ast.parse(step.source).body))
    except SyntaxError:
        return False

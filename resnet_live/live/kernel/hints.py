"""What to say after a cell has run: nothing, unless something went another way than planned and there is a way on."""

from resnet_live.live import step_names
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, Step, step_of
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.chapter_progress import ChapterProgress
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.display import listed, numbers, show_message
from resnet_live.live.kernel.next_prompt import prompt_after
from resnet_live.live.kernel.planned_mistakes import changed_causes
from resnet_live.live.kernel.skipped_steps import missed, not_run


def advise(state: ClassState, cell: ExecutedCell, step: Step | None, again: bool) -> None:
    """Show at most one piece of advice about `cell`, one of `step` (None: of no step), and the prompt of what comes next when that is
    not in the notebook. `again`: the step had run before."""
    lines, prompt, announced = advice(state, cell, step, again), [], state.progress.announced
    if step is not None and step is state.last_step and _as_planned(cell, step) and step.number not in announced:
        announced.add(step.number)
        prompt = prompt_after(state, step)
    show_message(*lines, announced=prompt)


def _as_planned(cell: ExecutedCell, step: Step) -> bool:
    """Whether something of the step ran, and failed just when that is planned."""
    return bool(body(cell.source)) and (cell.error is not None) is step.raises


def advice(state: ClassState, cell: ExecutedCell, step: Step | None, again: bool) -> list[str]:
    """The lines that `advise` shows."""
    if step is None and cell.step is not None and state.progress.chapter.find_anywhere(cell.step) is None:
        return _foreign_header(state.progress.chapter, step_of(cell.source) or cell.step)
    if step is not None and not body(cell.source):
        return [
            f"{step.number} · {step.prompt}",
            f"{step.number} is still to be typed: write it below the line, or run `%next` for the code.",
        ]
    if cell.error is not None:
        return _after_error(state, cell, step)
    if step is None:
        return _overwritten(state.progress, state.shell.user_ns, cell)
    if step.raises:
        return _did_not_fail(state, step)
    return _gap(state, step) or (_again(state, step) if again else [])


def _foreign_header(chapter: Chapter, number: str) -> list[str]:
    if not chapter.number:
        return [f"Step {number} is not of {chapter.called}. A notebook of another version? See `%where`."]
    if number.split(".")[0] != str(chapter.number):
        return [
            f"Step {number} is not of chapter {chapter.number}, which is open. `%chapter {number.split('.')[0]}` opens its own."
        ]
    last = chapter.steps[-1].number
    return [
        f"Chapter {chapter.number} has no step {number}: it ends with {last}. A notebook of another version? See `%where`."
    ]


def _after_error(state: ClassState, cell: ExecutedCell, step: Step | None) -> list[str]:
    """Which earlier step is missing, or whose name was overwritten; nothing when neither explains the error."""
    progress, chapter = state.progress, state.progress.chapter
    position = chapter.position(step.number) if step else progress.position + 1
    if cell.missing_name:
        source = step_names.defining_step(chapter, cell.missing_name, position)
        if source is None:
            return []
        progress.reported_missing |= {s.number for s in chapter.steps[:position]}
        back = chapter.steps[position - 1].number
        why = "which has not run in this kernel"
        if source.number in progress.ran_here:
            why = "and is gone: deleted, or typed under another name"
        return [
            f"`{cell.missing_name}` comes from {source.number}, {why}. "
            f"`%catchup {back}` runs everything up to {back}; then run this cell again."
        ]
    if step is not None and step.raises:
        return []
    changed = sorted(step_names.refs(cell.source) & progress.overwritten.keys())
    if not changed:
        return []
    back = chapter.steps[position - 1].number
    return [f"{_whose(progress, changed)}. `%catchup {back}` puts it right; then run this cell again."]


def _whose(progress: ChapterProgress, changed: list[str]) -> str:
    parts = [f"`{name}` is no longer what {progress.overwritten[name]} made of it" for name in changed]
    return f"{listed(parts)}: another cell has overwritten {'it' if len(changed) == 1 else 'them'}"


def _overwritten(progress: ChapterProgress, namespace: dict[str, object], cell: ExecutedCell) -> list[str]:
    """Says it once, when a cell of no step has made another kind of thing of a name that a later step needs."""
    lines = []
    for name in progress.changed_values(cell.source, namespace):
        source = step_names.defining_step(progress.chapter, name, progress.position + 1)
        user = step_names.next_use(progress.chapter, name, progress.position + 1)
        if source is None or user is None or name in progress.overwritten:
            continue
        progress.overwritten[name] = source.number
        lines.append(
            f"This cell has overwritten `{name}`, which {source.number} made and {user.number} needs. "
            f"Put it right with `%next {source.number}`, or with `%catchup {progress.saved.last_step}`."
        )
    return lines


def _did_not_fail(state: ClassState, step: Step) -> list[str]:
    progress, causes = state.progress, changed_causes(state, step)
    if not causes:
        return [f"{step.number} was planned to fail, and ran. Say so, and go on: `%next`."]
    if len(causes) == 1:
        how = "was typed in another way" if causes[0].number in progress.ran_here else "has not run"
        why, back = f"the mistake in {causes[0].number}, which {how}", f"`%next {causes[0].number}`, run it"
    else:
        before = progress.chapter.steps[progress.chapter.position(step.number) - 1].number
        why, back = f"{numbers(causes)}, which did not run as planned", f"`%catchup {before}`"
    return [
        f"{step.number} was planned to fail, and ran: it counts on {why}. "
        f"For the failure: {back}, then this cell again. To go on without it: `%next`."
    ]


def _gap(state: ClassState, step: Step) -> list[str]:
    """Steps before this one that this kernel has not run, said once."""
    progress, chapter = state.progress, state.progress.chapter
    gap = [earlier for earlier in not_run(state, step) if earlier.number not in progress.reported_missing]
    if not gap:
        return []
    progress.reported_missing |= {earlier.number for earlier in gap}
    wanted = missed(state, gap, filter(state.planned, chapter.steps[chapter.position(step.number) :]))
    # What the plan leaves out is missed only where something comes of it.
    gap = [earlier for earlier in gap if state.planned(earlier) or earlier in wanted.values()]
    if not gap:
        return []
    what = "Not run in this kernel" if any(progress.saved.run_counts.get(each.number) for each in gap) else "Skipped"
    if not wanted:
        them = "it" if len(gap) == 1 else "them"
        return [
            f"{what}: {numbers(gap)}. Nothing later needs {them}; `%next {gap[0].number}` if you want {them} after all."
        ]
    some = [f"`{name}`" for name in list(wanted)[:4]] + (["more"] if len(wanted) > 4 else [])
    one = f"`%next {gap[0].number}` to type it now, or " if len(gap) == 1 else ""
    return [f"{what}: {numbers(gap)}. Later steps need {listed(some)} from there: {one}`%catchup {step.number}`."]


def _again(state: ClassState, step: Step) -> list[str]:
    progress, chapter = state.progress, state.progress.chapter
    if chapter.position(step.number) < progress.position:
        after = chapter.position(step.number) + 1
        remade = {}
        for name in sorted(step_names.defs_of(step)):
            last = step_names.defining_step(chapter, name, progress.position + 1)
            if last is not None and chapter.position(last.number) >= after:
                remade[name] = last.number
        if remade:
            what = listed([f"`{name}` (last made by {number})" for name, number in remade.items()])
            return [
                f"{step.number} ran again and took {what} back. `%catchup {progress.saved.last_step}` puts it right."
            ]
        following = state.next_step()
        onward = f" `%next` gives {following.number}." if following else ""
        return [f"{step.number} ran again. The class stands at {progress.saved.last_step}.{onward}"]
    twice = sorted(step_names.refs(step.source) & step_names.defs_of(step))
    if twice:
        what = listed([f"`{name}`" for name in twice])
        return [
            f"{step.number} ran twice, and builds on its own result ({what}). `%catchup {step.number}` puts it right."
        ]
    return []

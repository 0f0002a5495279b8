"""What to say after a cell has run: nothing, unless something went another way than planned and there is a way on."""

import re

from resnet_live.live import step_names
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Step, step_of
from resnet_live.live.kernel.capture import CellRun
from resnet_live.live.kernel.class_state import Room
from resnet_live.live.kernel.display import listed, numbers, tell
from resnet_live.live.kernel.planned_mistakes import slip_before


def advise(room: Room, run: CellRun, step: Step | None, again: bool) -> None:
    """Show at most one piece of advice about `run`, a cell of `step` (None: of no step). `again`: the step had run before."""
    tell(*advice(room, run, step, again))


def advice(room: Room, run: CellRun, step: Step | None, again: bool) -> list[str]:
    """The lines that `advise` shows."""
    if step is None and run.step is not None:
        return _foreign_header(room, run)
    if step is not None and not body(run.source):
        return [f"{step.number} is still to be typed: write it below the line, or run `%next` for the code."]
    if run.error is not None:
        return _after_error(room, run, step)
    if step is None:
        return _overwritten(room, run)
    if step.raises:
        return _did_not_fail(room, step)
    return _gap(room, step) or _again(room, step, again)


def _foreign_header(room: Room, run: CellRun) -> list[str]:
    chapter = room.chapter
    number = step_of(run.source) or run.step
    if number.split(".")[0] != str(chapter.number):
        return [
            f"Step {number} is not of chapter {chapter.number}, which is open. `%chapter {number.split('.')[0]}` opens its own."
        ]
    last = chapter.steps[-1].number
    return [
        f"Chapter {chapter.number} has no step {number}: it ends with {last}. A notebook of another version? See `%where`."
    ]


def _after_error(room: Room, run: CellRun, step: Step | None) -> list[str]:
    """Which earlier step is missing, or whose name was overwritten; nothing when neither explains the error."""
    position = room.chapter.position(step.number) if step else room.position + 1
    missing = re.search(r"name '(\w+)' is not defined", run.message) if run.error == "NameError" else None
    if missing:
        source = step_names.defining_step(room.chapter, missing[1], position)
        if source is None:
            return []
        room.known.told_skipped |= {s.number for s in room.chapter.steps[:position]}
        back = room.chapter.steps[position - 1].number
        why = "which has not run in this kernel"
        if source.number in room.alive:
            why = "and is gone: deleted, or typed under another name"
        return [
            f"`{missing[1]}` comes from {source.number}, {why}. "
            f"`%catchup {back}` runs everything up to {back}; then run this cell again."
        ]
    if step is not None and step.raises:
        return []
    changed = sorted(step_names.refs(run.source) & room.known.changed.keys())
    if not changed:
        return []
    back = room.chapter.steps[position - 1].number
    return [f"{_whose(room, changed)}. `%catchup {back}` puts it right; then run this cell again."]


def _whose(room: Room, changed: list[str]) -> str:
    parts = [f"`{name}` is no longer what {room.known.changed[name]} made of it" for name in changed]
    return f"{listed(parts)}: another cell has overwritten {'it' if len(changed) == 1 else 'them'}"


def _overwritten(room: Room, run: CellRun) -> list[str]:
    """Says it once, when a cell of no step has made another kind of thing of a name that a later step needs."""
    lines = []
    for name in room.overwritten(run.source):
        source = step_names.defining_step(room.chapter, name, room.position + 1)
        user = step_names.next_use(room.chapter, name, room.position + 1)
        if source is None or user is None or name in room.known.changed:
            continue
        room.known.changed[name] = source.number
        lines.append(
            f"This cell has overwritten `{name}`, which {source.number} made and {user.number} needs. "
            f"Put it right with `%next {source.number}`, or with `%catchup {room.last_step.number}`."
        )
    return lines


def _did_not_fail(room: Room, step: Step) -> list[str]:
    slip = slip_before(room, step)
    if slip is None or room.ran_as_planned(slip):
        return [f"{step.number} was planned to fail, and ran. Say so, and go on: `%next`."]
    how = "was typed in another way" if slip.number in room.alive else "has not run"
    return [
        f"{step.number} was planned to fail, and ran: it counts on the slip in {slip.number}, which {how}. "
        f"For the failure: `%next {slip.number}`, run it, then this cell again. To go on without it: `%next`."
    ]


def _gap(room: Room, step: Step) -> list[str]:
    """Steps before this one that this kernel has not run, said once."""
    position = room.chapter.position(step.number)
    gap = [
        earlier
        for earlier in room.chapter.steps[:position]
        if earlier.number not in room.alive and earlier.number not in room.known.told_skipped
    ]
    if not gap:
        return []
    room.known.told_skipped |= {earlier.number for earlier in gap}
    wanted = []
    for later in room.chapter.steps[position:]:
        for name in sorted(step_names.refs(later.source)) if room.planned(later) else ():
            if name in wanted or name in room.shell.user_ns:
                continue
            if step_names.defining_step(room.chapter, name, position) in gap and step_names.next_use(
                room.chapter, name, position
            ):
                wanted.append(name)
    what = "Not run in this kernel" if any(room.standing.ran.get(each.number) for each in gap) else "Skipped"
    if not wanted and not any(map(room.planned, gap)):
        return []  # the plan leaves them out
    if not wanted:
        them = "it" if len(gap) == 1 else "them"
        return [
            f"{what}: {numbers(gap)}. Nothing later needs {them}; `%next {gap[0].number}` if you want {them} after all."
        ]
    some = [f"`{name}`" for name in wanted[:4]] + (["more"] if len(wanted) > 4 else [])
    one = f"`%next {gap[0].number}` to type it now, or " if len(gap) == 1 else ""
    return [f"{what}: {numbers(gap)}. Later steps need {listed(some)} from there: {one}`%catchup {step.number}`."]


def _again(room: Room, step: Step, again: bool) -> list[str]:
    if not again:
        return []
    chapter, place = room.chapter, room.last_step
    if chapter.position(step.number) < room.position:
        after = chapter.position(step.number) + 1
        remade = {}
        for name in sorted(step_names.defs_of(step)):
            last = step_names.defining_step(chapter, name, room.position + 1)
            if last is not None and chapter.position(last.number) >= after:
                remade[name] = last.number
        if remade:
            what = listed([f"`{name}` (last made by {number})" for name, number in remade.items()])
            return [f"{step.number} ran again and took {what} back. `%catchup {place.number}` puts it right."]
        following = room.next_step()
        onward = f" `%next` gives {following.number}." if following else ""
        return [f"{step.number} ran again. The class stands at {place.number}.{onward}"]
    twice = sorted(step_names.refs(step.source) & step_names.defs_of(step))
    if twice:
        what = listed([f"`{name}`" for name in twice])
        return [
            f"{step.number} ran twice, and builds on its own result ({what}). `%catchup {step.number}` puts it right."
        ]
    return []

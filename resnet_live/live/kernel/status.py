"""Where a class stands, in words."""

from resnet_live.live.kernel import environment
from resnet_live.live.kernel.class_state import Room
from resnet_live.live.kernel.display import minutes, numbers


def whereabouts(room: Room) -> list[str]:
    """The lines of %where: place, clock, next step, what was skipped, failed, repeated or overwritten, images, device."""
    chapter, last, following = room.the_chapter(), room.last_step, room.next_step()
    lines = []
    if last is None:
        lines.append(
            f"Chapter {chapter.number} · {chapter.title}: nothing has run yet. First comes {following.number}."
        )
    else:
        onward = (
            f"Next: {following.number} · {following.prompt}" if following else f"That is the last step {of_what(room)}"
        )
        lines += [f"The class stands at {last.number}: {clock(room)}.", onward]
        if not room.alive:
            lines.append(restarted(room))
    if skipped := room.skipped():
        lines.append(f"Skipped: {numbers(skipped)}.")
    steps = chapter.steps
    if caught := [step for step in steps if step.number in room.standing.caught]:
        lines.append(f"Run by `%catchup` only: {numbers(caught)}.")
    if failed := [step for step in steps if step.number in room.standing.failed]:
        lines.append(f"Failed when last run: {numbers(failed)}. `%next {failed[0].number}` gives the planned code.")
    if twice := [step for step in steps if room.standing.ran.get(step.number, 0) > 1]:
        lines.append(f"Run more than once: {numbers(twice)}.")
    for name, number in room.known.changed.items():
        lines.append(f"`{name}` is no longer what {number} made of it: `%catchup {last.number}` puts it right.")
    return [*lines, f"{environment.images()}.", f"{environment.machine()}."]


def of_what(room: Room) -> str:
    """What the class has come to the end of, and how it goes on: "of chapter 2. On: `%chapter 3`"."""
    number = room.chapter.number
    if room.plan is None:
        return f"of chapter {number}. On: `%chapter {number + 1}`"
    later = [step.split(".")[0] for step in room.plan if int(step.split(".")[0]) > number]
    onward = f"On: chapter {later[0]}, in its own live notebook" if later else "That is the end of the session"
    return f"of the plan in chapter {number}. {onward}."


def restarted(room: Room) -> str:
    """What to do in a kernel that knows the class's place but has run none of its steps."""
    number = room.last_step.number
    return f"The kernel was restarted: names are gone. Stand where the class stands with `%catchup {number}`."


def clock(room: Room) -> str:
    """Minutes used and planned: "14 min after the start, planned 12: 2 late"."""
    used = room.minutes_used
    if used is None:
        return "the clock starts with the first step after the set-up"
    planned = room.minutes_planned
    late = used - planned
    says = "in time" if abs(late) < 1 else f"{minutes(abs(late))} {'late' if late > 0 else 'early'}"
    return f"{minutes(used)} min after the start, planned {minutes(planned)}: {says}"

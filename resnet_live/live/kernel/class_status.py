"""Where a class is, in words: place, clock, what was skipped or failed, what it runs on."""

from resnet_live.live.kernel import environment
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.display import minutes, numbers
from resnet_live.live.pages.session_chapter import SessionChapter


def status_lines(state: ClassState) -> list[str]:
    """The lines of %where: place, clock, next step, what was skipped, failed, repeated or overwritten, images, device.

    Raises LiveError without a chapter.
    """
    progress, following = state.progress, state.next_step()
    chapter, saved, last = progress.chapter, progress.saved, progress.last_step
    lines = []
    if last is None:
        first = (following or chapter.steps[0]).number
        lines.append(f"{chapter.heading}: nothing has run yet. First comes {first}.")
    else:
        onward = (
            f"Next: {following.number} · {following.prompt}" if following else f"That is the last step {of_what(state)}"
        )
        lines += [f"The class stands at {last.number}: {clock(state)}.", onward]
        if not progress.ran_here:
            lines.append(restarted(last.number))
    if skipped := state.skipped():
        lines.append(f"Skipped: {numbers(skipped)}.")
    if caught_up := [step for step in filter(state.planned, chapter.steps) if step.number in saved.caught_up]:
        lines.append(f"Run by `%catchup` only: {numbers(caught_up)}.")
    if failed := [step for step in chapter.steps if step.number in saved.failed]:
        lines.append(f"Failed when last run: {numbers(failed)}. `%next {failed[0].number}` gives the planned code.")
    if twice := [step for step in chapter.steps if saved.run_counts.get(step.number, 0) > 1]:
        lines.append(f"Run more than once: {numbers(twice)}.")
    for name, number in progress.overwritten.items():
        lines.append(f"`{name}` is no longer what {number} made of it: `%catchup {saved.last_step}` puts it right.")
    return [*lines, environment.images().sentence, environment.machine().sentence]


def of_what(state: ClassState) -> str:
    """What the class has come to the end of, and how it goes on: "of chapter 2. On: `%chapter 3`"."""
    number = state.progress.chapter.number
    if isinstance(state.chapter, SessionChapter):
        return "of the session."
    if state.plan is None:
        return f"of chapter {number}. On: `%chapter {number + 1}`"
    later = [step.split(".")[0] for step in state.plan if int(step.split(".")[0]) > number]
    onward = f"On: chapter {later[0]}, in its own live notebook" if later else "That is the end of the session"
    return f"of the plan in chapter {number}. {onward}."


def restarted(number: str) -> str:
    """What to do in a kernel that knows that the class is at step `number` but has run none of the steps."""
    return f"The kernel was restarted: names are gone. Stand where the class stands with `%catchup {number}`."


def clock(state: ClassState) -> str:
    """Minutes used and planned: "14 min after the start, planned 12: 2 late".

    Where the session plans a discussion, an exercise or a pause next, the class is in time until that is over.
    """
    used = state.progress.minutes_used
    if used is None:
        return "the clock starts with the first step after the set-up"
    planned, pause = state.minutes_planned, state.minutes_until_next_step
    late = used - planned
    if late > 0:
        late = max(0, late - pause)
    verdict = "in time" if abs(late) < 1 else f"{minutes(abs(late))} {'late' if late > 0 else 'early'}"
    span = f"{minutes(planned)} to {minutes(planned + pause)}" if pause else minutes(planned)
    return f"{minutes(used)} min after the start, planned {span}: {verdict}"

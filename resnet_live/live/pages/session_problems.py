"""What is wrong with a planned session: minutes that do not add up, steps that cannot run in their order."""

from collections import Counter

from resnet_live.live import step_names
from resnet_live.live.pages.session_plan import ChapterItem, ItemKind, Session
from resnet_live.live.pages.session_route import RouteStep, StepMode, route


def problems(session: Session) -> list[str]:
    """All that is wrong with a plan's minutes and order, a sentence each that names the session and what to do."""
    found = _wrong_minutes(session) + _wrong_order(session) + _names_missing(route(session), "")
    for cut in session.cuts:
        if cut.minutes <= 0:
            found.append(f"leaving {', '.join(cut.leave)} wins no time. Leave out something that takes minutes")
        at = f"with {', '.join(cut.leave)} cut, "
        found += _names_missing(route(session, cut.leave, cut.catchup), at)
    return [f"session {session.name}: {problem}." for problem in found]


def _wrong_minutes(session: Session) -> list[str]:
    found = []
    if difference := round(session.planned - session.minutes, 2):
        more = f"{abs(difference):g} {'more' if difference > 0 else 'less'}"
        sums = ", ".join(f"{kind} {session.total(kind):g}" for kind in ItemKind if session.total(kind))
        found.append(
            f"the items take {session.planned:g} minutes, {more} than the session's {session.minutes:g} ({sums}). "
            f"{'Take items out' if difference > 0 else 'Add items'}, or change `minutes`"
        )
    of_steps, of_discussion = session.total(ItemKind.STEPS), session.total(ItemKind.DISCUSSION)
    wanted = session.discussion_share * of_steps
    if of_discussion < wanted:
        found.append(
            f"discussion has {of_discussion:g} minutes; {session.discussion_share:.0%} of the {of_steps:g} minutes of steps "
            f"are {wanted:g}. Add discussion, or leave steps out"
        )
    if session.minutes >= 60 and not session.total(ItemKind.PAUSE):
        found.append(f"{session.minutes:g} minutes without a pause. Add an item `pause`")
    return found


def _wrong_order(session: Session) -> list[str]:
    found: list[str] = []
    last: dict[int, int] = {}  # chapter → position of the furthest step so far
    for item in session.items:
        if not isinstance(item, ChapterItem):
            continue
        chapter = item.chapter
        for step in item.steps:
            position = chapter.position(step.number)
            if position <= last.get(chapter.number, -1):
                after = chapter.steps[last[chapter.number]].number
                found.append(f"step {step.number} comes after {after}. Take a chapter's steps in order, each once")
            last[chapter.number] = max(position, last.get(chapter.number, -1))
    for exercise, times in Counter(item.text for item in session.items if item.kind is ItemKind.EXERCISE).items():
        if times > 1:
            found.append(f"exercise {exercise} is planned {times} times")
    return found


def _names_missing(stops: list[RouteStep], at: str) -> list[str]:
    """A problem for each name that a step needs and that no step on the way has made, though a step left out does."""
    found: list[str] = []
    made: dict[int, set[str]] = {}  # chapter → names that there are in its kernel
    for stop in stops:
        known = made.setdefault(stop.chapter.number, set())
        if stop.mode is StepMode.CATCHUP:
            known.clear()  # a fresh start, and nothing is left out on the way
        else:
            found += [f"{at}{problem}" for problem in _needs(stop, known)]
        known.update(*(step_names.defs_of(step) for step in stop.executed))
    return found


def _needs(stop: RouteStep, known: set[str]) -> list[str]:
    step, before = stop.step, stop.chapter.steps[: stop.chapter.position(stop.step.number)]
    found = []
    for name in sorted(step_names.refs(step.source) - known):
        makers = [other for other in before if name in step_names.defs_of(other)]
        if makers:
            found.append(
                f"step {step.number} needs {name}, which {makers[-1].number} makes. Take {makers[-1].number} as "
                f'well, or put `catchup = "{before[-1].number}"` before it'
            )
    return found

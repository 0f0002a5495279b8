"""Planned sessions: which steps of which chapters are taken in what order, with exercises, pauses and discussion, minute by minute.

A plan is a file `sessions/NAME.toml`:

    title = "From pooling to the residual block"
    minutes = 90                       # the length of the session
    summary = "One sentence for the instructor."
    discussion_share = 0.25            # at least this much discussion for each minute of steps
    replay = "replay_NAME"             # optional: the page of a recording in book/instructor
    before = ["What must be ready."]   # optional

    [[item]]                           # the timeline, in order; an item is one of:
    steps = "2.1-2.2, 2.10"            # steps of one chapter; their minutes are the chapter's
    [[item]]
    catchup = "8.7"                    # `%catchup 8.7`: what was left out is run, not typed
    minutes = 1
    [[item]]
    exercise = "2.3"                   # with the exercise's own minutes; fewer `minutes`: begun in class
    [[item]]
    discussion = "What to ask."        # or `talk = "…"`, or `pause = "…"`
    minutes = 3

    [[cut]]                            # what to leave out when it is late
    leave = "2.28-2.30"                # steps of the plan, or an exercise: leave = "exercise 6.2"
    catchup = "2.30"                   # optional: how to stand where the class then stands
    say = "What is lost."

Any item may have a `note`: what to say or to watch.
"""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, LiveError, Step, book_folder, read_chapters

KINDS = ("steps", "catchup", "exercise", "discussion", "talk", "pause")
# Less than this, and no question can be answered without falling behind.
DISCUSSION_SHARE = 0.25

_KEYS = {"title", "minutes", "summary", "discussion_share", "replay", "before", "item", "cut"}
_RANGE = re.compile(r"(\d+)\.(\d+)(?:\s*[-–]\s*(\d+)\.(\d+))?$")


@dataclass(frozen=True)
class Item:
    """One entry of the timeline.

    `kind`: one of `KINDS`; `text`: what stands in the file behind it; `minutes`: how long; `note`: what to say; `chapter` and
    `steps` of an item of kind "steps" (and of "catchup": the one step that is caught up to); `full`: an exercise's own minutes.
    """

    kind: str
    text: str
    minutes: float
    note: str = ""
    chapter: Chapter | None = None
    steps: tuple[Step, ...] = ()
    full: float = 0


@dataclass(frozen=True)
class Cut:
    """What may be left out: `leave`, numbers of steps or ids of exercises ("exercise 6.2"); `minutes` won; `catchup`, a step or ""."""

    leave: tuple[str, ...]
    minutes: float
    catchup: str
    say: str


@dataclass(frozen=True)
class Taken:
    """A step on the way through a session. `how`: "setup" (before class), "typed" (or shown, in class), "catchup" (run unseen)."""

    chapter: Chapter
    step: Step
    how: str


@dataclass(frozen=True)
class Session:
    """A planned session; `name` is the file's, `minutes` its length, `items` the timeline in order."""

    name: str
    title: str
    minutes: float
    summary: str
    items: tuple[Item, ...]
    cuts: tuple[Cut, ...] = ()
    before: tuple[str, ...] = ()
    replay: str = ""
    discussion_share: float = DISCUSSION_SHARE
    file: Path = field(default=Path(), compare=False)

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """The chapters of which steps are taken, in the order in which they are."""
        return tuple({item.chapter.number: item.chapter for item in self.items if item.chapter}.values())

    @property
    def planned(self) -> float:
        """Minutes of all items together."""
        return sum(item.minutes for item in self.items)

    def total(self, kind: str) -> float:
        """Minutes of all items of a kind."""
        return sum(item.minutes for item in self.items if item.kind == kind)

    def timeline(self) -> list[tuple[float, Item]]:
        """(minute at which it begins, item)."""
        minute, found = 0.0, []
        for item in self.items:
            found.append((minute, item))
            minute += item.minutes
        return found

    def begins(self, what: str) -> float | None:
        """The minute at which a step ("2.7") or an exercise ("exercise 2.3") begins; None when it is not in the plan."""
        for minute, item in self.timeline():
            if item.kind == "exercise" and what == f"exercise {item.text}":
                return minute
            if item.kind != "steps":
                continue
            for step in item.steps:
                if step.number == what:
                    return minute
                minute += step.minutes
        return None


def sessions_folder() -> Path:
    """The folder of the plans, `sessions` beside the folder of the chapters. Raises LiveError when there is none."""
    folder = book_folder().parent / "sessions"
    if not folder.is_dir():
        raise LiveError(f"There is no folder {folder}. Work in a copy of the course's repository.")
    return folder


def read_sessions(folder: Path | None = None, chapters: list[Chapter] | None = None) -> list[Session]:
    """All plans of `folder` (default: `sessions_folder()`) for `chapters` (default: all), the shortest first. Raises LiveError."""
    chapters = read_chapters() if chapters is None else chapters
    found = [read_session(file, chapters) for file in sorted((folder or sessions_folder()).glob("*.toml"))]
    return sorted(found, key=lambda session: (session.minutes, session.name))


def find_session(name: str, folder: Path | None = None) -> Session:
    """The plan `name`, e.g. "pytorch". Raises LiveError when there is none."""
    folder = folder or sessions_folder()
    file = folder / f"{name}.toml"
    if not file.is_file():
        there = ", ".join(sorted(other.stem for other in folder.glob("*.toml"))) or "none"
        raise LiveError(f"There is no plan {name!r} in {folder}. Plans: {there}.")
    return read_session(file)


def steps(session: Session) -> list[tuple[Chapter, Step]]:
    """What is typed, shown or run in class, in order; before a chapter's first step its set-up, if the plan does not name it."""
    return [(taken.chapter, taken.step) for taken in route(session) if taken.how != "catchup"]


def route(session: Session, leave: tuple[str, ...] = (), catchup: str = "") -> list[Taken]:
    """Every step that is executed, in order, those of a `%catchup` too (they run in a fresh start of their chapter).

    `leave` and `catchup`: with a cut made; the catching up comes where the first left step was.
    """
    found, begun = [], set()
    for item in session.items:
        if item.chapter is None:
            continue
        number = item.chapter.number
        if number not in begun and item.kind == "steps" and item.steps[0].number != f"{number}.0":
            found.append(Taken(item.chapter, item.chapter.steps[0], "setup"))
        begun.add(number)
        if item.kind == "catchup":
            found += _caught_up(item.chapter, item.steps[0].number)
            continue
        for step in item.steps:
            if step.number not in leave:
                found.append(Taken(item.chapter, step, "typed"))
            elif catchup and step.number == leave[0]:
                found += _caught_up(item.chapter, catchup)
    return found


def _caught_up(chapter: Chapter, number: str) -> list[Taken]:
    return [Taken(chapter, step, "catchup") for step in chapter.steps[: chapter.position(number) + 1]]


# ---- what is wrong with a plan ----


def problems(session: Session) -> list[str]:
    """All that is wrong with a plan's minutes and order, a sentence each that names the session and what to do."""
    found = _wrong_minutes(session) + _wrong_order(session) + _names_missing(session, route(session), "")
    for cut in session.cuts:
        if cut.minutes <= 0:
            found.append(f"leaving {', '.join(cut.leave)} wins no time. Leave out something that takes minutes")
        at = f"with {', '.join(cut.leave)} cut, "
        found += _names_missing(session, route(session, cut.leave, cut.catchup), at)
    return [f"session {session.name}: {problem}." for problem in found]


def _wrong_minutes(session: Session) -> list[str]:
    found = []
    if difference := round(session.planned - session.minutes, 2):
        more = f"{abs(difference):g} {'more' if difference > 0 else 'less'}"
        sums = ", ".join(f"{kind} {session.total(kind):g}" for kind in KINDS if session.total(kind))
        found.append(
            f"the items take {session.planned:g} minutes, {more} than the session's {session.minutes:g} ({sums}). "
            f"{'Take items out' if difference > 0 else 'Add items'}, or change `minutes`"
        )
    wanted = session.discussion_share * session.total("steps")
    if session.total("discussion") < wanted:
        found.append(
            f"discussion has {session.total('discussion'):g} minutes; {session.discussion_share:.0%} of the "
            f"{session.total('steps'):g} minutes of steps are {wanted:g}. Add discussion, or leave steps out"
        )
    if session.minutes >= 60 and not session.total("pause"):
        found.append(f"{session.minutes:g} minutes without a pause. Add an item `pause`")
    return found


def _wrong_order(session: Session) -> list[str]:
    found, last = [], {}
    for item in session.items:
        for step in item.steps:
            number, place = item.chapter.number, item.chapter.position(step.number)
            if place <= last.get(number, -1):
                after = item.chapter.steps[last[number]].number
                found.append(f"step {step.number} comes after {after}. Take a chapter's steps in order, each once")
            last[number] = max(place, last.get(number, -1))
    for exercise, times in Counter(item.text for item in session.items if item.kind == "exercise").items():
        if times > 1:
            found.append(f"exercise {exercise} is planned {times} times")
    return found


def _names_missing(session: Session, way: list[Taken], at: str) -> list[str]:
    """A problem for each name that a step needs and that no step on the way has made, though a step left out does."""
    found, have = [], {}
    for taken in way:
        chapter, step = taken.chapter, taken.step
        known = have.setdefault(chapter.number, set())
        if taken.how == "catchup" and step is chapter.steps[0]:
            known.clear()
        position = chapter.position(step.number)
        before = chapter.steps[:position]
        for name in sorted(step_names.refs(step.source) - known):
            makers = [other for other in before if name in step_names.defs_of(other)]
            if makers:
                found.append(
                    f"{at}step {step.number} needs {name}, which {makers[-1].number} makes. Take {makers[-1].number} as "
                    f'well, or put `catchup = "{before[-1].number}"` before it'
                )
        known |= step_names.defs_of(step)
    return found


# ---- reading ----


def read_session(file: Path, chapters: list[Chapter] | None = None) -> Session:
    """Read a plan. Raises LiveError, which names the file, the line or key, and what to do."""
    try:
        plan = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LiveError(f"{file.name} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise LiveError(f"{file.name} is no TOML: {error}. Fix that line.") from error
    chapters = read_chapters() if chapters is None else chapters
    by_number = {chapter.number: chapter for chapter in chapters}
    if unknown := sorted(set(plan) - _KEYS):
        raise LiveError(f"{file.name}: unknown key {unknown[0]!r}. Keys: {', '.join(sorted(_KEYS))}.")
    title, summary = (_wanted(plan, key, str, file.name) for key in ("title", "summary"))
    minutes = _minutes(plan, file.name)
    entries = _wanted(plan, "item", list, file.name)
    items = tuple(_item(entry, f"{file.name}, item {place}", by_number) for place, entry in enumerate(entries, start=1))
    share = plan.get("discussion_share", DISCUSSION_SHARE)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise LiveError(f"{file.name}: discussion_share must be a number from 0 to 1, it is {share!r}.")
    before = plan.get("before", [])
    if not (isinstance(before, list) and all(isinstance(line, str) for line in before)):
        raise LiveError(f"{file.name}: before must be a list of sentences.")
    session = Session(file.stem, title, minutes, summary, items, (), tuple(before), plan.get("replay", ""), share, file)
    cuts = tuple(
        _cut(entry, f"{file.name}, cut {place}", session) for place, entry in enumerate(plan.get("cut", []), start=1)
    )
    return replace(session, cuts=cuts)


def _item(entry: dict, where: str, chapters: dict[int, Chapter]) -> Item:
    if not isinstance(entry, dict):
        raise LiveError(f"{where}: write it as a table, [[item]].")
    kinds = [key for key in entry if key in KINDS]
    if len(kinds) != 1:
        raise LiveError(f"{where}: it needs exactly one of {', '.join(KINDS)}; it has {', '.join(kinds) or 'none'}.")
    if unknown := sorted(set(entry) - {*kinds, "minutes", "note"}):
        raise LiveError(f"{where}: unknown key {unknown[0]!r}. Beside {kinds[0]} it may have minutes and note.")
    kind = kinds[0]
    text, note = _wanted(entry, kind, str, where), entry.get("note", "")
    if kind == "exercise":
        full = _exercise_minutes(text, where)
        minutes = _minutes(entry, where) if "minutes" in entry else full
        if minutes > full:
            raise LiveError(
                f"{where}: exercise {text} takes {full:g} minutes. Give it at most that many, not {minutes:g}."
            )
        return Item(kind, text, minutes, note, full=full)
    if kind == "steps":
        if "minutes" in entry:
            raise LiveError(f"{where}: the minutes of steps stand in the chapter. Take `minutes` out.")
        chapter, taken = _steps(text, where, chapters)
        return Item(kind, text, sum(step.minutes for step in taken), note, chapter, taken)
    minutes = _minutes(entry, where)
    if kind == "catchup":
        chapter, taken = _steps(text, where, chapters)
        if len(taken) != 1:
            raise LiveError(f"{where}: catchup names one step, like '8.7'; it is {text!r}.")
        return Item(kind, text, minutes, note, chapter, taken)
    return Item(kind, text, minutes, note)


def _cut(entry: dict, where: str, session: Session) -> Cut:
    if unknown := sorted(set(entry) - {"leave", "catchup", "say"}):
        raise LiveError(f"{where}: unknown key {unknown[0]!r}. Keys: leave, catchup, say.")
    leave, say, catchup = (
        _wanted(entry, "leave", str, where),
        _wanted(entry, "say", str, where),
        entry.get("catchup", ""),
    )
    by_number = {chapter.number: chapter for chapter in session.chapters}
    if leave.startswith("exercise "):
        left = (leave,)
        won = sum(
            item.minutes for item in session.items if item.kind == "exercise" and leave == f"exercise {item.text}"
        )
    else:
        inside = {step.number: step for item in session.items if item.kind == "steps" for step in item.steps}
        left = tuple(step.number for step in _steps(leave, where, by_number)[1] if step.number in inside)
        won = sum(inside[number].minutes for number in left)
    if not left or session.begins(left[0]) is None:
        raise LiveError(f"{where}: {leave} is not in the plan. Leave out something that is.")
    if catchup:
        _steps(catchup, where, by_number)
    return Cut(left, won, catchup, say)


def _steps(text: str, where: str, chapters: dict[int, Chapter]) -> tuple[Chapter, tuple[Step, ...]]:
    """The chapter and the steps of "2.1-2.3, 2.7"."""
    found: list[Step] = []
    for part in text.split(","):
        match = _RANGE.match(part.strip())
        if not match:
            raise LiveError(f"{where}: {part.strip()!r} names no steps. Write them like '2.7' or '2.1-2.5'.")
        first, last = f"{match[1]}.{match[2]}", f"{match[3] or match[1]}.{match[4] or match[2]}"
        number = int(match[1])
        if number not in chapters:
            raise LiveError(
                f"{where}: there is no chapter {number}. Chapters: {', '.join(map(str, sorted(chapters)))}."
            )
        if first.split(".")[0] != last.split(".")[0] or (found and found[0].number.split(".")[0] != match[1]):
            raise LiveError(f"{where}: {text!r} names two chapters. Make an item for each.")
        chapter = chapters[number]
        try:
            begin, end = chapter.position(first), chapter.position(last)
        except LiveError as error:
            raise LiveError(f"{where}: {error}") from error
        if end < begin:
            raise LiveError(f"{where}: {part.strip()!r} goes backwards.")
        found += chapter.steps[begin : end + 1]
    return chapter, tuple(found)


def _exercise_minutes(exercise: str, where: str) -> float:
    from resnet_live.exercise.registry import UnknownExercise, find  # imports torch

    try:
        return find(exercise).minutes
    except UnknownExercise as error:
        raise LiveError(f"{where}: {error}") from error


def _wanted(entry: dict, key: str, kind: type, where: str):
    value = entry.get(key)
    if not isinstance(value, kind) or not value:
        word = {str: "a text", list: "a list of tables"}[kind]
        raise LiveError(
            f"{where}: {key} must be {word}, " + (f"it is {value!r}." if key in entry else "it is missing.")
        )
    return value


def _minutes(entry: dict, where: str) -> float:
    value = entry.get("minutes")
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        missing = f"it is {value!r}" if "minutes" in entry else "it is missing"
        raise LiveError(f"{where}: minutes must be a number above zero, {missing}.")
    return value

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
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from resnet_live.live.chapter import Chapter, LiveError, Step, book_folder, read_chapters


class ItemKind(StrEnum):
    """What an item of a timeline is; the word is its key in the file."""

    STEPS = "steps"
    CATCHUP = "catchup"
    EXERCISE = "exercise"
    DISCUSSION = "discussion"
    TALK = "talk"
    PAUSE = "pause"


# Less than this, and no question can be answered without falling behind.
DISCUSSION_SHARE = 0.25

_KEYS = {"title", "minutes", "summary", "discussion_share", "replay", "before", "item", "cut"}
_RANGE = re.compile(r"(\d+)\.(\d+)(?:\s*[-–]\s*(\d+)\.(\d+))?$")


@dataclass(frozen=True)
class Item:
    """One entry of the timeline. `text`: what stands in the file behind its kind; `minutes`: how long; `note`: what to say."""

    kind: ItemKind
    text: str
    minutes: float
    note: str


@dataclass(frozen=True)
class ChapterItem(Item):
    """An item of kind STEPS, with the `steps` of `chapter` that it takes, or CATCHUP, with the one step that is caught up to."""

    chapter: Chapter
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ExerciseItem(Item):
    """An item of kind EXERCISE. `full`: the minutes of the whole exercise, of which the class may have fewer."""

    full: float


@dataclass(frozen=True)
class Cut:
    """What may be left out when it is late.

    `leave`: numbers of steps, or an exercise ("exercise 6.2"); `begins`: the minute of the first of them; `minutes`: how many are
    won; `catchup`: the step that the class then catches up to, or ""; `say`: what is lost.
    """

    leave: tuple[str, ...]
    begins: float
    minutes: float
    catchup: str
    say: str


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
        return tuple(
            {item.chapter.number: item.chapter for item in self.items if isinstance(item, ChapterItem)}.values()
        )

    @property
    def planned(self) -> float:
        """Minutes of all items together."""
        return sum(item.minutes for item in self.items)

    def total(self, kind: ItemKind) -> float:
        """Minutes of all items of a kind."""
        return sum(item.minutes for item in self.items if item.kind is kind)

    def timeline(self) -> list[tuple[float, Item]]:
        """(minute at which it begins, item)."""
        minute, found = 0.0, []
        for item in self.items:
            found.append((minute, item))
            minute += item.minutes
        return found

    def step_times(self) -> dict[str, tuple[float, float]]:
        """For each step that is typed or shown, in order, the minutes of the session at which it begins and ends."""
        found = {}
        for minute, item in self.timeline():
            for step in item.steps if isinstance(item, ChapterItem) and item.kind is ItemKind.STEPS else ():
                found[step.number] = minute, minute + step.minutes
                minute += step.minutes
        return found

    def begins(self, what: str) -> float | None:
        """The minute at which a step ("2.7") or an exercise ("exercise 2.3") begins; None when it is not in the plan."""
        for minute, item in self.timeline():
            if item.kind is ItemKind.EXERCISE and what == f"exercise {item.text}":
                return minute
        return self.step_times().get(what, (None, None))[0]


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
    title, summary = _text(plan, "title", file.name), _text(plan, "summary", file.name)
    minutes, entries = _minutes(plan, file.name), plan.get("item")
    if not isinstance(entries, list) or not entries:
        raise LiveError(f"{file.name}: item must be a list of tables, {_instead(plan, 'item')}.")
    items = tuple(
        _item(entry, f"{file.name}, item {number}", by_number) for number, entry in enumerate(entries, start=1)
    )
    share = plan.get("discussion_share", DISCUSSION_SHARE)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise LiveError(f"{file.name}: discussion_share must be a number from 0 to 1, it is {share!r}.")
    before = plan.get("before", [])
    if not (isinstance(before, list) and all(isinstance(line, str) for line in before)):
        raise LiveError(f"{file.name}: before must be a list of sentences.")
    session = Session(file.stem, title, minutes, summary, items, (), tuple(before), plan.get("replay", ""), share, file)
    cuts = tuple(
        _cut(entry, f"{file.name}, cut {number}", session) for number, entry in enumerate(plan.get("cut", []), start=1)
    )
    return replace(session, cuts=cuts)


def _item(entry: dict, where: str, chapters: dict[int, Chapter]) -> Item:
    if not isinstance(entry, dict):
        raise LiveError(f"{where}: write it as a table, [[item]].")
    kinds = [kind for kind in ItemKind if kind in entry]
    if len(kinds) != 1:
        raise LiveError(f"{where}: it needs exactly one of {', '.join(ItemKind)}; it has {', '.join(kinds) or 'none'}.")
    kind = kinds[0]
    if unknown := sorted(set(entry) - {kind, "minutes", "note"}):
        raise LiveError(f"{where}: unknown key {unknown[0]!r}. Beside {kind} it may have minutes and note.")
    text, note = _text(entry, kind, where), entry.get("note", "")
    if kind is ItemKind.EXERCISE:
        full = _exercise_minutes(text, where)
        minutes = _minutes(entry, where) if "minutes" in entry else full
        if minutes > full:
            raise LiveError(
                f"{where}: exercise {text} takes {full:g} minutes. Give it at most that many, not {minutes:g}."
            )
        return ExerciseItem(kind, text, minutes, note, full)
    if kind is ItemKind.STEPS:
        if "minutes" in entry:
            raise LiveError(f"{where}: the minutes of steps stand in the chapter. Take `minutes` out.")
        chapter, taken = _steps(text, where, chapters)
        return ChapterItem(kind, text, sum(step.minutes for step in taken), note, chapter, taken)
    minutes = _minutes(entry, where)
    if kind is ItemKind.CATCHUP:
        chapter, taken = _steps(text, where, chapters)
        if len(taken) != 1:
            raise LiveError(f"{where}: catchup names one step, like '8.7'; it is {text!r}.")
        return ChapterItem(kind, text, minutes, note, chapter, taken)
    return Item(kind, text, minutes, note)


def _cut(entry: dict, where: str, session: Session) -> Cut:
    if unknown := sorted(set(entry) - {"leave", "catchup", "say"}):
        raise LiveError(f"{where}: unknown key {unknown[0]!r}. Keys: leave, catchup, say.")
    leave, say, catchup = _text(entry, "leave", where), _text(entry, "say", where), entry.get("catchup", "")
    by_number = {chapter.number: chapter for chapter in session.chapters}
    if leave.startswith("exercise "):
        left: tuple[str, ...] = (leave,)
        exercises = [item for item in session.items if item.kind is ItemKind.EXERCISE]
        won = sum(item.minutes for item in exercises if leave == f"exercise {item.text}")
    else:
        taken = [step for step in _steps(leave, where, by_number)[1] if session.begins(step.number) is not None]
        left, won = tuple(step.number for step in taken), sum(step.minutes for step in taken)
    begins = session.begins(left[0]) if left else None
    if begins is None:
        raise LiveError(f"{where}: {leave} is not in the plan. Leave out something that is.")
    if catchup:
        _steps(catchup, where, by_number)
    return Cut(left, begins, won, catchup, say)


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


def _text(entry: dict, key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise LiveError(f"{where}: {key} must be a text, {_instead(entry, key)}.")
    return value


def _minutes(entry: dict, where: str) -> float:
    value = entry.get("minutes")
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise LiveError(f"{where}: minutes must be a number above zero, {_instead(entry, 'minutes')}.")
    return value


def _instead(entry: dict, key: str) -> str:
    return f"it is {entry[key]!r}" if key in entry else "it is missing"

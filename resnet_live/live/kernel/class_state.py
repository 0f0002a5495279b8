"""The state of a class in one kernel: the chapter, its place, its clock, and which steps have run."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.cell_text import body, only_commands
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.kernel import saved_state as standing
from resnet_live.live.kernel.capture import CellRun, listen
from resnet_live.live.kernel.saved_state import Standing

LOG = logging.getLogger(__name__)

_current: "Room | None" = None
_left: "Room | None" = None


def current() -> "Room":
    """The room of this kernel. Raises LiveError before `%load_ext resnet_live.live`."""
    if _current is None:
        raise LiveError("Nothing listens yet. Begin with: %load_ext resnet_live.live")
    return _current


def enter(shell) -> "Room":
    """The room of `shell`; the one it had before, when the extension was only loaded anew."""
    global _current, _left
    if _current is not None and _current.shell is not shell:
        leave()
    if _current is None:
        same = _left is not None and _left.shell is shell
        _current, _left = _left if same else Room(shell), None
        _current.listen()
    return _current


def leave() -> None:
    """Stop listening; nothing stays behind in the shell."""
    global _current, _left
    if _current is not None:
        _current.close()
    _current, _left = None, _current


@dataclass
class Known:
    """What is known of one chapter in this kernel.

    `standing`: where the class stands, kept in `file` (None: nowhere); `alive`: the steps that have run in this kernel, with the
    code they were run with; `changed`: names that a cell of no step has overwritten, with the number of the step that had made
    them; `told_skipped`: steps that were said to be missing; `kinds`: what the names that steps made were, roughly.
    """

    standing: Standing
    file: Path | None = None
    alive: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    told_skipped: set[str] = field(default_factory=set)
    kinds: dict[str, tuple] = field(default_factory=dict)


class Room:
    """What is known of the class.

    `chapter`: None before `%chapter`, and `known` what is known of it; `runs`: every cell run, newest last, without cells that
    hold only our own magics; `armed`: the step that a bare `%next` gives, when it is not simply the next; `listeners`: called
    with each CellRun; `watchers`: called, without arguments, when anything may have changed; `advise`: called with room,
    CellRun, its step and whether that step had run before; `now`: the text of the cell that runs now, "" between cells; `plan`:
    the numbers of the steps that a planned session takes, of all its chapters in order; None for whole chapters.
    """

    def __init__(self, shell):
        self.shell = shell
        self.chapter: Chapter | None = None
        self.runs: list[CellRun] = []
        self.listeners: list[Callable[[CellRun], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.advise: Callable[[Room, CellRun, Step | None, bool], None] | None = None
        self.armed: str | None = None
        self.plan: tuple[str, ...] | None = None
        self.remote = None  # the remote control, when there is one
        self.recorder = None  # the recorder, when there has been one
        self.now, self._thread = "", None
        self.known: Known | None = None
        self._before: dict[str, Known] = {}  # by fingerprint: chapters that were open in this kernel
        self._stop: Callable[[], None] | None = None

    def listen(self) -> None:
        """Hear every cell from the next one on."""
        if self._stop is None:
            self._stop = listen(self.shell, self._hear)
            self.shell.events.register("pre_run_cell", self._begins)
            self.shell.events.register("post_run_cell", self._ended)

    def close(self) -> None:
        """Listen no longer."""
        if self._stop is not None:
            self._stop()
        self._stop, self.now = None, ""
        for event, function in (("pre_run_cell", self._begins), ("post_run_cell", self._ended)):
            if function in self.shell.events.callbacks[event]:
                self.shell.events.unregister(event, function)

    def open(self, chapter: Chapter, anew: bool = False) -> bool:
        """Teach `chapter` from now on; returns whether a class of today is taken up that another kernel began.

        `anew`: forget what is on disk. Opening a chapter again that was open in this kernel changes nothing. A class that is
        over, or of another version of the chapter, is not taken up; a kernel that no notebook is known of has no memory.
        """
        if self.chapter is None or self.chapter.number != chapter.number or anew:
            self.armed = None
        self.chapter = chapter  # its notes and prompts may have been edited
        if chapter.fingerprint in self._before and not anew:
            self.known = self._before[chapter.fingerprint]
            return False
        notebook = standing.notebook_of(self.shell)
        file = standing.file_for(notebook, chapter.number) if notebook else None
        found = standing.load(file) if file and not anew else None
        if found and (found.fingerprint != chapter.fingerprint or found.place == chapter.steps[-1].number):
            found = None
        self.known = Known(found or Standing(chapter.number, chapter.fingerprint), file)
        self._before[chapter.fingerprint] = self.known
        return found is not None and found.place is not None

    @property
    def standing(self) -> Standing | None:
        """Where the class stands; None without a chapter."""
        return self.known.standing if self.known else None

    @property
    def alive(self) -> dict[str, str]:
        """The steps of the open chapter that have run in this kernel, with the code they were run with."""
        return self.known.alive if self.known else {}

    # where the class stands

    def the_chapter(self) -> Chapter:
        """The open chapter. Raises LiveError without one."""
        if self.chapter is None:
            raise LiveError("Which chapter? Say for example: %chapter 2")
        return self.chapter

    @property
    def last_step(self) -> Step | None:
        """The step at which the class stands: the furthest that has run. None before the first."""
        if self.chapter is None or self.standing.place is None:
            return None
        return self.chapter.step(self.standing.place)

    @property
    def position(self) -> int:
        """The place of `last_step` in the chapter's steps, -1 before the first."""
        return self.chapter.position(self.standing.place) if self.last_step else -1

    def next_step(self) -> Step | None:
        """The step that comes next; None after the last and without a chapter."""
        if self.chapter is None:
            return None
        if self.armed is not None:
            return self.chapter.step(self.armed)
        return self.planned_from(self.position + 1)

    def planned_from(self, position: int) -> Step | None:
        """The first planned step of the chapter's from `position` on; None after the last."""
        return next(filter(self.planned, self.chapter.steps[position:]), None)

    def planned(self, step: Step) -> bool:
        """Whether the session's plan takes `step`; without a plan, and in a chapter that it does not take, every step is."""
        chapters = {number.split(".")[0] for number in self.plan or ()}
        return step.number in (self.plan or ()) or step.number.split(".")[0] not in chapters

    def skipped(self) -> list[Step]:
        """The planned steps before the class's place that have not run, neither by hand nor by catching up."""
        if self.chapter is None:
            return []
        before = filter(self.planned, self.chapter.steps[: max(0, self.position)])
        return [step for step in before if not self.standing.ran.get(step.number)]

    @property
    def minutes_used(self) -> float | None:
        """Minutes since the first step after the set-up began; None before that."""
        if self.standing is None or self.standing.began is None:
            return None
        return max(0.0, time.time() - self.standing.began) / 60

    @property
    def minutes_planned(self) -> float:
        """Minutes planned from the first step of the class to its place, both included, without steps that the plan leaves out
        or that were only caught up."""
        if self.last_step is None or self.standing.first is None:
            return 0.0
        first = self.chapter.position(self.standing.first)
        steps = self.chapter.steps[first : self.position + 1]
        return sum(step.minutes for step in filter(self.planned, steps) if step.number not in self.standing.caught)

    def busy_elsewhere(self) -> bool:
        """Whether a cell runs now in another thread than the caller's."""
        return bool(self.now) and self._thread != threading.get_ident()

    def ran_as_planned(self, step: Step) -> bool:
        """Whether `step` ran in this kernel with the chapter's code."""
        return self.alive.get(step.number) == body(step.source)

    # what happens

    def step_in(self, run: CellRun) -> Step | None:
        """The step that a cell belongs to: by its header, else by having the same code."""
        if self.chapter is None:
            return None
        if run.step is not None:
            return self.chapter.find(run.step)
        text = body(run.source)
        same = [step for step in self.chapter.steps if body(step.source) == text]
        ahead = [step for step in same if self.chapter.position(step.number) > self.position]
        return (ahead or same[::-1] or [None])[0]

    def stand_at(self, done: list[Step]) -> None:
        """The kernel has just run the steps `done`, from the first on, in a fresh state: that is where the class stands now."""
        alive = {step.number: body(step.source) for step in done}
        self.known = self._before[self.chapter.fingerprint] = Known(self.standing, self.known.file, alive)
        self.standing.caught = [
            step.number
            for step in done
            if step.number in self.standing.caught or not self.standing.ran.get(step.number)
        ]
        self.standing.ran = {step.number: max(1, self.standing.ran.get(step.number, 0)) for step in done}
        self.standing.failed = []
        self.standing.place = done[-1].number if done else None
        for step in done:
            self._remember(step_names.defs_of(step))
        self._save()
        self.tell_watchers()

    def tell_watchers(self) -> None:
        """Something about the room has changed: those who show it may look again."""
        for watcher in list(self.watchers):
            try:
                watcher()
            except Exception:
                LOG.debug("a watcher failed", exc_info=True)

    def overwritten(self, source: str) -> list[str]:
        """Names that `source`, a cell of no step that has just run, made into another kind of thing than a step had left there."""
        found = []
        for name in sorted(step_names.defs(source) & self.known.kinds.keys()):
            if name in self.shell.user_ns and kind_of(self.shell.user_ns[name]) != self.known.kinds[name]:
                found.append(name)
        return found

    def _begins(self, info) -> None:
        if not self.now:
            self.now, self._thread = info.raw_cell, threading.get_ident()

    def _ended(self, result) -> None:
        if result is None or result.info.raw_cell == self.now:
            self.now, self._thread = "", None

    def _hear(self, run: CellRun) -> None:
        if only_commands(run.source):
            self.tell_watchers()
            return
        step = self.step_in(run)
        if step is not None:
            run.step = step.number
        empty = not body(run.source)
        if not empty:
            self.runs.append(run)
        again = step is not None and step.number in self.alive
        if step is not None and not empty:
            self._note(run, step)
        if self.advise is not None and self.chapter is not None:
            try:
                self.advise(self, run, step, again)
            except Exception:
                LOG.debug("no advice", exc_info=True)
        if step is not None and not empty:
            self._remember(step_names.defs_of(step) | step_names.defs(run.source))
        for listener in list(self.listeners) if not empty else ():
            try:
                listener(run)
            except Exception:
                LOG.debug("a listener failed", exc_info=True)
        self.tell_watchers()

    def _note(self, run: CellRun, step: Step) -> None:
        stands = self.standing
        went_well = run.error is None or step.raises
        stands.ran[step.number] = stands.ran.get(step.number, 0) + 1
        for numbers in (stands.failed, stands.caught):
            if step.number in numbers:
                numbers.remove(step.number)
        if not went_well:
            stands.failed.append(step.number)
        if stands.began is None and step.kind != "setup":
            stands.began, stands.first = run.began, step.number
        if went_well:
            self.alive[step.number] = body(run.source)
            if self.chapter.position(step.number) > self.position:
                stands.place = step.number
            if self.armed and self.chapter.position(step.number) >= self.chapter.position(self.armed):
                self.armed = None
        self._save()

    def _remember(self, made: frozenset[str]) -> None:
        for name in made:
            if name in self.shell.user_ns:
                self.known.kinds[name] = kind_of(self.shell.user_ns[name])
                self.known.changed.pop(name, None)

    def _save(self) -> None:
        if self.known.file is not None:
            standing.save(self.standing, self.known.file)


def kind_of(value: Any) -> tuple:
    """What a later step relies on, roughly: the type, and the shape or length of a value that has one."""
    size = None
    try:
        if isinstance(value, str | bytes | list | tuple | dict | set):
            size = len(value)
        elif hasattr(value, "shape"):
            size = str(value.shape), str(getattr(value, "dtype", ""))
    except Exception:  # an object of the user's may do anything here
        size = None
    return type(value).__module__, type(value).__qualname__, size

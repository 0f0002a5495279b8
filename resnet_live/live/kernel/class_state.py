"""The state of a class in one kernel: the open chapter and how far it is, the cells that have run, who follows them."""

import logging
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from resnet_live.live import step_names
from resnet_live.live.cell_text import body, only_commands
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.kernel import saved_state
from resnet_live.live.kernel.capture import ExecutedCell, capture
from resnet_live.live.kernel.chapter_progress import ChapterProgress
from resnet_live.live.kernel.saved_state import SavedState
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import Item

LOG = logging.getLogger(__name__)

Advise = Callable[["ClassState", ExecutedCell, Step | None, bool], None]


class ClassBoard(Protocol):
    """What `%share` opens. `shared_board.SharedBoard` is one. `log`: the cells that it shows."""

    settings: Any
    log: Any

    def ask(self, **asked: Any) -> dict:
        """Say something to its server, and have the answer. Raises LiveError."""

    def open_vote(self, question: Any) -> dict:
        """Open a vote. Raises LiveError."""

    def forget_last(self) -> None:
        """Take the last cell off it."""

    def leave(self) -> None:
        """Follow the class no longer; the board stays."""

    def close(self) -> None:
        """End it."""


class SessionRecorder(Protocol):
    """What `%record` speaks to; the methods return a sentence for the screen. `session_log.Recorder` is one."""

    @property
    def on(self) -> bool:
        """Whether it records now."""

    def start(self) -> str:
        """Begin. Raises LiveError when nothing can be written."""

    def stop(self) -> str:
        """End."""

    def status(self) -> str:
        """How it goes."""

    def forget(self) -> bool:
        """Drop the last cell; whether there was one. Raises LiveError when the file cannot be written."""


_current: "ClassState | None" = None
_detached: "ClassState | None" = None


def attached() -> "ClassState | None":
    """The state of the class in this kernel; None before `%load_ext resnet_live.live`."""
    return _current


def current() -> "ClassState":
    """The state of the class in this kernel. Raises LiveError before `%load_ext resnet_live.live`."""
    if _current is None:
        raise LiveError("Cells are not followed yet. Begin with: %load_ext resnet_live.live")
    return _current


def attach(shell: InteractiveShell) -> "ClassState":
    """The state of the class in `shell`, from now on kept up to date; the one it had, when the extension was only loaded anew."""
    global _current, _detached
    if _current is not None and _current.shell is not shell:
        detach()
    if _current is None:
        same = _detached is not None and _detached.shell is shell
        _current, _detached = (_detached if same else None) or ClassState(shell), None
        _current.start()
    return _current


def detach() -> None:
    """Follow the cells no longer; nothing stays behind in the shell."""
    global _current, _detached
    if _current is not None:
        _current.stop()
    _current, _detached = None, _current


class ClassState:
    """What is known of the class in `shell`.

    `cells`: every cell run, newest last, without cells that hold only our own commands; `queued_step`: the number of the step that
    a bare `%next` gives, when it is not simply the next; `given_step`: that of the step which a command has put into a cell, until a
    cell has run; `listeners`: called with each ExecutedCell; `watchers`: called, without
    arguments, when anything may have changed; `advise`: called with this state, an ExecutedCell, its step and whether that step
    had run before; `running`: the text of the cell that runs now, "" between cells; `plan`: the numbers of the steps that a planned
    session takes, of all its chapters in order, None for whole chapters; `plan_name`: that session's, ""
    when it has none; `plan_times`: the minutes of the session at which these begin
    and end, in the session's order; `agenda_item`: the exercise, discussion or pause that was shown since the last step; `board`
    and `recorder`: when there are such.
    """

    def __init__(self, shell: InteractiveShell):
        self.shell = shell
        self.cells: list[ExecutedCell] = []
        self.listeners: list[Callable[[ExecutedCell], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.advise: Advise | None = None
        self.queued_step: str | None = None
        self.given_step: str | None = None
        self.plan: tuple[str, ...] | None = None
        self.plan_name = ""
        self.plan_times: dict[str, tuple[float, float]] = {}
        self.agenda_item: Item | None = None
        self.board: ClassBoard | None = None
        self.recorder: SessionRecorder | None = None
        self.running = ""
        self._without_chapter = saved_state.new_class_id()
        self._thread: int | None = None
        self._progress: ChapterProgress | None = None
        self._opened: dict[str, ChapterProgress] = {}  # by fingerprint: chapters that were open in this kernel
        self._stop_capture: Callable[[], None] | None = None

    def start(self) -> None:
        """Follow every cell from the next one on."""
        if self._stop_capture is None:
            self._stop_capture = capture(self.shell, self._executed)
            self.shell.events.register("pre_run_cell", self._begins)
            self.shell.events.register("post_run_cell", self._ended)

    def stop(self) -> None:
        """Follow them no longer."""
        if self._stop_capture is not None:
            self._stop_capture()
        self._stop_capture, self.running = None, ""
        for event, function in (("pre_run_cell", self._begins), ("post_run_cell", self._ended)):
            if function in self.shell.events.callbacks[event]:
                self.shell.events.unregister(event, function)

    # the open chapter

    def open(self, chapter: Chapter, anew: bool = False) -> bool:
        """Teach `chapter` from now on; returns whether a class of today is taken up that another kernel began.

        `anew`: forget what is on disk. Opening a chapter again that was open in this kernel changes nothing. A class that is
        over, or of another version of the chapter, is not taken up; a kernel that no notebook is known of has no memory.
        """
        if self.chapter is None or self.chapter.number != chapter.number or anew:
            self.queued_step = self.given_step = None
        if chapter.fingerprint in self._opened and not anew:
            self._progress = self._opened[chapter.fingerprint]
            self._progress.chapter = chapter  # its notes and prompts may have been edited
            return False
        notebook = saved_state.notebook_of(self.shell)
        file = saved_state.file_for(notebook, chapter) if notebook else None
        found = saved_state.load(file) if file and not anew else None
        if found and (found.fingerprint != chapter.fingerprint or found.last_step == chapter.steps[-1].number):
            found = None
        saved = found or SavedState(chapter.number, chapter.fingerprint)
        self._progress = self._opened[chapter.fingerprint] = ChapterProgress(chapter, saved, file)
        return saved.last_step is not None

    def opened(self, name: str) -> bool:
        """Whether the chapter or the session called `name` was opened in this kernel."""
        return any(progress.chapter.name == name for progress in self._opened.values())

    @property
    def chapter(self) -> Chapter | None:
        """The open chapter, or session; None before `%chapter`."""
        return self._progress.chapter if self._progress else None

    @property
    def class_id(self) -> str:
        """Tells this class from every other; a restarted kernel that takes the class up has the same."""
        return self._progress.saved.class_id if self._progress else self._without_chapter

    def require_chapter(self) -> Chapter:
        """The open chapter. Raises LiveError without one."""
        return self.progress.chapter

    @property
    def progress(self) -> ChapterProgress:
        """How far the class is in the open chapter. Raises LiveError without one."""
        if self._progress is None:
            raise LiveError("Which chapter? Say for example: %chapter 2")
        return self._progress

    @property
    def last_step(self) -> Step | None:
        """The step at which the class is; None before the first and without a chapter."""
        return self._progress.last_step if self._progress else None

    # what comes next

    def next_step(self) -> Step | None:
        """The step that comes next; None after the last and without a chapter."""
        if self._progress is None:
            return None
        if self.queued_step is not None:
            return self._progress.chapter.step(self.queued_step)
        return self.planned_from(self._progress.position + 1)

    def planned_from(self, position: int) -> Step | None:
        """The first planned step of the chapter from `position` on; None after the last. Raises LiveError without a chapter."""
        return next(filter(self.planned, self.progress.chapter.steps[position:]), None)

    def planned(self, step: Step) -> bool:
        """Whether the session's plan takes `step`; without a plan, and in a chapter that it does not take, every step is."""
        chapters = {number.split(".")[0] for number in self.plan or ()}
        return step.number in (self.plan or ()) or step.number.split(".")[0] not in chapters

    def skipped(self) -> list[Step]:
        """The planned steps before the class's place that have not run, neither by hand nor by catching up."""
        if self._progress is None:
            return []
        before = self._progress.chapter.steps[: max(0, self._progress.position)]
        run_counts = self._progress.saved.run_counts
        return [step for step in filter(self.planned, before) if not run_counts.get(step.number)]

    @property
    def minutes_planned(self) -> float:
        """Minutes planned from the first step of the class to its place, both included, without steps that the plan leaves out
        or that were only caught up. A session's exercises, discussions and pauses between them count."""
        caught_up, timed = self.progress.saved.caught_up, self._timed()
        steps = timed or filter(self.planned, self.progress.timed_steps)
        of_steps = sum(step.minutes for step in steps if step.number not in caught_up)
        if not timed:
            return of_steps
        begins, ends = self.plan_times[timed[0].number][0], self.plan_times[timed[-1].number][1]
        return ends - begins - sum(step.minutes for step in timed if step.number in caught_up)

    @property
    def minutes_until_next_step(self) -> float:
        """Minutes that the session plans between the class's place and the next step: for an exercise, a discussion, a pause."""
        timed, times = self._timed(), list(self.plan_times.items())
        for (number, (_, ends)), (_, (begins, _)) in pairwise(times):
            if timed and number == timed[-1].number:
                return begins - ends
        return 0

    def _timed(self) -> list[Step]:
        """The steps of the session from the class's first to its place, both included; none without a session."""
        return [step for step in self.progress.timed_steps if step.number in self.plan_times]

    def busy_elsewhere(self) -> bool:
        """Whether a cell runs now in another thread than the caller's."""
        return bool(self.running) and self._thread != threading.get_ident()

    # what happens

    def record_catch_up(self, done: list[Step], kept: Sequence[Step] = ()) -> None:
        """This kernel has just run the steps `done` in a fresh state; before them it had run those that are `kept`."""
        self.queued_step = self.given_step = None
        self.progress.record_catch_up(done, self.shell.user_ns, kept)
        self.notify_watchers()

    def notify_watchers(self) -> None:
        """Something has changed: those who show it may look again."""
        for watcher in list(self.watchers):
            try:
                watcher()
            except Exception:
                LOG.debug("a watcher failed", exc_info=True)

    def _begins(self, info: ExecutionInfo) -> None:
        if not self.running:
            self.running, self._thread = info.raw_cell, threading.get_ident()

    def _ended(self, result: ExecutionResult | None) -> None:
        if result is None or result.info.raw_cell == self.running:
            self.running, self._thread = "", None

    def _executed(self, cell: ExecutedCell) -> None:
        if only_commands(cell.source):
            self.notify_watchers()
            return
        progress, empty = self._progress, not body(cell.source)
        step = progress.step_of_cell(cell) if progress else None
        again = progress is not None and step is not None and step.number in progress.ran_here
        if step is not None:
            cell.step = step.number
        if isinstance(self.chapter, SessionChapter):
            at = step or self.last_step or self.chapter.steps[0]
            cell.chapter = self.chapter.part_of(at.number).name
        if not empty:
            self.cells.append(cell)
            self.agenda_item = self.given_step = None
        if progress is not None and step is not None and not empty:
            self._record(cell, step, progress)
        if self.advise is not None and progress is not None:
            try:
                self.advise(self, cell, step, again)
            except Exception:
                LOG.debug("no advice", exc_info=True)
        if progress is not None and step is not None and not empty:
            names = step_names.defs_of(step) | step_names.defs(cell.source)
            progress.record_values(names, self.shell.user_ns)
        for listener in list(self.listeners) if not empty else ():
            try:
                listener(cell)
            except Exception:
                LOG.debug("a listener failed", exc_info=True)
        self.notify_watchers()

    def _record(self, cell: ExecutedCell, step: Step, progress: ChapterProgress) -> None:
        went_well, position = progress.record_run(cell, step), progress.chapter.position
        if went_well and self.queued_step and position(step.number) >= position(self.queued_step):
            self.queued_step = None

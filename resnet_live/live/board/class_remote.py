"""What the remote control knows and does in the kernel of the class: the step that comes, with code, note and lesson; its buttons."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

from IPython.core.interactiveshell import InteractiveShell

from resnet_live.live.chapter import LiveError, Step, StepKind
from resnet_live.live.kernel.catchup import catch_up
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.class_status import clock, status_lines
from resnet_live.live.kernel.display import about
from resnet_live.live.kernel.planned_mistakes import before_mistake, find_mistake, lesson
from resnet_live.live.pages.agenda_item import item_lines
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import Cut, Item, find_session
from resnet_live.live.planned_fix import planned_fix
from resnet_live.questions import Question, QuestionError, asked_by, chapter_questions

# A button cannot put a cell into the notebook; what it has chosen, `%next` gives.
HOW = "Run `%next` in a new cell of the notebook."


class ClassRemote:
    """The remote control of the class `state`. `press` does what a button says; `view` is what to show, `message` what was said.

    `changed` is called when a button that takes long has said something.
    """

    def __init__(self, state: ClassState, changed: Callable[[], None]):
        self.state, self.message = state, [""]
        self._changed_here = changed
        self._ahead = 0  # how many steps beyond the next one are looked at
        self._chosen = ""  # the step that a button has chosen since the class went on
        self._confirming = False  # whether "catch up" was pressed once and asks
        self._buttons: dict[str, Callable[[], list[str]]] = {
            "next": self._next,
            "peek": self._peek,
            "mistake": self._mistake,
            "check": self._check,
            "where": lambda: status_lines(self.state),
        }

    def moved(self) -> None:
        """The class has gone on: what was said is of the past."""
        self._ahead, self._chosen, self._confirming, self.message = 0, "", False, []

    def press(self, name: str) -> None:
        """Press a button: "next", "peek", "mistake", "check", "catch up" or "where"; others do nothing."""
        confirmed, self._confirming = self._confirming, False
        try:
            lines = self._catch_up(confirmed) if name == "catch up" else self._buttons.get(name, list)()
        except LiveError as error:
            lines = [str(error)]
        if lines:
            self._say(lines)

    def view(self) -> dict:
        """Everything that the remote control shows, for its page."""
        state = self.state
        shown: dict = {"message": self.message, "questions": [], "asks": "", "step": None, "clock": "", "late": []}
        shown["agenda"] = None
        if state.chapter is None:
            return shown | {"place": "No chapter is open. In the notebook: `%chapter 2`"}
        last, step = state.last_step, self._looked_at()
        shown["place"] = f"Done: {last.number} · {last.prompt}" if last else "Nothing has run yet."
        told = clock(state)
        shown["clock"] = told[0].upper() + told[1:]
        shown["late"] = _cuts(state)
        shown["agenda"] = _agenda(state)
        shown["questions"] = [asked(question) for question in _questions(state)]
        if step is None:
            return shown
        head = self._head(step)
        question = _question(step)
        shown["asks"] = question.step if question else ""
        shown["step"] = {
            "head": head,
            "number": step.number,
            "prompt": step.prompt,
            "about": about(step),
            "note": step.note,
            "code": step.source,
            "wrong": self._what_goes_wrong(step),
            "fix": self._fix(step),
        }
        return shown

    # what is shown

    def _looked_at(self) -> Step | None:
        """The step that the page shows: the chosen one, else the one that stands in a cell, else the next; or one ahead of it."""
        here = (self._given if not self._chosen else None) or self.state.next_step()
        if here is None or not self._ahead:
            return here
        steps = self.state.require_chapter().steps[self.state.progress.chapter.position(here.number) :]
        ahead = [step for step in steps if step is here or self.state.planned(step)]
        return ahead[min(self._ahead, len(ahead) - 1)]

    @property
    def _given(self) -> Step | None:
        return self.state.require_chapter().find(self.state.given_step)

    def _head(self, step: Step) -> str:
        if self._ahead:
            return "Looking ahead"
        if self._chosen == step.number:
            return "Chosen"
        return "In the cell" if self.state.given_step == step.number else "Next"

    def _what_goes_wrong(self, step: Step) -> list[str]:
        """Of a planned mistake: what happens, what the class learns from it, and what it counts on."""
        if step.kind is not StepKind.MISTAKE:
            return []
        chapter = self.state.require_chapter()
        planned = "It is planned to fail." if step.raises else "It is planned to run, and be wrong."
        return [planned, *lesson(chapter, step)[1:], *before_mistake(self.state, step)]

    def _fix(self, step: Step) -> str:
        """The code that fixes a planned mistake, "" for other steps."""
        fix = planned_fix(self.state.require_chapter(), step)
        return fix.code if fix else ""

    def _say(self, lines: list[str]) -> None:
        self.message = lines
        self._changed_here()

    # buttons

    def _next(self) -> list[str]:
        state, given = self.state, self._given
        passed = self._chosen or (given.number if given and state.queued_step is None else "")
        step = state.planned_from(state.progress.chapter.position(passed) + 1) if passed else state.next_step()
        if step is None:
            return ["There is no step after this one."]
        return [f"Chosen: {self._choose(step)}. {HOW}"]

    def _choose(self, step: Step) -> str:
        self._ahead, self._chosen, self.state.queued_step = 0, step.number, step.number
        return step.number

    def _peek(self) -> list[str]:
        self.state.require_chapter()
        self._ahead += 1
        step = self._looked_at()
        if step is None:
            return ["There is no step after this one."]
        return [f"Looking ahead at {step.number}; `%next` does not change."]

    def _mistake(self) -> list[str]:
        return [f"Chosen: the mistake {self._choose(find_mistake(self.state))}. {HOW}"]

    def _check(self) -> list[str]:
        self.state.require_chapter()
        if self.state.busy_elsewhere():
            raise LiveError("A cell is running. Check when it is done.")
        self._say(["Checking …"])
        on_main(self.state.shell, self._check_now)
        return []

    def _check_now(self) -> None:
        from resnet_live.live.check.check_step import check_step

        try:
            self._say(check_step(self.state).lines)
        except LiveError as error:
            self._say([str(error)])

    def _catch_up(self, confirmed: bool = False) -> list[str]:
        self.state.require_chapter()
        last = self.state.last_step
        if last is None:
            raise LiveError("Nothing has run yet: there is nothing to catch up with.")
        if self.state.busy_elsewhere():
            raise LiveError("A cell is running. Wait for it, or interrupt the kernel, then catch up.")
        if not confirmed:
            self._confirming = True
            return [f"This runs everything up to {last.number} anew, in a fresh state. Press Catch up again to do it."]
        self._say(["Catching up …"])
        on_main(self.state.shell, lambda: self._catch_up_now(last.number))
        return []

    def _catch_up_now(self, number: str) -> None:
        with _interruptible():
            try:
                lines = catch_up(self.state, number, lambda progress: self._say([progress.sentence]))
            except LiveError as error:
                lines = [str(error)]
        self._say(lines)


def asked(question: Question) -> dict:
    """`question` as the server takes it. A reason whose value only the page knows is left out."""
    whys = ["" if "{" in choice.why else choice.why for choice in question.choices]
    texts = [choice.text for choice in question.choices]
    return {"step": question.step, "ask": question.ask, "choices": texts, "right": question.right, "why": whys}


def _question(step: Step) -> Question | None:
    try:
        return asked_by(step.source) if step.kind is StepKind.PREDICT else None
    except QuestionError:
        return None


def _questions(state: ClassState) -> list[Question]:
    """The questions of the open chapter that the plan takes."""
    steps = [step for step in state.require_chapter().steps if state.planned(step)]
    found: dict[str, Question] = {}
    for number in sorted({int(step.number.split(".")[0]) for step in steps}):
        with suppress(QuestionError):
            found |= chapter_questions(number)
    return [found[step.number] for step in steps if step.number in found]


def _agenda(state: ClassState) -> dict | None:
    """The exercise, discussion or pause of the session that the class is at, or comes to before the next step; None without one."""
    chapter, item = state.chapter, state.agenda_item
    if not isinstance(chapter, SessionChapter):
        return None
    head = "Now" if item else "Before the next step"
    if item is None and state.last_step is not None and state.queued_step is None and state.given_step is None:
        following = chapter.after(state.last_step)
        item = following if isinstance(following, Item) else None
    if item is None:
        return None
    return {"head": head, "lines": item_lines(item), "note": item.note, "minutes": item.minutes}


def _cuts(state: ClassState) -> list[str]:
    """What the plan says may be left out, of what is still to come in the open chapter."""
    if not state.plan_name:
        return []
    used = state.minutes_planned
    cuts = (cut for cut in _planned_cuts(state.plan_name) if cut.begins >= used)
    return [f"{cut.minutes:g} min: {', '.join(cut.leave)}. {cut.say}" for cut in cuts]


@cache
def _planned_cuts(name: str) -> tuple[Cut, ...]:
    """Reading a session reads its chapters: not at every look at the clock."""
    return find_session(name).cuts


def on_main(shell: InteractiveShell, function: Callable[[], None]) -> None:
    """Call `function` in the kernel's main thread, where cells run: at once when this is it, else when no cell runs."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None or threading.current_thread() is threading.main_thread():
        function()
    else:
        kernel.io_loop.add_callback(function)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Between cells a kernel ignores interrupts; a press of a button that takes long must not be deaf to them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

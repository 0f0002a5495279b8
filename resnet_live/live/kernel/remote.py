"""The remote control: buttons, clock, next prompt, note and code, for the speaker's own window."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

import ipywidgets as w

from resnet_live import page
from resnet_live.live.chapter import LiveError, Step
from resnet_live.live.kernel.catchup import catch_up
from resnet_live.live.kernel.class_state import Room
from resnet_live.live.kernel.display import about
from resnet_live.live.kernel.planned_mistakes import before_mistake, find_mistake, lesson
from resnet_live.live.kernel.status import clock, whereabouts

TICK = 10  # seconds between two looks at the clock

HOW_TO = (
    "For a second window: in JupyterLab right-click the notebook, choose New Console for Notebook and run `%remote` there; or "
    "open JupyterLab in another browser window, make a notebook, choose the live notebook's kernel (Kernel, Change Kernel) and "
    "run `%remote` in it. A button cannot put a cell into another window: it chooses the step, and `%next` in the live "
    "notebook puts it there. After a restart of the kernel run `%remote` again; `%remote close` ends it."
)


class Remote:
    """The remote control of `room`; `panel` is the widget to show, in as many places as you like. `close` ends it.

    It follows the cells that run in the kernel, wherever they were started.
    """

    def __init__(self, room: Room):
        self.room = room
        self._ahead = 0  # how many steps beyond the next one are looked at
        self._sure = False  # whether "catch up" was pressed once
        self._clock, self._place, self._step, self._message = (w.HTML() for _ in range(4))
        self._message.add_class("rl-remote-message")
        self._buttons = {
            name: self._button(label, hint, action)
            for name, label, hint, action in (
                ("next", "Next", "the next %next gives the step after this one", self._next),
                ("peek", "Peek", "look one step further, without choosing it", self._peek),
                ("mistake", "Mistake", "the next %next plants the planned mistake", self._mistake),
                ("check", "Check", "does the last step give what it should?", self._check),
                ("catch up", "Catch up", "run everything up to the class's place anew", self._catch_up),
                ("where", "Where", "place, clock, skipped steps, images, device", self._where),
            )
        }
        row = w.HBox(list(self._buttons.values()), layout=w.Layout(flex_flow="row wrap"))
        about_it = w.HTML(f"<details><summary>A second window</summary>{page.message(HOW_TO).html}</details>")
        self.panel = w.VBox([self._clock, self._place, row, self._message, self._step, about_it])
        room.watchers.append(self._changed)
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, name="resnet-live clock", daemon=True)
        self.refresh()
        self._ticking.start()

    def close(self) -> None:
        """Stop the clock's thread, follow no longer, and remove the widgets."""
        self._over.set()
        if self._changed in self.room.watchers:
            self.room.watchers.remove(self._changed)
        if self._ticking is not threading.current_thread():
            self._ticking.join(timeout=5)
        for widget in (*self._buttons.values(), *self.panel.children, self.panel):
            widget.close()

    def press(self, name: str) -> None:
        """Press a button: "next", "peek", "mistake", "check", "catch up" or "where"."""
        self._buttons[name].click()

    @property
    def words(self) -> str:
        """Everything it shows, as HTML."""
        return "\n".join(part.value for part in (self._clock, self._place, self._message, self._step))

    def refresh(self) -> None:
        """Show the room as it is now."""
        room = self.room
        self._show_clock()
        if room.chapter is None:
            self._place.value = page.message("No chapter is open. In the notebook: `%chapter 2`").html
            self._step.value = ""
            return
        last = room.last_step
        self._place.value = page.message(
            f"Done: {last.number} · {last.prompt}" if last else "Nothing has run yet."
        ).html
        step = self._looked_at()
        self._step.value = (
            _drawn(step, self._ahead, room.armed) if step else page.message("That was the last step.").html
        )

    def _changed(self) -> None:
        self._ahead, self._sure = 0, False
        self._message.value = ""
        self.refresh()

    def _looked_at(self) -> Step | None:
        following = self.room.next_step()
        if following is None or not self._ahead:
            return following
        position = self.room.chapter.position(following.number)
        ahead = [step for step in self.room.chapter.steps[position:] if step is following or self.room.planned(step)]
        return ahead[min(self._ahead, len(ahead) - 1)]

    def _show_clock(self) -> None:
        text = clock(self.room) if self.room.chapter is not None else ""
        self._clock.value = f"<div style='font-size: 1.5em; margin: .3em 0'>{escape(text)}</div>"

    def _tick(self) -> None:
        while not self._over.wait(TICK):
            self._show_clock()

    # buttons

    def _button(self, label: str, hint: str, action: Callable[[], list[str]]) -> w.Button:
        button = w.Button(description=label, tooltip=hint, layout=w.Layout(width="auto", min_width="6em"))

        def pressed(_) -> None:
            sure, self._sure = self._sure, False
            try:
                lines = self._catch_up(sure) if action == self._catch_up else action()
            except LiveError as error:
                lines = [str(error)]
            if lines:
                self._say(lines)
            self.refresh()

        button.on_click(pressed)
        return button

    def _say(self, lines: list[str]) -> None:
        self._message.value = f"<div role='status'>{page.message(*lines).html}</div>"

    def _next(self) -> list[str]:
        room = self.room
        room.the_chapter()
        step = room.next_step()
        if step is not None and room.armed == step.number:
            step = room.planned_from(room.chapter.position(step.number) + 1)
        if step is None:
            return ["There is no step after this one."]
        self._ahead, room.armed = 0, step.number
        return [
            f"Chosen: {step.number}. Run `%next` in a new cell of the notebook; it puts this step into the next cell."
        ]

    def _peek(self) -> list[str]:
        self.room.the_chapter()
        self._ahead += 1
        step = self._looked_at()
        return (
            [f"Looking ahead at {step.number}; `%next` does not change."]
            if step
            else ["There is no step after this one."]
        )

    def _mistake(self) -> list[str]:
        step = find_mistake(self.room)
        self._ahead, self.room.armed = 0, step.number
        return [
            f"Chosen: the mistake {step.number}. Run `%next` in a new cell of the notebook; it puts it into the next cell.",
            *lesson(self.room, step),
            *before_mistake(self.room, step),
        ]

    def _where(self) -> list[str]:
        return whereabouts(self.room)

    def _check(self) -> list[str]:
        self.room.the_chapter()
        if self.room.busy_elsewhere():
            raise LiveError("A cell is running. Check when it is done.")
        self._say(["Checking …"])
        on_main(self.room.shell, self._check_now)
        return []

    def _check_now(self) -> None:
        from resnet_live.live.check.check_step import check_step

        try:
            self._message.value = f"<div role='status'>{check_step(self.room).html}</div>"
        except LiveError as error:
            self._say([str(error)])

    def _catch_up(self, sure: bool = False) -> list[str]:
        self.room.the_chapter()
        last = self.room.last_step
        if last is None:
            raise LiveError("Nothing has run yet: there is nothing to catch up with.")
        if self.room.busy_elsewhere():
            raise LiveError("A cell is running. Wait for it, or interrupt the kernel, then catch up.")
        if not sure:
            self._sure = True
            return [f"This runs everything up to {last.number} anew, in a fresh state. Press Catch up again to do it."]
        self._say(["Catching up …"])
        on_main(self.room.shell, lambda: self._catch_up_now(last.number))
        return []

    def _catch_up_now(self, number: str) -> None:
        with _interruptible():
            try:
                lines = catch_up(self.room, number, lambda line: self._say([line]))
            except LiveError as error:
                lines = [str(error)]
        self._say(lines)


def on_main(shell, function: Callable[[], None]) -> None:
    """Call `function` in the kernel's main thread, where cells run: at once when this is it, else when no cell runs.

    JupyterLab sends presses of buttons past a running cell, into a thread of their own.
    """
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


def _drawn(step: Step, ahead: int, armed: str | None) -> str:
    """The step that comes: what the class is told, what the speaker says, the code."""
    head = "Looking ahead" if ahead else "Chosen" if armed == step.number else "Next"
    return (
        f"<div style='font-size: 1.15em; font-weight: 600; margin-top: .8em'>{_said(f'{head}: {step.number} · {step.prompt}')}</div>"
        f"<div style='margin: .3em 0'>{_said(about(step))}</div>"
        f"<blockquote style='font-size: 1.15em; margin: .5em 0; padding-left: .8em; border-left: 4px solid currentColor'>"
        f"{_said(step.note)}</blockquote>"
        f"<pre tabindex='0' style='user-select: all; overflow: auto; line-height: 1.35'>{escape(step.code)}</pre>"
    )


def _said(line: str) -> str:
    """A line with its code marked, without a paragraph of its own."""
    return page.message(line).html.removeprefix('<p class="rl-say">').removesuffix("</p>")

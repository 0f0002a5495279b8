"""The remote control: buttons, clock, next prompt, note and code, beside the notebook."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

import ipywidgets as w
from IPython.core.interactiveshell import InteractiveShell

from resnet_live import page
from resnet_live.code_in_text import code_as_html
from resnet_live.live.chapter import LiveError, Step
from resnet_live.live.kernel.catchup import catch_up
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.class_status import clock, status_lines
from resnet_live.live.kernel.display import about
from resnet_live.live.kernel.planned_mistakes import before_mistake, find_mistake, lesson

TICK = 10  # seconds between two looks at the clock

HOW_TO = (
    "Beside the notebook: in JupyterLab right-click it, choose New Console for Notebook and run `%remote` there. Put no second "
    "notebook on this kernel: a change of kernel there shuts the class's kernel down. A button cannot put a cell into the "
    "notebook: it chooses the step, and `%next` in the live notebook puts it there. After a restart of the "
    "kernel run `%remote` again; `%remote close` ends it."
)


class Remote:
    """The remote control of the class `state`; `panel` is the widget to show, in as many places as you like. `close` ends it.

    It follows the cells that run in the kernel, wherever they were started.
    """

    def __init__(self, state: ClassState):
        self.state = state
        self._ahead = 0  # how many steps beyond the next one are looked at
        self._confirming = False  # whether "catch up" was pressed once and asks
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
        about_it = w.HTML(f"<details><summary>Beside the notebook</summary>{page.message(HOW_TO).html}</details>")
        self.panel = w.VBox([self._clock, self._place, row, self._message, self._step, about_it])
        state.watchers.append(self._changed)
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, name="resnet-live clock", daemon=True)
        self.refresh()
        self._ticking.start()

    def close(self) -> None:
        """Stop the clock's thread, follow no longer, and remove the widgets."""
        self._over.set()
        if self._changed in self.state.watchers:
            self.state.watchers.remove(self._changed)
        if self._ticking is not threading.current_thread():
            self._ticking.join(timeout=5)
        for widget in (*self._buttons.values(), *self.panel.children, self.panel):
            widget.close()

    def press(self, name: str) -> None:
        """Press a button: "next", "peek", "mistake", "check", "catch up" or "where"."""
        self._buttons[name].click()

    @property
    def html(self) -> str:
        """Everything it shows, as HTML."""
        return "\n".join(part.value for part in (self._clock, self._place, self._message, self._step))

    def refresh(self) -> None:
        """Show the class as it is now."""
        state = self.state
        self._show_clock()
        if state.chapter is None:
            self._place.value = page.message("No chapter is open. In the notebook: `%chapter 2`").html
            self._step.value = ""
            return
        last = state.last_step
        self._place.value = page.message(
            f"Done: {last.number} · {last.prompt}" if last else "Nothing has run yet."
        ).html
        step = self._looked_at()
        self._step.value = (
            _drawn(step, self._ahead, state.queued_step) if step else page.message("That was the last step.").html
        )

    def _changed(self) -> None:
        self._ahead, self._confirming = 0, False
        self._message.value = ""
        self.refresh()

    def _looked_at(self) -> Step | None:
        following = self.state.next_step()
        if following is None or not self._ahead:
            return following
        chapter = self.state.require_chapter()
        steps = chapter.steps[chapter.position(following.number) :]
        ahead = [step for step in steps if step is following or self.state.planned(step)]
        return ahead[min(self._ahead, len(ahead) - 1)]

    def _show_clock(self) -> None:
        text = clock(self.state) if self.state.chapter is not None else ""
        self._clock.value = f"<div style='font-size: 1.5em; margin: .3em 0'>{escape(text)}</div>"

    def _tick(self) -> None:
        while not self._over.wait(TICK):
            self._show_clock()

    # buttons

    def _button(self, label: str, hint: str, action: Callable[[], list[str]]) -> w.Button:
        button = w.Button(description=label, tooltip=hint, layout=w.Layout(width="auto", min_width="6em"))

        def pressed(_) -> None:
            confirmed, self._confirming = self._confirming, False
            try:
                lines = self._catch_up(confirmed) if action == self._catch_up else action()
            except LiveError as error:
                lines = [str(error)]
            if lines:
                self._show(lines)
            self.refresh()

        button.on_click(pressed)
        return button

    def _show(self, lines: list[str]) -> None:
        self._message.value = f"<div role='status'>{page.message(*lines).html}</div>"

    def _next(self) -> list[str]:
        state = self.state
        position = state.require_chapter().position
        step = state.next_step()
        if step is not None and state.queued_step == step.number:
            step = state.planned_from(position(step.number) + 1)
        if step is None:
            return ["There is no step after this one."]
        self._ahead, state.queued_step = 0, step.number
        return [
            f"Chosen: {step.number}. Run `%next` in a new cell of the notebook; it puts this step into the next cell."
        ]

    def _peek(self) -> list[str]:
        self.state.require_chapter()
        self._ahead += 1
        step = self._looked_at()
        return (
            [f"Looking ahead at {step.number}; `%next` does not change."]
            if step
            else ["There is no step after this one."]
        )

    def _mistake(self) -> list[str]:
        step = find_mistake(self.state)
        self._ahead, self.state.queued_step = 0, step.number
        return [
            f"Chosen: the mistake {step.number}. Run `%next` in a new cell of the notebook; it puts it into the next cell.",
            *lesson(self.state.require_chapter(), step),
            *before_mistake(self.state, step),
        ]

    def _where(self) -> list[str]:
        return status_lines(self.state)

    def _check(self) -> list[str]:
        self.state.require_chapter()
        if self.state.busy_elsewhere():
            raise LiveError("A cell is running. Check when it is done.")
        self._show(["Checking …"])
        on_main(self.state.shell, self._check_now)
        return []

    def _check_now(self) -> None:
        from resnet_live.live.check.check_step import check_step

        try:
            self._message.value = f"<div role='status'>{check_step(self.state).html}</div>"
        except LiveError as error:
            self._show([str(error)])

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
        self._show(["Catching up …"])
        on_main(self.state.shell, lambda: self._catch_up_now(last.number))
        return []

    def _catch_up_now(self, number: str) -> None:
        with _interruptible():
            try:
                lines = catch_up(self.state, number, lambda progress: self._show([progress.sentence]))
            except LiveError as error:
                lines = [str(error)]
        self._show(lines)


def on_main(shell: InteractiveShell, function: Callable[[], None]) -> None:
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


def _drawn(step: Step, ahead: int, queued: str | None) -> str:
    """The step that comes: what the class is told, what the speaker says, the code."""
    head = "Looking ahead" if ahead else "Chosen" if queued == step.number else "Next"
    line = code_as_html(f"{head}: {step.number} · {step.prompt}")
    return (
        f"<div style='font-size: 1.15em; font-weight: 600; margin-top: .8em'>{line}</div>"
        f"<div style='margin: .3em 0'>{code_as_html(about(step))}</div>"
        f"<blockquote style='font-size: 1.15em; margin: .5em 0; padding-left: .8em; border-left: 4px solid currentColor'>"
        f"{code_as_html(step.note)}</blockquote>"
        f"<pre tabindex='0' style='user-select: all; overflow: auto; line-height: 1.35'>{escape(step.code)}</pre>"
    )

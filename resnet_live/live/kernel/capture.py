"""Capture each cell that an IPython shell runs: its source, outputs, value and error. What the user sees stays the same."""

import base64
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from resnet_live.live.chapter import step_of

LOG = logging.getLogger(__name__)

# Characters of printed text kept of one cell: an endless loop that prints must not fill the memory a second time.
MOST_TEXT = 2_000_000
CUT = "\n… (the rest was not kept)\n"


@dataclass
class ExecutedCell:
    """One executed cell.

    `source`: the cell as it was run; `step`: number of the step in its header, else None; `chapter`: in a session the name of the
    chapter that it belongs to, None when nobody said; `began`: Unix time and `seconds`: how
    long it took; `has_result`: whether a value was shown, and `result`: that value; `printed`: stdout and stderr as text;
    `outputs`: nbformat outputs in order (stream, display_data, execute_result, error); `error`: the exception's name, None when
    the cell ran through, `message`: its text, and `missing_name`: the name that a NameError is about.
    """

    source: str
    step: str | None = None
    began: float = 0.0
    seconds: float = 0.0
    has_result: bool = False
    result: Any = None
    printed: str = ""
    outputs: list[dict] = field(default_factory=list)
    error: str | None = None
    message: str = ""
    missing_name: str | None = None
    chapter: str | None = None


def capture(shell: InteractiveShell, report: Callable[[ExecutedCell], None]) -> Callable[[], None]:
    """From the next cell of `shell` on, call `report` once after each; returns the function that stops it.

    Cells that a cell runs itself (`get_ipython().run_cell(…)`) are part of it and not reported. What an ipywidgets `Output` takes
    in, what `capture_output` holds back, and silent requests are not captured. An exception in `report` is logged and hidden.
    """
    now: _Cell | None = None

    def before(info: ExecutionInfo) -> None:
        nonlocal now
        asked = _request(shell)
        if now is not None and now.request == asked:
            return  # a cell inside a cell
        if now is not None:
            now.close()  # its end was never reported, as after some interrupts
        now = _Cell(shell, info, asked)

    def after(result: ExecutionResult | None) -> None:
        nonlocal now
        if now is None or (result is not None and result.info.raw_cell != now.info.raw_cell):
            return
        cell, now = now, None
        cell.close()
        executed = cell.executed(result)
        try:
            report(executed)
        except Exception:
            LOG.debug("a report failed", exc_info=True)

    def stop() -> None:
        nonlocal now
        for event, function in (("pre_run_cell", before), ("post_run_cell", after)):
            if function in shell.events.callbacks[event]:
                shell.events.unregister(event, function)
        if now is not None:
            now.close()
            now = None

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)
    return stop


def _request(shell: InteractiveShell) -> str | None:
    """The identity of the front end's request that is being served; None outside a kernel."""
    try:
        return shell.get_parent()["header"]["msg_id"]
    except Exception:  # no kernel, or a kernel that keeps no parent
        return None


class _Cell:
    """The cell that runs now: its start, and everything it shows, until `close`."""

    def __init__(self, shell: InteractiveShell, info: ExecutionInfo, request: str | None):
        self.shell, self.info, self.request = shell, info, request
        self.outputs = Outputs()
        self.began, self._start = time.time(), time.perf_counter()
        self.seconds = 0.0
        self._undo = _copy_outputs(shell, self.outputs)

    def close(self) -> None:
        self.seconds = time.perf_counter() - self._start
        self._undo()

    def executed(self, result: ExecutionResult | None) -> ExecutedCell:
        """What to report. `result`: None when the cell was cut off."""
        source, outputs = self.info.raw_cell, self.outputs.finished()
        cell = ExecutedCell(source, step_of(source), self.began, self.seconds, outputs=outputs)
        cell.printed = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
        if result is None:
            cell.error, cell.message = "KeyboardInterrupt", "the cell was interrupted"
            return cell
        cell.has_result, cell.result = result.result is not None, result.result
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            cell.error, cell.message = type(error).__name__, _text(error)
            cell.missing_name = error.name if type(error) is NameError else None
        return cell


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the user's own exception may do anything here
        return ""


def _copy_outputs(shell: InteractiveShell, outputs: "Outputs") -> Callable[[], None]:
    """Copy what `shell` shows to `outputs`; returns the function that undoes it.

    Methods are wrapped on the living objects, which stay what they are: ipykernel asks its streams for more than `write`, and
    a handler of `logging` keeps the stream it was made with.
    """
    nesting = _Nesting(shell)
    undo: list[Callable[[], None]] = []

    def wrap(owner: object, name: str, record: Callable[..., None], stream: bool = False) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return

        over = False

        def wrapper(*args, **kwargs):
            inner = nesting.inside(stream)
            with nesting:
                value = original(*args, **kwargs)
            if not inner and not over:
                try:
                    record(*args, **kwargs)
                except Exception:
                    LOG.debug("an output was not understood", exc_info=True)
            return value

        try:
            own = vars(owner).get(name)
            setattr(owner, name, wrapper)
        except (AttributeError, TypeError):  # a stream that allows no new attributes: what it prints is not captured
            return

        def restore() -> None:
            nonlocal over
            over = True
            if vars(owner).get(name) is wrapper:  # else somebody wrapped it again: then it only passes on
                if own is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, own)

        undo.append(restore)

    for channel in ("stdout", "stderr"):
        wrap(getattr(sys, channel), "write", lambda text, *_, name=channel: outputs.printed(name, text), stream=True)
    wrap(shell.display_pub, "publish", outputs.displayed)
    wrap(shell.display_pub, "clear_output", lambda wait=False: outputs.cleared(wait))
    hook = shell.displayhook
    wrap(hook, "write_format_data", lambda data, meta=None: outputs.returned(hook.prompt_count, data, meta))
    wrap(shell, "_showtraceback", lambda kind, value, lines: outputs.failed(kind.__name__, _text(value), lines))

    def undo_all() -> None:
        while undo:
            undo.pop()()

    return undo_all


class _Nesting:
    """Whether what is written now is no output of its own: inside another output (a plain IPython prints what it displays),
    or inside an ipywidgets `Output`."""

    def __init__(self, shell: InteractiveShell):
        self.shell, self._here = shell, threading.local()
        self._known = -1
        self._widgets: list = []

    def __enter__(self):
        self._here.depth = getattr(self._here, "depth", 0) + 1

    def __exit__(self, *_):
        self._here.depth -= 1

    def inside(self, stream: bool) -> bool:
        """`stream`: whether it is text for stdout or stderr; to these a plain IPython writes values with their prompt."""
        if getattr(self._here, "depth", 0) or self._in_widget():
            return True
        return stream and getattr(self.shell.displayhook, "is_active", False)

    def _in_widget(self) -> bool:
        # Only a loaded ipywidgets can have an Output; we do not load it. Looked through again when there are new widgets.
        living = getattr(sys.modules.get("ipywidgets.widgets.widget"), "_instances", None)
        if not living:
            return False
        if len(living) != self._known:
            self._known = len(living)
            self._widgets = [widget for widget in list(living.values()) if hasattr(widget, "msg_id")]
        return any(widget.msg_id for widget in self._widgets)


class Outputs:
    """Outputs of one cell as a notebook file keeps them: streams joined, displays updated, cleared when the cell says so."""

    def __init__(self) -> None:
        self._list: list[dict] = []
        self._clear_next = False
        self._by_display_id: dict[str, list[dict]] = {}
        self._characters_left = MOST_TEXT

    def printed(self, name: str, text: str) -> None:
        """`text` written to stream `name`."""
        if not text or self._characters_left <= 0:
            return
        if len(text) >= self._characters_left:
            text = text[: self._characters_left] + CUT
        self._characters_left -= len(text)
        self._before()
        last = self._list[-1] if self._list else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["pieces"].append(text)
        else:
            self._list.append({"output_type": "stream", "name": name, "pieces": [text]})

    def displayed(
        self,
        data: dict,
        metadata: dict | None = None,
        source: str | None = None,
        *,
        transient: dict | None = None,
        update: bool = False,
        **_: object,
    ) -> None:
        """`display_pub.publish`: a new output, or a new state of outputs with the same `display_id`."""
        identity = (transient or {}).get("display_id")
        content = {"data": _as_json(data), "metadata": dict(metadata or {})}
        for earlier in self._by_display_id.get(identity, ()) if identity else ():
            earlier.update(content)
        if update:
            return
        self._before()
        self._list.append({"output_type": "display_data", **content})
        if identity:
            self._by_display_id.setdefault(identity, []).append(self._list[-1])

    def returned(self, count: int, data: dict, metadata: dict | None = None) -> None:
        """The value of the last line."""
        if data:
            self._before()
            result = {"output_type": "execute_result", "execution_count": count}
            self._list.append({**result, "data": _as_json(data), "metadata": dict(metadata or {})})

    def failed(self, name: str, message: str, lines: list[str]) -> None:
        """A traceback."""
        self._before()
        error = {"output_type": "error", "ename": name, "evalue": message}
        self._list.append({**error, "traceback": [str(line) for line in lines]})

    def cleared(self, wait: bool) -> None:
        """`clear_output`: at once, or when the next output comes."""
        self._clear_next = bool(wait)
        if not wait:
            self._list, self._by_display_id = [], {}

    def finished(self) -> list[dict]:
        """The outputs as nbformat has them, without the progress bars' earlier states."""
        for output in self._list:
            if "pieces" in output:
                output["text"] = as_seen("".join(output.pop("pieces")))
        return self._list

    def _before(self) -> None:
        if self._clear_next:
            self.cleared(False)


def as_seen(text: str) -> str:
    """`text` after its carriage returns and backspaces, as a terminal would leave it."""
    text = text.replace("\r\n", "\n")
    text = re.sub(r"[^\n]*\r(?=[^\n\r])", "", text).replace("\r", "")
    while "\b" in text:
        shorter = re.sub(r"[^\n\b]\x08|^\x08|(?<=\n)\x08", "", text)
        if shorter == text:
            break
        text = shorter
    return text


def _as_json(data: dict) -> dict:
    """A MIME bundle with bytes (images) as base64 text."""
    return {
        mime: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for mime, value in data.items()
    }

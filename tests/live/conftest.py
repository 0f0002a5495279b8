"""A small made-up chapter, a plain IPython shell, and a real kernel."""

import ast
import sys
import time
from dataclasses import dataclass, field

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from made_up import step
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config


@pytest.fixture
def shell():
    """An IPython shell of its own, with its history in memory. A test may put another in its place."""
    hooks = sys.displayhook, sys.excepthook
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config({"HistoryAccessor": {"hist_file": ":memory:"}}))
    InteractiveShell.instance().history_manager.end_session()
    InteractiveShell.clear_instance()
    sys.displayhook, sys.excepthook = hooks


@dataclass
class Shown:
    """What a front end gets back: `reply` (content of execute_reply) and the `outputs` (iopub messages that show something)."""

    reply: dict = field(default_factory=dict)
    outputs: list[dict] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything shown, as plain text."""
        parts = []
        for message in self.outputs:
            content = message["content"]
            if message["msg_type"] == "stream":
                parts.append(content["text"])
            elif message["msg_type"] == "error":
                parts.append(f"{content['ename']}: {content['evalue']}")
            else:
                parts.append(content["data"].get("text/plain", ""))
        return "\n".join(parts)

    @property
    def next_input(self) -> str | None:
        """The text that set_next_input put into the reply."""
        for payload in self.reply.get("payload", []):
            if payload["source"] == "set_next_input":
                return payload["text"]
        return None


class Kernel:
    """A started ipykernel and its client."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, source: str, interrupt: bool = False, timeout: float = 60) -> Shown:
        """Run a cell as a notebook does. `interrupt`: press "interrupt" when it has shown something, or after a second."""
        shown, sent = Shown(), self.client.execute(source)
        stop_at = time.monotonic() + 1 if interrupt else float("inf")
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.2 if interrupt else timeout)
            except Exception:
                if not interrupt:
                    raise
                message = None
            if time.monotonic() > stop_at:
                self.manager.interrupt_kernel()
                stop_at = float("inf")
            if message is None or message["parent_header"].get("msg_id") != sent:
                continue
            if message["msg_type"] in ("stream", "display_data", "execute_result", "error", "update_display_data"):
                shown.outputs.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == sent:
                shown.reply = reply["content"]
                return shown

    def value(self, expression: str):
        """A Python literal out of the kernel, asked for silently: it is no cell."""
        sent = self.client.execute("", silent=True, user_expressions={"it": expression})
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == sent:
                answer = reply["content"]["user_expressions"]["it"]
                assert answer["status"] == "ok", answer
                return ast.literal_eval(answer["data"]["text/plain"])

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=60)


@pytest.fixture
def kernel(tmp_path):
    """A real kernel in `tmp_path`, started for this test."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """`book(cell, …)` writes chapter 2 of a made-up book and makes it the book of this process and of its kernels."""
    folder = tmp_path / "book"
    folder.mkdir()
    monkeypatch.setenv("RESNET_LIVE_BOOK", str(folder))
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RESNET_LIVE_DATA", "")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))

    def write(*cells, name="02_small.ipynb"):
        nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *cells]), folder / name)
        return folder / name

    return write


@pytest.fixture
def state(shell, small_book):
    """The state of `shell` with the made-up chapter open."""
    from resnet_live.live.kernel import class_state, magics

    magics.load(shell)
    state = class_state.current()
    shell.run_cell("%chapter 2")
    yield state
    magics.unload(InteractiveShell.instance())


@pytest.fixture
def small_book(book):
    """A chapter with a set-up, a forgotten name, a planned failure and its fix, a figure, and a step that builds on its own result."""
    return book(
        step("2.0", "from math import *\nimport itertools", kind="setup"),
        step("2.1", "widths = [3, 16, 32]", minutes=2),
        step("2.2", "def net(x):\n    return x * widths[0] + missing", minutes=2),
        step("2.3", "y = 4\nnet(y)", kind="mistake", raises=True),
        step("2.4", "missing = 1\nnet(y)", kind="fix"),
        step("2.5", "'a figure'", kind="figure"),
        step("2.6", "total = 0"),
        step("2.7", "total = total + net(2)", minutes=3),
        step("2.8", "print('trained')\ntotal, floor(2.5)"),
    )


@pytest.fixture
def say(shell, capsys, request):
    """`say(cell)` runs a cell and returns what it showed, as plain text."""
    if "state" in request.fixturenames:
        request.getfixturevalue("state")
    capsys.readouterr()

    def run(cell: str) -> str:
        InteractiveShell.instance().run_cell(cell, store_history=True)
        shown = capsys.readouterr()
        return shown.out + shown.err

    return run


@pytest.fixture
def given(shell):
    """`given()` is the code that was put into the next cell since the last call, None when there was none."""

    def take():
        text = getattr(shell, "rl_next_input", None)
        shell.rl_next_input = None
        return text

    return take

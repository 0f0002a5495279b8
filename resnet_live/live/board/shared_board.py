"""The board, seen from the kernel of the class: starts and ends its server, sends what was run, fetches what the remote control
wants.

A thread of its own does the talking: no cell waits for it. When the server was killed it is started again.
"""

import contextlib
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from IPython.core.interactiveshell import ExecutionInfo

import resnet_live
from resnet_live.data.cache import cache_folder
from resnet_live.live.board import board_folder
from resnet_live.live.board.board_folder import BoardSettings, lives, read_settings, write_settings
from resnet_live.live.board.board_store import FETCHED
from resnet_live.live.board.class_remote import ClassRemote, asked
from resnet_live.live.board.network_address import free_port
from resnet_live.live.board.shown_run import ShownClass
from resnet_live.live.cell_text import only_commands
from resnet_live.live.chapter import LiveError, StepKind
from resnet_live.live.kernel import saved_state
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.session_log import LoggedCell, Recorder, SessionLog, logged, read_log
from resnet_live.questions import QuestionError, asked_by

LOG = logging.getLogger(__name__)

TRIES = 5  # ports, when any will do
STARTS = 20  # seconds in which a server is up
BEAT = 0.5  # seconds between two looks at what the remote control wants
SOON = 0.3  # a cell that runs longer is shown while it runs
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PortTakenError(LiveError):
    """The server could not have its port."""


class SharedBoard:
    """The board of the class `state`, served from `folder`. `start` and `close` it; `settings` say where it is."""

    def __init__(self, state: ClassState, folder: Path, settings: BoardSettings):
        self.state, self.folder, self.settings = state, folder, settings
        self.log = _former(folder)
        self.remote = ClassRemote(state, self._wake)
        self._shown = ShownClass(self.log.machines)
        self._cells: list[dict] = []
        self._new = True  # there is something to make the cells of anew
        self._record = Recorder(state, folder / board_folder.RECORD)
        self._sent: dict[str, Any] = {}
        self._running: LoggedCell | None = None
        self._asking: dict | None = None  # a question whose vote is to be opened
        self._got = 0  # the last command of the remote control that arrived
        self._lock = threading.Lock()  # of the cells
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._talk, name="resnet-live board", daemon=True)

    # begin and end

    def start(self) -> None:
        """Serve, or take up the server that runs in the folder. Raises LiveError when it cannot start."""
        kernel = psutil.Process()
        self.settings.kernel = (kernel.pid, kernel.create_time())
        self.settings.launcher = _launcher(kernel)
        if self.answers():
            self._save()
        else:
            self._start_server()
        self._record.start()
        self.state.listeners.append(self._ran)
        self.state.watchers.append(self._moved)
        self.state.shell.events.register("pre_run_cell", self._begins)
        self._thread.start()
        self._wake()

    def close(self) -> None:
        """End the server and remove all that it kept."""
        self._let_go()
        board_folder.remove_board(self.folder)  # the server sees it, and ends
        with contextlib.suppress(psutil.Error):
            server = psutil.Process(self.settings.server)
            if "resnet_live.live.board.board_process" in server.cmdline():
                server.terminate()
                with contextlib.suppress(psutil.TimeoutExpired):
                    server.wait(5)

    def leave(self) -> None:
        """Follow the class no longer; the server waits for another kernel."""
        self._let_go()

    def _let_go(self) -> None:
        self._over.set()
        self._wake()
        state = self.state
        if self._ran in state.listeners:
            state.listeners.remove(self._ran)
        if self._moved in state.watchers:
            state.watchers.remove(self._moved)
        if self._begins in state.shell.events.callbacks["pre_run_cell"]:
            state.shell.events.unregister("pre_run_cell", self._begins)
        if self._record.on:
            self._record.stop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(5)

    # what the commands ask

    def ask(self, **asked: Any) -> dict:
        """Say something to the server at once; its answer. Raises LiveError when it refuses, or does not answer."""
        try:
            answer = self._post(asked | {"got": self._got})
        except OSError as error:
            raise LiveError("The board does not answer; it is being started again. Try once more.") from error
        if answer["why"]:
            raise LiveError(answer["why"])
        return answer

    def open_vote(self, question: Any) -> dict:
        """Open a vote on `question`, a `questions.Question`. Raises LiveError."""
        return self.ask(ask=asked(question))

    def forget_last(self) -> None:
        """Take the last cell off the board, and out of the record that it is made from."""
        with self._lock:
            if self.log.cells:
                self.log.cells.pop()
                self._new = True
            self._record.forget()
        self._wake()

    # what happens in the class

    def _begins(self, info: ExecutionInfo) -> None:
        if only_commands(info.raw_cell) or not info.raw_cell.strip():
            return
        cell, chapter = ExecutedCell(info.raw_cell, began=time.time()), self.state.chapter
        if chapter is not None and (step := self.state.progress.step_of_cell(cell)):
            cell.step, cell.chapter = step.number, chapter.part_of(step.number).name
        with self._lock:
            self._running, self._new = logged(cell, chapter.name if chapter else None), True
        self._wake()

    def _ran(self, run: ExecutedCell) -> None:
        chapter = self.state.chapter
        with self._lock:
            self._running, self._new = None, True
            self.log.cells.append(logged(run, chapter.name if chapter else None))
        self._ask_what_the_cell_asks(run)

    def _ask_what_the_cell_asks(self, run: ExecutedCell) -> None:
        """The cell of a question opens its vote."""
        step = self.state.chapter.find(run.step) if self.state.chapter else None
        if step is None or step.kind is not StepKind.PREDICT or run.error:
            return
        with contextlib.suppress(QuestionError):
            if question := asked_by(run.source):
                self._asking = asked(question)

    def _moved(self) -> None:
        self.remote.moved()
        self._wake()

    def _wake(self) -> None:
        self._woken.set()

    # the thread

    def _talk(self) -> None:
        while not self._over.is_set():
            try:
                self._send()
            except OSError:
                self._restart()
            except Exception:
                LOG.debug("nothing was sent to the board", exc_info=True)
            self._woken.wait(BEAT)
            self._woken.clear()

    def _send(self) -> None:
        items = self._items()
        changed = {key: value for key, value in items.items() if key not in self._sent or self._sent[key] != value}
        asked: dict[str, Any] = {"items": changed, "got": self._got}
        if self._asking is not None:
            asked["ask"], self._asking = self._asking, None
        answer = self._post(asked)
        self._sent |= changed
        for command in answer["commands"]:
            if command["number"] > self._got:
                self._got = command["number"]
                self.remote.press(command["command"])
                self._wake()

    def _items(self) -> dict[str, Any]:
        with self._lock:
            running, ran = self._running, list(self.log.cells)
            new, self._new = self._new, False
        if running is not None and time.time() - running.began < SOON:
            running, self._new = None, True  # again at the next beat
        if new:
            self._cells = self._shown.runs(ran, running)
        cells = self._cells
        files = {f"{FETCHED}{name}": file for name, file in self._shown.files.items()}
        gone = dict.fromkeys(key for key in self._sent if key.startswith(FETCHED) and key not in files)
        items: dict[str, Any] = {**files}  # a picture is there before its cell
        items |= {f"cell.{place}": cell for place, cell in enumerate(cells)}
        known = sum(key.startswith("cell.") for key in self._sent)
        items |= gone | {f"cell.{place}": None for place in range(len(cells), known)}
        return items | {"length": len(cells), "private.class": self.remote.view()}

    def _post(self, asked: dict) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings.kernel_port}/",
            json.dumps(asked).encode(),
            {"Authorization": f"Bearer {self.settings.kernel_key}", "Content-Type": "application/json"},
        )
        with _NO_PROXY.open(request, timeout=10) as reply:
            return json.loads(reply.read())

    # the server

    def answers(self) -> bool:
        """Whether its server is there."""
        try:
            self._post({})
        except OSError:
            return False
        return True

    def _restart(self) -> None:
        """The server was killed: another takes its place, at the same port, with what the file has kept."""
        if self._over.is_set() or not self.folder.exists():
            return
        self._sent = {}
        try:
            self._start_server()
        except LiveError as error:
            LOG.warning("%s", error)
            self._over.wait(2)

    def _start_server(self) -> None:
        self.settings.server, self.settings.trouble, self._got = 0, "", 0
        self._save()
        paths = [str(Path(resnet_live.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        with (self.folder / board_folder.LOG_FILE).open("ab") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "resnet_live.live.board.board_process", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.folder,
                start_new_session=True,  # what ends the kernel must not end it
            )
        ends = time.monotonic() + STARTS
        while time.monotonic() < ends:
            found = read_settings(self.folder)
            if found is not None and found.trouble:
                raise PortTakenError(
                    f"The board cannot be served at port {found.port}: {found.trouble}. Another: `%share on --port 9000`"
                )
            if found is not None and found.server:
                self.settings = found
                return
            if server.poll() is not None:
                break
            time.sleep(0.05)
        server.kill()
        raise LiveError(f"The server of the board did not start. What it said: {_last_words(self.folder)}")

    def _save(self) -> None:
        try:
            write_settings(self.folder, self.settings)
        except OSError as error:
            raise LiveError(f"{self.folder} cannot be written: {error.strerror or error}.") from error


def board_place(state: ClassState) -> Path:
    """The folder of the board of the notebook that the shell of `state` serves; a kernel without one has its own."""
    notebook = saved_state.notebook_of(state.shell) or f"kernel {os.getpid()}"
    return cache_folder() / "live" / "boards" / hashlib.sha256(notebook.encode()).hexdigest()[:12]


def share(state: ClassState, address: str = "", port: int = 0) -> SharedBoard:
    """The board of the class `state`: the one that it had before its kernel was restarted, else a new one. Raises LiveError.

    `address`: of the local network, "" for this machine alone; `port`: 0 for any free one. Neither changes a board that is served
    still. One whose server has ended, with JupyterLab say, goes on with what it had, if that is not of another class.
    """
    folder = board_place(state)
    board_folder.remove_left(folder.parent)
    if (found := taken_up(state, served=True)) is not None:
        return found
    settings = read_settings(folder)
    if settings is not None and _of_another(settings):
        raise LiveError(
            "Another kernel of this notebook has the board open. First `%share off` there, or shut that kernel down."
        )
    if settings is None or board_folder.age(folder) > saved_state.ANOTHER_CLASS:
        board_folder.remove_board(folder)
        settings = BoardSettings(0)
    for tries_left in reversed(range(TRIES)):
        settings.port, settings.address = free_port(address, port, settings.port), address
        board = SharedBoard(state, folder, settings)
        try:
            board.start()
        except PortTakenError:  # by another board that was opened at the same moment
            if port or not tries_left:
                board_folder.remove_board(folder)
                raise
        except LiveError:
            board_folder.remove_board(folder)
            raise
        else:
            return board
    raise AssertionError("the last try returns or raises")


def taken_up(state: ClassState, served: bool = False) -> SharedBoard | None:
    """The board that a former kernel of this notebook had; None without one.

    Its server waits, or was killed with the kernel and is started again, as long as the program that started both (JupyterLab) runs
    on. `served`: only the former.
    """
    folder = board_place(state)
    settings = read_settings(folder)
    if settings is None or not settings.server or _of_another(settings):
        return None
    board = SharedBoard(state, folder, settings)
    old = board_folder.age(folder) > saved_state.ANOTHER_CLASS
    if not board.answers() and (served or old or not lives(settings.launcher)):
        return None
    try:
        board.start()
    except LiveError:  # its port is taken, say: `%share on` begins anew, or says why not
        return None
    return board


def _of_another(settings: BoardSettings) -> bool:
    """Whether another kernel that runs has the board."""
    return settings.kernel[0] != os.getpid() and lives(settings.kernel)


def _former(folder: Path) -> SessionLog:
    """What the record in `folder` holds; an empty one without it."""
    try:
        found = read_log(folder / board_folder.RECORD)
    except LiveError:
        found = SessionLog([], [], [])
    found.machines.append(MachineNames.here())
    return found


def _launcher(kernel: psutil.Process) -> tuple[int, float]:
    with contextlib.suppress(psutil.Error):
        if parent := kernel.parent():
            return parent.pid, parent.create_time()
    return 0, 0.0


def _last_words(folder: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (folder / board_folder.LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"
    return "nothing"

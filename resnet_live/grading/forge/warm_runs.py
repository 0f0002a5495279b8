"""Ask the grader's warm process for runs; it is started with the first one, and again when it has died.

Raises NotWarm, with the reason, wherever a run cannot be had: then the ordinary way is taken.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_live.kernels.kernelspec import PRELOAD, PROVISIONER, supported
from resnet_live.kernels.warm_client import NotWarm

SCRIPT = Path(__file__).with_name("forge_runs.py")
STARTING_SECONDS, ANSWER_SECONDS = 180, 30
KERNEL = "python3"
# What a kernel imports as it starts; debugpy among it numbers threads anew, which no answer sees: it may start none.
AT_START = (
    *("ipykernel.debugger", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "sqlite3"),
)
SOCKET = "kernels/fork.sock"
MOST_FAILURES = 3
MOST_ADDRESS = 100  # bytes of a socket's path


@dataclass(frozen=True)
class RunOrder:
    """What is to be run: nbmake on `notebook`, with `options` of pytest. `ours`: a folder that the run sees, for its kernelspec;
    `environment`: its variables; `limits`: as `launch.py` takes them; `log`: the file for what it says."""

    ours: Path
    notebook: Path
    options: list[str]
    environment: dict[str, str]
    limits: dict[str, Any]
    log: Path


class WarmRun:
    """A run, with the part of subprocess.Popen that the sandbox uses.

    `pid`: of the process that waits for its sandbox, 0 until it is known; `lost`: there was no run, or the warm process has died;
    `parent`: the pid of that one.
    """

    def __init__(self, connection: socket.socket, parent: int = 0):
        self._connection, self._words, self.parent = connection, b"", parent
        self.pid = 0
        self.returncode: int | None = None
        self.lost = False
        connection.setblocking(False)

    def poll(self) -> int | None:
        """The return code, None while it runs."""
        while self.returncode is None:
            try:
                part = self._connection.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                part = b""
            *lines, self._words = (self._words + part).split(b"\n")
            for told in map(json.loads, lines):
                self.pid = told.get("pid", self.pid)
                self.returncode = told.get("exited")
            if not part and self.returncode is None:
                self.lost, self.returncode = True, -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("run", timeout)
            time.sleep(0.002)
        return code

    def kill(self) -> None:
        """End it, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


@dataclass
class WarmRuns:
    """One warm process and the way to it; safe to use from several threads.

    `environment`: its variables, those of the runs aside from their folders; `folder`: private, for its log.
    """

    environment: dict[str, str]
    folder: Path
    why_not: str = ""
    failures: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _control: socket.socket | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, order: RunOrder) -> WarmRun:
        """Start a run. Raises NotWarm."""
        if len(os.fsencode(order.ours / SOCKET)) > MOST_ADDRESS:
            raise NotWarm("the folder's path is too long for a socket")
        if not supported():
            raise NotWarm("kernels cannot be forked here")
        with self._lock:
            if self.why_not:
                raise NotWarm(self.why_not)
            if self._control is None:
                self._launch()
            try:
                return self._ask(order)
            except OSError as error:
                self._stop()  # it has died since: the next run gets another
                raise NotWarm(f"the warm process: {error}") from error

    def renew(self) -> None:
        """Have a new warm process for the next run: after one that could reach it, and may have."""
        with self._lock:
            self._stop()

    def worked(self) -> None:
        """A run has begun: the failures before it were none of the warm process's."""
        self.failures = 0

    def failed(self, run: WarmRun, why: str) -> None:
        """A run failed through no doing of its own: have a new warm process, and after MOST_FAILURES in a row none any more.

        A process that takes several runs along has failed once.
        """
        with self._lock:
            if self._process is None or run.parent != self._process.pid:
                return
            self._stop()
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                self.why_not = why or "its runs do not start"

    def close(self) -> None:
        """End the warm process and all runs."""
        self.renew()

    def _ask(self, order: RunOrder) -> WarmRun:
        assert self._control is not None and self._process is not None
        own, address = order.ours / "kernels", order.ours / SOCKET
        write_kernelspec(own, address)
        request = {
            "notebook": str(order.notebook),
            "options": [*order.options, "--nbmake-kernel", KERNEL],
            "environment": order.environment | {"JUPYTER_PATH": str(own)},
            "limits": order.limits,
            "socket": str(address),
        }
        mine, theirs = socket.socketpair()
        with theirs, order.log.open("wb") as log:
            outputs = [theirs.fileno(), log.fileno(), log.fileno()]
            socket.send_fds(self._control, [json.dumps(request).encode()], outputs)
        run = WarmRun(mine, self._process.pid)
        deadline = time.monotonic() + ANSWER_SECONDS
        while run.poll() is None and not run.pid:
            if time.monotonic() > deadline:
                raise OSError("does not answer")
            time.sleep(0.001)
        return run

    def _launch(self) -> None:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        task = {"control": theirs.fileno(), "preload": [*PRELOAD, *AT_START]}
        log = self.folder / "warm.log"
        with theirs, log.open("wb") as words:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT), json.dumps(task)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        mine.settimeout(STARTING_SECONDS)
        try:
            ready = mine.recv(1000)
        except OSError:
            ready = b""
        self._control = mine
        if not ready:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            self._stop()
            self.why_not = f"the warm process did not start: {lines[-1] if lines else 'no words'}"
            raise NotWarm(self.why_not)
        mine.settimeout(ANSWER_SECONDS)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self._process = None


def write_kernelspec(folder: Path, address: Path) -> None:
    """The kernelspec by which nbmake's kernel comes from the process that listens at `address`."""
    config = {"folder": str(folder), "owner": 0, "preload": [], "idle_s": 60.0, "socket": str(address)}
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER, "config": config}},
    }
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

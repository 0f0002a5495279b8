"""The grader's warm process: imports the heavy libraries and nbmake once, then forks a run for each request.

    python forge_runs.py '{"control": descriptor, "preload": [modules]}'

Linux only. A run is a sandbox of its own in which nbmake executes one notebook (see `run_fork`): what an answer does there ends with
it, and reaches neither this process nor the next run. This process holds no answer, no key and no reference.

A request is one message of JSON on the control socket, with three descriptors: a connection, and the run's stdout and stderr. On the
connection come lines of JSON: {"pid"}, later {"exited": code} with a code as Popen.returncode has it. Who closes
the connection ends the run; who closes the control socket ends this process.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

# Scripts and modules that live in the package's source, and are not on the path of a program: the package itself is not imported.
GRADING = Path(__file__).resolve().parents[1]
OURS = [str(folder) for folder in (GRADING / "forge", GRADING / "in_kernel", GRADING.parent / "kernels")]
sys.path[:0] = OURS

import huge_pages  # type: ignore[import-not-found]  # noqa: E402
import run_fork  # type: ignore[import-not-found]  # noqa: E402
from warm_fork import send  # type: ignore[import-not-found]  # noqa: E402
from warm_imports import Imported, preload  # type: ignore[import-not-found]  # noqa: E402
from warm_process import why_unsafe  # type: ignore[import-not-found]  # noqa: E402

MOST_BYTES = 1 << 20


@dataclass
class SandboxedRun:
    """A run that goes on: the process that waits for its sandbox, and who waits for that."""

    pid: int
    pidfd: int
    connection: socket.socket | None


def main() -> None:
    """Import, then serve. Exit code 0 unless the imports failed or forking would not be safe after them."""
    task = json.loads(sys.argv[1])
    control = socket.socket(fileno=task["control"])
    sys.path[:] = [entry for entry in sys.path if entry not in OURS]
    imported = preload(task["preload"])
    runners = run_fork.preload_runner(GRADING.parents[1])
    own = {
        name for name, module in sys.modules.items() if (getattr(module, "__file__", "") or "").startswith(tuple(OURS))
    }
    if unsafe := why_unsafe():
        sys.exit(unsafe)
    gc.collect()
    gc.freeze()  # the collector would write to every object's page, and each run would get a copy of its own
    huge_pages.collapse()
    run_fork.out_of_sight()
    control.send(json.dumps({"ready": True}).encode())
    RunServer(control, imported, runners | own).serve()
    os._exit(0)


class RunServer:
    """Takes requests and watches over runs, in one thread."""

    def __init__(self, control: socket.socket, imported: Imported, not_for_kernels: set[str]):
        self.control, self.imported, self.not_for_kernels = control, imported, not_for_kernels
        self.runs: dict[int, SandboxedRun] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self.request)
        self.going = True

    def serve(self) -> None:
        """Until nobody holds the other end of the control socket."""
        while self.going:
            for key, _ in self.selector.select():
                key.data()
        for run in self.runs.values():
            kill(run)

    def request(self) -> None:
        """Start what is asked for."""
        data, handles, _, _ = socket.recv_fds(self.control, MOST_BYTES, 3)
        if not data:
            self.going = False
            return
        connection = socket.socket(fileno=handles[0])
        warm = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self.let_go(connection)
                run_fork.become_run(warm, json.loads(data), handles[1:], self.imported, self.not_for_kernels)
            finally:  # never back into the loop above
                os._exit(1)
        for handle in handles[1:]:
            os.close(handle)
        send(connection, {"pid": pid})
        self.watch(pid, connection)

    def let_go(self, connection: socket.socket) -> None:
        """In the child: close what is this process's own."""
        connection.close()
        self.selector.close()
        self.control.close()
        for run in self.runs.values():
            os.close(run.pidfd)
            if run.connection is not None:
                run.connection.close()

    def watch(self, pid: int, connection: socket.socket) -> None:
        run = self.runs[pid] = SandboxedRun(pid, os.pidfd_open(pid), connection)
        self.selector.register(run.pidfd, selectors.EVENT_READ, lambda: self.ended(run))
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.abandoned(run))

    def ended(self, run: SandboxedRun) -> None:
        """A run has ended: tell who waits."""
        _, status = os.waitpid(run.pid, 0)
        self.selector.unregister(run.pidfd)
        os.close(run.pidfd)
        del self.runs[run.pid]
        if run.connection is not None:
            self.selector.unregister(run.connection)
            with contextlib.suppress(OSError):
                send(run.connection, {"exited": os.waitstatus_to_exitcode(status)})
            run.connection.close()

    def abandoned(self, run: SandboxedRun) -> None:
        """Nobody waits any more: end it. Its end is seen by its handle."""
        assert run.connection is not None
        self.selector.unregister(run.connection)
        run.connection.close()
        run.connection = None
        kill(run)


def kill(run: SandboxedRun) -> None:
    """End a run; the first process of its sandbox ends with it, and all others there with that."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(run.pid, signal.SIGKILL)
    signal.pidfd_send_signal(run.pidfd, signal.SIGKILL)  # it has no group of its own yet


if __name__ == "__main__":
    main()

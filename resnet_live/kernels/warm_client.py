"""Ask a warm process for a kernel, starting it first where there is none yet; tell all of a folder to stop."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import struct
import subprocess
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

SCRIPT = Path(__file__).with_name("warm_process.py")
LIMITS = ("AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "STACK")
# Read once, when Python starts or a library is imported: another value needs another warm process.
FIXED = (
    *(
        "PYTHON",
        "LD_",
        "LC_",
        "LANG",
        "MALLOC_",
        "GLIBC_",
        "OMP_",
        "GOMP_",
        "KMP_",
        "MKL_",
        "OPENBLAS_",
        "NPY_",
        "NUMEXPR_",
    ),
    *("TORCH", "PYTORCH", "CUDA", "NVIDIA_", "TQDM_", "MATPLOTLIB"),
)
# These are not: a forked kernel takes them on.
TAKEN_ON = {"PYTHONPATH", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TORCH_HOME", "MATPLOTLIBRC"}
LAUNCHER = ["-m", "ipykernel_launcher"]
STARTING_SECONDS = 180
ANSWER_SECONDS = 30


class NotWarm(Exception):
    """No warm kernel can be had; the text says why."""


@dataclass(frozen=True)
class Forge:
    """A place where kernels are forked: `folder` of its sockets, the process that it ends with, what it imports, and the seconds
    without a kernel after which it ends. Or the `socket` of a process that somebody else has started: none is started then."""

    folder: Path
    owner: int
    preload: Sequence[str]
    idle_s: float
    socket: str = ""


class ForkedKernel:
    """A kernel forked by a warm process, with the part of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None
    # As with Popen, a kernel does not end because nobody holds its object any more.
    _running: ClassVar[set[ForkedKernel]] = set()

    def __init__(self, pid: int, connection: socket.socket):
        self.pid, self._connection = pid, connection
        self.returncode: int | None = None
        connection.setblocking(False)  # else a look at it waits for its time-out, and takes that for the end
        self._running.add(self)

    def poll(self) -> int | None:
        """The return code, None while it runs."""
        if self.returncode is None:
            try:
                line = self._connection.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                line = b""
            # A closed connection means that the warm process has died, and its kernels with it.
            self.returncode = json.loads(line)["exited"] if line else -signal.SIGKILL
            self._connection.close()
            self._running.discard(self)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, signum: int) -> None:
        """Signal it, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def fork_kernel(
    forge: Forge, command: Sequence[str], environment: dict[str, str], cwd: str, outputs: list[int]
) -> ForkedKernel:
    """A warm kernel for the command line of an ordinary one. `outputs`: file descriptors for its stdout and stderr.

    Raises NotWarm when there is none, or when it would not be like the ordinary kernel.
    """
    import resource  # not on Windows, where this module must still be importable

    place = next((i for i in range(1, len(command)) if list(command[i : i + 2]) == LAUNCHER), None)
    if place is None:
        raise NotWarm(f"only the launcher of ipykernel can be forked, not {' '.join(command)}")
    python, arguments = list(command[:place]), list(command[place + 2 :])
    mask = os.umask(0o077)
    os.umask(mask)
    request = {
        "argv": arguments,
        "env": environment,
        "cwd": cwd,
        "umask": mask,
        "cores": sorted(os.sched_getaffinity(0)),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "limits": {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in LIMITS},
    }
    try:
        for _ in range(2):  # a warm process may go, for idleness, in the moment of asking
            connection = _connected(forge, python, environment)
            with connection:
                _send(connection, request, outputs)
                answer = _answer(connection)
                if "pid" in answer:
                    return ForkedKernel(answer["pid"], connection.dup())
            if answer:
                break
    except OSError as error:
        raise NotWarm(str(error)) from error
    raise NotWarm(answer.get("refused", "the fork ended at once"))


def stop_all(folder: Path) -> None:
    """End the warm processes of `folder` with all their kernels; returns when they have ended."""
    for address in folder.glob("*.sock"):
        with contextlib.suppress(OSError), _connect(address) as connection:
            _send(connection, {"stop": True}, [])
            connection.recv(1)  # closed by its end
    for process, place in _started:
        if place == folder:
            process.terminate()  # where its socket is no longer, or not yet
            process.wait()


# Children of this process and their folders: asked how they are now and then, so that none stays behind as a zombie.
_started: list[tuple[subprocess.Popen, Path]] = []


def _connected(forge: Forge, python: list[str], environment: dict[str, str]) -> socket.socket:
    """A connection to the warm process for such a kernel. Whoever comes first starts it, the others wait."""
    import fcntl  # not on Windows

    if forge.socket:
        return _connect(Path(forge.socket))
    name = _key(forge, python, environment)
    address = forge.folder / f"{name}.sock"
    with contextlib.suppress(OSError):
        return _connect(address)
    with (forge.folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):
            return _connect(address)
        failed = forge.folder / f"{name}.failed"
        if failed.exists():
            raise NotWarm(failed.read_text(encoding="utf-8"))
        address.unlink(missing_ok=True)  # of one that was killed
        return _start(forge, python, environment, address, failed)


def _key(forge: Forge, python: list[str], environment: dict[str, str]) -> str:
    """What a warm process must have in common with a kernel, as a name: interpreter, packages, imports, cores, variables."""
    variables = {name: value for name, value in environment.items() if name.startswith(FIXED) and name not in TAKEN_ON}
    # Installing, removing and updating a package all write into these folders.
    paths = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    packages = [(path, os.stat(path).st_mtime_ns) for path in sorted(paths)]
    script = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(SCRIPT.parent.glob("warm_*.py")))).hexdigest()
    parts = [python, list(forge.preload), packages, sorted(variables.items()), sorted(os.sched_getaffinity(0)), script]
    return "warm-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _start(forge: Forge, python: list[str], environment: dict[str, str], address: Path, failed: Path) -> socket.socket:
    """Start a warm process and wait until it listens."""
    _started[:] = [(process, folder) for process, folder in _started if process.poll() is None]
    task = {
        "socket": str(address),
        "owner": forge.owner,
        "preload": list(forge.preload),
        "idle_s": forge.idle_s,
    }
    own = {name: value for name, value in environment.items() if name not in TAKEN_ON} | {"OPENBLAS_NUM_THREADS": "1"}
    log = address.with_suffix(".log")
    with log.open("wb") as words:
        process = subprocess.Popen(
            [*python, str(SCRIPT), json.dumps(task)],
            cwd=forge.folder,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C in the terminal is for the runner
        )
    _started.append((process, forge.folder))
    deadline = time.monotonic() + STARTING_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            return _connect(address)
        time.sleep(0.02)
    process.kill()
    code = process.wait()
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    why = f"the warm process ended with {code}: {lines[-1] if lines else 'no words'}"
    if code > 0:  # it would end so every time
        failed.write_text(why, encoding="utf-8")
    raise NotWarm(why)


def _connect(address: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(str(address))
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, request: dict, handles: list[int]) -> None:
    data = json.dumps(request).encode()
    socket.send_fds(connection, [struct.pack("!I", len(data))], handles)
    connection.sendall(data)


def _answer(connection: socket.socket) -> dict:
    """One line, byte by byte: what follows is read later. Empty when there is none."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return {}
        line += byte
    return json.loads(line)

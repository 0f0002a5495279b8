"""The warm process: imports the heavy libraries once, then forks a Jupyter kernel for each request on a Unix socket.

    python warm_process.py '{"socket": path, "owner": pid, "preload": [modules], "idle_s": seconds}'

Run as a script, and with the standard library alone: nothing of this package may be in a kernel before its notebook imports it,
so that edits count and no reference answer is ever in memory. Linux only. It ends when the owner ends, after `idle_s` seconds
without a kernel, or when asked to.

A request is four bytes of length, then JSON; file descriptors for the kernel's stdout and stderr come along:
{"argv", "env", "cwd", "umask", "limits", "cores", "nice"}, or {"stop": true}. Answers are lines of JSON: {"pid"} or {"refused": why},
later {"exited": code} with a code as Popen.returncode has it. The kernel lives as long as the connection and its runner.
"""

import gc
import json
import os
import selectors
import signal
import site
import socket
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from warm_fork import become_kernel, python_path, send  # type: ignore[import-not-found]  # beside this file, when it runs
from warm_imports import Imported, preload  # type: ignore[import-not-found]

REQUEST_SECONDS = 10
# What a runner and its kernel must share: a runner in a sandbox never gets a kernel outside it.
NAMESPACES = ("mnt", "net", "pid", "user", "ipc", "uts")


@dataclass
class Forked:
    """A kernel. `connection`: None when its runner has gone; `code`: how it ended, None while it runs."""

    pid: int
    pidfd: int
    runner: int
    connection: socket.socket | None
    code: int | None = None


def main() -> None:
    """Import, then serve. Exit code 0 unless the imports failed or forking would not be safe after them."""
    task = json.loads(sys.argv[1])
    owner = os.pidfd_open(task["owner"])
    # The script's own folder: its modules' names must not hide others, nor be found by a notebook.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]
    for own in ("warm_fork", "warm_imports"):
        del sys.modules[own]
    imported = preload(task["preload"])
    unsafe = why_unsafe()
    if unsafe:
        sys.exit(unsafe)
    gc.collect()
    gc.freeze()  # the collector would write to every object's page, and each kernel would get a copy of its own
    os.umask(0o077)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(task["socket"])
    listener.listen(64)
    try:
        Server(listener, owner, task["idle_s"], imported).serve()
    finally:
        Path(task["socket"]).unlink(missing_ok=True)
    sys.stdout.flush()
    os._exit(0)


def why_unsafe() -> str | None:
    """The reason why this process must not fork kernels, None without one."""
    count = len(os.listdir("/proc/self/task"))
    if count != 1:
        return f"{count} threads run after the imports, and a fork takes one along"
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "CUDA is initialised, and does not work after a fork"
    # The driver counts too, even without a context: it opens its devices when it is first asked whether there is a GPU.
    for handle in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{handle}").startswith(("/dev/nvidia", "/dev/kfd")):
                return "a GPU's driver is open, and does not work after a fork"
        except OSError:
            continue
    return None


class Server:
    """Takes requests and watches over kernels, in one thread."""

    def __init__(self, listener: socket.socket, owner: int, idle_s: float, imported: Imported):
        self.listener, self.owner, self.idle_s, self.imported = listener, owner, idle_s, imported
        self.kernels: dict[int, Forked] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self.request)
        self.selector.register(owner, selectors.EVENT_READ, self.stop)
        self.going = True
        self.waiting: list[socket.socket] = []
        self.home = os.environ.get("HOME")
        self.names = loaded_names()

    def serve(self) -> None:
        """Until the owner ends, somebody says stop, or nothing happens for long."""
        since = time.monotonic()
        while self.going and (self.kernels or time.monotonic() - since < self.idle_s):
            for key, _ in self.selector.select(min(self.idle_s, 60)):
                key.data()
                since = time.monotonic()
        for kernel in self.kernels.values():
            if kernel.code is None:
                kill(kernel.pid)
                os.waitpid(kernel.pid, 0)

    def stop(self) -> None:
        self.going = False

    def request(self) -> None:
        """Read a request and answer it: a forked kernel, or a refusal."""
        connection, _ = self.listener.accept()
        handles: list[int] = []
        try:
            connection.settimeout(REQUEST_SECONDS)
            runner, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            request, handles = receive(connection)
            if user != os.getuid():
                raise ValueError("another user")
            if request.get("stop"):
                self.stop()
                self.waiting.append(
                    connection
                )  # closed by the end of this process, which is what the other side waits for
                return
            refusal = self.refusal(request, runner)
            if refusal:
                send(connection, {"refused": refusal})
                connection.close()
                return
            self.fork(request, connection, os.pidfd_open(runner), handles)
        except (OSError, ValueError, KeyError):  # who asked has gone, or is none of ours
            connection.close()
        finally:
            for handle in handles:
                os.close(handle)

    def refusal(self, request: dict, runner: int) -> str | None:
        """Why a fork would not be like a fresh kernel, None when it would."""
        for name in NAMESPACES:
            if os.readlink(f"/proc/{runner}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}"):
                return f"it would be outside its runner's namespace ({name})"
        environment = request["env"]
        if site.ENABLE_USER_SITE and environment.get("HOME") != self.home:
            return "another home has packages of its own"
        for folder in [request["cwd"], *python_path(environment, request["cwd"])]:
            found = self.hidden_by(Path(folder))
            if found:
                return f"{found} in {folder} comes before what is imported already"
        style = style_file(environment, request["cwd"])
        return f"{style} has settings of its own" if style else None

    def hidden_by(self, folder: Path) -> str | None:
        """A module in `folder` that a fresh kernel would import in place of one that is loaded here."""
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return None
        for entry in entries:
            name = entry.name.partition(".")[0]
            if name not in self.names or Path(self.names[name]).parent == folder:
                continue
            if entry.name.endswith((".py", ".so")) or Path(entry.path, "__init__.py").exists():
                return entry.name
        return None

    def fork(self, request: dict, connection: socket.socket, runner: int, handles: list[int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            # Whatever happens, this process never goes back into the server's loop.
            try:
                self.let_go(connection, runner)
                become_kernel(request, connection, handles, self.imported)
            except BaseException:  # told on stderr, as a fresh process would
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(1)
        kernel = Forked(pid, os.pidfd_open(pid), runner, connection)
        self.kernels[pid] = kernel
        self.selector.register(kernel.pidfd, selectors.EVENT_READ, lambda: self.ended(kernel))
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.abandoned(kernel))
        self.selector.register(runner, selectors.EVENT_READ, lambda: self.abandoned(kernel))

    def let_go(self, connection: socket.socket, runner: int) -> None:
        """In the child: close what is the server's. An open copy here would hide from a runner that the server has died."""
        self.selector.close()
        self.listener.close()
        for kernel in self.kernels.values():
            os.close(kernel.pidfd)
            if kernel.connection is not None:
                os.close(kernel.runner)
                kernel.connection.close()
        os.close(runner)
        os.close(self.owner)

    def ended(self, kernel: Forked) -> None:
        """A kernel has ended: tell its runner how. It stays a zombie until the runner knows, so that its number is not given
        to another process that the runner would then signal."""
        status = os.waitid(os.P_PIDFD, kernel.pidfd, os.WEXITED | os.WNOWAIT)
        assert status is not None  # the handle has become readable, so there is one
        kernel.code = status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
        self.selector.unregister(kernel.pidfd)
        if kernel.connection is None:
            self.bury(kernel)
            return
        try:
            send(kernel.connection, {"exited": kernel.code})
        except OSError:
            self.abandoned(kernel)

    def abandoned(self, kernel: Forked) -> None:
        """Its runner has closed the connection, or has died."""
        if kernel.connection is None:
            return
        for watched in (kernel.connection, kernel.runner):
            self.selector.unregister(watched)
        kernel.connection.close()
        os.close(kernel.runner)
        kernel.connection = None
        if kernel.code is None:
            kill(kernel.pid)
        else:
            self.bury(kernel)

    def bury(self, kernel: Forked) -> None:
        os.waitpid(kernel.pid, 0)
        os.close(kernel.pidfd)
        del self.kernels[kernel.pid]


def kill(pid: int) -> None:
    """End a kernel and what it has started."""
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
            return
        except ProcessLookupError:  # it has no group of its own yet
            continue


def loaded_names() -> dict[str, str]:
    """Where each top-level module that is loaded comes from: {name: file or package folder}."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." not in name and isinstance(file, str):
            found[name] = os.path.dirname(file) if os.path.basename(file).startswith("__init__.") else file
    return found


def style_file(environment: dict[str, str], cwd: str) -> str | None:
    """The matplotlibrc that a fresh kernel would read when it imports Matplotlib, None where it takes the one of the package."""
    home = environment.get("HOME", "")
    config = environment.get("MPLCONFIGDIR") or os.path.join(
        environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "matplotlib"
    )
    named = environment.get("MATPLOTLIBRC", "")
    candidates = [os.path.join(folder, "matplotlibrc") for folder in (cwd, named, config) if folder]
    return next((file for file in [named, *candidates] if os.path.isfile(file)), None)


def receive(connection: socket.socket) -> tuple[dict, list[int]]:
    """A request and the file descriptors that came with it."""
    head, handles, _, _ = socket.recv_fds(connection, 4, 2)
    try:
        (length,) = struct.unpack("!I", head)
        parts, missing = [], length
        while missing:
            part = connection.recv(min(missing, 1 << 16))
            if not part:
                raise ValueError("cut off")
            parts.append(part)
            missing -= len(part)
        return json.loads(b"".join(parts)), list(handles)
    except (ValueError, OSError, struct.error):
        for handle in handles:
            os.close(handle)
        raise ValueError("not a request") from None


if __name__ == "__main__":
    main()

"""The warm process: imports the heavy libraries once, then forks a Jupyter kernel for each request on a Unix socket.

    python warm_process.py '{"socket": path, "owner": pid, "preload": [modules], "idle_s": seconds}'

Run as a script, and with the standard library alone: nothing of this package may be in a kernel before its notebook imports it,
so that edits count and no reference answer is ever in memory. Linux only. It ends when the owner ends, after `idle_s` seconds
without a kernel, or when asked to.

A request is four bytes of length, then JSON; file descriptors for the kernel's stdout and stderr come along:
{"argv", "env", "cwd", "umask", "limits", "cores", "nice"}, or {"stop": true}. Answers are lines of JSON: {"pid"} or {"refused": why},
later {"exited": code} with a code as Popen.returncode has it. The kernel lives as long as the connection and its runner.
"""

import atexit
import builtins
import ctypes
import gc
import importlib
import importlib.abc
import importlib.util
import json
import multiprocessing
import os
import random
import resource
import selectors
import signal
import site
import socket
import struct
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

PR_SET_PDEATHSIG = 1
REQUEST_SECONDS = 10
# What a runner and its kernel must share: a runner in a sandbox never gets a kernel outside it.
NAMESPACES = ("mnt", "net", "pid", "user", "ipc", "uts")
# Imported before the first cell in every kernel, so nothing of it shows.
OF_THE_KERNEL = ("ipykernel", "IPython")
INLINE = "module://matplotlib_inline.backend_inline"


class ZMQInteractiveShell:
    """Stands for the notebook's shell while libraries are imported: fastcore and fastprogress ask then, once and for all,
    whether they are in a notebook, by the name of the class."""


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
    # The script's own folder: its modules' names must not hide others.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]
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


@dataclass
class FirstImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """What a notebook sees of the first import of a package, once more for the kernel's own first import of it.

    `package`: hidden until then; `words`: how many times the import has drawn 32 bits from Python's global generator, which a
    notebook may have seeded before; `warnings`: (message, category, file, line, module) of each that it showed. A finder and
    loader for `sys.meta_path`.
    """

    package: str
    words: int
    warnings: list[tuple]
    hidden: dict[str, ModuleType] = field(default_factory=dict)

    def hide(self) -> None:
        """Let the package look as if it had not been imported."""
        names = [name for name in sys.modules if name == self.package or name.startswith(f"{self.package}.")]
        self.hidden = {name: sys.modules.pop(name) for name in names}
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        """Found here: the package, and nothing else."""
        if name != self.package:
            return None
        return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec):
        """The package as it was imported."""
        self.spec = self.hidden[self.package].__spec__
        return self.hidden[self.package]

    def exec_module(self, module) -> None:
        """Its modules are there again, and what the import does is done."""
        module.__spec__ = self.spec
        module.__loader__ = self.spec and self.spec.loader
        sys.meta_path.remove(self)
        sys.modules.update(self.hidden)
        for _ in range(self.words):
            random.getrandbits(32)
        for message, category, file, line, name in self.warnings:
            warnings.warn_explicit(message, category, file, line, module=name)


@dataclass(frozen=True)
class Imported:
    """What the imports have settled: the number of threads that PyTorch has by itself, and the variables that they have set, with
    `temporary`, the folder that some of these name; `first`: packages whose import shows."""

    threads: int
    variables: dict[str, str]
    temporary: str
    first: list[FirstImport]


def preload(modules: list[str]) -> Imported:
    """Import `modules`."""
    # Read when Matplotlib is imported. The inline backend itself needs a kernel, and is loaded there.
    os.environ["MPLBACKEND"] = INLINE
    before = set(os.environ)
    vars(builtins)["get_ipython"] = ZMQInteractiveShell
    threads, first = 0, []
    try:
        for module in modules:
            seen = watch(module)
            if (seen.words or seen.warnings) and seen.package not in OF_THE_KERNEL:
                first.append(seen)
            if module == "torch":
                torch = sys.modules["torch"]
                # A parallel operation before the fork hangs every one after it: the pool's threads do not come along.
                threads = torch.get_num_threads()
                torch.set_num_threads(1)
    finally:
        del vars(builtins)["get_ipython"]
    added = {name: value for name, value in os.environ.items() if name not in before}
    return Imported(threads, added, tempfile.gettempdir(), first)


def watch(module: str) -> FirstImport:
    """Import a module, and see what a notebook would see of it."""
    shown: list[tuple] = []
    usual, warnings.showwarning = warnings.showwarning, lambda *told, **_: shown.append(told[:4])
    random.seed(0)
    try:
        importlib.import_module(module)
    finally:
        warnings.showwarning = usual
    words, again, state = 0, random.Random(0), random.getstate()
    while again.getstate() != state and words < 10_000:  # more: it has seeded the generator itself
        again.getrandbits(32)
        words += 1
    names = {getattr(loaded, "__file__", None): name for name, loaded in list(sys.modules.items())}
    told = [(*warning, names.get(warning[2])) for warning in shown]
    return FirstImport(module.partition(".")[0], 0 if words == 10_000 else words, told)


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


def python_path(environment: dict[str, str], cwd: str) -> list[str]:
    """What PYTHONPATH puts into sys.path."""
    if sys.flags.ignore_environment or sys.flags.isolated:
        return []
    parts = environment.get("PYTHONPATH", "")
    return [os.path.normpath(os.path.join(cwd, part)) for part in parts.split(os.pathsep)] if parts else []


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


def send(connection: socket.socket, answer: dict) -> None:
    connection.sendall(json.dumps(answer).encode() + b"\n")


def become_kernel(request: dict, connection: socket.socket, handles: list[int], imported: Imported) -> None:
    """In the child: take on everything that a fresh kernel would have, then be one. Does not return."""
    warm = os.getppid()
    os.setsid()  # a group of its own, for interrupts and kills
    # When the warm process dies, who would tell the runner how this kernel ends?
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != warm:
        os._exit(1)
    try:
        take_surroundings(request, handles)
        take_state(request, imported)
    except (
        OSError,
        ValueError,
    ) as error:  # an ordinary kernel is started instead, and says what is wrong in its own way
        send(connection, {"refused": str(error)})
        os._exit(1)
    send(connection, {"pid": os.getpid()})
    connection.close()
    run_kernel(request["argv"], warm, imported)


def take_surroundings(request: dict, handles: list[int]) -> None:
    """What the operating system keeps of a process, as the runner has it."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    for target, handle in zip((1, 2), handles, strict=True):
        os.dup2(handle, target)
        os.close(handle)
    os.chdir(request["cwd"])
    os.umask(request["umask"])
    os.sched_setaffinity(0, request["cores"])
    if os.getpriority(os.PRIO_PROCESS, 0) != request["nice"]:
        os.setpriority(os.PRIO_PROCESS, 0, request["nice"])
    for name, values in request["limits"].items():
        kind = getattr(resource, f"RLIMIT_{name}")
        if resource.getrlimit(kind) != tuple(values):
            resource.setrlimit(kind, tuple(values))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()


def take_state(request: dict, imported: Imported) -> None:
    """What Python and its libraries settle when they start or are imported, as a fresh kernel would settle it."""
    environment = request["env"]
    entries = [*python_path(environment, request["cwd"]), *sys.path]
    sys.path[:] = list(dict.fromkeys(entries))
    importlib.invalidate_caches()
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv[:] = [launcher.origin if launcher and launcher.origin else "ipykernel_launcher", *request["argv"]]
    tempfile.tempdir = None  # TMPDIR may be another one
    vars(multiprocessing.process)["ORIGINAL_DIR"] = os.getcwd()
    multiprocessing.current_process().authkey = os.urandom(32)
    if "threadpoolctl" in sys.modules:
        # NumPy's OpenBLAS has started with one thread, for the sake of the fork; others have never seen OMP_NUM_THREADS.
        limit = sys.modules["threadpoolctl"].threadpool_limits
        openmp = wanted_threads(environment, "OMP_NUM_THREADS")
        limit(wanted_threads(environment, "OPENBLAS_NUM_THREADS") or openmp or len(request["cores"]), user_api="blas")
        if openmp:
            limit(openmp, user_api="openmp")
    # Every child would draw the same "random" numbers.
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.default_generator.seed()
        torch.set_num_threads(wanted_threads(environment, "OMP_NUM_THREADS", "MKL_NUM_THREADS") or imported.threads)
    if "fastai.data.external" in sys.modules:
        sys.modules["fastai.data.external"].URLs.LOCAL_PATH = Path.cwd()  # where it looks for data first


def wanted_threads(environment: dict[str, str], *names: str) -> int | None:
    """The first of these variables that holds a number above zero."""
    for name in names:
        value = environment.get(name, "").split(",")[0].strip()
        if value.isdigit() and int(value) > 0:
            return int(value)
    return None


def run_kernel(arguments: list[str], warm: int, imported: Imported) -> None:
    """Be the kernel until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    # ipykernel takes its parent from the environment when it is imported, which was another time and another parent.
    app.parent_handle = warm
    # One history file for all kernels makes them wait for each other; nbclient says the same for kernels that it knows by name.
    if not any("hist_file" in argument for argument in arguments):
        arguments = ["--HistoryManager.hist_file=:memory:", *arguments]
    app.initialize(arguments)
    connect_libraries(app.shell, imported)
    app.start()
    # Closing the sockets in order stalls now and then for seconds; taking down PyTorch does always. So nothing is taken down, but
    # what a notebook asked to be done at the end is done, and its threads are waited for.
    atexit.unregister(app.close)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(0)


def connect_libraries(shell, imported: Imported) -> None:
    """What libraries do with the notebook's shell and variables when they are imported in it."""
    for name, value in imported.variables.items():
        os.environ.setdefault(name, value.replace(imported.temporary, tempfile.gettempdir()))
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].install_repl_displayhook()
    if "ipywidgets" in sys.modules:
        sys.modules["ipywidgets"].load_ipython_extension(shell)
    for package in imported.first:
        package.hide()


if __name__ == "__main__":
    main()

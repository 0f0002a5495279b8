"""From a fork of the warm process to a Jupyter kernel.

Part of the program `warm_process`: the standard library only.
"""

import atexit
import ctypes
import importlib
import importlib.util
import json
import multiprocessing
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from warm_imports import Imported  # type: ignore[import-not-found]  # beside this file, when the program runs

PR_SET_PDEATHSIG = 1


def become_kernel(request: dict, connection: socket.socket, handles: list[int], imported: Imported) -> None:
    """In the child: take on everything that a fresh kernel would have, then be one. Does not return."""
    warm = os.getppid()
    os.setsid()  # a group of its own, for interrupts and kills
    end_with(warm)  # who else would tell the runner how this kernel ends?
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


def end_with(parent: int) -> None:
    """In the child of the process `parent`: be killed when that one dies, or end now if it has."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


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
    if imported.pools is not None:
        # NumPy's OpenBLAS has started with one thread, for the sake of the fork; others have never seen OMP_NUM_THREADS.
        openmp = wanted_threads(environment, "OMP_NUM_THREADS")
        blas = wanted_threads(environment, "OPENBLAS_NUM_THREADS") or openmp or len(request["cores"])
        imported.pools.limit(limits=blas, user_api="blas")
        if openmp:
            imported.pools.limit(limits=openmp, user_api="openmp")
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


def connect_libraries(shell: Any, imported: Imported) -> None:
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


def python_path(environment: dict[str, str], cwd: str) -> list[str]:
    """What PYTHONPATH puts into sys.path."""
    if sys.flags.ignore_environment or sys.flags.isolated:
        return []
    parts = environment.get("PYTHONPATH", "")
    return [os.path.normpath(os.path.join(cwd, part)) for part in parts.split(os.pathsep)] if parts else []


def send(connection: socket.socket, answer: dict) -> None:
    connection.sendall(json.dumps(answer).encode() + b"\n")

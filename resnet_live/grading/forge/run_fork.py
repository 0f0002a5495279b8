"""From a fork of the warm process to a sandboxed run: shut off, then nbmake with a kernel that is forked too.

Part of the program `forge_runs`. None of a run's processes is shared with another run: one that waits outside; the first of the
sandbox, which forks the kernel when nbmake asks for it (it is a `warm_process` without imports of its own); nbmake; and the kernel.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import launch  # type: ignore[import-not-found]  # beside this file, when the program runs
from warm_fork import end_with  # type: ignore[import-not-found]
from warm_imports import Imported  # type: ignore[import-not-found]
from warm_process import Server  # type: ignore[import-not-found]

PR_SET_DUMPABLE = 4
RUNNER = ("pytest", "nbmake.pytest_plugin", "nbclient", "zmq.asyncio", "jupyter_client.manager")
PYTEST = [
    *("-q", "--assert=plain", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:faulthandler", "--nbmake"),
]
libc = ctypes.CDLL(None)


def preload_runner(root: Path) -> set[str]:
    """Import what executes notebooks, and let it do once what it does at first use. The modules that only it needs.

    `root`: the folder of the package, of which no more is imported than its provisioner of kernels.
    """
    before = set(sys.modules)
    for name in RUNNER:
        importlib.import_module(name)
    sys.path.insert(0, str(root))
    for name in ("provisioner", "prompt_client"):
        importlib.import_module(f"resnet_live.kernels.{name}")
    sys.path.remove(str(root))
    # looks once through all packages that are installed
    sys.modules["jupyter_client.provisioning"].KernelProvisionerFactory.instance()
    nbformat = importlib.import_module("nbformat")
    nbformat.validate(nbformat.v4.new_notebook())  # makes the validator
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        # imports pytest's own plugins
        pytest(["--collect-only", "--rootdir", "/nonexistent", os.devnull])
    return set(sys.modules) - before


def pytest(options: list[str]) -> int:
    """Run pytest with nbmake: its exit code."""
    # given by its name, pytest would look for it through all packages that are installed, each time
    return int(sys.modules["pytest"].main([*PYTEST, *options], plugins=[sys.modules["nbmake.pytest_plugin"]]))


def out_of_sight() -> None:
    """No other process of this user may look into this one."""
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def become_run(warm: int, request: dict, outputs: list[int], imported: Imported, not_for_kernels: set[str]) -> NoReturn:
    """In the child of the process `warm`: shut off, start nbmake, and serve its kernel until it has ended, with its exit code.

    This process stays outside and waits; the first one inside is a child of it (see `launch.confine`).
    """
    code = 1
    try:
        end_with(warm)  # nobody else would know of this run
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc are root's
        os.setsid()
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        for target, handle in zip((1, 2), outputs, strict=True):
            os.dup2(handle, target)
            os.close(handle)
        with contextlib.suppress(OSError):  # where memory runs out, it costs the answer and nobody else
            Path("/proc/self/oom_score_adj").write_text("500")
        os.chdir(Path(request["notebook"]).parent)
        os.environ.clear()
        os.environ.update(request["environment"])
        tempfile.tempdir = None  # TMPDIR is another one now
        launch.confine(request["limits"])
        code = serve_kernel(request, imported, not_for_kernels)
    except BaseException:  # told in the log
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(code)


def serve_kernel(request: dict, imported: Imported, not_for_kernels: set[str]) -> int:
    """Be the first process of the sandbox: nbmake's exit code."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(request["socket"])
    listener.listen(4)
    runner = os.fork()
    if runner == 0:
        listener.close()
        become_nbmake(request["notebook"], request["options"])
    for name in not_for_kernels:
        sys.modules.pop(name, None)
    gc.freeze()
    Server(listener, os.pidfd_open(runner), 3600.0, imported).serve()
    _, status = os.waitpid(runner, 0)
    return max(0, os.waitstatus_to_exitcode(status))


def become_nbmake(notebook: str, options: list[str]) -> NoReturn:
    """Execute the notebook with nbmake, as `python -m pytest --nbmake` would."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = pytest(["--overwrite", *options, notebook])
    except BaseException:  # told in the log
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

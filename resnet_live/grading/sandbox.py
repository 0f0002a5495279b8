"""Run an assembled notebook with nbmake, shut off from network, files and other processes as far as this machine allows.

On Linux with `unshare` and namespaces for users: a network of its own (loopback only), processes of its own (all of them end with
the first), and empty folders in place of solutions and submissions. Everywhere: an environment without the caller's variables, a
home and a working folder of its own, limits, and the end of the process group at the timeout.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from resnet_live.grading.assemble import IN_KERNEL, Assembled

NAMESPACES = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
NETWORK = ("--user", "--map-root-user", "--net")
MEMORY_BYTES = 4_000_000_000
# Starting Python, Jupyter and the imports takes seconds, minutes on a very busy machine; it is not the student's time.
STARTING_SECONDS = 600
# After the observation: the kernel's shutdown.
STOPPING_SECONDS = 30
KEEP = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_HOME",
    "SYSTEMROOT",
    "COMSPEC",
    "WINDIR",
)


@dataclass(frozen=True)
class Isolation:
    """What could be shut off here. `options`: of `unshare`, none where it is no use; `words`: for the reader."""

    options: tuple[str, ...] = ()
    hides: bool = False
    limits: bool = False
    words: str = ""


@dataclass(frozen=True)
class Ran:
    """How a run ended. `outcome`: "observed", "failed", "timed out" or "not started"; `cell`, `kind`, `text`: of the error, if any
    (text from the student's process: for showing only)."""

    outcome: str
    seconds: float
    cell: int | None = None
    kind: str = ""
    text: str = ""


@functools.cache
def isolation() -> Isolation:
    """Find out by trying."""
    limits = os.name == "posix" and sys.platform != "darwin"
    common = "a clean environment, a home of its own" + (f", {MEMORY_BYTES // 10**9} GB of memory" if limits else "")
    if sys.platform == "linux" and shutil.which("unshare"):
        if _works(NAMESPACES, hide=True):
            words = f"own network, own processes, solutions and submissions hidden; {common}"
            return Isolation(NAMESPACES, True, True, words)
        if _works(NETWORK, hide=False):
            words = (
                f"own network; {common}. NOT shut off: files and processes of this machine (no mount namespaces here)"
            )
            return Isolation(NETWORK, False, True, words)
    return Isolation(
        (), False, limits, f"{common}. NOT shut off: network, files and processes of this machine (no namespaces here)"
    )


def _works(options: tuple[str, ...], hide: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hide").mkdir()
        limits = Path(folder) / "limits.json"
        hidden = [str(Path(folder) / "hide")] if hide else []
        limits.write_text(
            json.dumps({"own_network": True, "hide": hidden, "memory": None, "cpu": None}), encoding="utf-8"
        )
        command = [
            "unshare",
            *options,
            sys.executable,
            "-I",
            str(IN_KERNEL / "launch.py"),
            str(limits),
            sys.executable,
            "-c",
            "",
        ]
        try:
            return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False


def hideable(folders: list[Path], home: Path) -> list[Path]:
    """Those of the folders that can be hidden without hiding the interpreter or the run itself."""
    needed = [Path(path).resolve() for path in (sys.prefix, sys.base_prefix, home, *sys.path) if path]
    found = []
    for folder in folders:
        folder = folder.resolve()
        if folder.is_dir() and not any(path.is_relative_to(folder) for path in needed if path.exists()):
            found.append(folder)
    return list(dict.fromkeys(found))


def run(assembled: Assembled, hidden: list[Path], timeout: float, kernel: str) -> Ran:
    """Run one notebook. `timeout`: seconds for the student's code, from the moment when everything is imported."""
    began = time.monotonic()
    home, how = assembled.home, isolation()
    on_gpu = assembled.record.device != "cpu"
    limits = {
        "own_network": bool(how.options),
        "hide": [str(folder) for folder in hidden] if how.hides else [],
        # a GPU's driver maps more than a machine has
        "memory": None if on_gpu else MEMORY_BYTES,
        "cpu": int(STARTING_SECONDS + 2 * timeout),
    }
    (home / "limits.json").write_text(json.dumps(limits), encoding="utf-8")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "nbmake.pytest_plugin", "--nbmake"]
    pytest += ["--overwrite", "--rootdir", str(assembled.notebook.parent), "-c", os.devnull]
    pytest += [
        "--nbmake-kernel",
        kernel,
        "--nbmake-timeout",
        str(int(STARTING_SECONDS + timeout)),
        str(assembled.notebook),
    ]
    if how.limits:
        launch = [sys.executable, "-I", str(home / "ours" / "in_kernel" / "launch.py"), str(home / "limits.json")]
        pytest = (["unshare", *how.options] if how.options else []) + launch + pytest
    with (home / "nbmake.log").open("wb") as log:
        process = subprocess.Popen(
            pytest,
            cwd=assembled.notebook.parent,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
        try:
            outcome = _wait(process, assembled, timeout)
        finally:
            _end(process)
    seconds = time.monotonic() - began
    if outcome == "observed":
        # whether it is the marker's own, its signature tells
        return Ran("observed", seconds)
    if outcome in ("timed out", "not started"):
        return Ran(outcome, seconds, text=_tail(home / "nbmake.log") if outcome == "not started" else "")
    cell, kind, text = _error(assembled.notebook)
    return Ran("failed", seconds, cell, kind, text or _tail(home / "nbmake.log"))


def _wait(process: subprocess.Popen, assembled: Assembled, timeout: float) -> str:
    """Until it ends by itself, or its time is up."""
    deadline, phase = time.monotonic() + STARTING_SECONDS, "not started"
    while process.poll() is None:
        now = time.monotonic()
        if phase == "not started" and assembled.ready.exists():
            phase, deadline = "timed out", now + timeout
        if phase == "timed out" and assembled.observation.exists():
            phase, deadline = "observed", now + STOPPING_SECONDS
        if now > deadline:
            # a kernel that will not stop after the observation has been made loses nothing but its life
            return phase
        time.sleep(0.02)
    return "observed" if assembled.observation.exists() else "failed"


def _end(process: subprocess.Popen) -> None:
    """End the run and all that it started."""
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEEP if name in os.environ}
    own = str(home / "home")
    return kept | {
        "HOME": own,
        "USERPROFILE": own,
        "TMPDIR": f"{own}/tmp",
        "TEMP": f"{own}/tmp",
        "TMP": f"{own}/tmp",
        "IPYTHONDIR": f"{own}/ipython",
        "JUPYTER_CONFIG_DIR": f"{own}/jupyter",
        "JUPYTER_RUNTIME_DIR": f"{own}/runtime",
        "JUPYTER_DATA_DIR": f"{own}/data",
        "MPLCONFIGDIR": f"{own}/matplotlib",
        "MPLBACKEND": "agg",
        "FASTAI_HOME": f"{own}/fastai",
        "TORCH_HOME": f"{own}/torch",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        # several runs at once share the cores; the inputs are small
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _error(notebook: Path) -> tuple[int | None, str, str]:
    """The first error that the executed notebook holds: (cell, kind, text)."""
    with contextlib.suppress(Exception):  # the student's process may have left anything there
        for place, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
            for output in cell.get("outputs", []):
                if output.get("output_type") == "error":
                    return place, str(output.get("ename"))[:100], str(output.get("evalue"))[:300]
    return None, "", ""


def _tail(log: Path) -> str:
    """The last words that say something."""
    with contextlib.suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        found = [line for line in lines if "Error" in line or "died" in line]
        return (found or lines or [""])[-1].strip()[:300]
    return ""

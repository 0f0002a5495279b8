"""Run an assembled notebook with nbmake, shut off from network, files and other processes as far as this machine allows.

See `isolation` for what it can be shut off from. Everywhere: an environment without the caller's variables, a home and a working
folder of its own, limits, a watch on what it uses (`run_watch`), and the end of all its processes at the timeout.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import nbformat

from resnet_live.grading.assemble import Assembled
from resnet_live.grading.forge.warm_runs import KERNEL, RunOrder, WarmRuns
from resnet_live.grading.isolation import MEMORY_BYTES, VisibleFiles, isolation, view_of
from resnet_live.grading.run_watch import MOST_THREADS, SECONDS, Process, end, excess, user_threads
from resnet_live.grading.untrusted_files import read
from resnet_live.kernels.warm_client import NotWarm
from resnet_live.whole_letters import whole_letters

# pytest, without a grammar of web addresses that is compiled for two seconds (see `late_grammar`) and that no notebook's schema needs.
PYTEST = "import sys; sys.modules['rfc3987_syntax'] = None; import pytest; sys.exit(pytest.console_main())"
# Starting Python, Jupyter and the imports takes seconds, minutes on a very busy machine; it is not the student's time.
STARTING_SECONDS = 600
# Of a file of the run that is read for its error.
MOST_BYTES = 50_000_000
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


class Ending(Enum):
    """How a run ended."""

    OBSERVED = auto()
    FAILED = auto()  # an error, or the end of the process, before anything was observed
    TIMED_OUT = auto()
    STOPPED = auto()  # it used more than it may
    NOT_STARTED = auto()  # the imports were never done, as far as one can see
    LOST = auto()  # the warm process failed: to be assembled and run again, without it


@dataclass(frozen=True)
class Ran:
    """How a run ended. `cell`, `kind`, `text`: index of the cell, class and message of the error, if any (from the student's process:
    for showing only)."""

    ending: Ending
    seconds: float
    cell: int | None = None
    kind: str = ""
    text: str = ""


def hideable(folders: list[Path], home: Path) -> list[Path]:
    """Those of the folders (and files) that can be hidden without hiding the interpreter or the run itself."""
    python = [Path(path) for path in (sys.prefix, sys.base_prefix, *sys.path) if path]
    needed = [path.resolve() for path in (home, *python)]
    found = []
    for folder in folders:
        folder = folder.resolve()
        if folder.exists() and not any(path.is_relative_to(folder) for path in needed if path.exists()):
            found.append(folder)
    return list(dict.fromkeys(found))


def run(
    assembled: Assembled, hidden: list[Path], timeout: float, kernel: str = KERNEL, warm: WarmRuns | None = None
) -> Ran:
    """Run one notebook. `timeout`: seconds for the student's code, from the moment when everything is imported; `warm`: where nbmake
    and its kernel come from with all their imports, None to start them anew, as is done too where that one has none."""
    folder = str(assembled.notebook.parent)
    # without the second, pytest looks through all folders above
    options = ["--rootdir", folder, "--confcutdir", folder, "--nbmake-timeout", str(int(STARTING_SECONDS + timeout))]
    if warm is not None and kernel == KERNEL:
        with contextlib.suppress(NotWarm):
            return _run_warm(options, assembled, hidden, timeout, warm)
    pytest = [sys.executable, "-c", PYTEST, "-q", "-p", "no:cacheprovider", "-p", "nbmake.pytest_plugin", "--nbmake"]
    pytest += ["--overwrite", "-c", os.devnull, *options, "--nbmake-kernel", kernel]
    return run_command([*pytest, str(assembled.notebook)], assembled, hidden, timeout)


def warm_runs(work: Path) -> WarmRuns:
    """Where warm runs come from, with a folder for it in `work`."""
    folder = work / "warm"
    (folder / "home" / "tmp").mkdir(parents=True)
    return WarmRuns(environment(folder), folder)


def _run_warm(options: list[str], assembled: Assembled, hidden: list[Path], timeout: float, warm: WarmRuns) -> Ran:
    """See `run`. Raises NotWarm."""
    home = assembled.home
    seconds, on_gpu = STARTING_SECONDS + 2 * timeout, assembled.record.device != "cpu"
    limits = isolation().inside(*_bounds(home, hidden, seconds, on_gpu))
    if limits is None:
        raise NotWarm("a fork cannot be shut off like a program that is started")
    order = RunOrder(home / "ours", assembled.notebook, options, environment(home), limits, home / "nbmake.log")
    process = warm.start(order)
    ran = watched(process, assembled, timeout)
    if process.lost or ran.ending is Ending.NOT_STARTED:
        # what comes before `ready` is not the answer's doing, and nor is what befalls the warm process
        warm.failed(process, ran.text)
        return Ran(Ending.LOST, ran.seconds)
    warm.worked()
    if ran.ending is not Ending.OBSERVED and not isolation().hides:
        warm.renew()  # nothing kept the answer from it
    return ran


def run_command(command: list[str], assembled: Assembled, hidden: list[Path], timeout: float) -> Ran:
    """Run a command that executes the notebook: see `run`."""
    seconds, on_gpu = STARTING_SECONDS + 2 * timeout, assembled.record.device != "cpu"
    with (assembled.home / "nbmake.log").open("wb") as log:
        process = subprocess.Popen(
            [*shut_off(assembled.home, hidden, seconds, on_gpu), *command],
            cwd=assembled.notebook.parent,
            env=environment(assembled.home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
    return watched(process, assembled, timeout)


def watched(process: Process, assembled: Assembled, timeout: float) -> Ran:
    """Wait for what was started, and end all of it."""
    began, log = time.monotonic(), assembled.home / "nbmake.log"
    try:
        ending, used = _wait(process, assembled, timeout, assembled.record.device == "cpu")
    finally:
        end(process, at_once=isolation().hides)
    seconds = time.monotonic() - began
    if ending is Ending.STOPPED:
        return Ran(ending, seconds, text=used)
    if ending in (Ending.FAILED, Ending.NOT_STARTED):
        cell, kind, text = _error(assembled.notebook)
        return Ran(ending, seconds, cell, kind, text or _tail(log))
    # whether an observation is the grader's own, its signature tells
    return Ran(ending, seconds)


def shut_off(home: Path, hidden: list[Path], seconds: float, on_gpu: bool) -> list[str]:
    """What stands before a command that runs in the folder `home`, for it to be shut off; see `_bounds`."""
    ours = home / "ours"
    bounds = _bounds(home, hidden, seconds, on_gpu)
    return isolation().command(ours / "in_kernel" / "launch.py", ours / "limits.json", *bounds)


def _bounds(home: Path, hidden: list[Path], seconds: float, on_gpu: bool) -> tuple[VisibleFiles, dict[str, int | None]]:
    """What a run in the folder `home` may see and use. `hidden`: folders that it must not see where they lie in what it may read;
    `seconds`: of computing in one process."""
    how = isolation()
    own = [home / name for name in ("ours", "run", "out", "home")]
    view = view_of(own, hidden, on_gpu) if how.hides else VisibleFiles()
    most = {
        # a GPU's driver maps more than a machine has
        "memory": None if on_gpu else MEMORY_BYTES,
        "cpu": int(seconds),
        "processes": user_threads() + MOST_THREADS if how.limits else None,
    }
    return view, most


def _wait(process: Process, assembled: Assembled, timeout: float, memory: bool) -> tuple[Ending, str]:
    """Until something is observed, it ends, its time is up, or it uses too much: how it ended, and what it used too much of.

    An answer may take `ready` away before that was seen. That something has come and gone in its folder, it cannot hide.
    """
    began, untouched = time.monotonic(), _changed_at(assembled.ready.parent)
    deadline, phase, look = began + STARTING_SECONDS, Ending.NOT_STARTED, began + SECONDS
    while process.poll() is None:
        if assembled.observation.exists():
            return Ending.OBSERVED, ""  # what a kernel does when it is shut down is nothing to wait for
        now = time.monotonic()
        if phase is Ending.NOT_STARTED and assembled.ready.exists():
            phase, deadline = Ending.TIMED_OUT, now + timeout
        if now > deadline:
            return phase, ""
        if now > look:
            if used := excess(process, assembled.home, assembled.home / "nbmake.log", memory):
                return Ending.STOPPED, used
            look = time.monotonic() + SECONDS
        time.sleep(0.005)
    if assembled.observation.exists():
        return Ending.OBSERVED, ""
    begun = phase is not Ending.NOT_STARTED or _changed_at(assembled.ready.parent) != untouched
    return Ending.FAILED if begun else Ending.NOT_STARTED, ""


def _changed_at(folder: Path) -> tuple[int, int] | None:
    """When an entry of it was made or removed last, as the file system counts; None where it is gone."""
    with contextlib.suppress(OSError):
        found = folder.stat()
        return found.st_mtime_ns, found.st_ctime_ns
    return None


def environment(home: Path) -> dict[str, str]:
    """The variables of a run whose folder is `home`: none of the caller's but KEEP."""
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
        # cuBLAS then gives the same numbers in each run
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # `torch.compile` gives back what it gets: the same numbers, and nothing is compiled for minutes
        "TORCHDYNAMO_DISABLE": "1",
        # several runs at once share the cores; the inputs are small
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _error(notebook: Path) -> tuple[int | None, str, str]:
    """The first error that the executed notebook holds: (cell, kind, text)."""
    with contextlib.suppress(Exception):  # the student's process may have left anything there
        text = read(notebook, MOST_BYTES).decode("utf-8", errors="replace")
        for place, cell in enumerate(nbformat.reads(text, as_version=4).cells):
            for output in cell.get("outputs", []):
                if output.get("output_type") == "error":
                    kind, told = (whole_letters(str(output.get(name))) for name in ("ename", "evalue"))
                    return place, kind[:100], told[:300]
    return None, "", ""


def _tail(log: Path) -> str:
    """The last words that say something."""
    with contextlib.suppress(OSError, ValueError):
        lines = read(log, MOST_BYTES).decode("utf-8", errors="replace").splitlines()
        found = [line for line in lines if "Error" in line or "died" in line]
        return (found or lines or [""])[-1].strip()[:300]
    return ""

"""What a run uses, watched from outside: the limits that the kernel sets count for each process, these for all of them together.

Where the grader runs as root, the kernel's own limit on processes does not hold either.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from resnet_live.grading.forge.warm_runs import WarmRun
from resnet_live.grading.isolation import MEMORY_BYTES

MOST_PROCESSES, MOST_THREADS = 64, 256
MOST_MEMORY = MEMORY_BYTES + 2_000_000_000  # of the student's process and what runs it
MOST_DISK, MOST_FILES, MOST_LOG = 1_000_000_000, 20_000, 20_000_000
# Between two looks: one costs some milliseconds.
SECONDS = 0.25
# Between two looks whether they have ended.
ENDED_SECONDS = 0.005
# To end thousands of processes on a busy machine.
ENDING_SECONDS = 30
Process = subprocess.Popen[bytes] | subprocess.Popen[str] | WarmRun


def excess(process: Process, home: Path, log: Path, memory: bool = True) -> str:
    """What the run uses more of than it may, in words; "" when it keeps to its limits. `home`: all that it may write lies below it;
    `log`: what it printed past the notebook; `memory`: is it limited."""
    running = family(process)
    if len(running) > MOST_PROCESSES:
        return f"more than {MOST_PROCESSES} processes"
    if memory and sum(map(_own_bytes, running)) > MOST_MEMORY:
        return f"more than {MOST_MEMORY // 10**9} GB of memory"
    with contextlib.suppress(OSError):
        if log.stat().st_size > MOST_LOG:
            return f"more than {MOST_LOG // 10**6} MB of output"
    total = 0
    for number, size in enumerate(_sizes(home)):
        total += size
        if number > MOST_FILES:
            return f"more than {MOST_FILES} files"
        if total > MOST_DISK:
            return f"more than {MOST_DISK // 10**9} GB of disk"
    return ""


def family(process: Process) -> list[psutil.Process]:
    """The run's processes, but the first."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def _own_bytes(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        used = process.memory_info()
        return used.rss - getattr(used, "shared", 0)
    return 0


def _sizes(folder: Path) -> Iterator[int]:
    """The bytes on disk of all files below; no link is followed. A path too long to be looked at is as good as endless."""
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    found = entry.stat(follow_symlinks=False)
                    yield getattr(found, "st_blocks", 0) * 512 or found.st_size
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                yield MOST_DISK + 1


def user_threads() -> int:
    """Of all processes of this user: the kernel counts them together."""
    user, found = os.getuid(), 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.uids().real == user:
                found += process.num_threads()
    return found


def end(process: Process, at_once: bool = False) -> None:
    """End the run and all that it started, and wait until they are gone. `at_once`: the first process takes all others with it, as
    namespaces see to."""
    running = family(process)
    if at_once:
        with contextlib.suppress(OSError):
            process.kill()
    deadline = time.monotonic() + ENDING_SECONDS
    stopped: set[int] = set()
    while running and time.monotonic() < deadline:
        fresh = [one for one in running if one.pid not in stopped]
        for one in fresh or running:
            with contextlib.suppress(psutil.Error):
                # what has stopped starts nothing more; only when all have, they are killed, so that none is missed
                one.suspend() if fresh and hasattr(signal, "SIGSTOP") and not at_once else one.kill()
        stopped |= {one.pid for one in fresh}
        if at_once or not fresh:
            time.sleep(ENDED_SECONDS)
        # a daemon is still a child of the first process, as `launch.py` has arranged
        more = [] if at_once else family(process)
        # (whoever has ended may stay as a zombie, if its parent was ended too: that one is not waited for)
        running = [one for one in {*running, *more} if _is_alive(one)]
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False

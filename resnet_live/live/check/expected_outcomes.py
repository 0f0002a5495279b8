"""What each step of a chapter should give: found out by a process of its own, kept in the cache, asked for here.

`prepare(chapter)` starts that process in the background; `expected_outcome(chapter, "2.7")` waits for one step.
"""

import functools
import hashlib
import importlib.metadata
import os
import platform
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from resnet_live.data.cache import cache_folder, fastai_data_folder
from resnet_live.import_closure import import_closure, with_initialisers
from resnet_live.live.chapter import Chapter, LiveError
from resnet_live.live.check.compute_outcomes import ExpectedOutcome
from resnet_live.live.check.outcome_process import (
    LONGEST,
    PACKAGE,
    ExpectedOutcomes,
    OutcomeProcess,
    read_outcomes,
)

PATIENCE = 20.0  # seconds that somebody waits for a step

_processes: dict[Path, OutcomeProcess] = {}


class NotReady(LiveError):
    """The outcome of a step is not known yet, or cannot be found out; the text says which."""


def prepare(chapter: Chapter) -> None:
    """Start finding out what the chapter's steps give, unless it is known or being found out. Returns at once; never raises."""
    with suppress(OSError):
        _start(chapter, outcomes_file(chapter))


def known(chapter: Chapter) -> ExpectedOutcomes:
    """What is known so far, without waiting."""
    return read_outcomes(outcomes_file(chapter))


def expected_outcome(chapter: Chapter, number: str, patience: float = PATIENCE) -> ExpectedOutcome:
    """What step `number` should give. Starts the work when nobody has.

    Raises NotReady when it is not known after `patience` seconds, or when the process failed, which is told once and
    tried again with the next call.
    """
    file, until = outcomes_file(chapter), time.monotonic() + patience
    try:
        _start(chapter, file)
    except OSError as error:
        raise NotReady(f"What this step should give cannot be kept in {file.parent}: {error.strerror}.") from error
    while True:
        running = _running(file)  # looked at first: what it writes before its end is then read
        found = read_outcomes(file)
        if number in found.outcomes:
            return found.outcomes[number]
        if not running:
            raise NotReady(_why(file, found))
        if time.monotonic() >= until:
            raise NotReady(
                f"What step {number} should give is still being worked out in the background "
                f"({len(found.outcomes)} of {len(chapter.steps)} steps are known). Ask again in a moment."
            )
        time.sleep(0.1)


def outcomes(chapter: Chapter, patience: float = LONGEST) -> dict[str, ExpectedOutcome]:
    """What all steps should give, by number. Raises NotReady as `expected_outcome` does."""
    expected_outcome(chapter, chapter.steps[-1].number, patience)
    return known(chapter).outcomes


def outcomes_file(chapter: Chapter) -> Path:
    """Where the outcomes of `chapter` are kept: another file when anything has changed that they depend on."""
    return cache_folder() / "outcomes" / f"{chapter.name}-{_key(chapter)}.jsonl"


def _key(chapter: Chapter) -> str:
    """Changes with everything that the outcomes depend on."""
    facts = [chapter.fingerprint, platform.python_version(), _sources(chapter.path, chapter.fingerprint)]
    facts.append(os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    for library in ("torch", "torchvision", "fastai", "numpy", "pandas"):
        with suppress(importlib.metadata.PackageNotFoundError):
            facts.append(importlib.metadata.version(library))
    # The images: a download in class changes the counts of later steps.
    facts += [os.environ.get("RESNET_LIVE_DATA", ""), str((fastai_data_folder() / "imagenette2-160").is_dir())]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


@functools.cache  # what this process has loaded does not change when files do
def _sources(notebook: Path, _fingerprint: str) -> str:
    """The code that the outcomes of a chapter rest on, and the recorded results, by their contents."""
    found = hashlib.sha256()
    files = import_closure(["resnet_live.live.check.outcome_process", notebook], PACKAGE)
    for path in [*sorted(with_initialisers(files, PACKAGE)), *sorted((PACKAGE.parent / "recorded").glob("*.json"))]:
        found.update(path.read_bytes())
    return found.hexdigest()


def _start(chapter: Chapter, file: Path) -> None:
    if not read_outcomes(file).done and not _running(file):
        _processes[file] = OutcomeProcess(chapter, file)


def _running(file: Path) -> bool:
    """Whether a process is at work on `file`, started by this one or by another kernel."""
    if file in _processes and _processes[file].running:
        return True
    try:
        with FileLock(f"{file}.lock", timeout=0):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):  # no folder yet, or a file system without locks
        return False


def _why(file: Path, found: ExpectedOutcomes) -> str:
    process = _processes.pop(file, None)
    reason = found.failed or (process.last_line() if process else "")
    return (
        "What this step should give could not be worked out: the process that runs the chapter in the background "
        f"{'said: ' + reason if reason else 'was stopped'}. Ask again to start it anew."
    )

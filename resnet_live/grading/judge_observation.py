"""Judge what came back from the sandbox, in a process of its own that has never run a student's code."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import hmac
import os
import queue
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState, judge
from resnet_live.exercise.observers.serialize import SerializationError, deserialize
from resnet_live.exercise.registry import find
from resnet_live.exercise.student.report import CheckReport
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.untrusted_files import read

MOST_BYTES = 512_000_000
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # as malloc.h has them


@dataclass(frozen=True)
class CheckResult:
    """One check as the feedback shows it."""

    key: str
    title: str
    points: int
    max_points: int
    state: CheckState
    feedback: Feedback | None = None


@dataclass(frozen=True)
class JudgedAnswer:
    """Points and words. `valid`: the observation was whole, and signed with this run's key."""

    valid: bool
    points: int
    checks: tuple[CheckResult, ...]
    text: str


def judge_file(path: Path, record: RunRecord) -> JudgedAnswer:
    """Judge the observation in a file against this run's record. Anything that is not a whole, signed observation gives nothing."""
    exercise = find(record.exercise)
    try:
        tree = deserialize(signed_bytes(path, record.key))
        if not isinstance(tree, dict) or tree.get("exercise") != record.exercise:
            raise SerializationError("it is of another exercise")
    except (OSError, ValueError) as error:  # SerializationError is a ValueError
        return JudgedAnswer(False, 0, (), f"What came back from the run cannot be used: {error}.")
    # its own words on seed and device are not asked for
    results = judge(exercise, tree | {"seed": record.seed, "device": record.device})
    report = CheckReport(exercise, results, [])
    checks = tuple(
        CheckResult(
            result.check.key,
            result.check.title,
            result.points,
            result.check.points,
            result.state,
            result.feedback,
        )
        for result in results
    )
    return JudgedAnswer(True, report.points, checks, report.text)


def signed_bytes(path: Path, key: bytes) -> memoryview:
    """What is in an observation's file behind its signature. Raises OSError, and ValueError where it is not signed with `key`."""
    data = memoryview(read(path, MOST_BYTES))
    signature, data = data[:32], data[32:]
    if not hmac.compare_digest(signature, hmac.new(key, data, hashlib.sha256).digest()):
        raise ValueError("it is not signed with this run's key")
    return data


def _begin() -> None:
    """What each judging process does first."""
    import torch

    _keep_freed_memory()
    torch.set_num_threads(1)  # as many processes as cores judge side by side: their threads would wait for each other
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _keep_freed_memory() -> None:
    """A network's 45 MB come and go with each answer: else its pages may be given back each time, and asked for again one by one."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # C libraries other than GNU's do without
            malloc_option = ctypes.CDLL(None).mallopt
            malloc_option(M_MMAP_THRESHOLD, 32 << 20)
            malloc_option(M_TRIM_THRESHOLD, 256 << 20)


def _end_with_parent() -> None:
    """A parent that was killed closes nothing: without this its processes would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Judges:
    """Processes that judge, each started when first needed, and again when something has ended it.

    `most`: how many at once.
    """

    def __init__(self, most: int = 1):
        self._free: queue.LifoQueue[_JudgingProcess] = queue.LifoQueue()
        for _ in range(most):
            self._free.put(_JudgingProcess())

    def judge(self, path: Path, record: RunRecord, timeout: float = 300) -> JudgedAnswer:
        """`judge_file` over there; what ends or stalls that process costs this one exercise."""
        process = self._free.get()
        try:
            return process.judge(path, record, timeout)
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End the processes. None may be at work."""
        while not self._free.empty():
            self._free.get().close()


def _context() -> BaseContext:
    """How a judge starts: forked off a process that has imported what judges and nothing else, where forks are safe."""
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class _JudgingProcess:
    """One process that judges, one answer at a time."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def judge(self, path: Path, record: RunRecord, timeout: float) -> JudgedAnswer:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=_context(), initializer=_begin)
        try:
            return self._pool.submit(judge_file, path, record).result(timeout)
        except Exception as error:  # BrokenProcessPool, TimeoutError: whatever it was, the next item gets a new process
            self.close()
            return JudgedAnswer(
                False, 0, (), f"What came back from the run could not be judged: {type(error).__name__}."
            )

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

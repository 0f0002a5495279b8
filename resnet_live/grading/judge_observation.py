"""Judge what came back from the sandbox, in a process of its own that has never run a student's code."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import hmac
import os
import queue
import signal
import sys
import threading
from dataclasses import dataclass
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
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
    """Points and words. `valid`: the observation was whole, and signed with this run's key; `ours`: it may have been, but the judge
    failed."""

    valid: bool
    points: int
    checks: tuple[CheckResult, ...]
    text: str
    ours: bool = False

    @property
    def line(self) -> str:
        """The first thing that is wrong."""
        for check in self.checks:
            if feedback := check.feedback:
                expected = f", expected {feedback.expected}" if feedback.expected else ""
                given = f", for {feedback.given}" if feedback.given else ""
                line = f"{check.title}: {feedback.seen}{expected}{given}. {feedback.hint}"
                return line.replace("`", "").replace("\n", " ").strip()
        return "All checks passed."


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


def _not_judged(error: Exception) -> JudgedAnswer:
    text = f"What came back from the run could not be judged: {type(error).__name__}."
    return JudgedAnswer(False, 0, (), text, ours=True)


# ---- In a judging process ----


def _judge_each(pipe: Connection) -> None:
    """Judge what comes through the pipe, one after the other, until its other end is closed."""
    _begin()
    with contextlib.suppress(EOFError):
        while True:
            path, record = pipe.recv()
            try:
                judged = judge_file(path, record)
            except Exception as error:  # ours, and it costs this one
                judged = _not_judged(error)
            pipe.send(judged)


def _begin() -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to answer
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
    """A parent that is killed in the midst of an answer: without this its processes would go on with it, however long it takes."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


# ---- In the grader ----


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


def _process(pipe: Connection) -> BaseProcess:
    """A process that judges: forked off one that has imported what judges and nothing else, where forks are safe."""
    if sys.platform != "linux":
        return get_context("spawn").Process(target=_judge_each, args=(pipe,), daemon=True)
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context.Process(target=_judge_each, args=(pipe,), daemon=True)


class _JudgingProcess:
    """One process that judges, one answer at a time. Threads that only pass its messages on would wait for the grader's others."""

    def __init__(self) -> None:
        self._running: tuple[BaseProcess, Connection] | None = None

    def judge(self, path: Path, record: RunRecord, timeout: float) -> JudgedAnswer:
        try:
            pipe = self._pipe()
            pipe.send((path, record))
            if not pipe.poll(timeout):
                raise TimeoutError
            return pipe.recv()
        except BaseException as error:
            self.close()  # whatever it was, the next answer gets a new process: never the verdict of this one, come late
            if isinstance(error, Exception):
                return _not_judged(error)
            raise

    def _pipe(self) -> Connection:
        """To the process, which is started where it does not run."""
        if self._running is not None and self._running[1].poll():  # nothing comes unasked but the end
            self.close()
        if self._running is None:
            ours, its = Pipe()
            process = _process(its)
            process.start()
            its.close()  # so that the end of the process is the end of the pipe
            self._running = (process, ours)
        return self._running[1]

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            process, pipe = self._running
            process.kill()
            process.join()
            pipe.close()
            self._running = None

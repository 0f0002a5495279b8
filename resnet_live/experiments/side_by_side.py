"""Record one experiment in several processes of one command: each takes the next part, until all are finished."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from resnet_live.experiments.record import RECORDED, Experiment, record, record_part


class PartFailed(RuntimeError):
    """A part of an experiment ended with an error; the text names part and error."""


def record_side_by_side(make: Callable[[], Experiment], workers: int, folder: Path = RECORDED) -> Path:
    """Record the experiment that `make` gives, as `record` does, with `workers` processes at a time; returns the path.

    `make` goes to each process, so it must be a function of a module, or a `partial` of one. Where OMP_NUM_THREADS is not set, the
    processes share the cores. After an error the other parts are run all the same, and kept; an interrupt ends all processes.
    Raises PartFailed.
    """
    experiment = make()
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    # a process that has been forked could not use CUDA
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            running = {pool.submit(_run, make, part, folder): part for part in experiment.parts}
            failed = _failures(running)
        except BaseException:  # an interrupt, or what else ends this process: the others would go on for hours
            pool.shutdown(wait=False, cancel_futures=True)
            ended = multiprocessing.active_children()
            for process in ended:
                process.terminate()
            for process in ended:
                process.join()
            raise
    if failed:
        raise PartFailed("; ".join(failed))
    return record(experiment, folder)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(make: Callable[[], Experiment], part: str, folder: Path) -> None:
    record_part(make(), part, folder, partial(print, flush=True))  # said at once in a log, too


def _failures(running: Mapping[Future, str]) -> list[str]:
    """What went wrong, in the order in which it did: a part, and its error. Waits for all."""
    failed: list[str] = []
    for future in as_completed(running):
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            # which part it had in hand is not known, and nothing else runs any more
            return [*failed, "a process was killed, perhaps for want of memory: take fewer workers"]
        if error is not None:
            failed.append(f"{running[future]}: {type(error).__name__}: {error}")
    return failed

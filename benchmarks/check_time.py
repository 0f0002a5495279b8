"""Seconds that a student waits for `check`, for each exercise, on one thread.

    python benchmarks/check_time.py [--rounds 5]

Each round checks the reference answer with other inputs, in a process of its own that has imported the course: what a notebook's first
call takes, and what the second takes there. Writes benchmarks/check_time.json: medians of seconds, and of CPU seconds, which depend
less on what else the machine does. The aim is two seconds.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ["RESNET_LIVE_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "progress.json")

import fastai.vision.all  # noqa: F401
import torch

from resnet_live.exercise import check, reference
from resnet_live.exercise.registry import exercises

AIM = 2.0


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = {}
    for exercise in exercises():
        rounds = [measured(exercise, seed) for seed in range(options.rounds)]
        names = ("first", "first_cpu", "second", "second_cpu")
        medians = (round(statistics.median(values), 3) for values in zip(*rounds, strict=True))
        rows[exercise] = dict(zip(names, medians, strict=True))
        print(exercise, rows[exercise], flush=True)
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": options.rounds,
        "machine": f"{platform.machine()}, {platform.system()}, load {os.getloadavg()[0]:.1f}",
        "torch": torch.__version__,
        "aim": AIM,
        "above_the_aim": [one for one, row in rows.items() if row["first_cpu"] > AIM],
        "exercises": rows,
    }
    out = Path(__file__).with_suffix(".json")
    out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"above {AIM} s: {facts['above_the_aim'] or 'none'}; written: {out}")


def measured(exercise: str, seed: int) -> tuple[float, ...]:
    """(seconds, CPU seconds) of the first and of the second check in a fork of this process."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_check_twice, args=(exercise, seed, theirs))
    child.start()
    found = ours.recv()
    child.join()
    return found


def _check_twice(exercise: str, seed: int, pipe: multiprocessing.connection.Connection) -> None:
    answers, found = reference.objects(exercise), []
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    for turn in range(2):
        began, cpu = time.perf_counter(), time.process_time()
        check(exercise, *answers, seed=10 * seed + turn)
        found += [time.perf_counter() - began, time.process_time() - cpu]
    pipe.send(tuple(found))


if __name__ == "__main__":
    main()

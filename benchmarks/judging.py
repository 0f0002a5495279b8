"""How long it takes to judge a class's observations again, with no kernel: 300 students, 29 exercises.

    python benchmarks/judging.py [--students 300] [--processes 2]

Observes the reference answers of one student, and judges each of these observations once for every student of the class, from its
file, as `resnet-live grade --judge-only` does. Writes judging.json beside this file.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import torch
from grade_one import hand_in

from resnet_live.exercise.registry import exercises
from resnet_live.grading.collect import collect
from resnet_live.grading.grader import Grader, Settings, seed_of
from resnet_live.grading.judge_observation import Judges
from resnet_live.grading.observation_store import record_of
from resnet_live.grading.statements import parse

RESULT = Path(__file__).with_suffix(".json")
SEED = 1


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        kept = observed(Path(folder))
        size = sum(file.stat().st_size for file in kept.values())
        copies = [
            (shutil.copy(file, f"{file}-{number}"), exercise)
            for number in range(min(3, options.students))  # more would fill the disk, and read the same
            for exercise, file in kept.items()
        ]
        work = [copies[number % len(copies)] for number in range(options.students * len(kept))]
        judges = Judges(options.processes)
        with ThreadPoolExecutor(options.processes) as pool:
            for _ in range(2):  # the first: each process imports what it needs
                began = time.perf_counter()
                results = list(pool.map(lambda one: judged(judges, *one), work if _ else work[: len(kept)]))
        seconds = time.perf_counter() - began
        judges.close()
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "results": len(results),
        "all points": sum(results),
        "processes": options.processes,
        "seconds": round(seconds, 1),
        "milliseconds a result": round(1000 * seconds / len(results), 1),
        "kernels started": 0,
        "megabytes a student": round(size / 1e6, 1),
        "torch": torch.__version__,
        "load": {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)},
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))


def observed(folder: Path) -> dict[str, Path]:
    """The observations of the reference answers, by exercise."""
    hand_in(folder / "reference")
    (student,) = collect(folder / "reference")
    parsed = [parse(notebook) for notebook in student.notebooks]
    found = {}
    with Grader(Settings(SEED, device="cpu", observations=folder / "kept")) as grader:
        for exercise in exercises().values():
            before = set((folder / "kept").rglob("*.bin"))
            grader.new_grade(student, parsed, exercise)
            (found[exercise.id],) = set((folder / "kept").rglob("*.bin")) - before
    return found


def judged(judges: Judges, file: str, exercise: str) -> bool:
    """Did it get all points?"""
    verdict = judges.judge(Path(file), record_of(exercise, seed_of(SEED, "reference", exercise), "cpu"))
    return verdict.points == sum(check.max_points for check in verdict.checks)


if __name__ == "__main__":
    main()

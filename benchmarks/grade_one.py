"""Seconds to grade one exercise, all the way through `resnet-live grade`'s own code: kernel, imports, sandbox, judging.

    python benchmarks/grade_one.py [--rounds 3] [--only 2.1 …]

Grades the reference answers of the exercises named (default: all), one at a time, and writes benchmarks/grade_one.json: the median
for each exercise and over all of them, and the CPU seconds beside it, which depend less on what else the machine does.
"""

import argparse
import json
import platform
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import torch

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading import sandbox
from resnet_live.grading.collect import collect
from resnet_live.grading.grader import Grader, Settings, selected
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    wanted = selected(tuple(options.only))
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder) / "reference")
        (student,) = collect(Path(folder))
    parsed = [parse(notebook) for notebook in student.notebooks]
    found: dict[str, list[tuple[float, float]]] = {exercise.id: [] for exercise in wanted}
    with Grader(Settings(seed=1, device="cpu")) as grader:
        grader.new_grade(student, parsed, wanted[0])  # starts the judge
        for _ in range(options.rounds):
            for exercise in wanted:
                began, cpu = time.perf_counter(), cpu_seconds()
                grade = grader.new_grade(student, parsed, exercise)
                found[exercise.id].append((time.perf_counter() - began, cpu_seconds() - cpu))
                if grade.status is not Status.PASSED:
                    sys.exit(f"{exercise.id}: {grade.status}: {grade.message}")
    rows = {one: {"seconds": median(runs, 0), "cpu_seconds": median(runs, 1)} for one, runs in found.items()}
    every = [run for runs in found.values() for run in runs]
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": options.rounds,
        "machine": f"{platform.machine()}, {platform.system()}",
        "torch": torch.__version__,
        "isolation": sandbox.isolation().summary,
        "median": {"seconds": median(every, 0), "cpu_seconds": median(every, 1)},
        "exercises": rows,
    }
    out = Path(__file__).with_suffix(".json")
    out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts["median"]), f"written: {out}")


def hand_in(folder: Path) -> None:
    """The reference answers as a student's notebooks."""
    folder.mkdir()
    for chapter in sorted({exercise.chapter for exercise in exercises().values()}):
        about = reference.chapter(chapter)
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in (about["setup"], *about["answers"].values())]
        nbformat.write(notebook, folder / f"{about['notebook']}.ipynb")


def cpu_seconds() -> float:
    """Used so far by this process and by children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def median(runs: list[tuple[float, float]], part: int) -> float:
    return round(statistics.median(run[part] for run in runs), 2)


if __name__ == "__main__":
    main()

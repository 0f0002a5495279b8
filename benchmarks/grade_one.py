"""Seconds to grade one exercise, all the way through `resnet-live grade`'s own code: kernel, imports, sandbox, judging.

    python benchmarks/grade_one.py [--rounds 3] [--only 2.1 …] [--to FILE]

Grades the reference answers of the exercises named (default: all), one at a time, with kernels from the warm process where this
machine can fork, as a class is graded. Gives the median for each exercise and over all of them, and the CPU seconds beside it, which
depend less on what else the machine does: those of this process and of all that it has started. What starts once, the warm process
and the judge, stands by itself. Writes FILE; without one grade_one.json beside this file, if all exercises were graded.
"""

import argparse
import contextlib
import json
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import psutil
import torch

from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import exercises
from resnet_live.grading import sandbox
from resnet_live.grading.collect import Student, collect
from resnet_live.grading.grader import Grader, Settings, selected
from resnet_live.grading.statements import ParsedNotebook, parse
from resnet_live.grading.status import Status


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    wanted = selected(tuple(options.only))
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder) / "reference")
        (student,) = collect(Path(folder))
    parsed = [parse(notebook) for notebook in student.notebooks]
    found: dict[str, list[tuple[float, float]]] = {exercise.id: [] for exercise in wanted}
    with Grader(Settings(seed=1, device="cpu")) as grader:
        begun = measured(grader, student, parsed, wanted[0])
        warm = grader.here.warm is not None and not grader.here.warm.why_not
        for _ in range(options.rounds):
            for exercise in wanted:
                found[exercise.id].append(measured(grader, student, parsed, exercise))
    rows = {one: {"seconds": median(runs, 0), "cpu_seconds": median(runs, 1)} for one, runs in found.items()}
    every = [run for runs in found.values() for run in runs]
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": options.rounds,
        "machine": f"{platform.machine()}, {platform.system()}",
        "torch": torch.__version__,
        "isolation": ((sandbox.isolation().forked if warm else None) or sandbox.isolation()).summary,
        "warm": warm,
        "first, with what starts once": {"seconds": round(begun[0], 2), "cpu_seconds": round(begun[1], 2)},
        "median": {"seconds": median(every, 0), "cpu_seconds": median(every, 1)},
        "exercises": rows,
    }
    to = options.to or (None if options.only else Path(__file__).with_suffix(".json"))
    if to is not None:
        to.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts["median"]), f"written: {to}" if to else json.dumps(rows))


def hand_in(folder: Path) -> None:
    """The reference answers as a student's notebooks."""
    folder.mkdir()
    for chapter in sorted({exercise.chapter for exercise in exercises().values()}):
        about = reference.chapter(chapter)
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in (about["setup"], *about["answers"].values())]
        nbformat.write(notebook, folder / f"{about['notebook']}.ipynb")


def measured(grader: Grader, student: Student, parsed: list[ParsedNotebook], exercise: Exercise) -> tuple[float, float]:
    """(seconds, CPU seconds) to grade the answer, which must be right."""
    began, cpu = time.perf_counter(), cpu_seconds()
    grade = grader.new_grade(student, parsed, exercise)
    used = (time.perf_counter() - began, cpu_seconds() - cpu)
    if grade.status is not Status.PASSED:
        sys.exit(f"{exercise.id}: {grade.status}: {grade.message}")
    return used


def cpu_seconds() -> float:
    """Used so far by this process and all below it: the warm process and the judge, which go on, and what these had and has ended."""
    total, own = 0.0, psutil.Process()
    for process in [own, *own.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def median(runs: list[tuple[float, float]], part: int) -> float:
    return round(statistics.median(run[part] for run in runs), 2)


if __name__ == "__main__":
    main()

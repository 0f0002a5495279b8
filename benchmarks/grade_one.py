"""Seconds to grade one exercise, all the way through `resnet-live grade`'s own code: kernel, imports, sandbox, judging.

    python benchmarks/grade_one.py [--rounds 3] [--only 2.1 …] [--to FILE]

Grades the reference answers of the exercises named (default: all), one at a time, with kernels from the warm process where this
machine can fork, as a class is graded: measure on a machine that does nothing else. Gives the median for each exercise and the mean
of these. What starts once, the warm process and the judge, stands by itself. Writes FILE; without one grade_one.json beside this
file, if all exercises were graded.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat
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
    found: dict[str, list[float]] = {exercise.id: [] for exercise in wanted}
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    with Grader(Settings(seed=1, device="cpu")) as grader:
        first = measured(grader, student, parsed, wanted[0])
        warm = grader.here.warm is not None and not grader.here.warm.why_not
        for _ in range(options.rounds):
            for exercise in wanted:
                found[exercise.id].append(measured(grader, student, parsed, exercise))
    medians = {one: round(statistics.median(runs), 2) for one, runs in found.items()}
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": options.rounds,
        "machine": f"{platform.machine()}, {platform.system()}",
        "load before": load,
        "torch": torch.__version__,
        "isolation": ((sandbox.isolation().forked if warm else None) or sandbox.isolation()).summary,
        "warm": warm,
        "seconds of the first, with what starts once": round(first, 2),
        "seconds an answer": round(statistics.mean(medians.values()), 2),
        "seconds by exercise": medians,
    }
    to = options.to or (None if options.only else Path(__file__).with_suffix(".json"))
    if to is not None:
        to.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{facts['seconds an answer']} seconds an answer", f"written: {to}" if to else json.dumps(medians))


def hand_in(folder: Path) -> None:
    """The reference answers as a student's notebooks."""
    folder.mkdir()
    for chapter in sorted({exercise.chapter for exercise in exercises().values()}):
        about = reference.chapter(chapter)
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in (about["setup"], *about["answers"].values())]
        nbformat.write(notebook, folder / f"{about['notebook']}.ipynb")


def measured(grader: Grader, student: Student, parsed: list[ParsedNotebook], exercise: Exercise) -> float:
    """Seconds to grade the answer, which must be right."""
    began = time.perf_counter()
    grade = grader.new_grade(student, parsed, exercise)
    seconds = time.perf_counter() - began
    if grade.status is not Status.PASSED:
        sys.exit(f"{exercise.id}: {grade.status}: {grade.message}")
    return seconds


if __name__ == "__main__":
    main()

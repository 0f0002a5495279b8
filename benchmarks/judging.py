"""How long it takes to judge a class again when nothing may run: 300 students, 29 exercises.

    python benchmarks/judging.py [--students 300] [--processes 2] [--made 8] [--chapters 2,5] [--to FILE]

Grades a small class once and keeps what is observed: of eight students three are right and five make typical mistakes, made up from
the known answers of the tests (tests/grading/load_class.py); each must get what is due. Then judges the answers of these students
over and over, as those of a class of `--students`, in the grader's own way with --judge-only; each must get the points that it had.
What is started meanwhile is counted: runs of answers, each with its sandbox and kernel, and programs of any kind (the judging
processes aside). The same counts while the class is graded say that they count. Writes judging.json beside this file, or FILE.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("grading", "exercise/known_answers")]

from load_class import Due, Kind, make_class, problems  # noqa: E402

from resnet_live.exercise.definition import Exercise  # noqa: E402
from resnet_live.exercise.registry import exercises  # noqa: E402
from resnet_live.grading import sandbox  # noqa: E402
from resnet_live.grading.collect import Student, collect  # noqa: E402
from resnet_live.grading.gradebook import Grade  # noqa: E402
from resnet_live.grading.grader import Grader, Settings  # noqa: E402
from resnet_live.grading.judge_observation import Judges  # noqa: E402
from resnet_live.grading.statements import parse  # noqa: E402

SEED = 1
# A class's, without those that cheat and those whose files are broken: of these little or nothing is kept.
KINDS = [Kind.PERFECT] * 3 + [Kind.WRONG] * 5
RUNS, PROGRAMS, OBSERVATIONS = "kernels started", "programs started", "observations judged"


@dataclass(frozen=True)
class Turn:
    """All results of one time through: by (student, exercise); `seconds` and `cpu`, the judging processes' aside; what was counted."""

    grades: list[Grade]
    seconds: float
    cpu: float
    counts: Counter[str]


class Counts:
    """Counts what is started and judged in this process; `now` is put in place of an old count to begin anew."""

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        run, judge = sandbox.run, Judges.judge
        # a run is one sandbox and one kernel in it, forked or started
        sandbox.run = lambda *some, **more: self.count(RUNS) or run(*some, **more)
        Judges.judge = lambda *some, **more: self.count(OBSERVATIONS) or judge(*some, **more)
        sys.addaudithook(lambda event, _: self.count(PROGRAMS) if event == "subprocess.Popen" else None)

    def count(self, what: str) -> None:
        self.now[what] += 1


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--made", type=int, default=len(KINDS), help="students whose answers are run")
    parser.add_argument("--chapters", default="", help="with commas between them; all without it")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".json"))
    options = parser.parse_args()
    chapters = [int(one) for one in options.chapters.split(",") if one]
    wanted = [one for one in exercises().values() if not chapters or one.chapter in chapters]
    load, counts = os.getloadavg()[0], Counts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_class(folder / "class", options.made, wanted, kinds=KINDS)
        students = collect(folder / "class")
        settings = Settings(SEED, options.processes, device="cpu", observations=folder / "kept")
        first = graded(students, wanted, settings, counts)
        if found := problems(made, first.grades):
            sys.exit("\n".join(found))
        if not first.counts[RUNS] >= len(first.grades) or not first.counts[PROGRAMS]:
            sys.exit(f"nothing is counted: {first.counts}")
        kept = list((folder / "kept").rglob("*.bin"))
        size = sum(file.stat().st_size for file in kept)
        again = [students[number % len(students)] for number in range(options.students)]
        turn = graded(again, wanted, replace(settings, judge_only=True), counts, warm_up=students[:1])
    points = {(one.student, one.exercise): (one.status, one.points) for one in first.grades}
    if other := [one for one in turn.grades if points[one.student, one.exercise] != (one.status, one.points)]:
        sys.exit(f"{len(other)} results are not what they were: {other[0]}")
    due = {(one.name, exercise): due for one in made for exercise, due in one.due.items()}
    right = sum(due[one.student, one.exercise] is Due.ALL for one in turn.grades)
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "results": len(turn.grades),
        "right answers": right,
        "wrong answers": len(turn.grades) - right,
        OBSERVATIONS: turn.counts[OBSERVATIONS],
        "processes": options.processes,
        "seconds": round(turn.seconds, 1),
        "milliseconds a result": round(1000 * turn.seconds / len(turn.grades), 1),
        "cpu seconds of the grader": round(turn.cpu, 1),
        RUNS: turn.counts[RUNS],
        PROGRAMS: turn.counts[PROGRAMS],
        "before": {
            "results": len(first.grades),
            "seconds": round(first.seconds, 1),
            RUNS: first.counts[RUNS],
            PROGRAMS: first.counts[PROGRAMS],
        },
        "megabytes a student": round(size / 1e6 / options.made, 1),
        "torch": torch.__version__,
        "load": {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)},
    }
    options.to.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))


def graded(
    students: list[Student], wanted: list[Exercise], settings: Settings, counts: Counts, warm_up: list[Student] = ()
) -> Turn:
    """Every exercise of every student, also of one who comes several times. `warm_up`: who is graded first and not counted, so that
    each process has imported what it needs."""
    with Grader(settings) as grader, ThreadPoolExecutor(settings.jobs) as pool:

        def all_of(some: list[Student]) -> list[Grade]:
            work = [
                (student, parsed, exercise)
                for student in some
                for parsed in [[parse(notebook) for notebook in student.notebooks]]
                for exercise in wanted
            ]
            return list(pool.map(lambda one: grader.new_grade(*one), work))

        all_of(list(warm_up) * settings.jobs)
        counts.now = Counter()
        began, cpu = time.perf_counter(), cpu_seconds()
        grades = all_of(students)
        return Turn(grades, time.perf_counter() - began, cpu_seconds() - cpu, counts.now)


def cpu_seconds() -> float:
    """Of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

"""What grading a class costs on a runner that is paid by the minute. Standard library only.

    python tools/ci/cost.py GRADES [--jobs 4] [--shards 1] [--setup 5] [--rate 0.052]
    python tools/ci/cost.py benchmarks/grade_one.json --students 30 --exercises 29 [...]

GRADES: a folder that `resnet-live grade --out` wrote; how long each answer took stands in its results.json. Or what
benchmarks/grade_one.py measured, one answer at a time. `--jobs`: answers at once in a job, each of which has a core; `--setup`:
minutes until a job grades (start, checkout, installation); `--rate`: dollars a minute. GitHub rounds each job up.
"""

import argparse
import json
import math
import sys
from pathlib import Path

T4_RATE = 0.052  # GitHub's Linux runner with 4 cores and a T4, dollars a minute; never among the free minutes


def main(arguments: list[str]) -> int:
    """Print one line; exit code 1 when there is nothing to go by."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path)
    numbers = {"jobs": 4, "shards": 1, "setup": 5.0, "rate": T4_RATE, "students": 0, "exercises": 0}
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    options = parser.parse_args(arguments)
    file = options.measured / "results.json" if options.measured.is_dir() else options.measured
    if not file.is_file():
        print(f"There is nothing to go by: {file} is not there.", file=sys.stderr)
        return 1
    tree = json.loads(file.read_text(encoding="utf-8"))
    if "results" in tree:
        seconds = sum(result["seconds"] for result in tree["results"])
        answers, students = len(tree["results"]), len({result["student"] for result in tree["results"]})
    else:
        students, answers = options.students, options.students * options.exercises
        seconds = answers * tree["seconds an answer"]
    if not answers:
        print("How many students and exercises? Name --students and --exercises.", file=sys.stderr)
        return 1
    minutes = billed_minutes(seconds, options.jobs, options.shards, options.setup)
    jobs = f"{options.shards} job{'s' * (options.shards != 1)}"
    print(
        f"{students} students, {answers} answers of {seconds / answers:.1f} s, {options.jobs} at once: "
        f"{minutes} billed minutes in {jobs}, {minutes * options.rate:.2f} dollars"
    )
    return 0


def billed_minutes(seconds: float, jobs: int, shards: int, setup: float) -> int:
    """Whole minutes of all jobs. `seconds`: of all answers, one after the other; `setup`: minutes, once in each job."""
    return shards * math.ceil(setup + seconds / 60 / jobs / shards)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A whole class through `resnet-live grade`: rate, total, memory, and whether the last student costs what the first did.

    python benchmarks/load.py [--students 300] [--chapters 2,5] [--jobs 2] [--to FILE]

The class is made up, with a seed, from the tests' known answers, cheats and broken files (tests/grading/load_class.py): of ten
students three are right, five make typical mistakes, one cheats, one hands in broken files. Every grade is compared with what is due;
exit code 1 when one is not. Writes load.json beside this file, or FILE: a part of the class belongs elsewhere.
"""

import argparse
import contextlib
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("grading", "exercise/known_answers")]

from load_class import make_class, problems, totals  # noqa: E402

from resnet_live.exercise.registry import exercises  # noqa: E402
from resnet_live.grading import sandbox  # noqa: E402
from resnet_live.grading.gradebook_file import NAME, existing  # noqa: E402

COMMAND = [sys.executable, "-c", "from resnet_live.command_line import main; main()", "grade"]
PARTS = ("first", "middle", "last")
SECONDS = 0.5  # between two looks at the memory


def main() -> int:
    """Parse the command line, grade, write; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--chapters", default="", help="with commas between them; all without it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=60, help="seconds for an answer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".json"))
    options = parser.parse_args()
    chapters = [int(one) for one in options.chapters.split(",") if one]
    wanted = [one for one in exercises().values() if not chapters or one.chapter in chapters]
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        made = make_class(folder / "class", options.students, wanted, options.seed)
        only = [word for chapter in chapters for word in ("--only", str(chapter))]
        asked = [str(folder / "class"), "--out", str(folder / "out"), *only, "--seed", str(options.seed)]
        asked += ["--jobs", str(options.jobs), "--timeout", str(options.timeout)]
        began, busy = time.time(), busy_seconds()
        looks = watched([*COMMAND, *asked], folder)
        seconds, busy = time.time() - began, busy_seconds() - busy
        with existing(folder / "out") as file:
            grades = file.book().grades
        ended = finished(folder / "out" / NAME)
        size = sum(one.stat().st_size for one in (folder / "out").rglob("*") if one.is_file())
    found = problems(made, grades)
    marks = [ended[student.name] for student in made if student.name in ended]
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "students": options.students,
        "chapters": chapters or "all",
        "exercises": len(wanted),
        "results": len(grades),
        "problems": found[:50],
        "kinds": totals(made, grades),
        "jobs": options.jobs,
        "seconds": round(seconds, 1),
        "submissions a minute": round(60 * options.students / seconds, 2),
        "seconds a submission": round(seconds / options.students, 2),
        "milliseconds a result": round(1000 * seconds / max(1, len(grades))),
        "processor seconds of the whole machine": round(busy, 1),
        "parts": parts(marks, looks, began),
        "seconds from the last result to the end": round(began + seconds - max(marks), 1),
        "most memory of all processes, GB": round(max(bytes_ for _, bytes_ in looks) / 1e9, 2),
        "files written, MB a submission": round(size / 1e6 / options.students, 1),
        "isolation": sandbox.isolation().summary,
        "machine": {"python": platform.python_version(), "torch": torch.__version__, "cores": os.cpu_count()},
        "load": {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)},
    }
    options.to.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1, ensure_ascii=False))
    return 1 if found or len(grades) != options.students * len(wanted) else 0


def watched(command: list[str], folder: Path) -> list[tuple[float, int]]:
    """Run a command: (time, bytes of memory of it and all that it has started) from time to time. Ends the program where it fails."""
    environment = dict(os.environ, RESNET_LIVE_PROGRESS=str(folder / "progress.json"), OMP_NUM_THREADS="1")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    looks: list[tuple[float, int]] = []

    def look() -> None:
        while process.poll() is None:
            looks.append((time.time(), memory(process.pid)))
            time.sleep(SECONDS)

    watch = threading.Thread(target=look)
    watch.start()
    code = process.wait()
    watch.join()
    if code != 0:
        sys.exit(f"{' '.join(command)}: exit code {code}\n{(folder / 'log').read_text()[-3000:]}")
    return looks


def memory(pid: int) -> int:
    """Bytes of a process and all below it, shared pages divided among those that have them (PSS); at least what is its own."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                try:
                    total += one.memory_full_info().pss
                except (psutil.AccessDenied, AttributeError):
                    used = one.memory_info()
                    total += used.rss - getattr(used, "shared", 0)
    return total


def busy_seconds() -> float:
    """Of all processors since the machine started: only a machine that does nothing else says what the command took."""
    times = psutil.cpu_times()
    return times.user + times.system + getattr(times, "nice", 0.0)


def finished(file: Path) -> dict[str, float]:
    """When each student's last result was written, in seconds since 1970."""
    base = sqlite3.connect(file)
    try:
        rows = base.execute("SELECT student, MAX(made) FROM grades GROUP BY student").fetchall()
    finally:
        base.close()
    return {student: datetime.fromisoformat(made).timestamp() for student, made in rows}


def parts(marks: list[float], looks: list[tuple[float, int]], began: float) -> dict[str, dict[str, float]]:
    """Of each third of the class, in the order of grading: seconds a submission, most memory. Starting up counts to the first."""
    found = {}
    third = len(marks) / 3
    before = began
    for number, name in enumerate(PARTS):
        first, last = round(number * third), round((number + 1) * third)
        until = max(marks[:last], default=before)
        memories = [bytes_ for moment, bytes_ in looks if before <= moment <= until]
        each = (until - before) / max(1, last - first)
        found[name] = {
            "seconds a submission": round(each, 2),
            "most memory, GB": round(max(memories, default=0) / 1e9, 2),
        }
        before = until
    return found


if __name__ == "__main__":
    sys.exit(main())

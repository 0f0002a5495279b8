"""What it costs to grade a student: ours with warm runs, ours without, `nbgrader autograde` and `otter run`, on the same notebooks.

    python benchmarks/grading.py [--rounds 3] [--students 1] [--chapters 2 …] [--otter FOLDER] [--to FILE]

Each tool grades the exercise notebooks with the reference answers in them, from its command line and on one core, and must give all
points; the tools take turns, so that other work on the machine meets all of them. nbgrader must be installed; otter-grader is taken
from FOLDER (`pip install --target FOLDER otter-grader`), and left out without one. Ours, warm, is measured on two cores too, with two
answers at once, where there are two. What the answers themselves compute, whoever grades them, is measured in this process: each is
observed once before, so that nothing is imported or made for the first time. Writes grading.json beside this file, or FILE.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import torch

from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import exercises
from resnet_live.grading import sandbox
from resnet_live.kernels.kernelspec import VARIABLE

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).with_suffix(".json")
WARM, TWO_CORES, OWN = "ours, warm", "ours, warm, on two cores", "the answers' own computation"
OURS = "from resnet_live.command_line import main; main()"
# All points, or an error: what the check prints is nothing to compare.
OTTER_TEST = """OK_FORMAT = True
test = {{"name": {name!r}, "points": {points}, "suites": [{{"cases": [{{"code": {code!r}, "hidden": False}}],
"scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
"""
OTTER_CODE = """>>> import contextlib, io
>>> with contextlib.redirect_stdout(io.StringIO()):
...     _ = check({id!r}, {names})
"""


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--students", type=int, default=1)
    parser.add_argument("--chapters", type=int, nargs="*", default=sorted({e.chapter for e in exercises().values()}))
    parser.add_argument("--otter", type=Path)
    parser.add_argument("--to", type=Path, default=RESULT)
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        tools = prepared(course, options.students, options.chapters, options.otter)
        if len(cores) > 1:
            tools[TWO_CORES] = lambda: on_cores(
                sorted(cores)[:2], lambda: ours(course, options.chapters, "--jobs", "2")
            )
        tools[OWN] = lambda: own_computation(options.chapters) * options.students
        tools[OWN]()
        found: dict[str, list[float]] = {name: [] for name in tools}
        for _ in range(options.rounds):
            for name, run in tools.items():
                found[name].append(run())
                print(f"{name}: {found[name][-1]:.1f} s", flush=True)
    count = sum(exercise.chapter in options.chapters for exercise in exercises().values())
    seconds = {name: statistics.median(times) for name, times in found.items()}
    results = options.students * count
    own = seconds[OWN] / results
    facts = {
        "what": "median seconds from the command line, on one core; a submission: one student's notebooks of these chapters",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "chapters": options.chapters,
        "exercises": count,
        "students": options.students,
        "rounds": options.rounds,
        "tools": {
            name: {
                "all": round(time_, 2),
                "a submission": round(time_ / options.students, 2),
                "an exercise": round(time_ / results, 2),
                "an exercise, beyond the answer's own computation": round(time_ / results - own, 2),
                "times as long as ours, warm": round(time_ / seconds[WARM], 1),
            }
            for name, time_ in seconds.items()
            if name not in (OWN, TWO_CORES)
        },
        TWO_CORES: {
            "all": round(seconds[TWO_CORES], 2),
            "an exercise": round(seconds[TWO_CORES] / results, 2),
            "times as fast as on one": round(seconds[WARM] / seconds[TWO_CORES], 2),
        }
        if TWO_CORES in seconds
        else None,
        OWN: {"all": round(seconds[OWN], 2), "an exercise": round(own, 2)},
        "isolation": sandbox.isolation().summary,
        "machine": {"python": platform.python_version(), "torch": torch.__version__, "cores": len(cores)},
        "load": {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)},
    }
    options.to.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: facts[name] for name in ("tools", TWO_CORES, OWN)}, indent=1), f"written: {options.to}")


def prepared(course: Path, students: int, chapters: list[int], otter: Path | None) -> dict[str, Callable[[], float]]:
    """Everything that is needed, in `course`; for each tool the function that grades all, on one core, and gives the seconds."""
    names = [reference.chapter(chapter)["notebook"] for chapter in chapters]
    (course / "source" / "course").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'resnet'\n")
    for name in names:
        shutil.copy(ROOT / "solutions" / f"{name}.ipynb", course / "source" / "course")
    command(course, "-m", "nbgrader", "generate_assignment", "course", "--create")
    for number in range(students):
        folder = course / "submitted" / f"student{number}" / "course"
        folder.mkdir(parents=True)
        for name in names:
            nbformat.write(answered(course / "release" / "course" / f"{name}.ipynb"), folder / f"{name}.ipynb")
    tools: dict[str, Callable[[], float]] = {
        WARM: lambda: ours(course, chapters),
        "ours, cold": lambda: ours(course, chapters, **{VARIABLE: "off"}),
        "nbgrader autograde": lambda: command(course, "-m", "nbgrader", "autograde", "course", "--create", "--force"),
    }
    if otter is not None:
        graders = {
            name: autograder(course.parent / "otter", chapter) for name, chapter in zip(names, chapters, strict=True)
        }
        tools["otter run"] = lambda: sum(
            with_otter(course / "submitted" / f"student{number}" / "course" / f"{name}.ipynb", grader, otter)
            for number in range(students)
            for name, grader in graders.items()
        )
    return tools


def answered(file: Path) -> nbformat.NotebookNode:
    """An exercise notebook with the reference answers in place of the stubs."""
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("answer-"):
            cell.source = reference.source(grade_id.removeprefix("answer-").replace("-", "."))
    return notebook


def ours(course: Path, chapters: list[int], *more: str, **variables: str) -> float:
    only = [word for chapter in chapters for word in ("--only", str(chapter))]
    return command(course, "-c", OURS, "grade", "submitted", *only, "--min-score", "100", *more, **variables)


def own_computation(chapters: list[int]) -> float:
    """The seconds in which the reference answers of these chapters are called on their inputs, in this process."""
    seconds = 0.0
    for exercise in exercises().values():
        if exercise.chapter in chapters:
            answers = reference.objects(exercise.id)
            began = time.perf_counter()
            observe(exercise.id, answers, seed=1, device="cpu")
            seconds += time.perf_counter() - began
    return seconds


def on_cores(cores: list[int], measured: Callable[[], float]) -> float:
    """What is `measured` with what it starts on these cores; afterwards all is as it was."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        return measured()
    finally:
        os.sched_setaffinity(0, before)


def autograder(folder: Path, chapter: int) -> Path:
    """otter's zip file for a chapter: a test for each exercise, that calls its check."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{chapter}.zip"
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for exercise in exercises().values():
            if exercise.chapter == chapter:
                code = OTTER_CODE.format(id=exercise.id, names=", ".join(exercise.names))
                name = f"q{exercise.slug.replace('-', '_')}"
                text = OTTER_TEST.format(name=name, points=exercise.points, code=code)
                zipped.writestr(f"tests/{name}.py", text)
    return file


def with_otter(notebook: Path, grader: Path, otter: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join([str(otter), os.environ.get("PYTHONPATH", "")])
        arguments = ["run", "-a", str(grader), "-o", folder, "--no-logo", str(notebook)]
        seconds = command(Path(folder), "-m", "otter", *arguments, PYTHONPATH=path)
        tests = json.loads((Path(folder) / "results.json").read_text())["tests"]
        lost = [one["name"] for one in tests if one.get("score", 0) < one.get("max_score", 0)]
        if lost or len(tests) < 2:
            sys.exit(f"otter: {notebook.name}: {lost or tests}")
    return seconds


def command(folder: Path, *arguments: str, **variables: str) -> float:
    """Run Python with these arguments in a folder: its seconds. Ends the program where it fails."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", RESNET_LIVE_PROGRESS=str(folder / "progress.json")) | variables
    environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment["PATH"]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds


if __name__ == "__main__":
    main()

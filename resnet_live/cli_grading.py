"""`resnet-live grade`: thin; it calls functions of the package. The gradebook's commands, in `cli_gradebook`, share its options."""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from resnet_live.command_failure import fail

if TYPE_CHECKING:
    from resnet_live.grading.collect import Collected, Student
    from resnet_live.grading.gradebook import Gradebook
    from resnet_live.grading.gradebook_file import GradebookFile
    from resnet_live.grading.grader import Settings

RETURNED = "returned"

Only = Annotated[list[str] | None, typer.Option(help="a chapter (2) or an exercise (2.3); may be repeated")]
Students = Annotated[list[str] | None, typer.Option("--student", help="only this student; may be repeated")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="how many answers to run at once: 1, or as many as Ray has room for", show_default=False),
]
Engine = Annotated[
    Literal["here", "ray"],
    typer.Option(help="where answers are run: on this machine, or on those of a Ray cluster (pip install -e '.[ray]')"),
]
Timeout = Annotated[float, typer.Option(min=1, help="seconds for each answer, imports aside")]
Gpus = Annotated[
    float,
    typer.Option(
        min=0, max=1, envvar="RESNET_LIVE_RAY_GPUS", help="with --engine ray: the share of a GPU that an answer gets"
    ),
]
Sandbox = Annotated[
    bool, typer.Option("--require-sandbox", help="grade nothing where answers cannot be shut off from this machine")
]
JudgeOnly = Annotated[
    bool, typer.Option("--judge-only", help="run nothing: judge what was observed when the answers ran before")
]
Chapters = Annotated[
    str, typer.Option(help="the address of the book's chapters, https://…/book, for links in the feedback")
]
Best = Annotated[
    bool, typer.Option("--best", help="of several attempts the best counts in each exercise, not the last")
]


def grade(
    path: Annotated[
        Path,
        typer.Argument(
            help="a folder of notebooks, one with a folder for each student, or a download from Canvas, Moodle or nbgrader, zip or not"
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="keep gradebook.db here, and write gradebook.csv, results.json, junit.xml, feedback/ and returned/"
        ),
    ] = None,
    only: Only = None,
    student: Students = None,
    jobs: Jobs = None,
    engine: Engine = "here",
    gpus: Gpus = 0.0,
    timeout: Timeout = 60,
    seed: Annotated[int | None, typer.Option(help="repeat a run with the same inputs")] = None,
    require_sandbox: Sandbox = False,
    judge_only: JudgeOnly = False,
    best: Best = False,
    chapters: Chapters = "",
    min_score: Annotated[
        float | None, typer.Option(min=0, max=100, help="exit with 2 when a student has less than this many percent")
    ] = None,
) -> None:
    """Grade exercise notebooks. Exit code 0 when everything was graded, whatever the points; 1 when an answer has no result yet.

    With --out, results are kept as they come: the same command again goes on where an interrupted one stopped. What was observed is
    kept too, in observations/ (about 10 MB a student for all chapters; it may be deleted): where checks have changed since, the same
    command judges again, and runs only answers that have changed. The table shows what was asked for; the files for the whole class
    are written from all that the gradebook holds.
    """
    from resnet_live.grading import grader
    from resnet_live.grading.gradebook_file import NAME, Attempts, GradebookError, GradebookFile
    from resnet_live.grading.observation_store import FOLDER

    if out is not None and out.exists() and not out.is_dir():
        fail(f"--out {out} is a file. Name a folder")
    if judge_only and out is None:
        fail("observations are kept in the folder of --out: name it")
    problems: list[str] = []
    with found_at(path) as found:
        try:
            with GradebookFile(out / NAME) if out is not None else nullcontext() as file:
                # the same inputs again: what was graded before an interruption fits what comes after it
                drawn = grader.new_seed() if seed is None else seed
                if file and seed is None:
                    drawn = int(str(file.fact("seed", drawn)))
                elif file:
                    file.set_fact("seed", drawn)
                hide = (out.resolve(),) if out is not None else ()
                settings = grader.Settings(
                    drawn,
                    jobs or 0,
                    timeout,
                    tuple(only or ()),
                    tuple(student or ()),
                    hide=hide,
                    require_sandbox=require_sandbox,
                    observations=None if out is None else out / FOLDER,
                    judge_only=judge_only,
                    machines=grader.Machines(engine),
                    gpus=gpus,
                )
                book = whole = graded(path, found, settings, file, best)
                if file:
                    file.set_fact("submissions", str(path.resolve()))
                    whole = replace(file.book(Attempts.BEST if best else Attempts.LAST), warnings=book.warnings)
        except GradebookError as error:
            fail(error)
        except sqlite3.Error as error:  # a full disk, a file that somebody else has locked
            fail(f"the gradebook in {out} could not be written, what is in it is kept: {error}")
        show_book(book)
        if out is not None:
            now = set(book.by_student())
            problems += write_book(whole, out, chapters, now)
            problems += return_notebooks([one for one in found.students if one.name in now], whole, out, chapters)
    fail_where_not_written(problems)
    say_by_exit_code(book)
    if min_score is not None and any(share * 100 < min_score for share in book.shares().values()):
        raise typer.Exit(2)


@contextmanager
def found_at(path: Path) -> "Iterator[Collected]":
    """What was handed in, the files of a zip file at hand inside the `with`."""
    from resnet_live.grading.collect import NoSubmissions, opened

    with ExitStack() as stack:
        try:
            found = stack.enter_context(opened(path))
        except NoSubmissions as error:
            fail(error)
        yield found


def graded(
    path: Path, found: "Collected", settings: "Settings", file: "GradebookFile | None", best: bool = False
) -> "Gradebook":
    """Grade, with a bar on a terminal; what the class's gradebook says of these grades, where there is one."""
    from resnet_live import devices
    from resnet_live.grading import grader
    from resnet_live.grading.gradebook_file import Attempts
    from resnet_live.grading.ray_runs import LostRun, NoCluster

    try:
        devices.device_for_grading()
        devices.grading_share(settings.jobs or 1)
        with progress_bar() as progress:
            book = grader.grade_collected(path, found, settings, progress, file)
    except (devices.DeviceError, grader.UnknownSelection, grader.NoSandbox, NoCluster, LostRun) as error:
        fail(error)
    return file.of_run(book, Attempts.BEST if best else Attempts.LAST) if file else book


class RateColumn(ProgressColumn):
    """Results a minute since this run began."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed * 60:.0f}/min", style="progress.data.speed")


@contextmanager
def progress_bar(errors: Console | None = None) -> Iterator[Callable[[int, int, str], None]]:
    """A bar with rate and time left on stderr; nothing where that is no terminal. Gives the `progress` of `grader.grade`."""
    from resnet_live.grading.reports import plain

    errors = errors or Console(stderr=True)
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        TextColumn("{task.description}"),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
        speed_estimate_period=120,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of, what: bar.update(task, completed=done, total=of, description=plain(what))


def console() -> Console:
    """A terminal's own width; enough for a table where the output goes into a file."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def show_book(book: "Gradebook") -> None:
    from resnet_live.grading import reports

    reports.show(book, console())


def write_book(book: "Gradebook", out: Path, chapters: str, students: Collection[str]) -> list[str]:
    """Write the files of the class, and the feedback of these students; what could not be written, in words."""
    from resnet_live.grading import reports
    from resnet_live.grading.pages.write_pages import write_pages

    problems = []
    for write in (reports.write, write_pages):
        try:
            write(book, out, chapters, students)
        except reports.NotWritten as error:
            problems.append(str(error))
    if not problems:
        names = ("class_report.html", f"feedback{os.sep}", "gradebook.csv", "gradebook.db", "junit.xml", "results.json")
        print(f"Written: {out}{os.sep} ({', '.join(names)})")
    return problems


def return_notebooks(students: "Iterable[Student]", book: "Gradebook", out: Path, chapters: str) -> list[str]:
    """Write the notebooks of these students with feedback in them; what could not be written, in words."""
    from resnet_live.grading.pages.returned_notebook import write_returned
    from resnet_live.grading.reports import NotWritten

    try:
        count = len(write_returned(students, book, out / RETURNED, chapters))
    except NotWritten as error:
        return [str(error)]
    print(f"Written: {out / RETURNED}{os.sep} ({count} notebook{'s' * (count != 1)} with feedback)")
    return []


def fail_where_not_written(problems: list[str]) -> None:
    """The command ends with one message where files could not be written; what else there is to write was written before."""
    if problems:
        fail(f"{'; '.join(problems)}. All else is written. Make room, or close the file elsewhere, and try again")


def say_by_exit_code(book: "Gradebook") -> None:
    """The command ends with 1 where an answer has no result: the notes say why, and scripts do not read them."""
    if any(grade.unfinished for grade in book.grades):
        raise typer.Exit(1)

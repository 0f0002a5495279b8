"""`resnet-live gradebook`: thin; each command calls functions of the package."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from resnet_live.cli_grading import (
    RETURNED,
    Best,
    Chapters,
    Engine,
    Gpus,
    Jobs,
    JudgeOnly,
    Only,
    Sandbox,
    Students,
    console,
    fail_where_not_written,
    found_at,
    graded,
    return_notebooks,
    say_by_exit_code,
    show_book,
    write_book,
)
from resnet_live.command_failure import fail

if TYPE_CHECKING:
    from resnet_live.grading.collect import Collected
    from resnet_live.grading.gradebook import Gradebook
    from resnet_live.grading.gradebook_file import GradebookFile

gradebook_app = typer.Typer(
    no_args_is_help=True, help="Look into the gradebook of a class, adjust it, grade parts again, take it out."
)
Folder = Annotated[Path, typer.Argument(help="what `resnet-live grade --out` wrote: the folder, or its gradebook.db")]
Submissions = Annotated[
    Path | None, typer.Option(help="where the notebooks are now; without it where they were graded last")
]
Form = Literal["csv", "json", "junit", "moodle", "moodle-feedback", "canvas", "gradescope", "classroom50"]
ColumnsOf = Literal["total", "chapter", "exercise"]


@contextmanager
def _opened(folder: Path) -> "Iterator[GradebookFile]":
    from resnet_live.grading.gradebook_file import GradebookError, existing

    try:
        with existing(folder) as file:
            yield file
    except GradebookError as error:
        fail(error)
    except sqlite3.Error as error:  # a full disk, a file that somebody else has locked
        fail(f"the gradebook in {folder} could not be read or written: {error}")


@gradebook_app.command()
def show(folder: Folder, only: Only = None, student: Students = None, best: Best = False) -> None:
    """The grades as they stand, with adjustments and lateness."""
    with _opened(folder) as file:
        show_book(_chosen(file, only, student, best))


@gradebook_app.command()
def history(
    folder: Folder,
    student: Annotated[str, typer.Argument(help="of this student; all without one")] = "",
    exercise: Annotated[str, typer.Argument(help="in this exercise; all without one")] = "",
) -> None:
    """What was graded, adjusted and graded again, when, and why."""
    from resnet_live.grading.reports import plain

    with _opened(folder) as file:
        _known(file, [student] if student else None)
        changes = file.history(student, exercise)
    table = Table("when (UTC)", "student", "exercise", "points", "why")
    for change in changes:
        points = "" if change.points is None else str(change.points)
        table.add_row(
            change.made[:19].replace("T", " "), plain(change.student), change.exercise, points, plain(change.why)
        )
    console().print(table)


@gradebook_app.command()
def adjust(
    folder: Folder,
    student: Annotated[str, typer.Argument()],
    exercise: Annotated[str, typer.Argument(help="e.g. 2.3")],
    points: Annotated[int | None, typer.Argument(help="the points that count from now on")] = None,
    reason: Annotated[str, typer.Option(help="why; the student reads it too")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="the judge's points count again")] = False,
) -> None:
    """Give other points than the judge, with a reason. They stay when the exercise is graded again."""
    if undo == (points is not None):
        fail("say the points, or --undo")
    with _opened(folder) as file:
        file.adjust(student, exercise, points, reason)
        print(f"{student}, {exercise}: " + ("the judge's points count again." if undo else f"{points} points."))
        _say_stale(file)


@gradebook_app.command()
def late(
    folder: Folder,
    student: Annotated[str, typer.Argument()] = "",
    days: Annotated[int | None, typer.Argument(help="how many days late; 0 takes it back")] = None,
    table: Annotated[
        Path | None, typer.Option("--from", help="of many students: a CSV file with the columns student and days")
    ] = None,
    reason: Annotated[str, typer.Option(help="a note for the history")] = "",
) -> None:
    """Say how many days late a student was, or many were."""
    if (table is None) == (days is None):
        fail("say a student and the days, or --from a file")
    with _opened(folder) as file:
        told = file.read_late(table) if table else {student: days or 0}
        file.set_late(told, reason)
        print("\n".join(f"{one}: {count} day{'s' * (count != 1)} late." for one, count in told.items()))
        _say_stale(file)


@gradebook_app.command("late-rule")
def late_rule(
    folder: Folder,
    free: Annotated[int, typer.Option(help="days that cost nothing")] = 0,
    percent: Annotated[float, typer.Option(help="percent of the points for each day after those")] = 0.0,
) -> None:
    """Say what lateness costs in this class."""
    from resnet_live.grading.gradebook_file import LateRule

    with _opened(folder) as file:
        file.set_late_rule(LateRule(free, percent))
        print(f"{percent:g} percent of the points for each day, after {free} that cost nothing.")
        _say_stale(file)


@gradebook_app.command()
def regrade(
    folder: Folder,
    reason: Annotated[str, typer.Option(help="why, for the history")],
    only: Only = None,
    student: Students = None,
    jobs: Jobs = None,
    engine: Engine = "here",
    gpus: Gpus = 0.0,
    timeout: Annotated[
        float | None,
        typer.Option(min=1, help="seconds for each answer, imports aside; without it as in the last run"),
    ] = None,
    submissions: Submissions = None,
    require_sandbox: Sandbox = False,
    judge_only: JudgeOnly = False,
) -> None:
    """Grade all, one exercise or one student again. What was stays in the history; adjustments stay in force.

    An answer that has not changed is judged again without being run, as long as what was observed is kept in observations/.
    """
    from resnet_live.grading import grader
    from resnet_live.grading.observation_store import FOLDER

    with _opened(folder) as file:
        seed, path = file.fact("seed"), submissions or _graded_last(file)
        if path is None:
            fail("nobody knows where the notebooks are: name the folder with --submissions")
        chosen, names = tuple(only or ()), tuple(student or ())
        drawn = int(str(seed)) if seed is not None else grader.new_seed()
        home = file.file.parent
        settings = grader.Settings(
            drawn,
            jobs or 0,
            timeout or _time_limit(file),
            chosen,
            names,
            hide=(home.resolve(),),
            require_sandbox=require_sandbox,
            observations=home / FOLDER,
            judge_only=judge_only,
            machines=grader.Machines(engine),
            gpus=gpus,
        )
        file.begin_again(reason, [sorted(chosen), sorted(names)])
        with found_at(path) as found:
            book = graded(path, found, settings, file)
        file.finish()
        show_book(replace(_chosen(file, only, student, best=False), warnings=book.warnings))
        _say_stale(file)
        say_by_exit_code(book)


@gradebook_app.command()
def feedback(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="write class_report.html, feedback/ and returned/ here")],
    only: Only = None,
    student: Students = None,
    best: Best = False,
    chapters: Chapters = "",
    submissions: Submissions = None,
) -> None:
    """Write the class report, everybody's feedback and the notebooks to give back again, as the gradebook stands.

    With --student only theirs; the files for the whole class stay those of the whole class.
    """
    with _opened(folder) as file:
        names = set(_some(file, only, student, best).by_student())
        book = _chosen(file, only, None, best)
        problems = write_book(book, out, chapters, names)
        path = submissions or _graded_last(file)
        if path is None or (submissions is None and not path.exists()):
            where = f"no longer at {path}" if path else "nobody knows where"
            print(
                f"Note: {out / RETURNED} was not written: the notebooks are {where}. Name the folder with --submissions",
                file=sys.stderr,
            )
        else:
            with found_at(path) as found:
                problems += _return_graded(file, found, book, names, out, chapters)
    fail_where_not_written(problems)


@gradebook_app.command()
def export(
    folder: Folder,
    form: Annotated[Form, typer.Argument(help="for which platform or program")],
    to: Annotated[
        Path, typer.Option(help="the file; for gradescope and classroom50 a folder with one for each student")
    ],
    class_list: Annotated[
        Path | None,
        typer.Option(
            help="who is who: Moodle's grading worksheet or grade export, Canvas's gradebook export; filled in or matched"
        ),
    ] = None,
    columns: Annotated[
        ColumnsOf, typer.Option(help="what gets a column: all in one, each chapter, each exercise")
    ] = "total",
    title: Annotated[
        str, typer.Option(help="what the column is called there; in Canvas NAME (NUMBER) of the assignment")
    ] = "ResNet Live",
    only: Only = None,
    student: Students = None,
    best: Best = False,
    chapters: Chapters = "",
) -> None:
    """Take the grades out, in the form that a learning platform or a program reads."""
    from resnet_live.grading.class_list import ClassListError
    from resnet_live.grading.export_files import write_export
    from resnet_live.grading.exports import ExportError
    from resnet_live.grading.reports import NotWritten, printable, unfinished

    with _opened(folder) as file:
        book = _some(file, only, student, best)
        try:
            written, notes = write_export(book, file.people(), form, to, class_list, title, columns, chapters)
        except (ClassListError, ExportError, NotWritten) as error:
            fail(error)
        except OSError as error:
            fail(f"{to} could not be written: {error.strerror or error}")
    for note in (*notes, *unfinished(book)):
        print(f"Note: {printable(note)}", file=sys.stderr)
    print(f"Written: {written}")


def _graded_last(file: "GradebookFile") -> Path | None:
    """Where the notebooks were when they were graded last."""
    kept = file.fact("submissions")
    return Path(str(kept)) if kept else None


def _time_limit(file: "GradebookFile") -> float:
    """The seconds that each answer had in the last run: results rest on them, and other seconds would run everything anew."""
    facts = file.fact("facts")
    return float(str(facts["timeout"])) if isinstance(facts, dict) and "timeout" in facts else 60.0


def _say_stale(file: "GradebookFile") -> None:
    """What people read is written by another command: without it students would go on reading the old points."""
    home = file.file.parent
    if (home / "feedback").exists():
        print(
            f"What was written to {home} is from before. Write it again: resnet-live gradebook feedback {home} --out {home}"
        )


def _return_graded(
    file: "GradebookFile", found: "Collected", book: "Gradebook", names: set[str], out: Path, chapters: str
) -> list[str]:
    """Write the notebooks to give back of those of these students who have not handed in anything else since: the marks are not about
    that. What could not be written, in words."""
    from resnet_live.grading.reports import printable
    from resnet_live.grading.resume import fingerprint

    students = [one for one in found.students if one.name in names and file.knows(one.name, fingerprint(one))]
    problems = return_notebooks(students, book, out, chapters)
    others = sorted(names - {one.name for one in students})
    if others:
        few = printable(", ".join(others[:3])) + ", …" * (len(others) > 3)
        print(
            f"Note: {out / RETURNED} is not new for {len(others)} student{'s' * (len(others) != 1)} ({few}): their notebooks "
            "are not there, or not as they were graded. Grade them, or name the folder with --submissions",
            file=sys.stderr,
        )
    return problems


def _some(file: "GradebookFile", only: list[str] | None, student: list[str] | None, best: bool) -> "Gradebook":
    """As `_chosen`; the command ends where nothing is left."""
    book = _chosen(file, only, student, best)
    if not book.grades:
        fail("no grade in the gradebook fits")
    return book


def _chosen(file: "GradebookFile", only: list[str] | None, student: list[str] | None, best: bool) -> "Gradebook":
    from resnet_live.grading import grader
    from resnet_live.grading.gradebook_file import Attempts

    try:
        wanted = {exercise.id for exercise in grader.selected(tuple(only or ()))}
    except grader.UnknownSelection as error:
        fail(error)
    _known(file, student)
    return file.book(Attempts.BEST if best else Attempts.LAST).only(wanted if only else None, student)


def _known(file: "GradebookFile", students: list[str] | None) -> None:
    """The command ends where one of these is nobody in the gradebook."""
    from resnet_live.grading import grader
    from resnet_live.grading.collect import Student

    try:
        grader.chosen([Student(name, ()) for name in file.students()], tuple(students or ()))
    except grader.UnknownSelection as error:
        fail(error)

"""The `resnet-live` command: thin; each command calls one function of the package."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

import resnet_live
from resnet_live.cli_gradebook import gradebook_app
from resnet_live.cli_grading import grade
from resnet_live.command_failure import fail
from resnet_live.data import DataError, find_source
from resnet_live.data.cache import fastai_data_folder
from resnet_live.data.download import download
from resnet_live.data.source import SourceKind
from resnet_live.doctor.diagnosis import Use
from resnet_live.doctor.report_health import report
from resnet_live.late_grammar import put_off_grammar

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
data_app = typer.Typer(invoke_without_command=True, help="Show which images are in use; fetch Imagenette.")
app.add_typer(data_app, name="data")
app.command()(grade)
app.add_typer(gradebook_app, name="gradebook")


def show_version(wanted: bool) -> None:
    if wanted:
        print(resnet_live.__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """ResNet Live: a book and live-coding course on residual networks."""
    put_off_grammar()


@app.command()
def doctor(
    uses: Annotated[list[Use] | None, typer.Argument(help="only these decide on the exit code")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Say whether this machine can read, solve, teach, grade and record, and what to do. Exit code 1 when it cannot."""
    raise typer.Exit(report(uses or (), as_json))


@data_app.callback()
def show_data(context: typer.Context) -> None:
    """Show which images are in use, without fetching anything."""
    if context.invoked_subcommand:
        return
    try:
        source = find_source(download=False)
    except DataError as error:
        fail(error)
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("images", source.note)
    table.add_row("folder", str(source.path))
    table.add_row("training", f"{len(source.train):,}")
    table.add_row("validation", f"{len(source.valid):,}")
    # A terminal folds long lines; in a pipe or a log a path stays in one piece.
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(80, len(str(source.path)), len(source.note)) + 20)
    console.print(table)
    if source.kind is SourceKind.STANDIN:
        print(
            "For photographs: resnet-live data fetch, or set RESNET_LIVE_DATA to a folder that holds train/ and val/."
        )


@data_app.command()
def fetch() -> None:
    """Fetch Imagenette (160 px) into fastai's cache, and check it."""
    try:
        target = download(fastai_data_folder())
    except DataError as error:
        fail(error)
    print(f"Imagenette is whole: {target}")


@app.command("record")
def record_results(
    name: Annotated[str, typer.Argument(help="which result, e.g. chapter03")],
    so_far: Annotated[bool, typer.Option("--so-far", help="run nothing; write the parts that are finished")] = False,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            help="parts that run side by side, each in a process of its own. On a CPU at most one for each core; on a GPU two or "
            "three: they share it, and more gain little. Each holds the images in memory, about 1 GB.",
        ),
    ] = 1,
) -> None:
    """Run a recorded experiment again, on real images, and write recorded/NAME.json. Can be interrupted and resumed."""
    from resnet_live.experiments.find_experiment import NoSuchExperiment, find_experiment
    from resnet_live.experiments.record import record, record_so_far
    from resnet_live.experiments.side_by_side import PartFailed, record_side_by_side

    try:
        experiment = find_experiment(name)
        if so_far:
            print(record_so_far(experiment))
        elif workers > 1:
            print(record_side_by_side(partial(find_experiment, name), workers))
        else:
            print(record(experiment))
    except (DataError, FileNotFoundError, NoSuchExperiment, PartFailed) as error:
        fail(error)


exercises_app = typer.Typer(no_args_is_help=True, help="Make the exercise notebooks from the solutions.")
app.add_typer(exercises_app, name="exercises")


@exercises_app.command("build")
def build_exercises(
    folder: Annotated[Path, typer.Option(help="the repository: holds solutions/ and exercises/")] = Path(),
    check: Annotated[bool, typer.Option("--check", help="write nothing; fail when a file has drifted")] = False,
) -> None:
    """Make exercises/ and the packaged reference answers from solutions/."""
    from resnet_live.exercise.build import NotebookProblems, build, drift
    from resnet_live.exercise.reference import FOLDER

    if not (folder / "solutions").is_dir():
        fail(
            f"there is no folder solutions/ in {folder.resolve()}. Run this in the repository, or name it with --folder."
        )
    places = (folder / "solutions", folder / "exercises", FOLDER)
    try:
        found = drift(*places) if check else build(*places)
    except NotebookProblems as problems:
        fail(problems)
    if check and found:
        fail("\n".join([*found, "Run: resnet-live exercises build"]))
    print("\n".join(f"written: {path}" for path in found) or "exercises/ is as solutions/ has it.")


live_app = typer.Typer(no_args_is_help=True, help="For instructors: live notebooks, run sheets, slides, recordings.")
app.add_typer(live_app, name="live")


@live_app.command("build")
def build_live(
    chapters: Annotated[list[str] | None, typer.Argument(help="numbers of chapters; all without one")] = None,
    out: Annotated[Path, typer.Option(help="the folder for the notebooks")] = Path("live"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="replace notebooks that were typed into, and keep a backup of them")
    ] = False,
    session: Annotated[
        str,
        typer.Option(
            help="a planned session, e.g. pooling_to_residual: one notebook, run sheet, deck and handout for all its chapters"
        ),
    ] = "",
    book: Annotated[
        Path, typer.Option(help="the folder of the built book, for the scripts of a session's slides")
    ] = Path("_build"),
) -> None:
    """Make the live notebooks: chapters, or a session, without the code that is typed in class. One that was typed into is kept."""
    from resnet_live.live.chapter import LiveError, chosen_chapters
    from resnet_live.live.pages import live_notebook

    if session and chapters:
        fail("name chapters or a session, not both")
    try:
        if session:
            from resnet_live.live.pages.session_files import build_session

            print("\n".join(build_session(session, out, overwrite, book)) or f"{out} is up to date.")
            return
        found = chosen_chapters(chapters)
        placed = live_notebook.build_for_class(found, out, overwrite)
    except LiveError as error:
        fail(error)
    print("\n".join(notebook.sentence for notebook in placed if notebook.sentence) or f"{out} is up to date.")


@live_app.command("publish")
def publish_live(
    records: Annotated[
        list[Path], typer.Argument(help="what %record has written; several kernels of a class together")
    ],
    out: Annotated[
        Path, typer.Option(help="the folder for NAME.html, NAME.ipynb, NAME.replay.json and its page")
    ] = Path("live/published"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace what was published before")] = False,
    drop: Annotated[str, typer.Option(help="numbers of cells to leave out, as the preview has them: 3,5-7")] = "",
    take_out: Annotated[
        list[str] | None, typer.Option("--take-out", help="a text to take out everywhere; may be repeated")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="publish without asking")] = False,
) -> None:
    """Make a page and a notebook of a class for its students, and a replay. First a preview; nothing is published unasked."""
    from resnet_live.live.chapter import LiveError
    from resnet_live.live.recording.publish import join, prepare, publish
    from resnet_live.live.recording.publish_decisions import chosen, decisions, preview
    from resnet_live.live.recording.session_log import read_log

    texts = list(take_out or [])
    try:
        runs, report = prepare(join([read_log(file) for file in records]), (), texts)
        print("\n".join(preview(runs)))
        print("\n".join([*report.lines(), *(f"Decide: {decision.line}" for decision in decisions(runs))]))
        dropped = chosen(drop, len(runs))
        if not yes:
            if not sys.stdin.isatty():
                fail(
                    "nothing was published: look at the preview, then say --yes, with --drop and --take-out where needed"
                )
            dropped |= chosen(
                typer.prompt("Cells to leave out (like 3, 5-7)", default="", show_default=False), len(runs)
            )
            texts += filter(None, [typer.prompt("A text to take out everywhere", default="", show_default=False)])
            if not typer.confirm(f"Publish {len(runs) - len(dropped)} of {len(runs)} cells?"):
                fail("nothing was published")
        files, report = publish(records, out, overwrite, dropped, texts)
    except (LiveError, ValueError) as error:
        fail(error)
    print("\n".join([*report.lines(), *(f"written: {file}" for file in files)]))


def show_step(status: Status, line: str) -> None:
    status.update(f"step {line}")


@live_app.command("rehearse")
def rehearse_live(
    chapters: Annotated[list[str] | None, typer.Argument(help="numbers of chapters; all without one")] = None,
    profile: Annotated[str, typer.Option(help="how much to train: smoke, quick or full")] = "quick",
) -> None:
    """Go through live notebooks in a real kernel, as in class, mistakes included. Exit code 1 when something is wrong."""
    from resnet_live.kernels import warm_kernels
    from resnet_live.live.chapter import LiveError, chosen_chapters
    from resnet_live.live.check.verdict import StepStatus
    from resnet_live.live.recording.rehearse import rehearse
    from resnet_live.profiles import PROFILES

    if profile not in PROFILES:
        fail(f"there is no profile {profile!r}. Profiles: {', '.join(PROFILES)}")
    try:
        found = chosen_chapters(chapters)
    except LiveError as error:
        fail(error)
    table = Table("chapter", "steps", "right", "ran", "problems", "seconds")
    console, problems = Console(stderr=True), []
    with warm_kernels():
        for chapter in found:
            with console.status(f"chapter {chapter.number} · {chapter.title}") as status:
                result = rehearse(chapter, profile, partial(show_step, status))
            counts = [
                len(chapter.steps),
                result.count(StepStatus.RIGHT),
                result.count(StepStatus.RAN),
                len(result.problems),
            ]
            table.add_row(f"{chapter.number} · {chapter.title}", *map(str, counts), f"{result.seconds:.0f}")
            problems += result.problems
    Console().print(table)
    if problems:
        fail("\n".join(["the rehearsal found problems:", *problems]))


@live_app.command("record-session")
def record_planned_session(name: Annotated[str, typer.Argument(help="a plan of sessions/, e.g. pytorch")]) -> None:
    """Execute a planned session in real kernels, on real images, and write recorded/sessions/NAME.json for its replay page."""
    from resnet_live.experiments.record import RECORDED
    from resnet_live.live.chapter import LiveError
    from resnet_live.live.recording.record_session import record_session

    try:
        source = find_source()
        if source.kind is SourceKind.STANDIN:
            fail("sessions are recorded on the real images only. Fetch them with: resnet-live data fetch")
        print(record_session(name, source, RECORDED / "sessions"))
    except (DataError, LiveError) as error:
        fail(error)


@live_app.command()
def sheets(
    out: Annotated[Path, typer.Option(help="the folder for the pages")] = Path("book/instructor"),
) -> None:
    """Make the run sheet of each chapter and the timeline of each planned session, as pages of the book."""
    from resnet_live.live.chapter import LiveError, read_chapters
    from resnet_live.live.pages import exercise_schedule, instructor_files, session_plan, session_problems

    try:
        chapters = read_chapters()
        sessions = session_plan.read_sessions(chapters=chapters)
        texts = instructor_files.pages(chapters, sessions, exercise_schedule.read_schedule())
        written = instructor_files.build(texts, out)
        problems = [problem for session in sessions for problem in session_problems.problems(session)]
    except LiveError as error:
        fail(error)
    print("\n".join(f"written: {file}" for file in written) or f"{out} is up to date.")
    if problems:
        fail("\n".join(problems))


@live_app.command()
def slides(
    chapters: Annotated[list[str] | None, typer.Argument(help="numbers of chapters; all without one")] = None,
    book: Annotated[Path, typer.Option(help="the folder of the built book")] = Path("_build"),
) -> None:
    """Make the slides of chapters again, in html/slides of the built book, which holds the scripts that they need."""
    from resnet_live.live.chapter import LiveError, chosen_chapters
    from resnet_live.live.pages import executed_outputs, slides

    html = book / "html"
    if not (html / "_static" / "reveal" / "dist" / "reveal.js").is_file():
        fail(f"slides run with the scripts of the built book, and {html} has none. Run: python tools/build_book.py")
    try:
        found = chosen_chapters(chapters)
        written = slides.build(found, executed_outputs.from_cache(found, book), html / "slides")
    except LiveError as error:
        fail(error)
    print("\n".join(f"written: {file}" for file in written) or f"{html / 'slides'} is up to date.")

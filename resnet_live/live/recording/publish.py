"""From the record of a class: a notebook for the students, and a replay page.

The record is never changed. What is published has secrets and absolute paths taken out (`redact`), our own commands left out, and
outputs shortened where they are enormous; `PublishReport` says all of it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import nbformat

from resnet_live.live.cell_text import without_commands
from resnet_live.live.chapter import LiveError
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_notebook import published_notebook, title_of
from resnet_live.live.recording.published_page import published_page
from resnet_live.live.recording.published_run import PublishedRun, all_texts, connected, redacted
from resnet_live.live.recording.redact import Redactor
from resnet_live.live.recording.replay_page import replay_data, replay_page
from resnet_live.live.recording.session_log import SessionLog, read_log


def publish(
    files: Sequence[Path], out: Path, overwrite: bool = False, drop: Collection[int] = (), take_out: Sequence[str] = ()
) -> tuple[list[Path], PublishReport]:
    """Write into the folder `out`: `NAME.ipynb` for the students, `NAME.replay.json`, `NAME.replay.ipynb`, a page that shows it, and
    `NAME.html`, which needs neither Jupyter nor a network.

    `drop`: numbers, from 1, of the runs of `prepare` that are left out; `take_out`: texts to take out beside what is found.

    NAME is that of the first record; a record that is called after the first of several chapters gives one with all their numbers
    (`chapters_02_05_06-2026-11-25`). Several records (one a kernel, say) are put together by time.

    Returns the files written and the report. Raises LiveError for a bad record, or when a file is there already.
    """
    log = join([read_log(file) for file in files])
    name = _name(Path(files[0]).stem, log)
    targets = [Path(out) / f"{name}{ending}" for ending in (".ipynb", ".replay.json", ".replay.ipynb", ".html")]
    there = [target for target in targets if target.exists()]
    if there and not overwrite:
        raise LiveError(f"{there[0]} is there already. Move it away, name another --out, or say --overwrite.")
    runs, report = prepare(log, drop, take_out)
    notebook = published_notebook(runs, report)
    data = replay_data(runs, report, title=title_of(runs), about="Recorded in class.")
    page = published_page(runs, report)
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        targets[0].write_text(nbformat.writes(notebook), encoding="utf-8")
        targets[1].write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        targets[2].write_text(nbformat.writes(replay_page(data["title"], targets[1].name)), encoding="utf-8")
        targets[3].write_text(page, encoding="utf-8")
    except OSError as error:
        raise LiveError(f"{out} cannot be written: {error.strerror or error}.") from error
    return targets, report


def _name(record: str, log: SessionLog) -> str:
    """What the class whose first record is called `record` is called."""
    chapters = sorted({cell.chapter for cell in log.cells if cell.chapter})
    called = next((chapter for chapter in chapters if record.startswith(f"{chapter}-")), None)
    if called is None or len(chapters) == 1:
        return record
    return f"chapters_{'_'.join(chapter[:2] for chapter in chapters)}{record.removeprefix(called)}"


def join(logs: Iterable[SessionLog]) -> SessionLog:
    """Several logs as one, by time."""
    whole = SessionLog([], [], [])
    for log in logs:
        whole.cells += log.cells
        whole.machines += log.machines
        whole.problems += log.problems
        whole.libraries |= log.libraries
    whole.cells.sort(key=lambda cell: cell.began)
    return whole


def prepare(
    log: SessionLog, drop: Collection[int] = (), take_out: Sequence[str] = ()
) -> tuple[list[PublishedRun], PublishReport]:
    """The runs to publish, in order, without our own commands and with nothing in them that must stay private.

    `drop`: numbers, from 1, of runs that are left out; what is secret in them is taken out of the others all the same; `take_out`:
    texts to take out beside what is found. Raises LiveError when no run is left.
    """
    report = PublishReport(problems=list(log.problems))
    cells = [cell for cell in log.cells if without_commands(cell.source).strip()]
    if not cells:
        raise LiveError("The record holds nothing but commands such as %next: there is nothing to publish.")
    redactor = Redactor(log.machines)
    redactor.take_out(take_out)
    for cell in cells:
        redactor.learn(all_texts(cell))
    numbered = [(number, cell) for number, cell in enumerate(cells, start=1) if number not in drop]
    if not numbered:
        raise LiveError("Every cell is dropped: there is nothing to publish.")
    cells = [redacted(cell, redactor, cell.label(number), report) for number, cell in numbered]
    report.removed = redactor.found
    return connected(cells, report), report


def insert(runs: list[PublishedRun], index: int, run: PublishedRun) -> None:
    """Put a run at `index`; what later runs are called by their index moves with them."""
    for other in runs:
        other.fixes = [later + (later >= index) for later in other.fixes]
        if other.fixed_by is not None:
            other.fixed_by += other.fixed_by >= index
    runs.insert(index, run)

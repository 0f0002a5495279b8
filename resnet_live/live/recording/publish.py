"""From the record of a class: a notebook as taught for the students, and the data of a replay page.

The record is never changed. What is published has secrets and absolute paths taken out (`redact`), our own commands left out, and
outputs shortened where they are enormous; `Report` says all of it.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import nbformat

from resnet_live.code_difference import diff
from resnet_live.live.cell_text import body, without_commands
from resnet_live.live.chapter import Chapter, LiveError, find_chapter
from resnet_live.live.recording.clean_outputs import Report, as_text, clean_output, short, sound, texts
from resnet_live.live.recording.fixes import Fix, find_fixes, went_wrong
from resnet_live.live.recording.published_notebook import Taught, as_taught, replay_page, title_of
from resnet_live.live.recording.redact import Redactor
from resnet_live.live.recording.session_log import Entry, Record, read

FORMAT = 1
# Characters of one text and of one cell's code in the replay.
REPLAY_TEXT, REPLAY_CODE = 2_500, 6_000


def publish(files: Sequence[Path], out: Path, overwrite: bool = False) -> tuple[list[Path], Report]:
    """Write into the folder `out`: `NAME.ipynb` for the students, `NAME.replay.json`, and `NAME.replay.ipynb`, a page that shows it.

    NAME is that of the first record. Several records (one a kernel, say) are put together by time.

    Returns the files written and the report. Raises LiveError for a bad record, or when a file is there already.
    """
    records = [read(file) for file in files]
    record = join(records)
    name = Path(files[0]).stem
    targets = [Path(out) / f"{name}{ending}" for ending in (".ipynb", ".replay.json", ".replay.ipynb")]
    there = [target for target in targets if target.exists()]
    if there and not overwrite:
        raise LiveError(f"{there[0]} is there already. Move it away, name another --out, or say --overwrite.")
    taught, report = prepare(record)
    notebook = as_taught(taught, report)
    data = replay_data(taught, report, title=title_of(taught), about="Recorded in class.")
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        targets[0].write_text(nbformat.writes(notebook), encoding="utf-8")
        targets[1].write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        targets[2].write_text(nbformat.writes(replay_page(data["title"], targets[1].name)), encoding="utf-8")
    except OSError as error:
        raise LiveError(f"{out} cannot be written: {error.strerror or error}.") from error
    return targets, report


def join(records: Iterable[Record]) -> Record:
    """Several records as one, by time."""
    whole = Record([], [], [])
    for record in records:
        whole.entries += record.entries
        whole.places += record.places
        whole.problems += record.problems
        whole.libraries |= record.libraries
    whole.entries.sort(key=lambda entry: entry.began)
    return whole


def prepare(record: Record) -> tuple[list[Taught], Report]:
    """The runs to publish, in order, without our own commands and with nothing in them that must stay private.

    Raises LiveError when no run is left.
    """
    report = Report(problems=list(record.problems))
    chapter_of = _chapters(report)
    entries = [entry for entry in record.entries if without_commands(entry.source).strip()]
    if not entries:
        raise LiveError("The record holds nothing but commands such as %next: there is nothing to publish.")
    entries = _redacted(entries, record, report)
    taught = [_taught(entry, chapter_of(entry.chapter)) for entry in entries]
    for fix in find_fixes(entries, chapter_of):
        _connect(taught, fix)
    return taught, report


def replay_data(
    taught: Sequence[Taught], report: Report, title: str, about: str, clock: Sequence[float] | None = None
) -> dict:
    """What `widgets.replay` shows: JSON-able, small. `clock`: seconds of class time at each run; default: as it was recorded."""
    first = taught[0].entry.began
    at = clock or [max(0.0, run.entry.began - first) for run in taught]
    runs = []
    for number, (run, seconds) in enumerate(zip(taught, at, strict=True), start=1):
        where = run.entry.step or f"cell {number}"
        runs.append(
            {
                "step": run.entry.step,
                "title": run.title,
                "section": run.section,
                "prompt": run.prompt,
                "kind": run.kind,
                "at": round(seconds, 1),
                "seconds": round(run.entry.seconds, 2),
                "source": short(
                    body(run.entry.source) or run.entry.source,
                    REPLAY_CODE,
                    f"the code of {where} in the replay",
                    report,
                ),
                "output": short(
                    as_text(run.entry.outputs), REPLAY_TEXT, f"the output of {where} in the replay", report
                ),
                "error": run.entry.error,
                "message": short(run.entry.message, REPLAY_TEXT, f"the message of {where} in the replay", report),
                "wrong": run.wrong,
                "fixed_by": run.fixed_by,
                "fixes": run.fixes,
                "difference": [list(line) for line in run.difference],
            }
        )
    return {"format": FORMAT, "title": title, "about": about, "clock": "planned" if clock else "recorded", "runs": runs}


def insert(taught: list[Taught], place: int, run: Taught) -> None:
    """Put a run at `place`; what later runs are called by their places moves with them."""
    for other in taught:
        other.fixes = [later + (later >= place) for later in other.fixes]
        if other.fixed_by is not None:
            other.fixed_by += other.fixed_by >= place
    taught.insert(place, run)


# ---- the runs ----


def _chapters(report: Report):
    """A function that gives a chapter by its file's name, None when it is not there; each missing one is a problem once."""

    @cache
    def chapter_of(name: str | None) -> Chapter | None:
        if name is None:
            return None
        try:
            return find_chapter(int(name[:2]))
        except (LiveError, ValueError):
            report.problems.append(f"the chapter {name} is not here: its headings and prompts are missing.")
            return None

    return chapter_of


def _taught(entry: Entry, chapter: Chapter | None) -> Taught:
    if chapter is None:
        return Taught(entry, wrong=entry.error is not None)
    title = f"Chapter {chapter.number} · {chapter.title}"
    step = chapter.find(entry.step)
    if step is None:
        return Taught(entry, title, wrong=entry.error is not None)
    wrong = went_wrong(entry, step)
    return Taught(entry, title, step.section, step.prompt, step.kind, wrong)


def _connect(taught: list[Taught], fix: Fix) -> None:
    lines = diff(fix.before, fix.after)
    taught[fix.failed].fixed_by = fix.fixed
    taught[fix.failed].difference = lines
    taught[fix.fixed].fixes.append(fix.failed)
    if not taught[fix.fixed].wrong:
        taught[fix.fixed].difference = lines


# ---- what must not be published ----


def _redacted(entries: list[Entry], record: Record, report: Report) -> list[Entry]:
    redactor = Redactor(record.places)
    redactor.learn(text for entry in entries for text in (entry.source, entry.message, *texts(entry.outputs)))
    cleaned = []
    for number, entry in enumerate(entries, start=1):
        where = entry.step or f"cell {number}"
        cleaned.append(
            Entry(
                redactor.text(sound(without_commands(entry.source)), code=True, where=where),
                entry.chapter,
                entry.step,
                entry.began,
                entry.seconds,
                [output for raw in entry.outputs for output in clean_output(raw, redactor, where, report)],
                entry.error,
                redactor.text(sound(entry.message), where=where),
            )
        )
    report.taken += redactor.summary()
    return cleaned

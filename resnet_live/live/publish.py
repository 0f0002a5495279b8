"""From the record of a class: a notebook as taught for the students, and the data of a replay page.

The record is never changed. What is published has secrets and absolute paths taken out (`redact`), our own commands left out, and
outputs shortened where they are enormous; `Report` says all of it.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import unescape
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.live.chapter import Chapter, LiveError, Step, find_chapter
from resnet_live.live.difference import diff
from resnet_live.live.mending import Mend, body, find_mends, went_wrong, without_magics
from resnet_live.live.recorder import Entry, Record, read
from resnet_live.live.redact import Redactor, plain

FORMAT = 1
# Characters of one text in the notebook and in the replay, of one image (as base64), and of one cell's code in the replay.
NOTEBOOK_TEXT, REPLAY_TEXT, IMAGE, REPLAY_CODE = 20_000, 2_500, 2_000_000, 6_000

_DATA_ADDRESS = re.compile(r"(data:[\w/+.-]+;base64,)([A-Za-z0-9+/=\s]+)")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass
class Report:
    """What an instructor should look at: `taken` out, `shortened` or left out, `problems` of the record; sentences."""

    taken: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All of it for the screen."""
        lines = [f"Taken out: {line}" for line in self.taken] or ["Taken out: nothing looked like a secret or a path."]
        return lines + [f"Shortened: {line}" for line in self.shortened] + [f"Look: {line}" for line in self.problems]


@dataclass
class Taught:
    """One published run: an Entry with redacted texts, what the chapter says about its step, and its mend.

    `title`, `section`, `prompt`, `kind`: of the chapter's step, "" when it is none; `minutes`: planned; `wrong`: it failed, or
    runs and is wrong; `mended_by`: the place of the run that mended it, `mends`: the places of those that this run mends;
    `difference`: lines (sign, text) of the mend, of this failure when it is one, else of what this run mends.
    """

    entry: Entry
    title: str = ""
    section: str = ""
    prompt: str = ""
    kind: str = ""
    minutes: float = 0.0
    wrong: bool = False
    mended_by: int | None = None
    mends: list[int] = field(default_factory=list)
    difference: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How the run is called in a sentence: its step, else its number in the record."""
        return f"step {self.entry.step}" if self.entry.step else "a later cell"


def publish(files: Sequence[Path], out: Path, overwrite: bool = False) -> tuple[list[Path], Report]:
    """Write `NAME.ipynb` and `NAME.replay.json` into the folder `out`; NAME is that of the first record. Several records (one a
    kernel, say) are put together by time.

    Returns the files written and the report. Raises LiveError for a bad record, or when a file is there already.
    """
    records = [read(file) for file in files]
    record = join(records)
    name = Path(files[0]).stem
    targets = [Path(out) / f"{name}.ipynb", Path(out) / f"{name}.replay.json"]
    there = [target for target in targets if target.exists()]
    if there and not overwrite:
        raise LiveError(f"{there[0]} is there already. Move it away, name another --out, or say --overwrite.")
    taught, report = prepare(record)
    notebook = as_taught(taught, report)
    data = replay_data(taught, report, title=_title(taught), about="Recorded in class.")
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        targets[0].write_text(nbformat.writes(notebook), encoding="utf-8")
        targets[1].write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
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
    entries = [entry for entry in record.entries if without_magics(entry.source).strip()]
    if not entries:
        raise LiveError("The record holds nothing but commands such as %next: there is nothing to publish.")
    entries = _redacted(entries, record, report)
    taught = [_taught(entry, chapter_of(entry.chapter)) for entry in entries]
    for mend in find_mends(entries, chapter_of):
        _connect(taught, mend)
    return taught, report


def as_taught(taught: Sequence[Taught], report: Report) -> nbformat.NotebookNode:
    """The students' notebook (nbformat 4): code and outputs in the order taught, failures kept and marked."""
    cells = [new_markdown_cell(_beginning(taught))]
    title = section = None
    for number, run in enumerate(taught, start=1):
        if run.title and run.title != title:
            cells.append(new_markdown_cell(f"## {run.title}"))
            title, section = run.title, None
        if run.section and run.section != section:
            cells.append(new_markdown_cell(f"### {run.section}"))
            section = run.section
        if run.wrong:
            cells.append(new_markdown_cell(_failure(run, taught)))
        cells.append(_code_cell(run, number, report))
    for number, cell in enumerate(cells):
        cell.id = f"taught-{number}"
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    notebook = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def replay_data(
    taught: Sequence[Taught], report: Report, title: str, about: str, clock: Sequence[float] | None = None
) -> dict:
    """What `widgets.replay` shows: JSON-able, small. `clock`: seconds of class time at each run; default: as it was recorded."""
    first = taught[0].entry.began
    at = clock or [max(0.0, run.entry.began - first) for run in taught]
    runs = []
    for run, seconds in zip(taught, at, strict=True):
        where = run.entry.step or "a cell without a step"
        runs.append(
            {
                "step": run.entry.step,
                "title": run.title,
                "section": run.section,
                "prompt": run.prompt,
                "kind": run.kind,
                "at": round(seconds, 1),
                "seconds": round(run.entry.seconds, 2),
                "source": _short(
                    body(run.entry.source) or run.entry.source,
                    REPLAY_CODE,
                    f"the code of {where} in the replay",
                    report,
                ),
                "output": _short(
                    _as_text(run.entry.outputs), REPLAY_TEXT, f"the output of {where} in the replay", report
                ),
                "error": run.entry.error,
                "message": _short(run.entry.message, REPLAY_TEXT, f"the message of {where} in the replay", report),
                "wrong": run.wrong,
                "mended_by": run.mended_by,
                "mends": run.mends,
                "difference": [list(line) for line in run.difference],
            }
        )
    return {"format": FORMAT, "title": title, "about": about, "clock": "planned" if clock else "recorded", "runs": runs}


def insert(taught: list[Taught], place: int, run: Taught) -> None:
    """Put a run at `place`; what later runs are called by their places moves with them."""
    for other in taught:
        other.mends = [later + (later >= place) for later in other.mends]
        if other.mended_by is not None:
            other.mended_by += other.mended_by >= place
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
    step: Step | None = next((step for step in chapter.steps if step.number == entry.step), None)
    if step is None:
        return Taught(entry, title, wrong=entry.error is not None)
    wrong = went_wrong(entry, step)
    return Taught(entry, title, step.section, step.prompt, step.kind, step.minutes, wrong)


def _connect(taught: list[Taught], mend: Mend) -> None:
    lines = diff(mend.before, mend.after)
    taught[mend.failed].mended_by = mend.mended
    taught[mend.failed].difference = lines
    taught[mend.mended].mends.append(mend.failed)
    if not taught[mend.mended].wrong:
        taught[mend.mended].difference = lines


# ---- what must not be published ----


def _redacted(entries: list[Entry], record: Record, report: Report) -> list[Entry]:
    redactor = Redactor(record.places)
    redactor.learn(text for entry in entries for text in (entry.source, entry.message, *_texts(entry.outputs)))
    cleaned = []
    for number, entry in enumerate(entries, start=1):
        where = entry.step or f"cell {number}"
        cleaned.append(
            Entry(
                redactor.text(_sound(without_magics(entry.source)), code=True, where=where),
                entry.chapter,
                entry.step,
                entry.began,
                entry.seconds,
                [output for raw in entry.outputs for output in _output(raw, redactor, where, report)],
                entry.error,
                redactor.text(_sound(entry.message), where=where),
            )
        )
    report.taken += redactor.summary()
    return cleaned


def _texts(outputs: Iterable[dict]) -> Iterable[str]:
    for output in outputs:
        yield _joined(output.get("text", ""))
        yield _joined(output.get("traceback", ""))
        data = output.get("data")
        for mime, value in (data if isinstance(data, dict) else {}).items():
            if mime.startswith("text/"):
                yield _DATA_ADDRESS.sub(r"\1", unescape(_joined(value)))


def _output(raw: dict, redactor: Redactor, where: str, report: Report) -> list[dict]:
    """A recorded output as nbformat wants it, with nothing private in it; an output that cannot be shown becomes a note."""

    def clean(value) -> str:
        text = _sound(_joined(value))
        pieces = _DATA_ADDRESS.split(text)  # text, address, base64, text, address, base64, … text
        return "".join(
            redactor.text(piece, where=where) if place % 3 == 0 else piece for place, piece in enumerate(pieces)
        )

    def note(words: str) -> dict:
        report.shortened.append(f"{where}: {words}")
        return {"output_type": "stream", "name": "stdout", "text": f"[{words}]\n"}

    kind = raw.get("output_type")
    if kind == "stream":
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        return [{"output_type": "stream", "name": name, "text": clean(raw.get("text", ""))}]
    if kind == "error":
        lines = raw.get("traceback") or []
        lines = lines if isinstance(lines, list) else [lines]
        return [
            {
                "output_type": "error",
                "ename": str(raw.get("ename", "")),
                "evalue": clean(raw.get("evalue", "")),
                "traceback": clean("\n".join(map(str, lines))).split("\n"),
            }
        ]
    if kind not in ("display_data", "execute_result") or not isinstance(raw.get("data"), dict):
        return [note("an output of an unknown kind is left out; it is in the record")]
    data, notes = {}, []
    for mime, value in raw["data"].items():
        if mime in _IMAGES:
            problem = _image_problem(value)
            if problem:
                notes.append(note(f"an image is left out: {problem}; it is in the record"))
            else:
                data[mime] = value
        elif mime.startswith("text/") or mime == "image/svg+xml":
            text = clean(value)
            if len(text) > IMAGE and mime != "text/plain":
                notes.append(note(f"an output of {len(text):,} characters ({mime}) is left out; it is in the record"))
            else:
                data[mime] = text
    if set(data) <= {"text/plain"} and any("widget-view" in mime for mime in raw["data"]):
        # without its kernel a widget is nothing but its name
        return [{"output_type": "stream", "name": "stdout", "text": "[An interactive figure: see the chapter.]\n"}]
    if not data and not notes:
        kinds = ", ".join(map(str, raw["data"])) or "nothing"
        return [note(f"an output that a notebook cannot show by itself ({kinds}) is left out; it is in the record")]
    shown = [{"output_type": "display_data", "data": data, "metadata": {}}] if data else []
    if shown and kind == "execute_result":
        shown[0] |= {"output_type": kind, "execution_count": None}
    return [*notes, *shown]


def _image_problem(value) -> str:
    """Why an image cannot be shown, "" when it can."""
    value = _joined(value) if isinstance(value, (str, list)) else None
    if value is None:
        return "its data are not base64 text"
    if len(value) > IMAGE:
        return f"it has {len(value) / 1e6:.1f} MB"
    try:
        base64.b64decode(re.sub(r"\s", "", value), validate=True)
    except (binascii.Error, ValueError):
        return "its data are not base64 text"
    return ""


# ---- the notebook ----


def _title(taught: Sequence[Taught]) -> str:
    titles = list(dict.fromkeys(run.title for run in taught if run.title))
    return "; ".join(titles) or "A class"


def _beginning(taught: Sequence[Taught]) -> str:
    day = datetime.fromtimestamp(taught[0].entry.began).date().isoformat() if taught[0].entry.began else "unknown"
    failed = sum(run.wrong for run in taught)
    lines = [
        f"# As taught: {_title(taught)}",
        f"Recorded on {day}. The cells stand in the order in which they were run, with what they gave. "
        f"{_count(failed, 'try', 'tries')} went wrong and stayed in, each with what mended it.",
        "Where you read `[secret]`, `[token]`, `~` or `…/`, something private was taken out. "
        "The lines with a number, like `# 2.7 · …`, name the step of the chapter.",
    ]
    return "\n\n".join(lines)


def _failure(run: Taught, taught: Sequence[Taught]) -> str:
    what = "This failed in class." if run.entry.error else "This ran in class, and is wrong."
    if run.mended_by is None:
        return f"**{what}** Nothing in the record mends it."
    how = f"**{what}** What mended it ({taught[run.mended_by].name}):"
    if not run.difference:
        return f"{how} the same code, run again."
    lines = "\n".join(f"{sign}{text}" if sign != "…" else "@@ … @@" for sign, text in run.difference)
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", lines)), default=0))
    return f"{how}\n\n{fence}diff\n{lines}\n{fence}"


def _code_cell(run: Taught, number: int, report: Report):
    outputs = []
    where = run.entry.step or f"cell {number}"
    for output in run.entry.outputs:
        output = dict(output)
        if output["output_type"] == "execute_result":
            output["execution_count"] = number
        if "text" in output:
            output["text"] = _short(output["text"], NOTEBOOK_TEXT, f"the output of {where}", report)
        if "traceback" in output:
            traceback = _short("\n".join(output["traceback"]), NOTEBOOK_TEXT, f"the traceback of {where}", report)
            output["traceback"] = traceback.split("\n")
            output["evalue"] = _short(output["evalue"], NOTEBOOK_TEXT, f"the message of {where}", report)
        if "data" in output and "text/plain" in output["data"]:
            text = _short(output["data"]["text/plain"], NOTEBOOK_TEXT, f"the output of {where}", report)
            output["data"] = {**output["data"], "text/plain": text}
        outputs.append(new_output(**output))
    cell = new_code_cell(run.entry.source, execution_count=number, outputs=outputs)
    if run.entry.error:
        cell.metadata["tags"] = ["raises-exception"]
    return cell


# ---- texts ----


def _joined(value) -> str:
    """nbformat's text: a string, or a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _sound(text: str) -> str:
    """`text` that can be written as UTF-8: halves of characters become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _short(text: str, most: int, what: str, report: Report) -> str:
    """`text`, its middle left out when it has more than `most` characters."""
    if len(text) <= most:
        return text
    head, tail = text[: most * 2 // 3], text[-most // 4 :]
    left_out = len(text) - len(head) - len(tail)
    report.shortened.append(f"{what}: {left_out:,} of {len(text):,} characters left out")
    return f"{head}\n… [{left_out:,} characters left out; they are in the record] …\n{tail}"


def _as_text(outputs: Iterable[dict]) -> str:
    """Outputs in words: printed text, values, the alternative text of figures. Errors have a place of their own."""
    texts = []
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            texts.append(output["text"])
        elif "image/svg+xml" in data or any(mime in data for mime in _IMAGES):
            texts.append("[A figure: see the chapter.]")
        elif "text/html" in data and ("<img" in data["text/html"] or "<svg" in data["text/html"]):
            texts.append(f"[A figure: {_alternative(data)}]")
        elif "text/plain" in data:
            texts.append(_table(data))
        elif "text/html" in data:
            texts.append(_words(data["text/html"]))
        elif "text/markdown" in data:
            texts.append(data["text/markdown"])
    return "\n".join(plain(text).rstrip("\n") for text in texts if text.strip())


def _alternative(data: dict) -> str:
    found = re.findall(r"""(?:alt|aria-label)=(["'])(.+?)\1""", data["text/html"], re.DOTALL)
    words = " ".join(unescape(text) for _, text in found) or data.get("text/plain", "")
    return " ".join(words.split()) or "see the chapter"


def _table(data: dict) -> str:
    """The text of an output; when that is only an object's name (`<pandas.Styler at …>`), the words of its HTML."""
    text = data["text/plain"]
    if re.fullmatch(r"\s*<[\w. ]+>?( at 0x[0-9a-f]+)?.*", text) and "text/html" in data:
        return _words(data["text/html"])
    if re.fullmatch(r"\s*<IPython\.core\.display\.\w+ object>\s*", text) and "text/markdown" in data:
        return data["text/markdown"]
    return text


def _words(html: str) -> str:
    html = re.sub(r"(?is)<(style|script)\b.*?</\1>", "", html)
    html = re.sub(r"(?i)</t[dh]>", "  ", html)
    html = re.sub(r"(?i)</(tr|p|div|li|dd)>|<br\s*/?>", "\n", html)
    lines = (" ".join(line.split(" ")).rstrip() for line in unescape(re.sub(r"<[^>]+>", "", html)).splitlines())
    return "\n".join(re.sub(r" {3,}", "  ", line).strip() for line in lines if line.strip())


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"

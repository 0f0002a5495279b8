"""What the board shows of a class: of each run its code, its outputs as text and pictures, and what a fix has changed.

It is made from what `publish` would write, so nothing stands on the board that `publish` would take out.
"""

import re
from collections.abc import Sequence
from contextlib import suppress

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from resnet_live.live.board.board_limits import ALL_IMAGES, CELLS, CODE, IMAGE, IMAGES, LABEL, TEXT
from resnet_live.live.cell_text import body, without_commands
from resnet_live.live.recording.clean_outputs import as_text, joined
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_run import PublishedRun, all_texts, connected, redacted
from resnet_live.live.recording.redact import Redactor, plain
from resnet_live.live.recording.session_log import LoggedCell
from resnet_live.live.recording.svg_address import svg_address
from resnet_live.questions import QuestionError, asked_by

_PICTURES = ("image/png", "image/jpeg")
_IN_HTML = re.compile(r'<img[^>]*\ssrc="data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=]+)"[^>]*>')
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_ALTERNATIVE = re.compile(r'\s(?:alt|aria-label)="([^"]*)"')
# The classes of pygments that are worth a colour, as the style sheet calls them.
_WORDS = ((Comment, "c"), (String, "s"), (Number, "n"), (Keyword, "k"), (Operator.Word, "k"), (Name.Builtin, "b"))


class ShownClass:
    """The cells of one class as the board shows them. What was made of a cell is kept: a class has a hundred, and adds one.

    `machines`: those whose names and folders are taken out.
    """

    def __init__(self, machines: Sequence[MachineNames]):
        self._redactor = Redactor(machines)
        self._made: dict[int, tuple[LoggedCell, LoggedCell, dict]] = {}  # by the cell's identity: cell, redacted, body

    def runs(self, cells: Sequence[LoggedCell], running: LoggedCell | None = None) -> list[dict]:
        """The last 500 of `cells`, and the one that runs now."""
        whole = [cell for cell in (*cells, running) if cell is not None and without_commands(cell.source).strip()]
        known = self._redactor.secrets_known
        for cell in whole:
            if id(cell) not in self._made:
                self._redactor.learn(all_texts(cell))
        if (
            self._redactor.secrets_known > known
        ):  # a value that stands in earlier cells may just have been told to be secret
            self._made.clear()
        made = [self._made.get(id(cell)) or self._make(cell) for cell in whole]
        self._made = {id(cell): (cell, clean, shown) for cell, clean, shown in made}
        runs = connected([clean for _, clean, _ in made], PublishReport())
        shown = [_shown(run, runs, part) for run, (_, _, part) in zip(runs, made, strict=True)]
        if shown and whole[-1] is running:
            shown[-1]["running"] = True
        return _bounded(shown[-CELLS:])

    def _make(self, cell: LoggedCell) -> tuple[LoggedCell, LoggedCell, dict]:
        clean = redacted(cell, self._redactor, "", PublishReport())
        code = _cut(body(clean.source), CODE)
        return cell, clean, {"code": code, "colours": coloured(code), "outputs": _question(clean) or _outputs(clean)}


def _shown(run: PublishedRun, runs: Sequence[PublishedRun], made: dict) -> dict:
    return made | {
        "step": run.cell.step or "",
        "title": run.title[:LABEL],
        "section": run.section[:LABEL],
        "prompt": run.prompt[:LABEL],
        "kind": str(run.kind),
        "failed": run.cell.error is not None,
        "wrong": run.wrong,
        "running": False,
        "fixes": [runs[index].name for index in run.fixes],
        "difference": [] if run.wrong else [[sign, text] for sign, text in run.difference],
    }


def _bounded(shown: list[dict]) -> list[dict]:
    """`shown` with as many pictures as a board holds: the oldest make room."""
    left = ALL_IMAGES
    for cell in reversed(shown):
        kept = []
        for output in cell["outputs"]:
            left -= len(output["address"]) if output["kind"] == "picture" else 0
            gone = output["kind"] == "picture" and left < 0
            kept.append({"kind": "text", "text": f"[An earlier picture: {output['alt']}]"} if gone else output)
        cell["outputs"] = kept
    return shown


def coloured(code: str) -> list[list[str]]:
    """`code` in pieces (class, text); the class is "" for most of it."""
    pieces: list[list[str]] = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        name = next((name for parent, name in _WORDS if kind in parent), "")
        if pieces and pieces[-1][0] == name:
            pieces[-1][1] += text
        else:
            pieces.append([name, text])
    return pieces


def _question(cell: LoggedCell) -> list[dict]:
    """What a cell asks, as text: its buttons are no output. Nothing for a cell that asks nothing."""
    with suppress(QuestionError):
        if not cell.error and (question := asked_by(cell.source)):
            lines = [question.ask, *(f"– {choice.text}" for choice in question.choices)]
            return [{"kind": "text", "text": line.replace("`", "")} for line in lines]
    return []


def _outputs(cell: LoggedCell) -> list[dict]:
    """Text, errors and pictures; HTML gives its pictures and its words, never itself."""
    shown: list[dict] = []
    for output in cell.outputs:
        if output["output_type"] == "error":
            text = plain("\n".join(output["traceback"]))
            last = f"{output['ename']}: {output['evalue']}"
            shown.append({"kind": "error", "text": _cut(text, TEXT), "last": _cut(last, 2 * LABEL)})
            continue
        pictures = _pictures(output.get("data", {}))
        if pictures:
            shown += pictures
        elif text := as_text([output]).strip("\n"):
            if shown and shown[-1]["kind"] == "text":
                text = f"{shown.pop()['text']}\n{text}"
            shown.append({"kind": "text", "text": _cut(text, TEXT)})
    pictures = [output for output in shown if output["kind"] == "picture"]
    return [output for output in shown if output["kind"] != "picture" or output in pictures[:IMAGES]]


def _pictures(data: dict) -> list[dict]:
    """The pictures of an output, as addresses that an `<img>` takes: no script in them runs there."""
    said = " ".join(plain(joined(data.get("text/plain", ""))).split())[:LABEL]
    for mime in _PICTURES:
        if mime in data:
            return [_picture(f"data:{mime};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', joined(data[mime]))}", said)]
    if "image/svg+xml" in data:
        return [_picture(svg_address(joined(data["image/svg+xml"])), said)]
    html = joined(data.get("text/html", ""))
    found = []
    for match in _IN_HTML.finditer(html):
        found.append(_picture(f"data:{match[1]};base64,{match[2]}", _alt(match[0]) or said))
    for match in _SVG.finditer(html):
        found.append(_picture(svg_address(match[0]), _alt(match[0]) or said))
    return found


def _picture(address: str, alt: str) -> dict:
    if len(address) > IMAGE:
        return {"kind": "text", "text": f"[A picture of {len(address) / 1e6:.1f} MB: {alt}]"}
    return {"kind": "picture", "address": address, "alt": alt or "A figure."}


def _alt(tag: str) -> str:
    found = _ALTERNATIVE.search(tag[: tag.find(">") + 1])
    return found[1][:LABEL] if found else ""


def _cut(text: str, most: int) -> str:
    """The beginning and the end of a long text: the last lines are what counts in most."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n… ({len(text) - most:,} characters left out) …\n{text[-most // 2 :]}"

"""What the board shows of a class: of each run its code, its outputs as text and pictures, and what a fix has changed.

It is made from what `publish` would write, so nothing stands on the board that `publish` would take out.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from resnet_live.live.board.board_limits import ALL_IMAGES, CELLS, CODE, IMAGE, IMAGES, LABEL, TEXT
from resnet_live.live.cell_text import body, without_commands
from resnet_live.live.recording.clean_outputs import as_text
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_run import PublishedRun, all_texts, connected, redacted
from resnet_live.live.recording.redact import Redactor, plain
from resnet_live.live.recording.session_log import LoggedCell
from resnet_live.live.recording.shown_pictures import KINDS, ShownPicture, pictures, words_beside
from resnet_live.questions import QuestionError, asked_by

# The classes of pygments that are worth a colour, as the style sheet calls them.
_WORDS = ((Comment, "c"), (String, "s"), (Number, "n"), (Keyword, "k"), (Operator.Word, "k"), (Name.Builtin, "b"))


class ShownClass:
    """The cells of one class as the board shows them. What was made of a cell is kept: a class has a hundred, and adds one.

    `machines`: those whose names and folders are taken out; `files`: the pictures of the cells that `runs` gave last, by name.
    """

    def __init__(self, machines: Sequence[MachineNames]):
        self.files: dict[str, dict] = {}
        self._redactor = Redactor(machines)
        # by the cell's identity: cell, redacted, body, its pictures
        self._made: dict[int, tuple[LoggedCell, LoggedCell, dict, dict[str, dict]]] = {}

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
        self._made = {id(one[0]): one for one in made}
        runs = connected([clean for _, clean, _, _ in made], PublishReport())
        shown = [_shown(run, runs, part) for run, (_, _, part, _) in zip(runs, made, strict=True)][-CELLS:]
        if shown and whole[-1] is running:
            shown[-1]["running"] = True
        self.files = _bounded(shown, {name: file for one in made for name, file in one[3].items()})
        return shown

    def _make(self, cell: LoggedCell) -> tuple[LoggedCell, LoggedCell, dict, dict[str, dict]]:
        clean = redacted(cell, self._redactor, "", PublishReport())
        code = _cut(body(clean.source), CODE)
        asked = _question(clean)
        outputs, files = (asked, {}) if asked else _outputs(clean)
        return cell, clean, {"code": code, "colours": coloured(code), "outputs": outputs}, files


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


def _bounded(shown: list[dict], files: dict[str, dict]) -> dict[str, dict]:
    """Leave in `shown` as many pictures as a board holds, the newest; returns those of `files` that it still names."""
    left, kept = ALL_IMAGES, {}
    for cell in reversed(shown):
        outputs = []
        for output in cell["outputs"]:
            if output["kind"] == "picture" and output["name"] not in kept:
                left -= len(files[output["name"]]["base64"])
                if left < 0:
                    output = {"kind": "text", "text": f"[An earlier picture: {output['alt']}]"}
                else:
                    kept[output["name"]] = files[output["name"]]
            outputs.append(output)
        cell["outputs"] = outputs
    return kept


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


def _outputs(cell: LoggedCell) -> tuple[list[dict], dict[str, dict]]:
    """Text, errors and pictures, the latter by name beside them; HTML gives its pictures and its words, never itself."""
    shown: list[dict] = []
    files: dict[str, dict] = {}

    def say(text: str) -> None:
        if shown and shown[-1]["kind"] == "text":
            text = f"{shown.pop()['text']}\n{text}"
        shown.append({"kind": "text", "text": _cut(text, TEXT)})

    for output in cell.outputs:
        if output["output_type"] == "error":
            text = plain("\n".join(output["traceback"]))
            last = f"{output['ename']}: {output['evalue']}"
            shown.append({"kind": "error", "text": _cut(text, TEXT), "last": _cut(last, 2 * LABEL)})
            continue
        found = pictures(output.get("data", {}))
        for picture in found:
            alt = picture.alt[:LABEL]
            if len(picture.base64) > IMAGE or len(files) == IMAGES:
                say(f"[A picture of {len(picture.base64) / 1e6:.1f} MB, left out here: {alt}]")
                continue
            name = picture_name(picture)
            files[name] = {"mime": picture.mime, "base64": picture.base64}
            shown.append({"kind": "picture", "name": name, "alt": alt})
        if found:
            if beside := words_beside(output["data"]):
                shown.append({"kind": "words", "text": _cut(beside, TEXT)})
        elif text := as_text([output]).strip("\n"):
            say(text)
    return shown, files


def picture_name(picture: ShownPicture) -> str:
    """How the board calls the file of a picture: by what is in it, so that a browser never asks for one twice."""
    ending = next(ending for ending, mime in KINDS.items() if mime == picture.mime)
    return f"{hashlib.sha256(picture.base64.encode()).hexdigest()[:32]}.{ending}"


def _cut(text: str, most: int) -> str:
    """The beginning and the end of a long text: the last lines are what counts in most."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n… ({len(text) - most:,} characters left out) …\n{text[-most // 2 :]}"

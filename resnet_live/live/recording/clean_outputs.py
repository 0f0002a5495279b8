"""Outputs of cells on their way out: nothing private in them, nothing enormous, and always something that a notebook can show."""

import base64
import binascii
import re
from collections.abc import Iterable
from html import unescape

from resnet_live.live.html_to_text import are_sentences, html_to_text
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.redact import Redactor, plain
from resnet_live.live.recording.scaled_picture import scaled_down
from resnet_live.whole_letters import whole_letters

# Characters of an output's HTML or drawing, and of one image as base64: what is larger is scaled down.
HTML = 2_000_000
IMAGE = 1_000_000

# How a figure with controls says that this is but the state in which it stood.
STILL = "rl-still"

_DATA_ADDRESS = re.compile(r"(data:[\w/+.-]+;base64,)([A-Za-z0-9+/=\s]+)")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def texts(outputs: Iterable[dict]) -> Iterable[str]:
    """Every text of recorded outputs in which something private may stand; of images that stand in HTML only their address."""
    for output in outputs:
        yield joined(output.get("text", ""))
        yield joined(output.get("traceback", ""))
        data = output.get("data")
        for mime, value in (data if isinstance(data, dict) else {}).items():
            if mime.startswith("text/"):
                yield _DATA_ADDRESS.sub(r"\1", unescape(joined(value)))


def clean_output(raw: dict, redactor: Redactor, where: str, report: PublishReport) -> list[dict]:
    """A recorded output as nbformat wants it, with nothing private in it; an output that cannot be shown becomes a note."""

    def clean(value: object) -> str:
        text = whole_letters(joined(value))
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
            image = _base64(value)
            if image is None:
                notes.append(note("an image is left out: its data are not base64 text; it is in the record"))
            elif len(image) <= IMAGE:
                data[mime] = value
            elif smaller := scaled_down(image, IMAGE):
                data["image/jpeg"] = smaller
                notes.append(note(f"an image of {len(image) / 1e6:.1f} MB is scaled down"))
            else:
                notes.append(note(f"an image is left out: it has {len(image) / 1e6:.1f} MB; it is in the record"))
        elif mime.startswith("text/") or mime == "image/svg+xml":
            text = clean(value)
            if len(text) > HTML and mime != "text/plain":
                notes.append(note(f"an output of {len(text):,} characters ({mime}) is left out; it is in the record"))
            else:
                data[mime] = text
    if set(data) <= {"text/plain"} and any("widget-view" in mime for mime in raw["data"]):
        # without its kernel a widget is nothing but its name
        return [{"output_type": "stream", "name": "stdout", "text": "[An interactive figure: see the chapter.]\n"}]
    if not data and not notes:
        kinds = ", ".join(map(str, raw["data"])) or "nothing"
        return [note(f"an output that a notebook cannot show by itself ({kinds}) is left out; it is in the record")]
    if not data:
        return notes
    count = {"execution_count": None} if kind == "execute_result" else {}
    return [*notes, {"output_type": kind, "data": data, "metadata": {}, **count}]


def _base64(value: object) -> str | None:
    """The base64 text of an image without its line breaks; None when it is none."""
    if not isinstance(value, (str, list)):
        return None
    text = re.sub(r"\s", "", joined(value))
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return text


# ---- texts ----


def joined(value: object) -> str:
    """nbformat's text: a string, or a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def as_text(outputs: Iterable[dict]) -> str:
    """Outputs in words: printed text, values, the alternative text of figures. Errors have a place of their own."""
    texts = []
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            texts.append(output["text"])
        elif "image/svg+xml" in data or any(mime in data for mime in _IMAGES):
            texts.append("[A figure: see the chapter.]")
        elif "text/html" in data and ("<img" in data["text/html"] or "<svg" in data["text/html"]):
            name = "An interactive figure" if STILL in data["text/html"] else "A figure"
            texts.append(f"[{name}: {_alternative(data)}]")
        elif "text/plain" in data:
            texts.append(_table(data))
        elif "text/html" in data:
            texts.append(html_to_text(data["text/html"]))
        elif "text/markdown" in data:
            texts.append(data["text/markdown"])
    return "\n".join(plain(text).rstrip("\n") for text in texts if text.strip())


def _alternative(data: dict) -> str:
    found = re.findall(r"""(?:alt|aria-label)=(["'])(.+?)\1""", data["text/html"], re.DOTALL)
    words = " ".join(unescape(text) for _, text in found) or data.get("text/plain", "")
    return " ".join(words.split()) or "see the chapter"


def _table(data: dict) -> str:
    """The text of an output; where that is an object's name (`<pandas.Styler at …>`) or sentences, the words of its HTML."""
    text, html = data["text/plain"], joined(data.get("text/html", ""))
    if html and (are_sentences(html) or re.fullmatch(r"\s*<[\w. ]+>?( at 0x[0-9a-f]+)?.*", text)):
        return html_to_text(html)
    if re.fullmatch(r"\s*<IPython\.core\.display\.\w+ object>\s*", text) and "text/markdown" in data:
        return data["text/markdown"]
    return text

"""The pictures of an output, for pages that show no HTML of a class: each is a file with words for those who cannot see it."""

import base64
import re
from dataclasses import dataclass
from html import unescape

from resnet_live.live.html_to_text import html_to_text
from resnet_live.live.recording.clean_outputs import joined
from resnet_live.live.recording.redact import plain
from resnet_live.live.recording.svg_file import svg_file

SVG = "image/svg+xml"
# What a browser takes for a picture, by the ending of a file.
KINDS = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": SVG}

_RASTER = r"<img\b[^>]*?\bsrc=[\"']data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)[\"'][^>]*>"
_DRAWING = r"<svg\b.*?</svg>"
_PICTURE = re.compile(f"{_RASTER}|{_DRAWING}", re.IGNORECASE | re.DOTALL)
_ALTERNATIVE = re.compile(r"""\b(?:alt|aria-label)=(["'])(.*?)\1""", re.DOTALL)


@dataclass(frozen=True)
class ShownPicture:
    """A picture of media type `mime`, its bytes as `base64` text, and what it shows in words."""

    mime: str
    base64: str
    alt: str

    @property
    def address(self) -> str:
        """The picture as a data address."""
        return f"data:{self.mime};base64,{self.base64}"


def pictures(data: dict) -> list[ShownPicture]:
    """The pictures of a cleaned output's MIME bundle, in order."""
    said = " ".join(plain(joined(data.get("text/plain", ""))).split())
    for mime in KINDS.values():
        if mime == SVG and mime in data:
            return [_drawing(joined(data[mime]), said)]
        if mime in data:
            return [ShownPicture(mime, re.sub(r"[^A-Za-z0-9+/=]", "", joined(data[mime])), said or "A figure.")]
    return [
        ShownPicture(match[1].lower(), re.sub(r"\s", "", match[2]), _alternative(match[0]) or said or "A figure.")
        if match[1]
        else _drawing(match[0], said)
        for match in _PICTURE.finditer(joined(data.get("text/html", "")))
    ]


def words_beside(data: dict) -> str:
    """The words that stand beside the pictures of an output; "" for one that is a picture and no more."""
    return html_to_text(_PICTURE.sub("", joined(data.get("text/html", ""))))


def _drawing(svg: str, said: str) -> ShownPicture:
    file = base64.b64encode(svg_file(svg)).decode("ascii")
    return ShownPicture(SVG, file, _alternative(svg[: svg.find(">") + 1]) or said or "A figure.")


def _alternative(tag: str) -> str:
    found = _ALTERNATIVE.search(tag)
    return " ".join(unescape(found[2]).split()) if found else ""

"""The words of HTML, for where nothing is drawn: run sheets, slides, replays."""

import re
from html.parser import HTMLParser

_BEGIN_LINE = {"tr", "p", "br", "li", "dt", "div"}
_END_LINE = {"tr", "p", "li", "dd", "div"}
_CELLS = {"td", "th", "dd"}
_SILENT = {"style", "script"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        self.parts.append("\n" if tag in _BEGIN_LINE else "  " if tag in _CELLS else "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT
        self.parts.append("\n" if tag in _END_LINE else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_to_text(html: str) -> str:
    """The words of a table or a paragraph: a row a line, cells two blanks apart."""
    reader = _Words()
    reader.feed(html)
    reader.close()  # text at the end waits for it
    lines = (re.sub(r" {3,}", "  ", line).strip() for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)

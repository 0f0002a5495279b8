"""The words of HTML, for where nothing is drawn: run sheets, slides, replays."""

import re
from html.parser import HTMLParser
from itertools import zip_longest

_BEGIN_LINE = {"tr", "p", "br", "li", "dt", "div"}
_END_LINE = {"tr", "p", "li", "dd", "div"}
_CELLS = {"td", "th", "dd"}
_TABLES = {"table", "dl"}
_SILENT = {"style", "script"}
_CELL, _END_TABLE = "\t", "\0"  # neither is left in the text of HTML
_NUMBER = re.compile(r"[-−+]?[\d,.]*\d%?|–")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        self.parts.append("\n" if tag in _BEGIN_LINE else _CELL if tag in _CELLS else "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT
        self.parts.append(f"\n{_END_TABLE}\n" if tag in _TABLES else "\n" if tag in _END_LINE else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"[\s\0]+", " ", data))


def are_sentences(html: str) -> bool:
    """Whether HTML is paragraphs alone: the same words as plain text have marks of Markdown, which nothing sets as code."""
    return re.search(r"<p\b", html) is not None and not re.search(r"<(table|pre|dl)\b", html)


def html_to_text(html: str) -> str:
    """The words of a table or a paragraph: a row a line, the cells of a column below each other, two blanks apart.

    In columns of numbers, whatever stands in their first row, the last digits stand below each other.
    """
    reader = _Words()
    reader.feed(html)
    reader.close()  # text at the end waits for it
    lines: list[str] = []
    rows: list[list[str]] = []
    for line in [*"".join(reader.parts).splitlines(), _END_TABLE]:
        cells = [" ".join(cell.split()) for cell in line.strip(" ").removeprefix(_CELL).split(_CELL)]
        if len(cells) > 1:
            rows += [cells] * any(cells)
        elif cells[0]:
            lines += [*_in_columns(rows), cells[0].strip(_END_TABLE)]
            rows = []
    return "\n".join(line for line in lines if line)


def _in_columns(rows: list[list[str]]) -> list[str]:
    columns = list(zip_longest(*rows, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    right = [all(map(_NUMBER.fullmatch, column[1:])) for column in columns]

    def placed(cell: str, width: int, to_the_right: bool) -> str:
        return cell.rjust(width) if to_the_right else cell.ljust(width)

    return ["  ".join(map(placed, cells, widths, right)).rstrip() for cells in rows]

"""The chapters' MyST Markdown in other words: as plain Markdown, section by section, question by question."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(\{[\w:-]+\})?(.*)$")
_ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)]*\)")
_DROPDOWN = re.compile(r"^:::\{dropdown\} (.+?)\n(.*?)^:::$", re.MULTILINE | re.DOTALL)


def sections(markdown: str) -> list[tuple[str, str]]:
    """(heading line, text below it) for each heading of level 1 or 2 outside code; text above the first has the heading ""."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line, fenced in _fenced_lines(markdown, "`~"):
        if not fenced and re.match(r"##? \S", line):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return [(heading, "\n".join(lines).strip()) for heading, lines in found if heading or "\n".join(lines).strip()]


def blocks(markdown: str) -> list[str]:
    """Paragraphs; a fenced block, or a directive, is one, whatever stands in it."""
    found: list[list[str]] = [[]]
    for line, fenced in _fenced_lines(markdown, "`~:"):
        if line.strip() or fenced:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def _fenced_lines(markdown: str, marks: str) -> Iterator[tuple[str, bool]]:
    """(line, whether it is part of a block between fences). `marks`: the characters that a fence can be made of."""
    fence = ""
    for line in markdown.splitlines():
        mark = re.match(rf"\s*(([{marks}])\2{{2,}})", line)
        yield line, bool(fence or mark)
        if mark:
            fence = "" if fence and line.strip().startswith(fence) else fence or mark[1]


def dropdowns(markdown: str) -> list[tuple[str, str]]:
    """(question, answer) of each dropdown."""
    return [(question.strip(), answer.strip()) for question, answer in _DROPDOWN.findall(markdown)]


def plain(markdown: str, bibliography: Path | None = None) -> str:
    """Markdown that JupyterLab and a slide can show: no directives, no roles, no comments, no links into the book.

    `bibliography`: the BibTeX file that gives citations their authors and years.
    """
    text = re.sub(r"<!--.*?-->\n?", "", markdown, flags=re.DOTALL)
    lines: list[str] = []
    stack: list[tuple[str, bool]] = []  # open fences, and whether each is a directive
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and stack and mark[1].startswith(stack[-1][0]) and not mark[2] and not mark[3].strip():
            if not stack.pop()[1]:
                lines.append(line)
        elif mark and not (stack and not stack[-1][1]):
            directive = bool(mark[2]) or mark[1].startswith(":")
            stack.append((mark[1], directive))
            if not directive:
                lines.append(line)
            elif mark[3].strip():
                lines += [f"**{mark[3].strip()}**", ""]
        elif not (stack and stack[-1][1] and re.match(r":[\w-]+:", line.strip())):
            lines.append(line)
    text = "\n".join(lines)
    text = _ROLE.sub(lambda role: _role(role[1], role[2], bibliography), text)
    return re.sub(r"\n{3,}", "\n\n", _LINK.sub(r"\1", text)).strip()


def literal(text: str) -> str:
    """A line of plain text as Markdown that shows it as it is: `__init__` is not bold. Code between backticks stays code."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if place % 2 else re.sub(r"([\\*_\[\]<>$~])", r"\\\1", part) for place, part in enumerate(parts)
    )


def _role(name: str, content: str, bibliography: Path | None) -> str:
    if not name.startswith("cite"):
        return re.sub(r"\s*<[^>]*>$", "", content)
    works = [_work(key.strip(), bibliography) for key in content.split(",")]
    if name == "cite:t":
        return " and ".join(f"{who} ({year})" if year else who for who, year in works)
    return "(" + "; ".join(f"{who} {year}".strip() for who, year in works) + ")"


def _work(key: str, bibliography: Path | None) -> tuple[str, str]:
    """(authors, year) of a work, as the book's pages cite it; the key itself when the bibliography does not have it."""
    entries = _entries(bibliography) if bibliography is not None and bibliography.exists() else {}
    return entries.get(key, (key, ""))


@cache
def _entries(bibliography: Path) -> dict[str, tuple[str, str]]:
    from pybtex.database import parse_file  # with Jupyter Book; slow to import

    found = {}
    for key, entry in parse_file(str(bibliography)).entries.items():
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [" ".join((*person.prelast_names, *person.last_names)).strip("{}") for person in people]
        many = {0: entry.fields.get("title", key), 1: "".join(names[:1]), 2: " and ".join(names[:2])}
        found[key] = (many.get(len(names), f"{names[0]} et al." if names else key), entry.fields.get("year", ""))
    return found

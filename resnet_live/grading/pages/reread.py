"""Where a student reads again what an exercise is about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils.nodes import make_id

from resnet_live.exercise import reference
from resnet_live.exercise.registry import find

SECTIONS = Path(__file__).with_name("sections.toml")


@dataclass(frozen=True)
class Reread:
    """A section of the book; `address` is "" where nobody has said where the book is."""

    chapter: int
    section: str
    address: str = ""


@cache
def sections() -> dict[str, str]:
    """The heading of each exercise's section, by the exercise's id."""
    return tomllib.loads(SECTIONS.read_text(encoding="utf-8"))


def reread(exercise: str, book: str = "") -> Reread:
    """The section that an exercise is about. `book`: the address of the folder that holds the chapters' pages, "" for none."""
    chapter, section = find(exercise).chapter, sections()[exercise]
    page = f"{book.rstrip('/')}/{reference.chapter(chapter)['notebook']}.html#{make_id(section)}" if book else ""
    return Reread(chapter, section, page)


def reread_line(exercise: str, book: str = "") -> str:
    """The same as a line of Markdown."""
    again = reread(exercise, book)
    where = f"chapter {again.chapter}, “{again.section}”"
    return f"Read again: [{where}]({again.address})" if again.address else f"Read again: {where}"

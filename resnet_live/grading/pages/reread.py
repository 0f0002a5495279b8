"""Where a student reads again what an exercise is about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils.nodes import make_id

from resnet_live.exercise import reference
from resnet_live.grading.gradebook import definition

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


def reread(exercise: str, book: str = "") -> Reread | None:
    """The section that an exercise is about; None for one that the course no longer has. `book`: the address of the folder that holds
    the chapters' pages, "" for none."""
    found, section = definition(exercise), sections().get(exercise)
    if found is None or section is None:
        return None
    chapter = found.chapter
    page = f"{book.rstrip('/')}/{reference.chapter(chapter)['notebook']}.html#{make_id(section)}" if book else ""
    return Reread(chapter, section, page)


def reread_line(exercise: str, book: str = "") -> str:
    """The same as a line of Markdown; "" where there is none."""
    again = reread(exercise, book)
    if again is None:
        return ""
    where = f"chapter {again.chapter}, “{again.section}”"
    return f"Read again: [{where}]({again.address})" if again.address else f"Read again: {where}"

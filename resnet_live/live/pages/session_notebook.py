"""The live notebook of a planned session: one for all its chapters, with its steps only, and nothing that says what comes."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live.chapter import Step, StepKind
from resnet_live.live.pages.agenda_item import item_line
from resnet_live.live.pages.keep_typed import PlacedNotebook, hash_of_cells, place
from resnet_live.live.pages.live_notebook import METADATA, as_text
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import Item, ItemKind

HOW_TO = (
    "*This is the live notebook of the session: one notebook, one kernel. Run the first two cells. What to write in the next cell "
    "then stands below the last one; write it under the number, or write `%next` there, and the code takes its place. "
    "`%catchup {number}` runs everything up to that step, `%where` says where you are, `%live` lists all commands.*"
)


def session_notebook(chapter: SessionChapter) -> nbformat.NotebookNode:
    """The live notebook of a session. A step that is typed is a cell with its number: the kernel shows its prompt when the class has
    got there. Exercises, discussions and pauses are cells of `%agenda`."""
    example = chapter.plan[min(7, len(chapter.plan) - 1)]
    cells = [
        new_markdown_cell(f"# {chapter.title}", id="session-title"),
        new_markdown_cell(HOW_TO.format(number=example), id="session-how-to"),
        new_code_cell(opening(chapter), id="session-start"),
    ]
    begun: set[int] = set()
    for entry in chapter.agenda:
        if isinstance(entry, Item):
            if entry.kind is not ItemKind.TALK:
                cells.append(_agenda_cell(chapter, entry))
            continue
        part = chapter.part_of(entry.number)
        if part.number not in begun:
            begun.add(part.number)
            cells.append(new_markdown_cell(f"## {part.heading}", id=f"chapter-{part.number}"))
        cells.append(_step_cell(entry))
    made_from = {"session": chapter.name, "fingerprint": chapter.fingerprint, "cells": hash_of_cells(cells)}
    return new_notebook(cells=cells, metadata={**METADATA, "resnet_live": made_from})


def opening(chapter: SessionChapter) -> str:
    """The code of the cell that opens the session in a kernel."""
    return f"%load_ext resnet_live.live\n%plan {chapter.name} {chapter.fingerprint}"


def build_for_class(chapter: SessionChapter, out: Path, overwrite: bool = False) -> PlacedNotebook:
    """Write `NAME.ipynb` into `out`, where people work: as `keep_typed.place` has it. Raises LiveError."""
    return place(out / f"{chapter.name}.ipynb", as_text(session_notebook(chapter)), overwrite)


def _step_cell(step: Step) -> nbformat.NotebookNode:
    metadata: dict = {"resnet_live": {"step": step.number, "kind": step.kind, "minutes": step.minutes}}
    if step.raises:
        metadata["tags"] = ["raises-exception"]  # "run all" goes on behind it
    source = step.bare_header
    if step.kind is StepKind.SETUP:
        source = step.code
    elif not step.typed:
        source, metadata["jupyter"] = f"{step.bare_header}\n{step.source}", {"source_hidden": True}
    return new_code_cell(source, metadata=metadata, id="step-" + step.number.replace(".", "-"))


def _agenda_cell(chapter: SessionChapter, item: Item) -> nbformat.NotebookNode:
    if item.kind is ItemKind.CATCHUP:
        return new_code_cell(f"%catchup {item.text}", id="catchup-" + item.text.replace(".", "-"))
    number = chapter.items.index(item) + 1
    return new_code_cell(f"# {item_line(item)}\n%agenda {number}", id=f"agenda-{number}")

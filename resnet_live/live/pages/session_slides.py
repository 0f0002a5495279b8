"""The slides of a planned session: one deck for all its chapters, with its exercises, discussions and pauses."""

import os
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from resnet_live.live.chapter import StepKind
from resnet_live.live.myst import literal
from resnet_live.live.pages import slides
from resnet_live.live.pages.agenda_item import item_lines
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import Item, ItemKind
from resnet_live.live.pages.slides import slide_cell, title_slide

KEYS = "Keys: arrows or space to go on, S for this speaker view, O for all slides, F for the full screen."


def session_slides(chapter: SessionChapter, shown: dict[str, list[NotebookNode]], book: Path, out: Path) -> str:
    """The deck as one page for the folder `out`. `shown`: step → what it shows; `book`: the folder of the built book, whose scripts
    the deck uses; without a built book it loads them from public servers."""
    html = book / "html"
    up, addresses = ".", slides.PUBLIC
    if has_scripts(book):
        up = Path(os.path.relpath(html.absolute(), out.absolute())).as_posix()
        local = [f"{up}/{address.removeprefix('../')}" for address in slides.LOCAL]
        addresses = (local[0], local[1])
    return slides.as_html(_notebook(chapter, shown, up), addresses)


def has_scripts(book: Path) -> bool:
    """Whether the folder `book` of a built book holds the scripts of a deck, so that it needs no network."""
    return (book / "html" / "_static" / "reveal" / "dist" / "reveal.js").is_file()


def _notebook(chapter: SessionChapter, shown: dict[str, list[NotebookNode]], up: str) -> NotebookNode:
    cells, part, section = [title_slide(f"# {chapter.title}"), _notes(chapter.session.summary, KEYS)], 0, ""
    for entry in chapter.agenda:
        if isinstance(entry, Item):
            cells += _item(entry)
            continue
        own = chapter.part_of(entry.number)
        if own.number != part:
            part = own.number
            cells.append(title_slide(f"# {own.title}", f"Chapter {own.number}"))
        if entry.kind is StepKind.SETUP:
            continue
        if entry.section != section:
            section = entry.section
            cells.append(title_slide(f"## {section}"))
        cells += [*slides.step_slides(own, entry, shown.get(entry.number), up), _notes(f"**{literal(entry.note)}**")]
    for index, cell in enumerate(cells):
        cell.id = f"slide-{index}"
    return new_notebook(cells=cells, metadata={"title": chapter.title, "resnet_live": {"key": chapter.fingerprint}})


def _item(item: Item) -> list[NotebookNode]:
    if item.kind in (ItemKind.TALK, ItemKind.CATCHUP):
        return []
    first, *more = item_lines(item)
    return [title_slide("\n\n".join([f"## {first}", *map(literal, more)])), _notes(*([item.note] if item.note else []))]


def _notes(*texts: str) -> NotebookNode:
    return slide_cell(new_markdown_cell("\n\n".join(texts)), "notes")

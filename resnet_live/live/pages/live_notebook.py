"""Live notebooks: a chapter without the code that is typed in class."""

import json
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live.chapter import HIDDEN, Chapter, LiveError, Step, StepKind
from resnet_live.live.myst import blocks, literal, plain, sections
from resnet_live.live.pages.changed_files import write_changed
from resnet_live.live.pages.keep_typed import PlacedNotebook, hash_of_cells, place

# A shorter line is no secret: `model(x)` may stand in a heading, too.
SECRET_LENGTH = 12
# Parts of a chapter that look back on its results; they stand in the book.
AFTERWARDS = ("Questions that learners ask", "Recap", "Read on")

# Of every notebook that is made here.
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}

HOW_TO = (
    "*This is the live notebook of the chapter: the code is typed in class. A cell to type holds one line that says what to "
    "write; write it below that line, or write `%next` there, and the code takes its place. `%check` says whether yours "
    "gives what it should, `%catchup {number}` runs everything up to that step, `%where` says where you are, `%live` lists "
    "all commands. The whole text, with the answers, is in the book.*"
)


def live_notebook(chapter: Chapter) -> nbformat.NotebookNode:
    """The live notebook of `chapter`: headings and the text that opens a section stay, a step to type is its one-line prompt.

    Setup cells, figures and predictions stand as they are, below their prompt. Text between steps is left out: it comments on
    what the step before has shown. The same chapter gives the same bytes. Raises LiveError when the file cannot be read.
    """
    try:
        source = nbformat.read(chapter.path, as_version=4)
    except Exception as error:  # nbformat raises many kinds; each means the same to the user
        raise LiveError(f"{chapter.path.name} cannot be read as a notebook: {error}") from error
    steps = {step.cell: step for step in chapter.steps}
    secret, bibliography = secrets(chapter), chapter.path.parent / "references.bib"
    cells, below_heading = [], True
    for index, cell in enumerate(source.cells):
        if cell.cell_type == "markdown":
            for heading, text in sections(cell.source):
                if heading:
                    below_heading = heading[3:].strip() not in AFTERWARDS
                if not below_heading:
                    continue
                shown = plain(_without(text, secret), bibliography)
                if heading or shown:
                    cells.append(_markdown("\n\n".join(part for part in (heading, shown) if part), "slide"))
                if heading.startswith("# "):
                    cells += [_markdown(_how_to(chapter), "notes"), _start(chapter)]
        elif cell.cell_type == "code" and HIDDEN not in cell.metadata.get("tags", []):
            below_heading = False
            cells += _step_cells(steps[index]) if index in steps else [_other(cell.source)]
    for index, cell in enumerate(cells):
        cell.id = cell.pop("wanted_id", f"part-{chapter.number}-{index}")
    made_from = {"chapter": chapter.number, "fingerprint": chapter.fingerprint, "cells": hash_of_cells(cells)}
    return new_notebook(cells=cells, metadata={**METADATA, "resnet_live": made_from})


def build(chapters: list[Chapter], out: Path) -> list[Path]:
    """Write `NN_name.ipynb` for each of `chapters` into `out`, a folder in which nobody types.

    Returns the new and changed files. Raises LiveError.
    """
    files = ((f"{chapter.name}.ipynb", as_text(live_notebook(chapter))) for chapter in chapters)
    return write_changed(files, out, "live notebooks")


def build_for_class(chapters: list[Chapter], out: Path, overwrite: bool = False) -> list[PlacedNotebook]:
    """Write `NN_name.ipynb` for each of `chapters` into `out`, where people work: what somebody has typed into is kept.

    `overwrite`: as `keep_typed.place` has it. Raises LiveError.
    """
    return [place(out / f"{chapter.name}.ipynb", as_text(live_notebook(chapter)), overwrite) for chapter in chapters]


def as_text(notebook: nbformat.NotebookNode) -> str:
    """The notebook's file, checked against nbformat's schema."""
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def secrets(chapter: Chapter) -> set[str]:
    """The lines that are typed in class, without the blanks in them, unless a cell or a heading that stays says the same."""
    stays = [step.source for step in chapter.steps if not step.typed] + [step.section for step in chapter.steps]
    left = "\n".join(_pressed(part) for part in stays)
    typed = {_pressed(line) for step in chapter.steps if step.typed for line in step.source.splitlines()}
    return {line for line in typed if len(line) >= SECRET_LENGTH and line not in left}


def _pressed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _without(text: str, secret: set[str]) -> str:
    """`text` without the blocks (paragraphs, lists, code) that hold a line of what is typed."""
    pressed = [(block, _pressed(block)) for block in blocks(text)]
    return "\n\n".join(block for block, bare in pressed if not any(line in bare for line in secret))


def _how_to(chapter: Chapter) -> str:
    return HOW_TO.format(number=chapter.steps[min(7, len(chapter.steps) - 1)].number)


def opening(chapter: Chapter) -> str:
    """The code of the cell that opens the chapter in a kernel."""
    return f"%load_ext resnet_live.live\n%chapter {chapter.number} {chapter.fingerprint}"


def _start(chapter: Chapter):
    cell = new_code_cell(opening(chapter))
    cell.metadata["slideshow"] = {"slide_type": "skip"}
    cell["wanted_id"] = f"chapter-{chapter.number}"
    return cell


def _step_cells(step: Step) -> list:
    """The cells of one step. The code of a figure and of a question is not what is taught: it is folded below its prompt."""
    metadata = {
        "resnet_live": {"step": step.number, "kind": step.kind, "minutes": step.minutes, "prompt": step.prompt},
        # A fix belongs beside the error that it fixes.
        "slideshow": {"slide_type": {StepKind.FIX: "fragment", StepKind.SETUP: "skip"}.get(step.kind, "subslide")},
    }
    if step.raises:
        metadata["tags"] = ["raises-exception"]  # "run all" goes on behind it
    # "Fix it" above a cell that is still to be run would say that it fails: the prompt comes after that, from the kernel.
    header = step.bare_header if step.kind is StepKind.FIX else step.header
    cell = new_code_cell(header if step.typed else step.code, metadata=metadata)
    cell["wanted_id"] = "step-" + step.number.replace(".", "-")
    if step.kind not in (StepKind.PREDICT, StepKind.FIGURE):
        return [cell]
    cell.metadata["jupyter"] = {"source_hidden": True}
    cell.metadata["slideshow"] = {"slide_type": "-"}
    question = _markdown(f"**{step.number}** · {literal(step.prompt)}", "subslide")
    question["wanted_id"] = "prompt-" + step.number.replace(".", "-")
    return [question, cell]


def _other(source: str):
    """A code cell that is no step stands as it is."""
    return new_code_cell(source, metadata={"slideshow": {"slide_type": "-"}})


def _markdown(source: str, slide: str):
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": slide}})

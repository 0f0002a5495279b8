"""Read one file that was handed in, whatever state it is in: its code cells, or why there are none, and what to know about it."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from resnet_live.grading.drop_outputs import without_outputs
from resnet_live.whole_letters import whole_letters

# Of a notebook without its outputs, and with them: those of larger ones are dropped while reading.
MOST_BYTES, MOST_WITH_OUTPUTS = 50_000_000, 2_000_000_000
# Of one cell, in characters: data pasted into a cell would take minutes to be parsed.
MOST_SOURCE = 500_000
# Browsers and platforms put these behind a notebook's own name.
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?( ?\(\d+\))?$", re.IGNORECASE)
# What is handed in instead of a notebook.
INSTEAD = {
    **dict.fromkeys((".html", ".htm", ".mhtml"), "a web page"),
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf", ".pages"), "a text document"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".heic"), "a picture"),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tgz"), "a packed file: unpack it first"),
    **dict.fromkeys((".md", ".rmd", ".qmd", ".txt"), "a text file"),
    ".py": "a Python script",
    ".pdf": "a PDF file",
    ".r": "an R script",
    ".deepnote": "a project of Deepnote's: export its notebook as .ipynb",
    ".dbc": "an archive of Databricks': export the notebook as .ipynb",
}


@dataclass(frozen=True)
class Cell:
    """One code cell; `number` counts all cells of the notebook from 1, as a reader would."""

    number: int
    source: str


@dataclass(frozen=True)
class Notebook:
    """A student's notebook.

    `name`: its path within the student's folder; `problem`: why it could not be read; `notes`: what to know though it could be;
    `metadata`: its own; `grade_ids`: those that its cells were given out with; `file`: where it lies, or lay.
    """

    name: str
    cells: tuple[Cell, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    metadata: dict[str, Any] | None = None
    grade_ids: frozenset[str] = frozenset()
    file: Path | None = field(default=None, compare=False)

    @property
    def stem(self) -> str:
        return NOTEBOOK.sub("", Path(self.name).name) if NOTEBOOK.search(self.name) else Path(self.name).stem


def not_a_notebook(file: Path) -> str:
    """What the file is instead, by its name; "" when it may be a notebook, or nobody's answer."""
    what = "" if NOTEBOOK.search(file.name) else INSTEAD.get(file.suffix.lower(), "")
    return what and f"{what}, no notebook (.ipynb)"


def read_notebook(file: Path, name: str) -> Notebook:
    """What is in a file. `name`: see `Notebook`. Never raises: a problem stands in the notebook."""
    try:
        text, notes = _decoded(_bytes(file))
        tree = _tree(text)
        metadata = tree.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        cells, ids = [], set()
        for number, cell in enumerate(tree["cells"], start=1):
            source = whole_letters(_source(cell))
            if len(source) > MOST_SOURCE:
                notes.append(f"cell {number} holds more than {MOST_SOURCE:,} characters, and was left out")
            elif source.strip():
                cells.append(Cell(number, source.replace("\r\n", "\n").replace("\r", "\n")))
            ids.add(_grade_id(cell))
        language = _language(metadata)
        if language and "python" not in language.lower():
            notes.append(f"its language is {language[:40]}, not Python")
        return Notebook(name, tuple(cells), "", tuple(notes), metadata, frozenset(ids - {""}), file)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} in line {error.lineno}"
    except RecursionError:
        problem = "not a notebook: nested too deeply"
    except (OSError, ValueError) as error:
        problem = str(error).splitlines()[0] if str(error) else "not a notebook"
    return Notebook(name, problem=problem, file=file)


def notebook_tree(file: Path) -> dict[str, Any]:
    """The whole notebook; without its outputs where it is large. Raises OSError, ValueError and RecursionError."""
    return _tree(_decoded(_bytes(file))[0])


def _bytes(file: Path) -> bytes:
    """What is in the file; of a large one, without the outputs. Raises ValueError for one that is too large."""
    size = file.stat().st_size
    if size <= MOST_BYTES:
        return file.read_bytes()
    if size > MOST_WITH_OUTPUTS:
        raise ValueError(f"larger than {MOST_WITH_OUTPUTS // 1_000_000} MB. Clear its outputs and try again")
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kept = without_outputs(data)
    if len(kept) > MOST_BYTES:
        raise ValueError(
            f"larger than {MOST_BYTES // 1_000_000} MB without its outputs. Are there pictures in its texts?"
        )
    return kept


def _decoded(data: bytes) -> tuple[str, list[str]]:
    """The text, and what to know about it. JSON tells UTF-8, 16 and 32 apart by its first bytes."""
    try:
        return data.decode(json.detect_encoding(data)), []
    except UnicodeDecodeError:
        return data.decode("latin-1"), ["it is not UTF-8: letters other than English ones may be wrong"]


def _tree(text: str) -> dict[str, Any]:
    """The notebook, with a list of cells. Lenient: lost ids and metadata do no harm. Raises ValueError."""
    if not text.strip("\ufeff\0 \r\n\t"):
        raise ValueError("an empty file")
    tree = json.loads(text)
    if not isinstance(tree, dict):
        raise ValueError("not a notebook: no cells")
    if "worksheets" in tree:
        try:
            tree = nbformat.reads(text, as_version=4)
        except Exception as error:  # nbformat raises many kinds on damaged old notebooks
            raise ValueError(f"an old notebook that cannot be converted: {error}") from error
    if not isinstance(tree.get("cells"), list):
        raise ValueError("not a notebook: no cells")
    return tree


def _source(cell: object) -> str:
    """Of a code cell, else ""."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return ""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    return source if isinstance(source, str) else ""


def _grade_id(cell: object) -> str:
    for part in ("metadata", "nbgrader", "grade_id"):
        cell = cell.get(part) if isinstance(cell, dict) else None
    return whole_letters(cell) if isinstance(cell, str) else ""


def _language(metadata: dict[str, Any]) -> str:
    """As the notebook says; "" when it does not."""
    return next(_languages(metadata), "")


def _languages(metadata: dict[str, Any]) -> Iterator[str]:
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part)
        if isinstance(found, dict) and isinstance(found.get(name), str) and found[name]:
            yield whole_letters(found[name])

"""Put a live notebook into a folder in which people work: one that somebody has typed into is never overwritten."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import Any

from resnet_live.live.chapter import LiveError
from resnet_live.whole_file import write_whole


class Placing(StrEnum):
    """What became of a notebook that was to be put into the folder."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  # the file there is the same, or was only run
    KEPT = "kept"  # somebody has typed into the file there, and it was made from the same chapter: nothing was written
    BESIDE = "beside"  # somebody has typed into the file there: the new one lies beside it
    REPLACED = "replaced"  # as the user wished; what was typed lies in a copy


@dataclass(frozen=True)
class PlacedNotebook:
    """`file`: where the new notebook is, or the one that stands for it; `typed`: the file that holds what somebody has typed, if
    there is one."""

    placing: Placing
    file: Path
    typed: Path | None = None

    @property
    def sentence(self) -> str:
        """For the screen; "" when there is nothing to say."""
        match self.placing:
            case Placing.WRITTEN:
                return f"written: {self.file}"
            case Placing.KEPT:
                return f"kept: {self.typed} has been typed into, and the chapter is the same; nothing was written"
            case Placing.BESIDE:
                return f"kept: {self.typed} has been typed into; the new notebook is {self.file}"
            case Placing.REPLACED:
                return f"written: {self.file}; what had been typed is kept in {self.typed}"
            case Placing.UNCHANGED:
                return ""


def hash_of_cells(cells: list) -> str:
    """Sixteen hex digits that change when the kind or the text of a cell does.

    Outputs, execution counts, metadata, and empty cells at the end are left out: a notebook that is opened, run and saved keeps
    its hash.
    """
    texts = [
        (cell["cell_type"], "".join(cell["source"])) for cell in cells
    ]  # a file may hold a text as a list of lines
    while texts and not texts[-1][1].strip():
        del texts[-1]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]


def place(file: Path, text: str, overwrite: bool = False) -> PlacedNotebook:
    """Write `text`, a live notebook whose metadata hold the hash of its cells, to `file`, unless somebody has typed into that.

    Then it is written beside it (`NAME-new.ipynb`), or not at all when the file was made from the same chapter. `overwrite`: write it
    all the same, and keep what was typed in `NAME-backup.ipynb`. A file that cannot be read as a notebook, or that was made before
    there were hashes and has other cells, counts as typed into. Raises LiveError when a file cannot be read or written.
    """
    made = json.loads(text)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if overwrite and _typed_into(file, made):
            backup = next(other for other in _beside(file, "backup") if not other.exists())
            shutil.copy2(file, backup)
            write_whole(file, text)
            return PlacedNotebook(Placing.REPLACED, file, backup)
        names = chain([file], _beside(file, "new"))
        while True:
            other = next(names)
            if not _typed_into(other, made):
                placing = _update(other, text, made)
                return PlacedNotebook(placing, file) if other == file else PlacedNotebook(Placing.BESIDE, other, file)
            if _made_from(_read(other)) == _made_from(made):
                return PlacedNotebook(Placing.KEPT, other, other)
    except OSError as error:
        raise LiveError(
            f"The live notebooks cannot be written to {file.parent}: {error.strerror}. Name another folder."
        ) from error


def _typed_into(file: Path, made: Mapping[str, Any]) -> bool:
    if not file.exists():
        return False
    there = _read(file)
    try:
        own = there["metadata"].get("resnet_live", {}).get("cells", hash_of_cells(made["cells"]))
        return hash_of_cells(there["cells"]) != own
    except (KeyError, TypeError, AttributeError):  # no notebook
        return True


def _read(file: Path) -> Any:
    """What stands in the file; None when it is no JSON."""
    try:
        return json.loads(file.read_bytes())
    except ValueError:
        return None


def _made_from(notebook: Any) -> Any:
    """The chapter, its fingerprint and the hash of the cells as they were written; None when they are not known."""
    try:
        made_from = notebook["metadata"]["resnet_live"]
        return made_from if "cells" in made_from else None
    except (KeyError, TypeError):
        return None


def _update(file: Path, text: str, made: Mapping[str, Any]) -> Placing:
    """Write `text` over a file that nobody has typed into, unless it is the same, or was run and is of the same chapter."""
    if file.exists():
        there = _read(file)
        was_run = there is not None and any(cell.get("outputs") for cell in there["cells"])
        if there == made or (was_run and _made_from(there) == _made_from(made)):
            return Placing.UNCHANGED
    write_whole(file, text)
    return Placing.WRITTEN


def _beside(file: Path, word: str) -> Iterator[Path]:
    """`NAME-word.ipynb`, `NAME-word-2.ipynb` and so on."""
    for number in count(1):
        yield file.with_stem(f"{file.stem}-{word}" + (f"-{number}" if number > 1 else ""))

"""A chapter notebook as a sequence of steps: the one source of live notebooks, run sheets, slides and rehearsals."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from resnet_live.live.expectation import Expectation, read_expectation
from resnet_live.live.myst import sections

ENV = "RESNET_LIVE_BOOK"
# The tag of a cell that runs in the build and that readers and classes do not see: claims.
HIDDEN = "remove-cell"


class StepKind(StrEnum):
    """What a step is for; the word stands in the metadata of its cell."""

    TYPED = "typed"
    MISTAKE = "mistake"  # planned: it fails, or runs and is wrong
    FIX = "fix"
    SETUP = "setup"
    FIGURE = "figure"
    PREDICT = "predict"


# What the instructor types; the other kinds stand in the live notebook as they are.
TYPED = (StepKind.TYPED, StepKind.MISTAKE, StepKind.FIX)

_HEADER = re.compile(r"\s*#\s*(\d+\.\d+)\s*·")


class LiveError(Exception):
    """A problem that the user can do something about; its text says what was wrong and what to do."""


@dataclass(frozen=True)
class Step:
    """A code cell that matters in class.

    `number`: like "2.7"; `kind`: `minutes`: planned, without discussion; `note`: what the speaker says or asks;
    `prompt`: one line for the class that does not give the code away; `source`: the code; `raises`: whether it is planned to
    fail; `section`: the heading above it; `prose`: the Markdown between the step before and this one; `cell`: its index;
    `expectation`: what `%check` looks at.
    """

    number: str
    kind: StepKind
    minutes: float
    note: str
    prompt: str
    source: str
    raises: bool
    section: str
    prose: str
    cell: int
    expectation: Expectation = field(default_factory=Expectation)

    @property
    def typed(self) -> bool:
        """Whether it is typed in class."""
        return self.kind in TYPED

    @property
    def header(self) -> str:
        """The comment that stands first in the step's cell of a live notebook."""
        return f"# {self.number} · {self.prompt}"

    @property
    def bare_header(self) -> str:
        """A header that says nothing of what comes: the prompt is shown when the class gets there."""
        return f"# {self.number} ·"

    @property
    def code(self) -> str:
        """What `%next` puts into a cell: header and source."""
        return f"{self.header}\n{self.source}"


@dataclass(frozen=True)
class Chapter:
    """A chapter: its `number`, `name` ("02_adaptive_pooling"), `title` without the number, file, and steps in order."""

    number: int
    name: str
    title: str
    path: Path
    steps: tuple[Step, ...]

    def position(self, number: str) -> int:
        """The place of step `number` ("2.7") in `steps`. Raises LiveError, which names the nearest steps there are."""
        for place, step in enumerate(self.steps):
            if step.number == str(number):
                return place
        first, last = self.steps[0].number, self.steps[-1].number
        raise LiveError(f"Chapter {self.number} has no step {number}. Its steps go from {first} to {last}.")

    def find(self, number: str | None) -> Step | None:
        """The step `number`, None when there is none."""
        return next((step for step in self.steps if step.number == number), None)

    def find_anywhere(self, number: str | None) -> Step | None:
        """As `find`; a session finds the steps that it leaves out, too."""
        return self.find(number)

    def step(self, number: str) -> Step:
        """The step `number`. Raises LiveError when there is none."""
        return self.steps[self.position(number)]

    @property
    def called(self) -> str:
        """How it is called in a sentence: "chapter 2"."""
        return f"chapter {self.number}"

    @property
    def heading(self) -> str:
        """How it is called above its steps: "Chapter 2 · Any size in, ten numbers out"."""
        return f"Chapter {self.number} · {self.title}"

    def part_of(self, number: str) -> "Chapter":
        """The chapter of the book in which step `number` stands: this one; a session has several."""
        self.position(number)
        return self

    @property
    def minutes(self) -> float:
        """Minutes of all steps together."""
        return sum(step.minutes for step in self.steps)

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that change when a step's number, kind or code does: live notebooks carry it."""
        words = "\n".join(f"{step.number} {step.kind}\n{step.source}" for step in self.steps)
        return hashlib.sha256(words.encode()).hexdigest()[:8]


def step_of(source: str) -> str | None:
    """The number of the step whose header `source`, the text of a cell, begins with; None without one."""
    found = _HEADER.match(source)
    return found[1] if found else None


def consecutive(numbers: Iterable[str]) -> list[list[str]]:
    """Numbers of steps, cut where one does not follow the one before it: ["2.1", "2.2"], ["2.7"]."""
    runs: list[list[str]] = []
    for number in numbers:
        chapter, place = number.split(".")
        if runs and runs[-1][-1] == f"{chapter}.{int(place) - 1}":
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def book_folder() -> Path:
    """The folder of the chapter notebooks: `RESNET_LIVE_BOOK`, the checkout of this package, or one above the working folder.

    Raises LiveError when there is none.
    """
    named = os.environ.get(ENV, "").strip()
    if named:
        if any(Path(named).glob("[0-9][0-9]_*.ipynb")):
            return Path(named)
        raise LiveError(f"{ENV} names {named}, which holds no chapter notebooks. Name the course's folder book/.")
    here = Path.cwd()
    for root in (Path(__file__).parents[2], here, *here.parents):
        if any((root / "book").glob("[0-9][0-9]_*.ipynb")):
            return root / "book"
    raise LiveError(
        "The chapter notebooks were not found. Work in a copy of the course's repository, "
        f"or set {ENV} to its folder book/."
    )


def read_chapters(folder: Path | None = None) -> list[Chapter]:
    """All chapters of `folder` (default: `book_folder()`), by number. Raises LiveError."""
    return [read_chapter(path) for path in sorted((folder or book_folder()).glob("[0-9][0-9]_*.ipynb"))]


def find_chapter(number: int | str, folder: Path | None = None) -> Chapter:
    """The chapter `number` of `folder` (default: `book_folder()`). Raises LiveError when there is none."""
    folder = folder or book_folder()
    paths = {str(int(path.name[:2])): path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    if str(number) not in paths:
        raise LiveError(f"There is no chapter {number}. Chapters: {', '.join(paths)}.")
    return read_chapter(paths[str(number)])


def chosen_chapters(numbers: list[str] | None) -> list[Chapter]:
    """The chapters of these numbers, all without any. Raises LiveError."""
    return [find_chapter(number) for number in numbers] if numbers else read_chapters()


def read_chapter(path: Path) -> Chapter:
    """Read a chapter notebook. Raises LiveError when it is none, or when its steps are not numbered in order."""
    cells = _cells(path)
    number, title, section = int(path.name[:2]), path.stem, ""
    prose: list[str] = []
    steps: list[Step] = []
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            for heading, _ in sections(cell["source"]):
                if heading.startswith("# "):
                    title = heading[2:].split("·", 1)[-1].strip()
                elif heading:
                    section = heading[3:].strip()
            prose.append(cell["source"])
        elif cell["cell_type"] == "code" and "resnet_live" in cell["metadata"]:
            try:
                steps.append(_step(cell, index, section, "\n\n".join(prose)))
            except (KeyError, ValueError) as error:
                raise LiveError(f"{path.name}, cell {index + 1}: its step metadata are wrong: {error}.") from error
            prose = []
    _check_numbers(path, number, steps)
    return Chapter(number, path.stem, title, path, tuple(steps))


def _cells(path: Path) -> list[dict]:
    """The cells of a notebook of format 4, each source one text. Read as JSON: nbformat checks every field with grammars whose
    compiling costs each kernel of a class a second. Raises LiveError."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if notebook["nbformat"] != 4:
            raise ValueError(f"it has format {notebook['nbformat']}, not 4")
        return [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LiveError(f"{path.name} cannot be read as a notebook: {error}") from error


def _step(cell: dict, index: int, section: str, prose: str) -> Step:
    meta = cell["metadata"]["resnet_live"]
    return Step(
        number=str(meta["step"]),
        kind=StepKind(meta["kind"]),
        minutes=meta["minutes"],
        note=meta["note"],
        prompt=meta.get("prompt", meta["note"]),
        source=cell["source"],
        raises="raises-exception" in cell["metadata"].get("tags", []),
        section=section,
        prose=prose,
        cell=index,
        expectation=read_expectation(meta),
    )


def _check_numbers(path: Path, chapter: int, steps: list[Step]) -> None:
    expected = [f"{chapter}.{place}" for place in range(len(steps))]
    for step, number in zip(steps, expected, strict=True):
        if step.number != number:
            raise LiveError(
                f"{path.name}, cell {step.cell + 1}: step {step.number} stands where {number} should. Number them in order."
            )
    if not steps:
        raise LiveError(f"{path.name} has no steps: no code cell carries metadata.resnet_live.")

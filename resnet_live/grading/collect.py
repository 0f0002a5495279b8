"""Find students and read their notebooks, whatever state they are in."""

from __future__ import annotations

import json
import mmap
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading import layouts
from resnet_live.grading.drop_outputs import without_outputs

# Of a notebook without its outputs, and with them: those of larger ones are dropped while reading.
MOST_BYTES, MOST_WITH_OUTPUTS = 50_000_000, 2_000_000_000
NOT_SUBMISSIONS = {"__pycache__", "__MACOSX", "node_modules", "_build"}


class NoSubmissions(ValueError):
    """The path holds nothing to grade; the message says why."""


@dataclass(frozen=True)
class Cell:
    """One code cell; `number` counts all cells of the notebook from 1, as a reader would."""

    number: int
    source: str


@dataclass(frozen=True)
class Notebook:
    """A student's notebook: `name` is its path within the student's folder, `problem` says why it could not be read."""

    name: str
    cells: tuple[Cell, ...] = ()
    problem: str = ""

    @property
    def stem(self) -> str:
        return Path(self.name).stem


@dataclass(frozen=True)
class Student:
    """One folder of notebooks. `platform`: whose download it is, where the name ends in a number of that platform's, else ""."""

    name: str
    notebooks: tuple[Notebook, ...]
    platform: str = ""


@dataclass(frozen=True)
class Collected:
    """The students, and what to know about how they were found."""

    students: list[Student]
    notes: tuple[str, ...] = ()


def collect(path: Path) -> list[Student]:
    """The students under `path`: see `collect_all`."""
    return collect_all(path).students


def collect_all(path: Path) -> Collected:
    """The students under `path`: the folder itself when notebooks lie in it, else its subfolders, one student each. Or a download from
    Canvas, Moodle or nbgrader, known by its names (see `layouts`), or a zip file of any of these.

    A student's subfolders are searched too. A subfolder without a notebook is a student who handed in nothing. Notebooks beside the
    students' folders are nobody's (see `strays`). Raises NoSubmissions when there is not one notebook, or when it cannot be told
    whose they are.
    """
    if not path.exists():
        raise NoSubmissions(f"there is no folder {path}")
    try:
        if path.is_dir():
            return _collected(layouts.submitted(path.resolve()))
        if path.suffix.lower() != ".zip":
            raise NoSubmissions(f"{path} is a file. Name the folder that holds the notebooks, or a zip file of it")
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary).resolve() / path.stem
            folder.mkdir()
            layouts.unpack(path, folder)
            # zipped with its folder
            inside = [one for one in folder.iterdir() if not _is_hidden(one.name)]
            if len(inside) == 1 and inside[0].is_dir() and inside[0].name == path.stem:
                folder = inside[0]
            return _collected(layouts.submitted(folder))
    except NoSubmissions:
        raise
    except ValueError as error:
        raise NoSubmissions(f"{path}: {error}") from error


def _collected(path: Path) -> Collected:
    here, folders = _files(path), _folders(path)
    inside = [folder for folder, files in folders.items() if files]
    if here and not inside:
        if found := layouts.sort_files(here):
            students = [
                Student(name, tuple(_read(file, path, handed_in) for file, handed_in in files), found.platform)
                for name, files in sorted(found.files.items())
            ]
            return Collected(students, (f"Read as a download from {found.platform}: {_number(students)}",))
        if several := layouts.several_students(here, _of_the_course()):
            raise NoSubmissions(
                f"{path} holds several notebooks of one kind ({', '.join(several[:5])}). Are they of several students? "
                "Give each a folder"
            )
        return Collected([Student(path.name, tuple(_read(file, path) for file in here))])
    if not inside:
        raise NoSubmissions(f"{path} holds no notebook (*.ipynb), neither itself nor in a folder for each student")
    if mixed := [file.name for file in here if file.stem in _of_the_course() or layouts.sort_files([file])]:
        names = ", ".join(folder.name for folder in inside)
        raise NoSubmissions(
            f"{path} holds {', '.join(mixed)} and folders with notebooks ({names}): is it one student or a class? "
            "Move the one or the other away"
        )
    notes = tuple(f"{file.name} lies beside the students' folders. It was not graded" for file in here)
    if by_student := layouts.sort_folders(list(folders)):
        students = [
            Student(name, tuple(_read(file, folder) for folder in own for file in folders[folder]), "Moodle")
            for name, own in sorted(by_student.items())
        ]
        return Collected(students, (f"Read as a download from Moodle: {_number(students)}", *notes))
    students = [Student(folder.name, tuple(_read(file, folder) for file in files)) for folder, files in folders.items()]
    return Collected(students, notes)


def _number(students: list[Student]) -> str:
    return f"{len(students)} student{'s' * (len(students) != 1)}"


def _of_the_course() -> set[str]:
    """The names, without ending, under which the exercise notebooks are given out."""
    return {reference.chapter(exercise.chapter)["notebook"] for exercise in exercises().values()}


def strays(path: Path) -> list[str]:
    """The names of the notebooks that lie beside the students' folders and are nobody's."""
    return [file.name for file in _files(path)] if any(_folders(path).values()) else []


def _files(path: Path) -> list[Path]:
    """The notebooks in a folder itself."""
    return [file for file in sorted(path.iterdir()) if _is_notebook(file, path)]


def _folders(path: Path) -> dict[Path, list[Path]]:
    """The folders in a folder, each with all notebooks in it and below."""
    folders = [folder for folder in sorted(path.iterdir()) if folder.is_dir() and not _is_hidden(folder.name)]
    return {folder: [file for file in sorted(folder.rglob("*")) if _is_notebook(file, folder)] for folder in folders}


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in NOT_SUBMISSIONS


def _is_notebook(file: Path, folder: Path) -> bool:
    if file.suffix.lower() != ".ipynb" or any(_is_hidden(part) for part in file.relative_to(folder).parts):
        return False
    # a link out of the folder would read what is not the student's
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _read(file: Path, folder: Path, handed_in: str = "") -> Notebook:
    """`handed_in`: the name that the student gave the file, where the platform has put more in front."""
    name = handed_in or file.relative_to(folder).as_posix()
    try:
        return Notebook(name, _cells(_decoded(_bytes(file))))
    except json.JSONDecodeError as error:
        return Notebook(name, problem=f"not JSON: {error.msg} in line {error.lineno}")
    except RecursionError:
        return Notebook(name, problem="not a notebook: nested too deeply")
    except (OSError, ValueError) as error:
        return Notebook(name, problem=str(error).splitlines()[0] if str(error) else "not a notebook")


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


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _cells(text: str) -> tuple[Cell, ...]:
    """The code cells. Lenient: nothing but types and sources is looked at, so lost ids and metadata do no harm."""
    if not text.strip():
        raise ValueError("an empty file")
    tree = json.loads(text)
    if not isinstance(tree, dict):
        raise ValueError("not a notebook: no cells")
    if "worksheets" in tree:
        try:
            tree = nbformat.reads(text, as_version=4)
        except Exception as error:  # nbformat raises many kinds on damaged old notebooks
            raise ValueError(f"an old notebook that cannot be converted: {error}") from error
    cells = tree.get("cells")
    if not isinstance(cells, list):
        raise ValueError("not a notebook: no cells")
    found = []
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source", "") if isinstance(cell, dict) and cell.get("cell_type") == "code" else None
        if isinstance(source, list):
            source = "".join(str(line) for line in source)
        if isinstance(source, str) and source.strip():
            found.append(Cell(number, source.replace("\r\n", "\n").replace("\r", "\n")))
    return tuple(found)

"""Find students and their notebooks, whatever state they are in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading import layouts
from resnet_live.grading.handed_out import lost_cells
from resnet_live.grading.notebook_file import NOTEBOOK, Notebook, not_a_notebook, read_notebook

NOT_SUBMISSIONS = {"__pycache__", "__MACOSX", "node_modules", "_build", "site-packages"}
# Files of one student that are named as handed in instead of a notebook.
MOST_INSTEAD = 5


class NoSubmissions(ValueError):
    """The path holds nothing to grade; the message says why."""


@dataclass(frozen=True)
class Student:
    """One folder of notebooks. `platform`: whose download it is, where the name ends in a number of that platform's, else ""."""

    name: str
    notebooks: tuple[Notebook, ...]
    platform: str = ""


@dataclass(frozen=True)
class Collected:
    """The students, and what to know about how they were found. `folder`: where the notebooks lie."""

    students: list[Student]
    notes: tuple[str, ...] = ()
    folder: Path | None = None


@dataclass
class _Folder:
    """What lies in a folder: notebooks, files that are none, folders that could not be read (with the reason), links."""

    notebooks: list[Path] = field(default_factory=list)
    instead: list[Path] = field(default_factory=list)
    shut: dict[Path, str] = field(default_factory=dict)
    links: list[Path] = field(default_factory=list)


def collect(path: Path) -> list[Student]:
    """The students under `path`: see `collect_all`."""
    return collect_all(path).students


def collect_all(path: Path) -> Collected:
    """The students under `path`: the folder itself when notebooks lie in it, else its subfolders, one student each. Or a download from
    Canvas, Moodle or nbgrader, known by its names (see `layouts`), or a zip file of any of these.

    A student's subfolders are searched too. A subfolder without a notebook is a student who handed in nothing. Notebooks beside the
    students' folders are nobody's: the notes name them. Raises NoSubmissions when there is not one notebook, or when it cannot be told
    whose they are.
    """
    with opened(path) as found:
        return found


@contextmanager
def opened(path: Path) -> Iterator[Collected]:
    """As `collect_all`, with the files at hand inside the `with`: those of a zip file are gone afterwards."""
    with ExitStack() as stack:
        try:
            found = _unpacked(path, stack)
        except NoSubmissions:
            raise
        except OSError as error:
            raise NoSubmissions(f"{path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise NoSubmissions(f"{path}: {error}") from error
        yield found


def _unpacked(path: Path, stack: ExitStack) -> Collected:
    if not path.exists():
        raise NoSubmissions(f"there is no folder {path}")
    if path.is_dir():
        return replace(_collected(layouts.submitted(path.resolve())), folder=path.resolve())
    if path.suffix.lower() != ".zip":
        raise NoSubmissions(f"{path} is a file. Name the folder that holds the notebooks, or a zip file of it")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve() / path.stem
    folder.mkdir()
    left_out = layouts.unpack(path, folder)
    # zipped with its folder
    inside = _subfolders(folder)
    if [one.name for one in inside] == [path.stem] and not _here(folder).notebooks:
        folder = inside[0]
    found = _collected(layouts.submitted(folder))
    return Collected(found.students, (*found.notes, *left_out), folder)


def remarks(found: Collected) -> list[str]:
    """What an instructor should know, one line each: how the students were found, what could not be read, what is odd."""
    lines = list(found.notes)
    for student in found.students:
        for notebook in student.notebooks:
            where = f"{student.name}/{notebook.name}"
            if notebook.problem:
                lines.append(f"{where} could not be read: {notebook.problem}")
            lines += [f"{where}: {note}" for note in (*notebook.notes, *lost_cells(notebook))]
    return lines


def _collected(path: Path) -> Collected:
    here = _here(path)
    folders = {folder: _below(folder) for folder in _subfolders(path)}
    inside = [folder for folder, found in folders.items() if found.notebooks]
    notes = [
        f"{link.relative_to(path)} is a link, or no file. It was not read"
        for one in folders.values()
        for link in one.links
    ]
    if here.notebooks and not inside:
        if sorted_files := layouts.sort_files(here.notebooks, here.instead):
            students = [
                _student(name, [_read(file, handed_in) for file, handed_in in files], sorted_files.platform)
                for name, files in sorted(sorted_files.files.items())
            ]
            return Collected(
                students, (f"Read as a download from {sorted_files.platform}: {_number(students)}", *notes)
            )
        if several := layouts.several_students(here.notebooks, _of_the_course()):
            raise NoSubmissions(
                f"{path} holds several notebooks of one kind ({', '.join(several[:5])}). Are they of several students? "
                "Give each a folder"
            )
        return Collected([_student(path.name, _all_of(path, here))], tuple(notes))
    if not inside:
        raise NoSubmissions(f"{path} holds no notebook (*.ipynb), neither itself nor in a folder for each student")
    mixed = [file.name for file in here.notebooks if _stem(file) in _of_the_course() or layouts.sort_files([file])]
    if mixed:
        names = ", ".join(folder.name for folder in inside)
        raise NoSubmissions(
            f"{path} holds {', '.join(mixed)} and folders with notebooks ({names}): is it one student or a class? "
            "Move the one or the other away"
        )
    notes = [f"{file.name} lies beside the students' folders. It was not graded" for file in here.notebooks] + notes
    if by_student := layouts.sort_folders(list(folders)):
        students = [
            _student(name, [notebook for folder in own for notebook in _all_of(folder, folders[folder])], "Moodle")
            for name, own in sorted(by_student.items())
        ]
        return Collected(students, (f"Read as a download from Moodle: {_number(students)}", *notes))
    students = [_student(folder.name, _all_of(folder, found)) for folder, found in folders.items()]
    return Collected(students, tuple(notes))


def _student(name: str, notebooks: list[Notebook], platform: str = "") -> Student:
    """`name`: as the system has it; one that is no text there becomes one."""
    return Student(_text(name), tuple(notebooks), platform)


def _text(name: str) -> str:
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _number(students: list[Student]) -> str:
    return f"{len(students)} student{'s' * (len(students) != 1)}"


def _of_the_course() -> set[str]:
    """The names, without ending, under which the exercise notebooks are given out."""
    return {reference.chapter(exercise.chapter)["notebook"] for exercise in exercises().values()}


def _here(path: Path) -> _Folder:
    """What lies in a folder itself."""
    found = _Folder()
    for file in sorted(path.iterdir()):
        if not file.is_dir():
            _sort_in(file, path, found)
    return found


def _subfolders(path: Path) -> list[Path]:
    return [folder for folder in sorted(path.iterdir()) if folder.is_dir() and not _is_hidden(folder.name)]


def _below(folder: Path) -> _Folder:
    """What lies in a folder and in all below it; one that cannot be read stops nothing."""
    found, open_folders = _Folder(), [folder]
    while open_folders:
        here = open_folders.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            found.shut[here] = f"the folder cannot be read: {error.strerror}"
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                open_folders += [] if _is_hidden(entry.name) else [Path(entry.path)]
            else:
                _sort_in(Path(entry.path), folder, found)
    for files in (found.notebooks, found.instead, found.links):
        files.sort()
    return found


def _sort_in(file: Path, folder: Path, found: _Folder) -> None:
    if _is_hidden(file.name):
        return
    if NOTEBOOK.search(file.name):
        try:
            # a link out of the folder would read what is not the student's
            inside = file.is_file() and file.resolve().is_relative_to(folder.resolve())
        except OSError:  # a path too long, a link to itself
            inside = False
        (found.notebooks if inside else found.links).append(file)
    elif not_a_notebook(file) and not file.is_symlink():
        found.instead.append(file)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in NOT_SUBMISSIONS


def _all_of(folder: Path, found: _Folder) -> list[Notebook]:
    """The student's notebooks, and in their place what was handed in instead and what could not be read."""
    notebooks = [_read(file, file.relative_to(folder).as_posix()) for file in found.notebooks]
    there = {_stem(file) for file in found.notebooks}
    for file in found.instead:
        named = _stem(file) in _of_the_course() - there
        if (named or not notebooks) and len(notebooks) < len(found.notebooks) + MOST_INSTEAD:
            notebooks.append(_read(file, file.relative_to(folder).as_posix()))
    return notebooks + [
        Notebook(_text(one.relative_to(folder.parent).as_posix()), problem=why) for one, why in found.shut.items()
    ]


def _stem(file: Path) -> str:
    return Notebook(file.name).stem


def _read(file: Path, name: str) -> Notebook:
    """`name`: within the student's folder, or as the student gave it, where the platform has put more in front."""
    what = not_a_notebook(file)
    return Notebook(_text(name), problem=what) if what else read_notebook(file, _text(name))

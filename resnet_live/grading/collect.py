"""Find students and their notebooks, whatever state they are in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from resnet_live.grading import groups, layouts
from resnet_live.grading.folder_contents import FolderContents, all_below, contents, copied_folders, subfolders
from resnet_live.grading.groups import course_notebooks, named
from resnet_live.grading.handed_out import lost_cells
from resnet_live.grading.notebook_file import Notebook, not_a_notebook, read_notebook

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


def collect(path: Path) -> list[Student]:
    """The students under `path`: see `collect_all`."""
    return collect_all(path).students


def collect_all(path: Path) -> Collected:
    """The students under `path`: the folder itself when notebooks lie in it, else its subfolders, one student each. Or a download from
    Canvas, Moodle or nbgrader, known by its names (see `layouts`), or a zip file of any of these, or one folder that holds them.

    A student's subfolders are searched too. A subfolder without a notebook is a student who handed in nothing. Notebooks beside the
    students' folders are nobody's: the notes name them. Those of a subfolder that seem to be several people's are refused, and say
    so. Raises NoSubmissions when there is not one notebook, or when it cannot be told whose they are.
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
        return replace(_found(path.resolve()), folder=path.resolve())
    if path.suffix.lower() != ".zip":
        raise NoSubmissions(f"{path} is a file. Name the folder that holds the notebooks, or a zip file of it")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve() / path.stem
    folder.mkdir()
    left_out = layouts.unpack(path, folder)
    try:
        found = _found(folder, zipped=True)
    except NoSubmissions as error:
        # the folder is nowhere when the message is read
        raise NoSubmissions(str(error).replace(str(folder), str(path))) from error
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


def _found(top: Path, zipped: bool = False) -> Collected:
    """The students under `top`, or in its one folder where that only wraps them. `zipped`: it is a zip file, and has its name."""
    path = top
    while (inner := _only_folder(path)) and _wraps(inner, top.name if zipped and path == top else ""):
        path = inner
    folder = layouts.submitted(path)
    found = _collected(folder, folder != path)
    if folder != path:
        read = f"Read as a course of nbgrader's, from its folder {_inside(folder, top)}: {_number(found.students)}"
        return replace(found, notes=(read, *found.notes))
    if path == top:
        return found
    # what it was read as comes first
    first = 1 if found.students[0].platform else 0
    inside = f"Read from the folder {_inside(path, top)} in {_text(top.name)}"
    return replace(found, notes=(*found.notes[:first], inside, *found.notes[first:]))


def _only_folder(path: Path) -> Path | None:
    """The folder in `path` beside which there is no other, and no notebook."""
    folders = subfolders(path)
    return folders[0] if len(folders) == 1 and not contents(path).notebooks and not copied_folders(path) else None


def _wraps(folder: Path, archive: str) -> bool:
    """Does it hold students' folders, or a download, and not one student's work? `archive`: the name of the zip file that it alone is
    in, or ""."""
    folders = [one.name for one in subfolders(folder)]
    if copied_folders(folder):
        return False
    if folder.name in layouts.OF_A_CLASS or layouts.submitted(folder) != folder:
        return True
    here, below = contents(folder).notebooks, all_below(folder)
    inside = _with_notebooks(folder, below)
    if any(map(layouts.MOODLE_FOLDER.match, folders)):
        return True
    # programs name a zip file after the folder in it, and browsers put a number behind that
    behind = archive.removeprefix(folder.name)
    zipped = archive == folder.name or (behind != archive and not behind[0].isalpha() and not here)
    if zipped and below.notebooks and not (inside and layouts.all_own(inside)):
        return True
    return bool(groups.of_several(_all_of(folder, below), alone=True))


def _collected(path: Path, by_nbgrader: bool = False) -> Collected:
    """The students whose files or folders lie in `path`. `by_nbgrader`: a student's folders are assignments there."""
    here = contents(path)
    folders = {folder: all_below(folder) for folder in subfolders(path)}
    inside = [folder for folder, found in folders.items() if found.notebooks]
    if here.notebooks and not inside:
        return _side_by_side(path, here, _links(path, folders))
    if copied_folders(path):
        return _one_student(path)
    if not inside:
        raise NoSubmissions(f"{path} holds no notebook (*.ipynb), neither itself nor in a folder for each student")
    mixed = [
        file.name
        for file in here.notebooks
        if _stem(file) in course_notebooks() or layouts.sort_files([file], course_notebooks())
    ]
    if mixed:
        names = ", ".join(folder.name for folder in inside)
        raise NoSubmissions(
            f"{path} holds {', '.join(mixed)} and folders with notebooks ({names}): is it one student or a class? "
            "Move the one or the other away"
        )
    if not by_nbgrader and layouts.all_own([folder.name for folder in inside]):
        whole = all_below(path)
        # with the same notebook in them they are as likely people's as versions
        if not groups.of_several(_all_of(path, whole), alone=True):
            return _one_student(path)
    notes = [f"{file.name} lies beside the students' folders. It was not graded" for file in here.notebooks]
    notes += _links(path, folders)
    notes += _copies({folder.name: found for folder, found in folders.items()})
    if by_student := layouts.sort_folders(list(folders)):
        students = [
            _student(name, [notebook for folder in own for notebook in _all_of(folder, folders[folder])], "Moodle")
            for name, own in sorted(by_student.items())
        ]
        return Collected(_apart(students), (f"Read as a download from Moodle: {_number(students)}", *notes))
    notebooks = {folder: _all_of(folder, found) for folder, found in folders.items()}
    if not by_nbgrader:
        notebooks |= _refused(path, {folder: notebooks[folder] for folder in inside})
        if [*folders] == inside[:1]:
            notes += _people_in(inside[0], folders[inside[0]])
        notes += _versions(notebooks)
    students = [_student(folder.name, own) for folder, own in notebooks.items()]
    return Collected(_apart(students), tuple(notes))


def _side_by_side(path: Path, here: FolderContents, notes: list[str]) -> Collected:
    """Notebooks that lie in `path` itself: a platform's download, or one student's."""
    if found := layouts.sort_files(here.notebooks, course_notebooks(), here.instead):
        students = [
            _student(name, [_read(file, handed_in) for file, handed_in in files], found.platform)
            for name, files in sorted(found.files.items())
        ]
        read = f"Read as a download from {found.platform}: {_number(students)}"
        return Collected(_apart(students), (read, *found.notes, *notes))
    apart = partial(layouts.people, alone=True)
    if several := layouts.several_students((file.name for file in here.notebooks), course_notebooks(), apart):
        raise NoSubmissions(
            f"{path} holds several notebooks of one kind ({named(several)}). Are they of several students? "
            "Give each a folder"
        )
    return Collected([_student(path.name, _all_of(path, here))], tuple(notes))


def _one_student(path: Path) -> Collected:
    """All of `path` as one student's: its folders are no people's."""
    found = all_below(path)
    notebooks = _refused(path.parent, {path: _all_of(path, found)})[path]
    notes = [*_links(path, {path: found}), *_copies({path.name: found})]
    read = (
        [] if found.of_the_course else [f"Read as one student, with the folders {named(_with_notebooks(path, found))}"]
    )
    return Collected([_student(path.name, notebooks)], (*read, *notes))


def _refused(path: Path, notebooks: dict[Path, list[Notebook]]) -> dict[Path, list[Notebook]]:
    """The students' notebooks, those refused that seem to be several people's. Raises NoSubmissions where all students are such."""
    alone = len(notebooks) == 1
    several = {folder: found for folder, own in notebooks.items() if (found := groups.of_several(own, alone))}
    if several and len(several) == len(notebooks):
        told = ", ".join(
            f"{_text(folder.name)} ({named(found)})" for folder, found in [*several.items()][: groups.MOST_NAMED]
        )
        raise NoSubmissions(
            f"{path} holds folders in which several people's notebooks seem to lie: {told}. Give each student a folder in "
            f"{path.name}, or grade {_text(next(iter(several)).name)} by itself; of versions of one student's, keep one"
        )
    return {folder: groups.refused(own, several.get(folder, [])) for folder, own in notebooks.items()}


def _links(path: Path, folders: dict[Path, FolderContents]) -> list[str]:
    return [
        f"{link.relative_to(path)} is a link, or no file. It was not read"
        for one in folders.values()
        for link in one.links
    ]


def _copies(found: dict[str, FolderContents]) -> list[str]:
    """A line on the students' copies of the course, for all of them: a class may have hundreds."""
    copies = [_text(name) for name, one in found.items() if one.of_the_course]
    own = {name for one in found.values() for name in one.of_the_course}
    holds = "holds a copy" if len(copies) == 1 else "hold copies"
    told = f"{named(copies)} {holds} of the course. Its own folders were not read: {', '.join(sorted(own))}"
    return [told] if copies else []


def _people_in(folder: Path, found: FolderContents) -> list[str]:
    """A line on the only student's folders. Raises NoSubmissions where they could be several people's, with or without a notebook: one
    grade for a class is worse than none."""
    place = folder
    while inner := _only_folder(place):
        place = inner
    here = [] if copied_folders(place) else [one.name for one in subfolders(place)]
    unclear = layouts.people((name for name in here if not layouts.all_own([name])), alone=True)
    is_one = any(_stem(file) in course_notebooks() for file in contents(place).notebooks)
    if len(unclear) > 1 and not is_one and set(unclear) & set(_with_notebooks(place, found)):
        people = named([*map(_text, unclear)])
        raise NoSubmissions(
            f"{folder.parent} holds one folder, {_inside(place, folder.parent)}, and in that {people}. Is it one student or a "
            f"class? For a class, grade {_text(place.name)} by itself; for one student, put the notebooks into "
            f"{_text(folder.name)} itself"
        )
    inside = _with_notebooks(folder, found)
    told = f"{_text(folder.name)} was read as one student, with the folders {named(inside)}"
    return [told] if len(inside) > 1 and not layouts.all_own(inside) else []


def _versions(notebooks: dict[Path, list[Notebook]]) -> list[str]:
    """A line on each student with the same notebook in folders side by side: their names do not prove that these are versions."""
    return [
        f"{_text(folder.name)} was read as one student, with the same notebook in {named(found)}. Where several answer an "
        "exercise, the feedback says which was graded"
        for folder, own in notebooks.items()
        if (found := groups.versions(one for one in own if not one.problem))
    ]


def _with_notebooks(folder: Path, found: FolderContents) -> list[str]:
    """The folders in it that hold notebooks."""
    below = [_inside(file, folder).split("/") for file in found.notebooks if folder in file.parent.parents]
    return list(dict.fromkeys(first for first, *_ in below))


def _inside(path: Path, folder: Path) -> str:
    return _text(path.relative_to(folder).as_posix())


def _student(name: str, notebooks: list[Notebook], platform: str = "") -> Student:
    """`name`: as the system has it; one that is no text there becomes one. No two notebooks keep one name: they are looked up by their
    names, and given back under them."""
    names = _numbered([notebook.name for notebook in notebooks])
    own = (replace(notebook, name=one) for notebook, one in zip(notebooks, names, strict=True))
    return Student(_text(name), tuple(own), platform)


def _apart(students: list[Student]) -> list[Student]:
    """Each with another name, as their grades go by it."""
    names = _numbered([student.name for student in students])
    return [replace(student, name=name) for student, name in zip(students, names, strict=True)]


def _numbered(names: list[str]) -> list[str]:
    """The names, a number behind one that was there before."""
    found: dict[str, None] = {}
    for name in names:
        number, new = 1, name
        while new in found or (number > 1 and new in names):
            number += 1
            new = f"{name} ({number})"
        found[new] = None
    return list(found)


def _text(name: str) -> str:
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _number(students: list[Student]) -> str:
    return f"{len(students)} student{'s' * (len(students) != 1)}"


def _all_of(folder: Path, found: FolderContents) -> list[Notebook]:
    """The student's notebooks, and in their place what was handed in instead and what could not be read."""
    notebooks = [_read(file, file.relative_to(folder).as_posix()) for file in found.notebooks]
    there = {_stem(file) for file in found.notebooks}
    for file in found.instead:
        named = _stem(file) in course_notebooks() - there
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

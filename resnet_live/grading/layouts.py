"""Whose notebooks are whose, from the names that learning platforms give to what they hand out.

- Canvas, "Download Submissions": files side by side, `doejane_[LATE_]12345_67890_02_adaptive_pooling-1.ipynb` (name, number of the
  user, number of the file, which grows with time, the file's name and, when one of that name was handed in before, a number).
- Moodle, "Download all submissions": `Jane Doe_12345_assignsubmission_file/…`, a folder for each participant (older versions end it
  with `_`), or the same in front of each file's name where folders were not asked for.
- nbgrader: `submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb` in the folder of the course.

A student's own folder may be a copy of the course's repository: that holds the solutions too.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from resnet_live.exercise.build import BEGIN
from resnet_live.grading.notebook_file import MOST_BYTES, NOTEBOOK, Notebook

# Canvas counts all files of a school together: none has a number like that of a lab or a chapter.
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<user>[1-9]\d*)_(?P<upload>[1-9]\d+)_(?P<file>.+)$")
UTF8_FLAG = 0x800
CANVAS_AGAIN = re.compile(r"-\d+(?=\.\w+$)")
MOODLE_FILE = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_file_(?P<file>.+)$")
MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?$")
# What stands beside `submitted` in the folder of a course of nbgrader's.
OF_NBGRADER = ("source", "release", "autograded", "feedback", "nbgrader_config.py", "gradebook.db")
# Folders of a class as platforms and people call them: no student is called so.
OF_A_CLASS = ("submitted", "submissions")
# The folders at the top of the course's repository, but for `exercises`; `live` is made in class.
OF_THE_COURSE = (
    "benchmarks",
    "book",
    "docker",
    "docs",
    "live",
    "recorded",
    "resnet_live",
    "sessions",
    "solutions",
    "tests",
    "tools",
)
# Runs of digits, and of what is neither ASCII punctuation nor space: marks and symbols tell names apart too.
WORD, COPY = re.compile(r"\d+|[^\d\s!-/:-@\[-`{-~]+"), re.compile(r"\(\d+\)$")
# That of a week, a version, a day; what is longer is a person's.
SHORT_NUMBER = re.compile(r"\d{1,4}$")
# Words in the names of a student's own folders and files of which no person's name is made: of versions, and of what the work is.
NO_PERSON = frozenset(
    WORD.findall("""
    old older new newer final last latest first previous original draft backup bak copy of version v rev attempt try archive
    exercise exercises solution solutions answer answers notebook notebooks nb code src assignment assignments homework hw
    work week weeks lesson chapter ch part task tasks ps repo repository main master resnet live book data files colab
    """)
)
MOST_UNPACKED, MOST_ENTRIES = 4_000_000_000, 100_000
# From names beside each other with the same notebook, those that are different people's.
Apart = Callable[[Iterable[str]], list[str]]


class UnclearLayout(ValueError):
    """The names fit one platform in part: nobody can say whose notebooks these are. The message says which do not fit."""


@dataclass(frozen=True)
class Sorted:
    """Whose files are whose: student → (file, its name as it was handed in); `platform`: whose naming it is; `notes`: what to know."""

    platform: str
    files: dict[str, list[tuple[Path, str]]]
    notes: tuple[str, ...] = ()


def submitted(path: Path) -> Path:
    """The folder of the students: of a course of nbgrader's the one named `submitted`, else `path` itself."""
    inside = path / "submitted"
    return inside if inside.is_dir() and any((path / name).exists() for name in OF_NBGRADER) else path


def sort_files(files: list[Path], stems: Collection[str], others: Sequence[Path] = ()) -> Sorted | None:
    """Files that lie side by side, by student; None when no name is a platform's. Raises UnclearLayout when only some are.

    `stems`: the names of the course's notebooks; `others`: what is no notebook. Those with a platform's names were handed in instead
    of one.
    """
    for platform, pattern in (("Moodle", MOODLE_FILE), ("Canvas", CANVAS)):
        found = {file: match for file in files if (match := pattern.match(file.name))}
        if found and len(found) == len(files):
            by_student: dict[str, dict[Path, re.Match[str]]] = {}
            found |= {file: match for file in others if (match := pattern.match(file.name))}
            for file, match in found.items():
                by_student.setdefault(f"{match['name']}_{match['user']}", {})[file] = match
            if platform == "Canvas":
                return _of_canvas(by_student, stems)
            named = {name: [(file, match["file"]) for file, match in own.items()] for name, own in by_student.items()}
            return Sorted(platform, named)
        # one name may look so by chance; several are a download
        if len(found) > 1:
            raise UnclearLayout(_message(platform, [file.name for file in files if file not in found]))
    return None


def _of_canvas(by_student: dict[str, dict[Path, re.Match[str]]], stems: Collection[str]) -> Sorted:
    """With the names that the files had when they were handed in, each once.

    Canvas's number is taken off where that gives a name of the course's; `week-2` and `week-3` are a student's own. Of several files
    by one name the newest has it, and the others keep the whole name that Canvas gave them.
    """
    files: dict[str, list[tuple[Path, str]]] = {}
    notes = []
    for student, own in by_student.items():
        by_name: dict[str, list[Path]] = {}
        for file, match in sorted(own.items(), key=lambda one: int(one[1]["upload"]), reverse=True):
            first = CANVAS_AGAIN.sub("", match["file"])
            by_name.setdefault(first if Notebook(first).stem in stems else match["file"], []).append(file)
        files[student] = []
        for name, (newest, *older) in sorted(by_name.items()):
            files[student] += [(newest, name), *((file, file.name) for file in older)]
            if older:
                notes.append(
                    f"{student} handed in {name} {1 + len(older)} times: the newest has this name, and counts first"
                )
    return Sorted("Canvas", files, tuple(notes))


def sort_folders(folders: list[Path]) -> dict[str, list[Path]] | None:
    """The folders of Moodle's participants, by name and number; None when none is. Raises UnclearLayout when only some are."""
    found = {folder: match for folder in folders if (match := MOODLE_FOLDER.match(folder.name))}
    if not found:
        return None
    if len(found) < len(folders):
        raise UnclearLayout(_message("Moodle", [folder.name for folder in folders if folder not in found]))
    by_student: dict[str, list[Path]] = {}
    for folder, match in found.items():
        by_student.setdefault(f"{match['name']}_{match['user']}", []).append(folder)
    return by_student


def several_students(files: Iterable[str], stems: Collection[str], apart: Apart) -> list[str]:
    """The names of files that look like one notebook of the course, handed in by several people: each with another beginning, which
    tells them `apart`, and none with the notebook's own name."""
    named = {name: PurePosixPath(name).stem for name in files}
    for stem in sorted(stems):
        ending = {own.removesuffix(stem): name for name, own in named.items() if own.endswith(stem)}
        if "" not in ending and len(apart(ending)) > 1:
            return list(ending.values())
    return []


def several_users(names: Iterable[str]) -> list[str]:
    """The names of files and folders that a platform has given out for several people."""
    for pattern in (MOODLE_FILE, MOODLE_FOLDER, CANVAS):
        found = {name: match["user"] for name in names if (match := pattern.match(name))}
        if len(set(found.values())) > 1:
            return list(found)
    return []


def people(names: Iterable[str], alone: bool) -> list[str]:
    """These names of folders, or files, side by side with the same notebook, where they seem to be several people's, else []. Words of
    a student's own tell nobody apart: `old`, `week 2` and `pooling`, `pooling final` are one student's.

    `alone`: where they lie is the only student. That may be a class, and any other word or number tells people apart (`team 1` and
    `team 2`, `Anna` and `Anna Maria`). In a class it is most likely one student's: then so is what begins alike, or where one name is
    in the other (`pooling`, `Kopie von pooling`). A long number is a person's in both.
    """
    found: dict[str, list[str]] = {}
    there = sorted(set(names))
    for name in sorted(there, key=lambda one: len(_words(one))):
        words = _words_of_a_person(name, alone)
        if words and not any(_is_one_person(words, other, alone) for other in found.values()):
            found[name] = words
    return there if len(found) > 1 else []


def _words_of_a_person(name: str, alone: bool) -> list[str]:
    words = _words(name)
    left, is_own = [], False
    for word in words:
        # the number of a version or week, and a date, stand behind the word
        is_own = word in NO_PERSON or bool(SHORT_NUMBER.match(word) and (is_own or not alone or COPY.search(name)))
        left += [] if is_own else [word]
    return left if words else [name]


def _is_one_person(words: list[str], others: list[str], alone: bool) -> bool:
    if alone or set(words) == set(others):
        return set(words) == set(others)
    long, long_too = ([word for word in own if word.isdecimal()] for own in (words, others))
    alike = words[0].startswith(others[0]) or others[0].startswith(words[0])
    within = set(words) <= set(others) or set(others) <= set(words)
    return within or (alike and not (long and long_too and long != long_too))


def _words(name: str) -> list[str]:
    """macOS writes one name in other characters than the rest of the world."""
    return WORD.findall(unicodedata.normalize("NFC", name).casefold())


def all_own(names: Collection[str]) -> bool:
    """Are these names of folders with different notebooks a student's own: `week 2` and `week 3`, and nobody's name?"""
    words = [_words(name) for name in names]
    return all(
        NO_PERSON & set(own) and all(word in NO_PERSON or SHORT_NUMBER.match(word) for word in own) for own in words
    )


def of_the_course(path: Path, folders: Collection[str], stems: Collection[str]) -> list[str]:
    """Which of these `folders` in `path` are the course's own, as `path` is a copy of its repository: nobody's answers stand there.

    A student's own folder `solutions` is none of these: beside it lies no package, and what is in it has no region of a solution.
    """
    copied = {"exercises", "solutions", "book"} & set(folders)
    if ("resnet_live" in folders and copied) or ("exercises" in copied and _has_regions(path / "solutions", stems)):
        return [name for name in OF_THE_COURSE if name in folders]
    return []


def _has_regions(folder: Path, stems: Collection[str]) -> bool:
    """Does it hold one of the course's notebooks with the marks of its solutions? None that is given out has them."""
    for file in (folder / f"{stem}.ipynb" for stem in stems):
        try:
            ours = not folder.is_symlink() and not file.is_symlink() and file.is_file()
            if ours and file.stat().st_size <= MOST_BYTES and BEGIN.encode() in file.read_bytes():
                return True
        except OSError:  # then it cannot be read as an answer either
            continue
    return False


def unpack(archive: Path, folder: Path) -> list[str]:
    """The notebooks of a zip file, each where it lies there, and empty files in place of others; what was left out, with the reason.
    Raises ValueError for a damaged or too large archive.

    Names that would lead out of the folder, and links, are left out.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            for entry in entries:
                entry.filename = _as_meant(entry)
            if len(entries) > MOST_ENTRIES:
                raise ValueError(f"{archive.name} holds more than {MOST_ENTRIES} files")
            inside = [entry for entry in entries if _is_inside(entry.filename)]
            if sum(entry.file_size for entry in inside if NOTEBOOK.search(entry.filename)) > MOST_UNPACKED:
                raise ValueError(f"{archive.name} is larger than {MOST_UNPACKED // 10**9} GB when it is unpacked")
            left_out = [f"{e.filename} leads out of the archive. It was not read" for e in entries if e not in inside]
            for entry in inside:
                try:
                    _unpack_one(opened, entry, folder)
                except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError) as error:
                    left_out.append(f"{entry.filename} could not be unpacked: {error}")
            return left_out
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise ValueError(f"{archive.name} cannot be unpacked: {error}") from error


def _unpack_one(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder.joinpath(*PurePosixPath(entry.filename).parts)
    if (entry.external_attr >> 16) & 0o170000 == 0o120000:
        target.parent.mkdir(parents=True, exist_ok=True)
        raise OSError("it is a link")
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif NOTEBOOK.search(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    else:
        # it says that somebody handed something in, and what
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _as_meant(entry: zipfile.ZipInfo) -> str:
    """The entry's name where a program wrote it in UTF-8 and did not say so (macOS), or with the separators of Windows."""
    name = entry.filename
    if not entry.flag_bits & UTF8_FLAG:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts) and ":" not in path.parts[0]


def _message(platform: str, others: list[str]) -> str:
    named = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
    found = f"some names are those of a download from {platform}, and some are not ({named})"
    return f"{found}. Move these away, or give each student a folder"

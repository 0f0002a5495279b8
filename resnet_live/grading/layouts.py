"""Whose notebooks are whose, from the names that learning platforms give to what they hand out.

- Canvas, "Download Submissions": files side by side, `doejane_[LATE_]12345_67890_02_adaptive_pooling-1.ipynb` (name, number of the
  user, number of the submission, the file's name and, when it was handed in again, a number).
- Moodle, "Download all submissions": `Jane Doe_12345_assignsubmission_file/…`, a folder for each participant (older versions end it
  with `_`), or the same in front of each file's name where folders were not asked for.
- nbgrader: `submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb` in the folder of the course.
"""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from resnet_live.grading.notebook_file import NOTEBOOK

CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+)$")
CANVAS_AGAIN = re.compile(r"-\d+(?=\.\w+$)")
MOODLE_FILE = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_file_(?P<file>.+)$")
MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?$")
# What stands beside `submitted` in the folder of a course of nbgrader's.
OF_NBGRADER = ("source", "release", "autograded", "feedback", "nbgrader_config.py", "gradebook.db")
MOST_UNPACKED, MOST_ENTRIES = 4_000_000_000, 100_000


class UnclearLayout(ValueError):
    """The names fit one platform in part: nobody can say whose notebooks these are. The message says which do not fit."""


@dataclass(frozen=True)
class Sorted:
    """Whose files are whose: student → (file, its name as it was handed in); `platform`: whose naming it is."""

    platform: str
    files: dict[str, list[tuple[Path, str]]]


def submitted(path: Path) -> Path:
    """The folder of the students: of a course of nbgrader's the one named `submitted`, else `path` itself."""
    inside = path / "submitted"
    return inside if inside.is_dir() and any((path / name).exists() for name in OF_NBGRADER) else path


def sort_files(files: list[Path], others: Sequence[Path] = ()) -> Sorted | None:
    """Files that lie side by side, by student; None when no name is a platform's. Raises UnclearLayout when only some are.

    `others`: what is no notebook; those with a platform's names were handed in instead of one.
    """
    for platform, pattern in (("Moodle", MOODLE_FILE), ("Canvas", CANVAS)):
        found = {file: match for file in files if (match := pattern.match(file.name))}
        if found and len(found) == len(files):
            by_student: dict[str, list[tuple[Path, str]]] = {}
            found |= {file: match for file in others if (match := pattern.match(file.name))}
            for file, match in found.items():
                name = CANVAS_AGAIN.sub("", match["file"]) if platform == "Canvas" else match["file"]
                by_student.setdefault(f"{match['name']}_{match['user']}", []).append((file, name))
            return Sorted(platform, by_student)
        # one name may look so by chance; several are a download
        if len(found) > 1:
            raise UnclearLayout(_message(platform, [file.name for file in files if file not in found]))
    return None


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


def several_students(files: list[Path], stems: set[str]) -> list[str]:
    """The names of files that look like one notebook of the course, handed in by several people: each with another beginning and none
    with the notebook's own name."""
    for stem in sorted(stems):
        ending = [file.name for file in files if file.stem.endswith(stem) and file.stem != stem]
        if len(ending) > 1 and not any(file.stem == stem for file in files):
            return ending
    return []


def unpack(archive: Path, folder: Path) -> list[str]:
    """The notebooks of a zip file, each where it lies there, and empty files in place of others; what was left out, with the reason.
    Raises ValueError for a damaged or too large archive.

    Names that would lead out of the folder, and links, are left out.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
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


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts) and ":" not in path.parts[0]


def _message(platform: str, others: list[str]) -> str:
    named = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
    found = f"some names are those of a download from {platform}, and some are not ({named})"
    return f"{found}. Move these away, or give each student a folder"

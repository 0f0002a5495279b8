"""What lies in a folder that was handed in: notebooks, and what is none. Links are not followed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from resnet_live.grading import layouts
from resnet_live.grading.groups import course_notebooks
from resnet_live.grading.notebook_file import NOTEBOOK, not_a_notebook

NOT_SUBMISSIONS = {"__pycache__", "__MACOSX", "node_modules", "_build", "site-packages"}


@dataclass
class FolderContents:
    """What lies in a folder: notebooks, files that are none, folders that could not be read (with the reason), links, and the course's
    own folders in a copy of it, which are not read."""

    notebooks: list[Path] = field(default_factory=list)
    instead: list[Path] = field(default_factory=list)
    shut: dict[Path, str] = field(default_factory=dict)
    links: list[Path] = field(default_factory=list)
    of_the_course: list[str] = field(default_factory=list)


def contents(path: Path) -> FolderContents:
    """What lies in a folder itself."""
    found = FolderContents()
    for file in sorted(path.iterdir()):
        if not file.is_dir():
            _sort_in(file, path, found)
    return found


def subfolders(path: Path) -> list[Path]:
    return [folder for folder in sorted(path.iterdir()) if folder.is_dir() and not _is_hidden(folder.name)]


def all_below(folder: Path) -> FolderContents:
    """What lies in a folder and in all below it; one that cannot be read stops nothing."""
    found, open_folders = FolderContents(), [folder]
    while open_folders:
        here = open_folders.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            found.shut[here] = f"the folder cannot be read: {error.strerror}"
            continue
        inside = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        not_theirs = layouts.of_the_course(here, inside, course_notebooks())
        found.of_the_course += not_theirs
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                left_out = entry.name in not_theirs or _is_hidden(entry.name)
                open_folders += [] if left_out else [Path(entry.path)]
            else:
                _sort_in(Path(entry.path), folder, found)
    for files in (found.notebooks, found.instead, found.links):
        files.sort()
    return found


def _sort_in(file: Path, folder: Path, found: FolderContents) -> None:
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


def copied_folders(path: Path) -> list[str]:
    """The course's own folders in `path`, where that is a copy of it."""
    return layouts.of_the_course(path, [folder.name for folder in subfolders(path)], course_notebooks())

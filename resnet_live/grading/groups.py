"""Is what lies in one folder the work of one student, or of several? Told by where the notebooks lie, and which they are.

Several people's folders stand side by side and hold the same notebook of the course. One student's hold different ones, or versions of
one, and then their names say so (see `layouts.people`). In a class a folder is one student's unless the names say otherwise, and a
remark tells of versions. A folder by itself may be the class. Where it is several people's, nothing is graded: whoever came first
would get the marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import PurePosixPath

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading import layouts
from resnet_live.grading.notebook_file import Notebook

DEFINED = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)
# Of files and folders that are named in a message.
MOST_NAMED = 5


@cache
def course_notebooks() -> frozenset[str]:
    """The names, without ending, under which the exercise notebooks are given out."""
    return frozenset(reference.chapter(exercise.chapter)["notebook"] for exercise in exercises().values())


def of_several(notebooks: Iterable[Notebook], alone: bool) -> list[str]:
    """The folders, or files, in one student's folder that seem to be several people's, as they lie side by side; [] where none do.
    `alone`: there is no other student (see `layouts.people`)."""
    return _beside(notebooks, partial(layouts.people, alone=alone))


def versions(notebooks: Iterable[Notebook]) -> list[str]:
    """The folders, or files, in one student's folder that hold the same notebook, whatever their names."""
    return _beside(notebooks, lambda names: sorted(set(names)))


def _beside(notebooks: Iterable[Notebook], apart: layouts.Apart) -> list[str]:
    # folder → what lies in it and may be a person's, by what these have in common
    files: dict[str, list[str]] = {}
    folders: dict[tuple[str, str], list[str]] = {}
    for notebook in notebooks:
        *above, name = PurePosixPath(notebook.name).parts
        files.setdefault("/".join(above), []).append(name)
        for depth, folder in enumerate(above):
            if layouts.MOODLE_FOLDER.match(folder):
                files.setdefault("/".join(above[:depth]), []).append(folder)
            for one in _which(notebook):
                folders.setdefault(("/".join(above[:depth]), one), []).append(folder)
    found = [(above, own) for (above, _), names in folders.items() if len(own := apart(names)) > 1]
    found += [(above, layouts.several_users(names)) for above, names in files.items()]
    found += [(above, layouts.several_students(names, course_notebooks(), apart)) for above, names in files.items()]
    return list(dict.fromkeys(f"{above}/{name}" if above else name for above, names in found for name in names))


def refused(notebooks: list[Notebook], several: list[str]) -> list[Notebook]:
    """The notebooks, those of `several` people (see `of_several`) with that as their problem."""
    places = [(one, f"{one}/") for one in several]
    problem = f"{named(several)} seem to be several people's. Give each student a folder; of versions of one, keep one"
    return [
        replace(notebook, cells=(), problem=problem)
        if not notebook.problem
        and any(notebook.name == one or notebook.name.startswith(below) for one, below in places)
        else notebook
        for notebook in notebooks
    ]


def named(names: list[str]) -> str:
    """The first of them, for a message."""
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _which(notebook: Notebook) -> set[str]:
    """Which of the course's notebooks it is: by its name, else by the cells that it was given out with, else by what it defines."""
    if notebook.stem in course_notebooks():
        return {notebook.stem}
    by_id, by_name = _contents()
    if given_out := {by_id[one] for one in notebook.grade_ids if one in by_id}:
        return given_out
    return {by_name[name] for cell in notebook.cells for name in DEFINED.findall(cell.source) if name in by_name}


@cache
def _contents() -> tuple[dict[str, str], dict[str, str]]:
    """The notebook in which an exercise stands, by the id of its answer's cell, and by the names that it asks for."""
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for exercise in exercises().values():
        stem = reference.chapter(exercise.chapter)["notebook"]
        by_id[f"answer-{exercise.slug}"] = stem
        by_name |= dict.fromkeys(exercise.names, stem)
    return by_id, by_name

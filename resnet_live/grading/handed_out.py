"""Which version of an exercise notebook an answer stands in, and what has changed since: the notebook carries it."""

from __future__ import annotations

from resnet_live.exercise import reference
from resnet_live.exercise.build import PARTS
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import exercises
from resnet_live.grading.notebook_file import Notebook


def changes(notebook: Notebook, exercise: Exercise) -> tuple[str, ...]:
    """What has changed in an exercise since this notebook was handed out: one line, or none where nothing has or nobody can tell."""
    carried = (notebook.metadata or {}).get("resnet_live")
    theirs = carried.get("exercises", {}) if isinstance(carried, dict) else {}
    theirs = theirs.get(exercise.id) if isinstance(theirs, dict) else None
    ours = reference.chapter(exercise.chapter)["exercises"][exercise.id]
    if not isinstance(theirs, dict) or not isinstance(carried, dict):
        return ()
    changed = [words for part, words in PARTS.items() if theirs.get(part) != ours[part]]
    if not changed:
        return ()
    version = str(carried.get("version", "?"))[:20]
    return (f"the notebook was given out in version {version}; since then {' and '.join(changed)} have changed",)


def lost_cells(notebook: Notebook) -> tuple[str, ...]:
    """A line on locked cells that were deleted: the answers are graded without them. None where the notebook has lost all its ids."""
    expected: list[str] = []
    for exercise in exercises().values():
        if reference.chapter(exercise.chapter)["notebook"] == notebook.stem:
            expected += [one for one in ("setup", f"check-{exercise.slug}") if one not in expected]
    lost = [one for one in expected if one not in notebook.grade_ids]
    if not lost or not notebook.grade_ids:
        return ()
    return (f"its locked cells {', '.join(lost)} are gone; its answers are graded without them",)

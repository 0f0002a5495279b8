"""A student's progress: a small JSON file. Nothing is lost by a broken one, and no check fails because of it.

Where: the file named by `RESNET_LIVE_PROGRESS`, else `progress.json` in the user's data folder for "resnet-live". The folder of the
notebooks would be lost with a fresh copy of the course, and would show up in version control.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from resnet_live.whole_file import write_whole


@dataclass
class Progress:
    """Where a student stands with one exercise: `best` points so far, checks `tried`, `hints` seen (0 to 2), whether the solution was
    `shown` before it was solved, and whether it was ever `solved` with full points."""

    best: int = 0
    tried: int = 0
    hints: int = 0
    shown: bool = False
    solved: bool = False


def file() -> Path:
    """The file that keeps the progress."""
    named = os.environ.get("RESNET_LIVE_PROGRESS")
    return Path(named).expanduser() if named else platformdirs.user_data_path("resnet-live") / "progress.json"


def load() -> dict[str, Progress]:
    """The progress in each exercise touched so far. A missing file is none; a broken one is set aside as `….broken` and is none."""
    path = file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(exercise): _read(entry) for exercise, entry in found["exercises"].items()}
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + ".broken"))
        return {}


def of(exercise: str) -> Progress:
    """The progress in this exercise; a new one when it was not touched."""
    return load().get(exercise, Progress())


def update(
    exercise: str, *, best: int = 0, tried: int = 0, hints: int = 0, shown: bool = False, solved: bool = False
) -> Progress:
    """Note what has happened in one exercise and return its progress. A file that cannot be written costs only the memory.

    `tried` is added; the others only grow. See `Progress`.
    """
    saved = load()
    old = saved.get(exercise, Progress())
    new = Progress(
        max(old.best, best), old.tried + tried, max(old.hints, hints), old.shown or shown, old.solved or solved
    )
    saved[exercise] = new
    with contextlib.suppress(OSError):
        _write(saved)
    return new


def _write(saved: Mapping[str, Progress]) -> None:
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 1, "exercises": {key: asdict(value) for key, value in saved.items()}}, indent=1)
    write_whole(path, text, mode=0o600)  # two notebooks at once never leave half a file


def _read(entry: Mapping[str, Any]) -> Progress:
    kinds = {"best": int, "tried": int, "hints": int, "shown": bool, "solved": bool}
    return Progress(**{name: kinds[name](value) for name, value in entry.items() if name in kinds})

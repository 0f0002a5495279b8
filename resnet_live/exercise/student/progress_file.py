"""A student's progress: a small JSON file. Nothing is lost by a broken one, and no check fails because of it.

Where: the file named by `RESNET_LIVE_PROGRESS`, else `progress.json` in the user's data folder for "resnet-live". The folder of the
notebooks would be lost with a fresh copy of the course, and would show up in version control.
"""

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import platformdirs


@dataclass
class Standing:
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


def load() -> dict[str, Standing]:
    """The standing in each exercise touched so far. A missing file is none; a broken one is set aside as `….broken` and is none."""
    path = file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(exercise): _standing(entry) for exercise, entry in found["exercises"].items()}
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + ".broken"))
        return {}


def update(exercise: str, **changes) -> Standing:
    """Note changes of one exercise's standing and return the new one. A file that cannot be written costs only the memory.

    `best`, `tried` (added), `hints` and the flags only grow.
    """
    standings = load()
    standing = standings.get(exercise, Standing())
    standing.tried += changes.get("tried", 0)
    standing.best = max(standing.best, changes.get("best", 0))
    standing.hints = max(standing.hints, changes.get("hints", 0))
    standing.shown |= changes.get("shown", False)
    standing.solved |= changes.get("solved", False)
    standings[exercise] = standing
    with contextlib.suppress(OSError):
        _write(standings)
    return standing


def _write(standings: dict[str, Standing]) -> None:
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 1, "exercises": {key: asdict(value) for key, value in standings.items()}}, indent=1)
    # written beside and moved into place: two notebooks at once never leave half a file
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _standing(entry: dict) -> Standing:
    kinds = {field.name: field.type for field in fields(Standing)}
    return Standing(**{name: kinds[name](value) for name, value in entry.items() if name in kinds})

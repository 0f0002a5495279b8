"""Where a class stands, kept on disk: a small JSON file, so that a restarted kernel knows it again."""

import contextlib
import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from resnet_live.data.cache import cache_folder

# After so many seconds without a cell it is another class of the same day.
ANOTHER_CLASS = 3 * 3600


@dataclass
class Standing:
    """A class in one chapter: `place` is the number of its last step and `first` that of its first after the set-up, begun at Unix
    time `began`; `ran` counts the runs of each step, `caught` names steps that were run by catching up only, `failed` names
    steps whose last run failed though it was not planned; it was written at Unix time `saved`.
    """

    chapter: int
    fingerprint: str
    place: str | None = None
    first: str | None = None
    began: float | None = None
    ran: dict[str, int] = field(default_factory=dict)
    caught: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    saved: float = 0.0


def file_for(notebook: str, chapter: int) -> Path:
    """The file of today's class with `chapter` in `notebook` (its path, or whatever tells it from others)."""
    name = hashlib.sha256(notebook.encode()).hexdigest()[:12]
    return cache_folder() / "live" / f"{date.today().isoformat()}-{chapter:02}-{name}.json"


def load(file: Path) -> Standing | None:
    """What `file` says, None when there is none, when it cannot be read, or when it is of another class."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        standing = Standing(**{name: found[name] for name in Standing.__dataclass_fields__})
        recent = 0 <= time.time() - standing.saved < ANOTHER_CLASS
        sound = (
            isinstance(standing.ran, dict) and isinstance(standing.caught, list) and isinstance(standing.failed, list)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return standing if recent and sound else None


def save(standing: Standing, file: Path) -> None:
    """Write it, whole or not at all. A disk that is full or read-only costs only the memory of a restart."""
    standing.saved = time.time()
    partial = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _forget_old(file.parent)
        partial.write_text(json.dumps(asdict(standing)), encoding="utf-8")
        partial.replace(file)


def _forget_old(folder: Path) -> None:
    """Yesterday's classes are of no use."""
    for old in folder.glob("*-*-*-*-*.*"):
        if time.time() - old.stat().st_mtime > 24 * 3600:
            old.unlink(missing_ok=True)


def notebook_of(shell) -> str | None:
    """The path of the notebook that `shell` serves, as Jupyter and VS Code tell it; None for any other kernel."""
    said = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    return str(said) if said else None

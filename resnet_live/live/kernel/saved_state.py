"""The state of a class, kept on disk: a small JSON file, so that a restarted kernel knows it again."""

import contextlib
import hashlib
import json
import os
import time
import uuid
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from resnet_live.data.cache import cache_folder
from resnet_live.live.chapter import Chapter
from resnet_live.whole_file import write_whole

# After so many seconds without a cell it is another class of the same day.
ANOTHER_CLASS = 3 * 3600


def new_class_id() -> str:
    """Twelve hex digits that no other class has."""
    return uuid.uuid4().hex[:12]


@dataclass
class SavedState:
    """A class in one chapter, given by its number and fingerprint.

    `last_step`: the number of the furthest step that has run; `first_step`: that of the first after the set-up, begun at Unix time
    `began`; `run_counts`: how often each step has run; `caught_up`: steps that were run by catching up only; `failed`: steps whose
    last run failed though it was not planned; `saved_at`: Unix time at which this was written;
    `class_id`: tells this class from every other, also of the same chapter and day;
    `plan`: the name of the planned session that it follows, or ""; `record`: the file named to `%record on`, "" for the usual one,
    None when nothing is recorded.
    """

    chapter: int
    fingerprint: str
    last_step: str | None = None
    first_step: str | None = None
    began: float | None = None
    run_counts: dict[str, int] = field(default_factory=dict)
    caught_up: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    saved_at: float = 0.0
    class_id: str = field(default_factory=new_class_id)
    plan: str = ""
    record: str | None = None


def file_for(notebook: str, chapter: Chapter) -> Path:
    """The file of today's class with `chapter`, or a session, in `notebook` (its path, or whatever tells it from others)."""
    told = notebook if chapter.number else f"{notebook} {chapter.name}"
    name = hashlib.sha256(told.encode()).hexdigest()[:12]
    return cache_folder() / "live" / f"{date.today().isoformat()}-{chapter.number:02}-{name}.json"


def load(file: Path) -> SavedState | None:
    """What `file` says, None when there is none, when it cannot be read, or when it is of another class."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        saved = SavedState(**{name: found[name] for name in SavedState.__dataclass_fields__})
        recent = 0 <= time.time() - saved.saved_at < ANOTHER_CLASS
    except (OSError, ValueError, KeyError, TypeError):
        return None
    expected = ((saved.run_counts, dict), (saved.caught_up, list), (saved.failed, list), (saved.plan, str))
    return saved if recent and all(isinstance(value, kind) for value, kind in expected) else None


def save(state: SavedState, file: Path) -> None:
    """Write it, whole or not at all. A disk that is full or read-only costs only the memory of a restart."""
    state.saved_at = time.time()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _remove_old(file.parent)
        write_whole(file, json.dumps(asdict(state)))


def _remove_old(folder: Path) -> None:
    """Yesterday's classes are of no use."""
    for old in folder.glob("*-*-*-*-*.*"):
        if time.time() - old.stat().st_mtime > 24 * 3600:
            old.unlink(missing_ok=True)


def notebook_of(shell: InteractiveShell) -> str | None:
    """The path of the notebook that `shell` serves, as Jupyter and VS Code tell it; None for any other kernel."""
    path = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    return str(path) if path else None

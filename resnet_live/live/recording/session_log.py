"""Keep every executed cell of a class in a file, line by line, so that a killed kernel loses nothing. `publish` reads it.

A record is a text file of JSON lines. A line of kind `start` says when, in which chapter and on what machine a kernel began to record;
a line of kind `run` is one executed cell; `stop` ends a stretch. A kernel that is started again appends to the same file, another
class of the same day has its own.
A record is private: it holds the paths, names and secrets that were on the screen. `publish` takes them out.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Protocol

from resnet_live.live.chapter import Chapter, LiveError
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.whole_file import write_whole

VERSION = 1


class CapturedClass(Protocol):
    """The class in a kernel: `listeners` are called with each ExecutedCell; `chapter` is the open one; `class_id` is no
    other class's."""

    listeners: list[Callable[[ExecutedCell], None]]

    @property
    def chapter(self) -> Chapter | None: ...

    @property
    def class_id(self) -> str: ...


class Recorder:
    """Writes the cells that a class runs to `file`."""

    def __init__(self, state: CapturedClass, file: Path | str):
        self.state, self.file = state, Path(file).expanduser().absolute()
        self.cells, self._trouble = 0, ""
        self._waiting: list[dict] = []

    @property
    def on(self) -> bool:
        """Whether it records now."""
        return self._log in self.state.listeners

    def start(self) -> str:
        """Begin, or go on in a file that is there already; returns a sentence for the screen. Raises LiveError when the file
        cannot be written."""
        if self.on:
            return self.status()
        goes_on = self.file.exists() and self.file.stat().st_size > 0
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if goes_on:
                _fix_last_line(self.file)
            self._write(_start(self.state))
        except OSError as error:
            raise LiveError(
                f"{self.file} cannot be written: {error.strerror or error}. Nothing is recorded."
            ) from error
        self.state.listeners.append(self._log)
        return f"{'Recording goes on' if goes_on else 'Recording'}: every cell is kept in {self.file}"

    def stop(self) -> str:
        """End; returns a sentence for the screen that says how to publish."""
        if not self.on:
            return "Nothing is being recorded."
        self.state.listeners.remove(self._log)
        self._keep({"kind": "stop", "at": time.time()})
        if self._trouble:
            return self.status()
        return f"{_cells(self.cells)} kept in {self.file}. For the students: resnet-live live publish {self.file}"

    def forget(self) -> bool:
        """Drop the last cell, from memory or the file; whether there was one. Raises LiveError when the file cannot be written."""
        waiting = [place for place, line in enumerate(self._waiting) if line["kind"] == "run"]
        if waiting:
            del self._waiting[waiting[-1]]
        elif not _forget_last(self.file):
            return False
        self.cells = max(0, self.cells - 1)
        return True

    def status(self) -> str:
        """A sentence for the screen."""
        if self._trouble:
            waiting = f"{_cells(len(self._waiting))} still in memory" if self._waiting else "nothing was lost"
            return f"The record could not be written for a while ({self._trouble}): {waiting}. File: {self.file}"
        if not self.on:
            return "Nothing is being recorded. Begin with %record on."
        return f"Recording since {_cells(self.cells)}, into {self.file}"

    def _log(self, run: ExecutedCell) -> None:
        chapter = self.state.chapter
        self._keep({"kind": "run", **asdict(logged(run, chapter.name if chapter else None))})
        self.cells += 1

    def _keep(self, line: dict) -> None:
        """Write a line and all that waited before it. A full disk must not stop a class: what cannot be written waits."""
        self._waiting.append(line)
        try:
            while self._waiting:
                self._write(self._waiting[0])
                del self._waiting[0]
        except OSError as error:
            if not self._trouble:
                print(
                    f"The record cannot be written: {error.strerror or error}. The class goes on; cells wait in memory."
                )
            self._trouble = str(error.strerror or error)

    def _write(self, line: dict) -> None:
        # one call of write for a line and its end, and down to the system at once: what a kill can tear is one line at most
        data = json.dumps(line, default=repr) + "\n"
        with self.file.open("ab") as file:
            file.write(data.encode("ascii"))
            file.flush()


@dataclass
class LoggedCell:
    """One executed cell in a record: ExecutedCell without the live value, with the chapter it was run in.

    `began` is Unix time, `seconds` how long it took, `chapter` the file's name without its ending ("02_adaptive_pooling"),
    `step` like "2.7"; both None when unknown. `error` is the exception's name, None when the cell ran through.
    """

    source: str
    chapter: str | None = None
    step: str | None = None
    began: float = 0.0
    seconds: float = 0.0
    outputs: list[dict] = field(default_factory=list)
    error: str | None = None
    message: str = ""

    def label(self, number: int) -> str:
        """How a report calls the cell, the one at `number` from 1: "2.7", or "cell 3"."""
        return self.step or f"cell {number}"


@dataclass
class SessionLog:
    """A record as it was read: its cells in order, the folders and names of the machines, and what could not be read, in words."""

    cells: list[LoggedCell]
    machines: list[MachineNames]
    problems: list[str]
    libraries: dict[str, str] = field(default_factory=dict)


def logged(run: ExecutedCell, chapter: str | None) -> LoggedCell:
    """The lasting part of an ExecutedCell. `chapter`: the open one, for a cell that names none."""
    return LoggedCell(
        run.source, run.chapter or chapter, run.step, run.began, run.seconds, list(run.outputs), run.error, run.message
    )


def default_file(state: CapturedClass) -> Path:
    """Where `%record on` writes without a name: `live/records/02_adaptive_pooling-2026-11-25.jsonl`, seen from the working folder.

    When that is the record of another class, `-2` and so on follow the date.
    """
    folder = Path.cwd() if Path.cwd().name == "live" else Path.cwd() / "live"
    name = state.chapter.name if state.chapter else "class"
    first = folder / "records" / f"{name}-{datetime.now().date().isoformat()}.jsonl"
    numbered = (first.with_stem(f"{first.stem}-{number}") for number in count(2))
    return next(file for file in chain([first], numbered) if not file.exists() or _class_of(file) == state.class_id)


def _class_of(file: Path) -> str | None:
    """The `class_id` of the class that recorded into `file` last; None when the file does not say."""
    found = None
    with contextlib.suppress(OSError):
        for line in file.read_bytes().splitlines():
            with contextlib.suppress(ValueError, AttributeError):
                if b'"start"' in line and (start := json.loads(line)).get("kind") == "start":
                    found = start.get("class_id")
    return found


def read_log(file: Path) -> SessionLog:
    """Read a record. A line that cannot be read (torn by a kill, say) is left out and named in `problems`.

    Raises LiveError when the file is missing or empty, holds no cell, is no record, or was written by a later version.
    """
    file = Path(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise LiveError(f"{file} cannot be read: {error.strerror or error}.") from error
    if not raw.strip():
        raise LiveError(f"{file} is empty: nothing was recorded.")
    log, understood = SessionLog([], [], []), 0
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            understood += _take(json.loads(line.decode("utf-8")), log)
        except LiveError as error:
            raise LiveError(f"{file}, line {number}: {error}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            torn = number == len(lines)
            what = (
                "the last line is torn, as after a killed kernel" if torn else f"line {number} cannot be read ({error})"
            )
            log.problems.append(f"{what}: that cell is left out.")
    if not understood:
        raise LiveError(
            f"{file} is no record of a class: none of its lines can be read. Records are made by %record on."
        )
    if not log.cells:
        raise LiveError(f"{file} holds no executed cell.")
    log.cells.sort(key=lambda cell: cell.began)
    return log


def _take(line: dict, log: SessionLog) -> bool:
    """Put a line into the log; whether it was a line of a record."""
    kind = line["kind"]
    if kind == "start":
        if line["version"] > VERSION:
            raise LiveError(
                f"the record was written by a later version of this package (format {line['version']}, known is {VERSION}). "
                "Update the package: pip install -U, or git pull."
            )
        log.machines.append(MachineNames(**line["machine"]))
        log.libraries |= line.get("libraries", {})
    elif kind == "run":
        known = {name: line[name] for name in LoggedCell.__dataclass_fields__ if name in line}
        log.cells.append(_sound(LoggedCell(**known)))
    elif kind != "stop":
        raise ValueError(f"unknown kind {kind!r}")
    return True


def _sound(kept: LoggedCell) -> LoggedCell:
    """The cell, when its fields are what they should be. Raises TypeError, which names the first that is not."""
    for name, kinds in (
        ("source", str),
        ("message", str),
        ("seconds", (int, float)),
        ("began", (int, float)),
        ("outputs", list),
    ):
        if not isinstance(getattr(kept, name), kinds):
            raise TypeError(f"its {name} is {type(getattr(kept, name)).__name__}")
    if not all(isinstance(output, dict) for output in kept.outputs):
        raise TypeError("an output is no object")
    return kept


def _start(state: CapturedClass) -> dict:
    from importlib.metadata import PackageNotFoundError, version

    from resnet_live.page.provenance import LIBRARIES

    libraries = {}
    for name in LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    chapter = state.chapter
    return {
        "kind": "start",
        "version": VERSION,
        "at": time.time(),
        "chapter": chapter.name if chapter else None,
        "fingerprint": chapter.fingerprint if chapter else None,
        "class_id": state.class_id,
        "libraries": libraries,
        "machine": asdict(MachineNames.here()),
    }


def _forget_last(file: Path) -> bool:
    """Write the record again without its last cell; whether there was one."""
    try:
        lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
        runs = [place for place, line in enumerate(lines) if line.startswith(b'{"kind": "run"')]
        if not runs:
            return False
        del lines[runs[-1]]
        write_whole(file, b"".join(lines))
    except OSError as error:
        raise LiveError(f"{file} cannot be written: {error.strerror or error}. The cell is still in it.") from error
    return True


def _fix_last_line(file: Path) -> None:
    """End a torn last line, so that the next one does not hang on it."""
    with file.open("rb+") as opened:
        opened.seek(-1, os.SEEK_END)
        if opened.read(1) != b"\n":
            opened.write(b"\n")


def _cells(count: int) -> str:
    return "one cell" if count == 1 else f"{count} cells"

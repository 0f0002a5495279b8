"""Observations that are kept: an answer that has not changed is not run again, however often the judge changes his mind.

A run is known by a hash of all that it rests on (see `run_basis`): the cells that ran, the inputs' seed, device, time limit, the
observers' code and the versions of Python and its libraries. Beside how it ended stands the same in words, so that one can tell later
what a file rests on. What the judge makes of it is no part of that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from resnet_live.grading.judge_observation import signed_bytes
from resnet_live.grading.run_basis import RunBasis, basis_from, seed_of
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.whole_file import write_whole

FOLDER = "observations"
# How a run ended that may be taken for its end the next time (FAILED: by an error in a cell); others are the moment's.
LASTING = (Ending.OBSERVED, Ending.FAILED, Ending.TIMED_OUT)
# The files are the instructor's own: the signature says that they are whole.
KEY = b"kept"
# What stands in a kept file beside how the run ended. Files of older versions have nothing there.
BASIS = "rests_on"


@dataclass(frozen=True)
class KeptRun:
    """How a run ended, and where its observation lies, if it made one."""

    ran: Ran
    observation: Path


class ObservationStore:
    """A folder of kept runs. Safe to use from several threads and processes: a file is written whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = threading.Lock()
        self._known: _KnownRuns | None = None

    def find(self, name: str, out_of_time: bool = False) -> KeptRun | None:
        """The run that is known by `name` (see `name_of`); None when it was never made, or is damaged. `out_of_time`: even one whose
        time was up, which another day may end in time."""
        told, observation = self._files(name)
        try:
            tree = json.loads(told.read_text(encoding="utf-8"))
            tree.pop(BASIS, None)
            ran = Ran(**tree | {"ending": Ending[tree["ending"]]})
            if ran.ending is Ending.OBSERVED:
                signed_bytes(observation, KEY)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if ran.ending is Ending.TIMED_OUT and not out_of_time:
            return None
        return KeptRun(ran, observation)

    def keep(self, name: str, ran: Ran, observation: Path, key: bytes, basis: RunBasis | None = None) -> None:
        """Keep a run, if it may be kept. `key`: with which its observation is signed; one that is not is none; `basis`: what it
        rests on."""
        if ran.ending not in LASTING or (ran.ending is Ending.FAILED and ran.cell is None):
            return
        told, kept = self._files(name)
        told.parent.mkdir(parents=True, exist_ok=True)
        if ran.ending is Ending.OBSERVED:
            try:
                data = signed_bytes(observation, key)
            except (OSError, ValueError):
                return
            write_whole(kept, hmac.new(KEY, data, hashlib.sha256).digest() + data)
        rests_on = {BASIS: basis.tree()} if basis else {}
        write_whole(told, json.dumps(asdict(ran) | {"ending": ran.ending.name} | rests_on))

    def why_not(self, name: str, basis: RunBasis, student: str) -> str:
        """Why `find` has nothing for the run called `name`, which would rest on `basis`: a sentence, "" where nobody knows."""
        if self._files(name)[0].exists():
            return "It is kept, but its file is damaged."
        known = self._known_runs()
        own = [
            then
            for one in known.drawn_from
            for then in known.runs.get((basis.exercise, seed_of(one, student, basis.exercise)), ())
        ]
        near = [then for then in own if then.way is basis.way]
        if near:
            then = min(near, key=lambda one: (one.answer != basis.answer, len(basis.unlike(one))))
            unlike = basis.unlike(then)
            return f"What is kept rests on {', '.join(unlike)}." if unlike else ""
        if own or known.silent:
            return ""
        return "None is kept of this student in this exercise."

    def _known_runs(self) -> _KnownRuns:
        """What all kept runs rest on; read once."""
        with self._lock:
            if self._known is None:
                self._known = _KnownRuns(defaultdict(list), set())
                for file in self.folder.glob("*/*.json"):
                    self._known.add(file)
            return self._known

    def _files(self, name: str) -> tuple[Path, Path]:
        folder = self.folder / name[:2]
        return folder / f"{name}.json", folder / f"{name}.bin"


@dataclass
class _KnownRuns:
    """`runs`: by exercise and the inputs' seed; `drawn_from`: all seeds from which these were made; `silent`: there are files that do
    not say what they rest on."""

    runs: defaultdict[tuple[str, int], list[RunBasis]]
    drawn_from: set[int]
    silent: bool = False

    def add(self, file: Path) -> None:
        try:
            basis = basis_from(json.loads(file.read_text(encoding="utf-8"))[BASIS])
        except (OSError, ValueError, KeyError, TypeError):
            self.silent = True
            return
        self.runs[(basis.exercise, basis.seed)].append(basis)
        self.drawn_from.add(basis.drawn_from)


def record_of(exercise: str, seed: int, device: str) -> RunRecord:
    """With what a kept observation is judged."""
    return RunRecord(exercise, seed, device, KEY, "")

"""Observations that are kept: an answer that has not changed is not run again, however often the judge changes his mind.

A run is known by a hash of all that it rests on: the cells that ran, the inputs' seed, device, time limit, the observers' code and the
versions of Python and its libraries. What the judge makes of it is no part of that.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from resnet_live.exercise.definition import Exercise
from resnet_live.grading.assemble import IN_KERNEL, OBSERVERS, AssembledCell
from resnet_live.grading.judge_observation import signed_bytes
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.text_digest import text_digest
from resnet_live.whole_file import write_whole

FOLDER = "observations"
# How a run ended that may be taken for its end the next time (FAILED: by an error in a cell); others are the moment's.
LASTING = (Ending.OBSERVED, Ending.FAILED, Ending.TIMED_OUT)
LIBRARIES = ("torch", "torchvision", "fastai", "numpy", "pandas", "matplotlib", "scipy", "scikit-learn")
# The files are the instructor's own: the signature says that they are whole.
KEY = b"kept"
DIGITS = 40


@dataclass(frozen=True)
class KeptRun:
    """How a run ended, and where its observation lies, if it made one."""

    ran: Ran
    observation: Path


class ObservationStore:
    """A folder of kept runs. Safe to use from several threads and processes: a file is written whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, name: str, out_of_time: bool = False) -> KeptRun | None:
        """The run that is known by `name` (see `name_of`); None when it was never made, or is damaged. `out_of_time`: even one whose
        time was up, which another day may end in time."""
        told, observation = self._files(name)
        try:
            tree = json.loads(told.read_text(encoding="utf-8"))
            ran = Ran(**tree | {"ending": Ending[tree["ending"]]})
            if ran.ending is Ending.OBSERVED:
                signed_bytes(observation, KEY)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if ran.ending is Ending.TIMED_OUT and not out_of_time:
            return None
        return KeptRun(ran, observation)

    def keep(self, name: str, ran: Ran, observation: Path, key: bytes) -> None:
        """Keep a run, if it may be kept. `key`: with which its observation is signed; one that is not is none."""
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
        write_whole(told, json.dumps(asdict(ran) | {"ending": ran.ending.name}))

    def _files(self, name: str) -> tuple[Path, Path]:
        folder = self.folder / name[:2]
        return folder / f"{name}.json", folder / f"{name}.bin"


def record_of(exercise: str, seed: int, device: str) -> RunRecord:
    """With what a kept observation is judged."""
    return RunRecord(exercise, seed, device, KEY, "")


def name_of(
    exercise: Exercise, cells: Sequence[AssembledCell], last: str, seed: int, device: str, timeout: float
) -> str:
    """What a run rests on, as a name. `cells`, `last`: see `assemble.written`; `timeout`: seconds."""
    parts = [[cell.origin.name, cell.source, cell.number, cell.may_fail] for cell in cells]
    told = [exercise.id, exercise.names, parts, last, seed, device, timeout, _surroundings()]
    return text_digest(json.dumps(told), DIGITS)


@functools.cache
def _surroundings() -> list[str]:
    """The versions, and the code that runs in the kernel."""
    found = [platform.python_version(), platform.machine()]
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    files = [file for folder in (IN_KERNEL, OBSERVERS) for file in sorted(folder.rglob("*.py"))]
    code = "\0".join(f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files)
    return [*found, text_digest(code, DIGITS)]

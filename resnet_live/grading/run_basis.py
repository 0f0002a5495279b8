"""What a run rests on: the name under which it is kept, and the same in words beside it, for whoever asks later what has changed."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import all_needs
from resnet_live.grading.assemble import IN_KERNEL, OBSERVERS, AssembledCell, Origin
from resnet_live.grading.text_digest import text_digest

LIBRARIES = ("torch", "torchvision", "fastai", "numpy", "pandas", "matplotlib", "scipy", "scikit-learn")
DIGITS = 40


class Way(StrEnum):
    """How the cells of a run came together. The values stand in files."""

    ANSWER = "the answer"
    OWN_NEEDS = "the answer behind the student's own for what it needs"
    NOTEBOOK = "the notebook from the top"


@dataclass(frozen=True)
class RunBasis:
    """What one run rests on.

    `seed`: of the inputs, made from `drawn_from` by `seed_of`; `answer`: a digest of the student's cells and of their places;
    `course`: one of the course's code that ran with them; `timeout`: seconds; `versions`: of Python and its libraries, "" for none.
    """

    exercise: str
    way: Way
    drawn_from: int
    seed: int
    answer: str
    course: str
    device: str
    timeout: float
    versions: Mapping[str, str]

    def tree(self) -> dict[str, Any]:
        """It as JSON has it."""
        return asdict(self)

    def unlike(self, then: RunBasis) -> list[str]:
        """What was otherwise `then`, in words: of a run of the same student, exercise and way."""
        pairs = [
            (then.drawn_from, self.drawn_from, "seed {}"),
            (then.device, self.device, "device {}"),
            (then.timeout, self.timeout, "a time limit of {:g} seconds"),
        ]
        found = [f"{words.format(old)} (now {new})" for old, new, words in pairs if old != new]
        if then.answer != self.answer:
            found.insert(0, "other code of the student's, or the same in other cells")
        if then.course != self.course:
            found.append("another version of the course's code")
        names = list(dict.fromkeys([*self.versions, *then.versions]))
        versions = [(name, then.versions.get(name, ""), self.versions.get(name, "")) for name in names]
        return found + [
            f"{name} {old or 'missing'} (now {new or 'missing'})" for name, old, new in versions if old != new
        ]


def basis_from(tree: Mapping[str, Any]) -> RunBasis:
    """The opposite of `RunBasis.tree`. Raises KeyError, TypeError, ValueError for anything else."""
    return RunBasis(**dict(tree) | {"way": Way(tree["way"]), "versions": dict(tree["versions"])})


def basis_of(
    exercise: Exercise,
    cells: Sequence[AssembledCell],
    way: Way,
    drawn_from: int,
    seed: int,
    device: str,
    timeout: float,
) -> RunBasis:
    """What a run of these cells rests on; see RunBasis."""
    own = [
        [cell.origin.name, cell.source, cell.number]
        for cell in cells
        if cell.origin in (Origin.STUDENT, Origin.STAND_IN)
    ]
    needs = [[reference.setup(need.id), reference.source(need.id)] for need in all_needs(exercise)]
    course = [exercise.names, reference.setup(exercise.id), needs, _code()]
    answer, theirs = (text_digest(json.dumps(one), DIGITS) for one in (own, course))
    return RunBasis(exercise.id, way, drawn_from, seed, answer, theirs, device, timeout, dict(_versions()))


def name_of(
    exercise: Exercise, cells: Sequence[AssembledCell], last: str, seed: int, device: str, timeout: float
) -> str:
    """What a run rests on, as a name. `cells`, `last`: see `assemble.written`; `timeout`: seconds."""
    parts = [[cell.origin.name, cell.source, cell.number, cell.may_fail] for cell in cells]
    named = [found if name in _PLAIN else f"{name} {found}" if found else f"no {name}" for name, found in _versions()]
    told = [exercise.id, exercise.names, parts, last, seed, device, timeout, [*named, _code()]]
    return text_digest(json.dumps(told), DIGITS)


def seed_of(seed: int, student: str, exercise: str) -> int:
    """The seed of one run: the same however many jobs there are, and in whatever order."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{student}\0{exercise}".encode()).digest()[:4], "big") % 2**31


_PLAIN = ("Python", "machine")


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    """(name, version): of Python, the kind of machine, the libraries."""
    found = [("Python", platform.python_version()), ("machine", platform.machine())]
    for name in LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, ""))
    return tuple(found)


@functools.cache
def _code() -> str:
    """A digest of the code that runs in the kernel."""
    files = [file for folder in (IN_KERNEL, OBSERVERS) for file in sorted(folder.rglob("*.py"))]
    return text_digest("\0".join(f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files), DIGITS)

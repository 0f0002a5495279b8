"""One answer of the doctor: what was looked at, how it is, what it stops, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

INSTALL = "Run: python tools/install.py (or: make book), with Python 3.11 or newer."


class Use(Enum):
    """What somebody wants to do here."""

    READ = "read"  # build the book and open it
    SOLVE = "solve"  # work on the exercise notebooks
    TEACH = "teach"  # live-code the chapters in JupyterLab
    GRADE = "grade"
    RECORD = "record"  # make recorded results again


class Health(Enum):
    """How something is."""

    OK = "ok"
    NOTE = "note"  # slower, poorer or less safe than it could be; stops nothing
    PROBLEM = "problem"


@dataclass(frozen=True)
class Diagnosis:
    """`subject`: what was looked at; `says`: what was found; `remedy`: what to do; `stops`: the uses that are impossible."""

    subject: str
    health: Health
    says: str
    remedy: str = ""
    stops: tuple[Use, ...] = ()


def fine(subject: str, says: str) -> Diagnosis:
    return Diagnosis(subject, Health.OK, says)


def note(subject: str, says: str, remedy: str) -> Diagnosis:
    return Diagnosis(subject, Health.NOTE, says, remedy)


def problem(subject: str, says: str, remedy: str, *stops: Use) -> Diagnosis:
    """`stops`: every use, when none is named."""
    return Diagnosis(subject, Health.PROBLEM, says, remedy, stops or tuple(Use))


def repository() -> Path | None:
    """The folder of the repository that this package runs from; None where it was installed as a wheel."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "requirements.txt").is_file() and (root / "_config.yml").is_file() else None

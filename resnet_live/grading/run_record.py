"""What the grader knows of one run and the student's code does not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunRecord:
    """The judge believes this, never the observation.

    `seed`: of the inputs; `key`: signs the observation; `out`: the name of its file; `device`: where tensors go.
    """

    exercise: str
    seed: int
    device: str
    key: bytes
    out: str

"""Judge an observation: which checks passed, and what to say about the others. Touches no student's code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from resnet_live.exercise.definition import Check, Exercise, Fault
from resnet_live.exercise.judging import messages
from resnet_live.exercise.observers import observer
from resnet_live.exercise.observers.calls import Case
from resnet_live.exercise.observers.inputs import Draw

PASSED, FAILED, WAITING = "passed", "failed", "waiting"


class Evidence:
    """What a check may look at.

    `exercise`: its definition; `seen`: the observation's tree; `seed`, `device`: as observed; `cases`: the calls that were made, drawn
    again here, on the CPU; `calls`: what came of each, by the same keys.
    """

    def __init__(self, exercise: Exercise, observation: dict):
        if observation.get("exercise") != exercise.id:
            raise ValueError(f"an observation of {observation.get('exercise')!r}, not of {exercise.id}")
        self.exercise = exercise
        self.seen = observation["seen"]
        self.seed = observation["seed"]
        self.device = observation["device"]

    def draw(self) -> Draw:
        """A new draw with the seed of the observation, on the CPU."""
        return Draw(self.seed, "cpu")

    @cached_property
    def cases(self) -> dict[str, Case]:
        make = observer(self.exercise.id).cases
        return make(self.draw()) if make else {}

    @property
    def calls(self) -> dict[str, dict]:
        return self.seen["calls"]

    def given(self, key: str) -> str:
        """The input of a call in words, e.g. "x of shape 2×3×8×8 (float32), h=3"."""
        return messages.arguments(self.cases[key], self.exercise.params)


@dataclass(frozen=True)
class Result:
    """What became of one check: `state` is PASSED, FAILED or WAITING (for the checks in its `after`)."""

    check: Check
    state: str
    fault: Fault | None = None

    @property
    def points(self) -> int:
        return self.check.points if self.state == PASSED else 0


def judge(exercise: Exercise, observation: dict, strict: bool = False) -> list[Result]:
    """One result for each check of the exercise, in order.

    `observation`: what `observers.observe` returned, packed and unpacked. An observation in which something is missing or malformed
    costs the checks that need it; with `strict` it raises instead (for our own tests). Raises ValueError when it is of
    another exercise.
    """
    evidence = Evidence(exercise, observation)
    results: list[Result] = []
    passed: set[str] = set()
    for check in exercise.checks:
        if not passed.issuperset(check.after):
            results.append(Result(check, WAITING))
            continue
        try:
            fault = check.test(evidence)
        except Exception:
            if strict:
                raise
            fault = Fault("Your answer behaved in a way that this check could not follow.", idea=messages.ODD)
        results.append(Result(check, FAILED if fault else PASSED, fault))
        if not fault:
            passed.add(check.key)
    return results


def on_cpu(one: Case, double: bool = True) -> tuple[list, dict]:
    """The arguments of a case, floating-point tensors as float64 (the judge's own arithmetic is exact enough to be the measure)."""

    def plain(value):
        if isinstance(value, Tensor):
            value = value.detach().cpu()
            return value.double() if double and value.is_floating_point() else value
        return value

    return [plain(value) for value in one.args], {name: plain(value) for name, value in one.kwargs.items()}

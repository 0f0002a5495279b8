"""What a check may look at: the observation of an answer, and the calls that were made."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.observers import observer
from resnet_live.exercise.observers.calls import Case
from resnet_live.exercise.observers.inputs import InputGenerator

Made = TypeVar("Made")


class NotJudged(Exception):
    """A check has nothing to look at: the runs that it needs gave no result, or the answer does nothing. Another check says so."""


def judgeable(runs: list[Made], least: int = 1) -> list[Made]:
    """`runs`, those that a check can judge. Raises NotJudged when there are fewer than `least`."""
    if len(runs) < least:
        raise NotJudged
    return runs


class Evidence:
    """The observation of the answers to one exercise.

    `exercise`: its id; `params`: the names of its arguments, for messages; `seen`: the observation's tree; `seed`, `device`: as
    observed. Raises ValueError for an observation of another exercise.
    """

    def __init__(self, exercise: str, params: tuple[str, ...], observation: dict[str, Any]):
        if observation.get("exercise") != exercise:
            raise ValueError(f"an observation of {observation.get('exercise')!r}, not of {exercise}")
        self.exercise = exercise
        self.params = params
        self.seen = observation["seen"]
        self.seed: int = observation["seed"]
        self.device: str = observation["device"]
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make()` gives, made when it is first asked for by this key: several checks look at the same thing."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def generator(self) -> InputGenerator:
        """A new generator with the seed of the observation, on the CPU."""
        return InputGenerator(self.seed, "cpu")

    def inputs(self, make: Callable[[InputGenerator], Made]) -> Made:
        """What `make(generator)` gives for the observation's seed, on the CPU, made once: write into nothing of it."""
        return self.once(make, lambda: make(self.generator()))

    @cached_property
    def cases(self) -> dict[str, Case]:
        """The calls that were made, generated again here, on the CPU."""
        make = observer(self.exercise).cases
        return make(self.generator()) if make else {}

    @property
    def calls(self) -> dict[str, dict]:
        """What came of each call, by the keys of `cases`."""
        return self.seen["calls"]

    def given(self, key: str) -> str:
        """The input of a call in words, e.g. "x of shape 2×3×8×8 (float32), h=3"."""
        return messages.arguments(self.cases[key], self.params)


# What a check does: feedback on what is wrong, or None.
CheckTest = Callable[[Evidence], Feedback | None]


def on_cpu(one: Case, double: bool = True) -> tuple[list, dict]:
    """The arguments of a case, floating-point tensors as float64 (the judge's own arithmetic is exact enough to be the measure)."""

    def plain(value: object) -> object:
        if not isinstance(value, Tensor):
            return value
        there = value.detach().cpu()
        return there.double() if double and there.is_floating_point() else there

    return [plain(value) for value in one.args], {name: plain(value) for name, value in one.kwargs.items()}

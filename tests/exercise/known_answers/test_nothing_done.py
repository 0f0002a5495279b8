"""Answers that do nothing get nothing: no check pays for what an empty answer does not do wrong."""

import inspect
import random

import pytest
import torch
from test_answers import graded
from torch import nn

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises


class Nothing(nn.Module):
    """A module of any arguments that gives nothing."""

    def __init__(self, *_, **__):
        super().__init__()

    def forward(self, x):
        return None


class Given(Nothing):
    """The same, which gives x."""

    def forward(self, x):
        return x


class Zero(Nothing):
    """The same, which gives zeros in x's shape."""

    def forward(self, x):
        return torch.zeros_like(x)


def is_tensor(x):
    """Can it be looked at as a tensor?"""
    return isinstance(x, torch.Tensor)


def refusing(*_, **__):
    """Raises what an exercise may ask for."""
    raise ValueError("no")


LAZY = {
    "None": lambda *_, **__: None,
    "the first argument": lambda first=None, *_, **named: next(iter(named.values()), None) if first is None else first,
    "0": lambda *_, **__: 0,
    "1.0": lambda *_, **__: 1.0,
    "a word": lambda *_, **__: "error",
    "another word": lambda *_, **__: "ok",
    "any number": lambda *_, **__: random.random(),
    "not a number": lambda *_, **__: float("nan"),
    "any numbers in x's shape": lambda x=None, *_, **__: (
        torch.rand_like(x, dtype=torch.float32) if is_tensor(x) else None
    ),
    "one number of each channel": lambda x=None, *_, **__: x[:, :, 0, 0] if is_tensor(x) and x.ndim == 4 else None,
    "an empty dict": lambda *_, **__: {},
    "a zero in a tensor": lambda *_, **__: torch.zeros(1),
    "zeros in a pair": lambda *_, **__: (torch.zeros(1), torch.zeros(1)),
    "an error": refusing,
    "a module that gives nothing": Nothing,
    "a module that gives x": Given,
    "a module that gives zeros": Zero,
}


# A number of the right kind, another one in each call: all that the last check of these asks for.
LEFT_OPEN = {("3.1", "any number"), ("3.2", "any number")}


@pytest.mark.parametrize(
    ("exercise", "lazy"), [(one, lazy) for one in exercises() for lazy in LAZY if (one, lazy) not in LEFT_OPEN]
)
def test_who_does_nothing_gets_nothing(exercise, lazy):
    objects = tuple(
        type(one.__name__, (LAZY[lazy],), {}) if inspect.isclass(one) and inspect.isclass(LAZY[lazy]) else LAZY[lazy]
        for one in reference.objects(exercise)
    )
    report = graded(exercise, objects, 1)
    assert report.points == 0, report.text

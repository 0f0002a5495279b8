"""Values are compared by what matters; looking at one is safe and quick, whatever it is."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from resnet_live.live.check.compare_values import Raised, alike, describe_value


class Hostile:
    """Everything that can be asked of it raises."""

    def __repr__(self):
        raise SystemExit("no")

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __len__(self):
        raise MemoryError

    __iter__ = __eq__ = __bool__ = __len__
    __hash__ = None


class HostileList(list):
    def __len__(self):
        raise ValueError

    __iter__ = __getitem__ = __len__


def bomb():
    """A list of lists of lists … whose text would fill the memory."""
    level = [0] * 10
    for _ in range(30):
        level = [level] * 10
    return level


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        ((1, 10), [1, 10]),
        (torch.Size([1, 10]), (1, 10)),
        ((None, 10), torch.Size([7, 10])),
        (torch.Size([1, 10]), torch.tensor([1, 10])),
        (2.0, 2),
        (0.5, torch.tensor(0.5)),
        (0.5, np.float32(0.5)),
        (torch.tensor([0.5]), 0.5),
        (torch.ones(2, 3), np.ones((2, 3))),
        (torch.ones(2, 3), torch.ones(2, 3, dtype=torch.float64)),
        (torch.arange(3), [0, 1, 2]),
        (torch.tensor([np.nan]), torch.tensor([np.nan])),
        (0.1 + 0.2, 0.3),
        ({"a": 1}, {"a": 1.0}),
        (nn.ReLU, nn.ReLU),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1.0]})),
        (Raised("ValueError", "one"), Raised("ValueError", "other")),
    ],
)
def test_other_spellings_are_alike(wanted, seen):
    assert alike(wanted, seen)


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (torch.Size([1, 10]), torch.Size([1, 16])),
        (torch.randn(1, 10), torch.randn(1, 16)),
        (torch.zeros(3), torch.tensor([0.0, 0.0, 1.0])),
        (torch.tensor([True, False]), torch.tensor([1, 0])),
        (torch.arange(1000.0), torch.arange(1000.0) * 2),
        (True, False),
        (True, 1),
        ("tench", "church"),
        (1, "1"),
        ([1, 2], [1, 2, 3]),
        ({"a": 1}, {"b": 1}),
        (nn.ReLU, nn.GELU),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})),
        (Raised("ValueError", ""), Raised("TypeError", "")),
        (Raised("ValueError", ""), 3),
        ([1], torch.zeros(9_000_000)),
    ],
)
def test_other_values_are_not(wanted, seen):
    assert not alike(wanted, seen)


ODD = [Hostile, lambda: HostileList([1]), bomb, lambda: {1: bomb()}, lambda: 10**5000, lambda: "é" * 9999]


@pytest.mark.parametrize("make", ODD)
def test_anything_can_be_looked_at(make):
    value = make()
    assert alike(None, value)
    assert not alike((1, 2), value)
    assert not alike(3.5, value)
    assert len(describe_value(value)) < 200


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.zeros(2, 3), "a tensor of shape 2×3"),
        ((None, 10), "(anything, 10)"),
        (Raised("ValueError", "no"), "ValueError: no"),
        (1 / 3, "0.3333"),
        (nn.ReLU, "`ReLU`"),
        (list(range(20)), "(0, 1, 2, 3, 4, 5, 6, 7, …)"),
    ],
)
def test_a_value_in_words(value, words):
    assert describe_value(value) == words


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_value_is_like_itself(value):
    assert alike(value, value)

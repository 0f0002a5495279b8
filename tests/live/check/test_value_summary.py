"""Summaries of values: small, safe whatever the object, and compared by what matters."""

import json
import time

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from resnet_live.live.check.value_summary import common, difference, summarise


class Hostile:
    """Everything that can be asked of it raises."""

    def __repr__(self):
        raise SystemExit("no")

    def __getattr__(self, name):
        raise RuntimeError(name)

    @property
    def __dict__(self):
        raise ValueError

    def __len__(self):
        raise MemoryError

    __iter__ = __eq__ = __bool__ = __len__
    __hash__ = None


class HostileList(list):
    def __len__(self):
        raise ValueError

    __iter__ = __getitem__ = __len__


class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError(name)


def cyclic():
    inner = []
    inner.append({"self": inner})
    return inner


def bomb():
    """A list of lists of lists … whose text would fill the memory."""
    level = [0] * 10
    for _ in range(30):
        level = [level] * 10
    return level


@pytest.mark.parametrize(
    "value",
    [
        Hostile(),
        [Hostile()],
        {"a": Hostile()},
        {("key", 1): HostileList([1])},
        HostileList([1, 2]),
        [type.__call__(Meta, "Odd", (), {})],
        cyclic(),
        bomb(),
        list(range(10_000_000)),
        "x" * 50_000_000,
        10**100_000,
        float("nan"),
        "\ud800",
        torch.empty(0),
        torch.empty(3, 4, device="meta"),
        torch.eye(3).to_sparse(),
        torch.zeros(2, dtype=torch.complex64),
        nn.LazyLinear(3),
        np.array([object()]),
        pd.DataFrame({"a": [object()]}),
        pd.DataFrame(np.zeros((1000, 1000))),
        (number for number in range(3)),
        open,
        np,
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_object_gives_a_small_summary_quickly(value):
    began = time.perf_counter()
    seen = summarise(value)
    assert time.perf_counter() - began < 2
    assert len(json.dumps(seen)) < 300_000
    assert difference(seen, summarise(value)) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_fits_itself_and_survives_json(value):
    seen = json.loads(json.dumps(summarise(value)))
    assert difference(seen, summarise(value)) is None
    assert common(seen, summarise(value)) == seen


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ((1, 10), [1, 10]),
        (torch.Size([1, 10]), (1, 10)),
        (torch.Size([1, 10]), torch.tensor([1, 10]).tolist()),
        (2.0, 2),
        (0.5, torch.tensor(0.5)),
        (0.5, np.float32(0.5)),
        (torch.ones(2, 3), np.ones((2, 3))),
        (torch.ones(2, 3), torch.ones(2, 3, dtype=torch.float64)),
        (0.1 + 0.2, 0.3),
        (nn.Linear(3, 4), nn.Sequential(nn.Linear(3, 4))),
        (lambda a: a, lambda other: other),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_other_spellings_fit(expected, seen):
    assert difference(summarise(expected), summarise(seen)) is None


@pytest.mark.parametrize(
    ("expected", "seen", "words"),
    [
        (torch.Size([1, 10]), torch.Size([1, 16]), "item 1"),
        (torch.randn(1, 10), torch.randn(1, 16), "1×16, not 1×10"),
        (torch.zeros(3, dtype=torch.int64), torch.zeros(3), "whole numbers"),
        (torch.zeros(3), torch.tensor([0.0, 0.0, 1.0]), "holds 1"),
        (torch.arange(1000.0), torch.arange(1000.0) * 2, "mean"),
        (True, False, "is False, not True"),
        ("tench", "church", "'church'"),
        (nn.Conv2d(3, 16, 3), nn.Conv2d(3, 32, 3), "32×3×3×3, not 16×3×3×3"),
        (nn.Conv2d(3, 16, 3), nn.Conv2d(3, 16, 3, bias=False), "1 parameter tensors, not 2"),
        ([1, 2], [1, 2, 3], "3 items, not 2"),
        ({"a": 1}, {"b": 1}, "no entry 'a'"),
        (nn.ReLU, dict, "no nn.Module"),
        (nn.ReLU(), 3, "not a network"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]}), "row 0"),
    ],
)
def test_slips_are_named(expected, seen, words):
    assert words in difference(summarise(expected), summarise(seen), "`it`")


def test_what_two_runs_disagree_on_is_not_compared():
    chance = common(summarise(torch.randn(4, 3)), summarise(torch.randn(4, 3)))
    assert difference(chance, summarise(torch.randn(4, 3))) is None
    assert "4×5, not 4×3" in difference(chance, summarise(torch.randn(4, 5)))
    sized = common(summarise(torch.randn(4, 3)), summarise(torch.randn(8, 3)))
    assert difference(sized, summarise(torch.randn(64, 3))) is None
    assert difference(sized, summarise(torch.randn(64, 4)))
    assert difference(common(summarise(3), summarise("three")), summarise(None)) is None


def test_one_random_item_makes_its_neighbours_doubtful():
    """Of six labels drawn at random one or two are often the same."""
    labels = common(summarise(["tench", "church", "truck"]), summarise(["tench", "pump", "truck"]))
    assert difference(labels, summarise(["ball", "ball", "ball"])) is None
    assert difference(labels, summarise(["ball", "ball"]))


def test_layers_registered_in_another_order_fit():
    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(2, 3), nn.Linear(3, 4)

    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.b, self.a = nn.Linear(3, 4), nn.Linear(2, 3)

    assert difference(summarise(One()), summarise(Other())) is None

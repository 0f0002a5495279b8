"""Summaries of values: small, and safe whatever the object."""

import json
import time

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from resnet_live.live.check.compare_summaries import common, difference
from resnet_live.live.check.value_summary import summarise


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

"""Values are compared by what matters, and what two runs disagree on is chance."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from resnet_live.live.check.compare_summaries import common, difference
from resnet_live.live.check.value_summary import summarise


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
    ("expected", "seen", "clause"),
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
def test_differences_are_named(expected, seen, clause):
    assert clause in difference(summarise(expected), summarise(seen), "`it`")


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

"""What only rounding or chance decides costs no points: on these seeds it did."""

import pytest
import torch
import torch.nn.functional as F
from answers import answers
from torch import nn

from resnet_live.exercise import reference
from resnet_live.exercise.judging.compare import NEARLY, count_right
from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import find


def all_at_once(model, batches, loss_func):
    """Right, and adds up in another order than batch by batch."""
    xb, yb = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return reference.objects("8.2")[0](model, [(xb, yb)], loss_func)


class NormedSkip(nn.Module):
    """A residual block with a batch norm in front of the pool, and a ReLU behind the sum."""

    def __init__(self, ni, nf, stride=1):
        super().__init__()
        conv, zero_gamma = *reference.objects("5.1"), *reference.objects("5.2")
        self.residual = nn.Sequential(conv(ni, nf, stride=stride), zero_gamma(conv(nf, nf, act=False)))
        pool = [nn.AvgPool2d(stride, ceil_mode=True)] if stride > 1 else []
        self.skip = nn.Sequential(*pool)
        if ni != nf:
            self.skip = nn.Sequential(nn.BatchNorm2d(ni), *pool, nn.Conv2d(ni, nf, 1))

    def forward(self, x):
        return F.relu(self.residual(x) + self.skip(x))


def known(exercise, name):
    """A known answer."""
    (answer,) = [one for one in answers(exercise) if one.name == name]
    return answer.objects()


@pytest.mark.parametrize(
    ("exercise", "objects", "seed"),
    [
        # where a ReLU's input was zero but for rounding, float32 had another gradient
        pytest.param("8.1", lambda: reference.objects("8.1"), 34, id="gradients"),
        # an image has two scores that differ by 2e-7
        pytest.param("8.2", lambda: (all_at_once,), 50, id="accuracy"),
        # with other weights every sum was positive, so no ReLU was seen behind it
        pytest.param("6.3", lambda: (NormedSkip,), 22, id="ReLU"),
        # an input of a ReLU was all but 0: each step crossed it
        pytest.param("6.3", lambda: known("6.3", "fastai's layers, the second with its ReLU"), 1370279142, id="kink"),
    ],
)
def test_a_right_answer_gets_all_points(exercise, objects, seed):
    results = judge(find(exercise), observe(exercise, objects(), seed), strict=True)
    assert [result.feedback for result in results if result.feedback] == []


def test_a_score_that_is_nearly_the_largest_counts_only_where_it_may():
    scores = torch.tensor([[1.0, 1.0 + NEARLY / 2, 0.0], [0.0, 2.0, 1.0]])
    labels = torch.tensor([0, 1])
    assert [count_right(scores, labels, lead) for lead in (0.0, NEARLY, -NEARLY)] == [1, 1, 2]
    assert [count_right(scores, torch.tensor([1, 0]), lead) for lead in (0.0, NEARLY, -NEARLY)] == [1, 0, 1]

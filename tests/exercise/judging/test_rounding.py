"""What only rounding decides costs no points: on these seeds it did."""

import pytest
import torch

from resnet_live.exercise import reference
from resnet_live.exercise.judging.compare import NEARLY, count_right
from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import find


def all_at_once(model, batches, loss_func):
    """Right, and adds up in another order than batch by batch."""
    xb, yb = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return reference.objects("8.2")[0](model, [(xb, yb)], loss_func)


@pytest.mark.parametrize(
    ("exercise", "objects", "seed"),
    [
        # where a ReLU's input was zero but for rounding, float32 had another gradient
        pytest.param("8.1", lambda: reference.objects("8.1"), 34, id="gradients"),
        # an image has two scores that differ by 2e-7
        pytest.param("8.2", lambda: (all_at_once,), 50, id="accuracy"),
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

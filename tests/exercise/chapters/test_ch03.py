"""Chapter 3's exercises: what their known answers do not show."""

import pytest

from resnet_live.exercise import reference
from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import find


@pytest.mark.parametrize("seed", [316, 12345])
def test_a_curve_with_hardly_any_flat_part_has_its_two_hard_batches_too(seed):
    """Of these seeds' curves one is flat for so few points that the two could stand nowhere but side by side."""
    observation = observe("3.1", reference.objects("3.1"), seed, "cpu")
    assert all(one.points == one.check.points for one in judge(find("3.1"), observation, strict=True))

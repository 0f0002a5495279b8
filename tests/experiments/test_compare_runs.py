"""A difference is claimed only where the runs can show one."""

import pytest

from resnet_live.experiments.compare_runs import ranges_apart, verdict


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ([1, 2], [3, 4], True),
        ([3, 4], [1, 2], True),
        ([1, 3], [2, 4], False),
        ([1, 2], [2, 3], False),
        ([1], [1], False),
    ],
)
def test_ranges_are_apart_only_when_they_do_not_even_touch(a, b, apart):
    assert ranges_apart(a, b) is ranges_apart(b, a) is apart


def test_a_difference_is_stated_with_its_size_and_direction():
    assert verdict("loss", "A", [2.0, 2.2], "B", [1.0, 1.2]) == (
        "loss: A is 1.00 higher than B on average, and the runs do not overlap."
    )
    assert "A is 1.00 lower than B" in verdict("loss", "A", [1.0, 1.2], "B", [2.0, 2.2])


def test_overlapping_runs_show_no_difference():
    said = verdict("loss", "A", [1.0, 2.0], "B", [1.5, 2.5])
    assert "overlap" in said and "No difference that these seeds can show" in said
    assert "higher" not in said and "lower" not in said


def test_one_run_has_no_spread():
    for values, others in [([2.0], [1.0]), ([2.0], [1.0, 1.1]), ([2.0, 2.1], [1.0])]:
        assert "no spread" in verdict("loss", "A", values, "B", others)


def test_no_runs_are_refused_by_name():
    with pytest.raises(ValueError, match="A has 0 runs, B has 1"):
        verdict("loss", "A", [], "B", [1.0])

"""A difference is claimed only where the runs can show one."""

import math
import random

import pytest

from resnet_live.experiments.compare_runs import (
    Outcome,
    difference,
    paired_by_image,
    right_by_image,
    verdict,
    verdict_by_image,
)
from resnet_live.training.right_images import pack


def test_the_interval_is_welchs():
    """Worked out by hand: the means differ by 3, each squared standard error is 1/3, so 4 degrees of freedom, t = 2.776445."""
    found = difference([4.0, 5.0, 6.0], [1.0, 2.0, 3.0])
    half = 2.776445 * math.sqrt(2 / 3)
    assert (found.gap, found.low, found.high) == pytest.approx((3.0, 3 - half, 3 + half), abs=1e-5)
    assert found.outcome is Outcome.HIGHER


def test_sides_that_scatter_differently_have_fewer_degrees_of_freedom():
    """Squared standard errors 1 and 25, so 676 / (1/2 + 625/2) = 2.159744 degrees of freedom, t = 4.0125."""
    root = math.sqrt(3)
    found = difference([10 - root, 10.0, 10 + root], [-5 * root, 0.0, 5 * root])
    assert found.gap == pytest.approx(10)
    assert found.high - found.gap == pytest.approx(4.0125 * math.sqrt(26), rel=0.001)
    assert (
        found.outcome is Outcome.NOT_SHOWN
    )  # the ranges do not even touch at 5 and at 8.3, and yet this may be chance


def test_swapping_the_sides_turns_the_interval_round():
    found, back = difference([1.0, 1.3, 1.1], [2.0, 2.2]), difference([2.0, 2.2], [1.0, 1.3, 1.1])
    assert (found.low, found.high) == pytest.approx((-back.high, -back.low))
    assert (found.outcome, back.outcome) == (Outcome.LOWER, Outcome.HIGHER)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_runs_of_one_method_are_seldom_called_different(seeds):
    """A false alarm in at most about one of twenty comparisons, however many seeds (few seeds give fewer)."""
    chance = random.Random(11)
    draws = [[[chance.gauss(70, 1) for _ in range(seeds)] for _ in range(2)] for _ in range(800)]
    alarms = sum(difference(*pair).outcome is not Outcome.NOT_SHOWN for pair in draws) / len(draws)
    apart = sum(max(a) < min(b) or max(b) < min(a) for a, b in draws) / len(draws)
    assert 0.01 < alarms < 0.065
    assert apart > {2: 0.3, 3: 0.08, 5: 0.0}[seeds]  # what "the runs do not overlap" would have called a difference


def test_a_difference_is_stated_with_its_size_direction_and_interval():
    assert verdict("loss", "A", [4.0, 5.0, 6.0], "B", [1.0, 2.0, 3.0]) == (
        "loss: A is 3.00 higher than B on average (95% interval 0.73 to 5.27, 3 seeds)."
    )
    said = verdict("loss", "A", [1.0, 1.2], "B", [2.0, 2.2, 2.1])
    assert said.startswith("loss: A is 1.00 lower than B on average (95% interval −1.") and "2 and 3 seeds" in said


def test_an_interval_that_holds_zero_shows_no_difference():
    said = verdict("loss", "A", [1.0, 2.0, 1.5], "B", [1.5, 2.5, 2.0])
    assert said.startswith(
        "loss: no difference that 3 seeds can show. A came out 0.50 lower than B on average; 95% interval −1."
    )
    assert said.endswith("which holds zero.") and "A is" not in said


def test_a_name_with_a_comma_stands_in_quotes():
    said = verdict("loss", "160, the file itself", [1.0, 2.0], "128", [1.5, 2.5])
    assert "“160, the file itself” came out 0.50 lower than 128 on average" in said


def test_runs_that_do_not_overlap_may_still_show_no_difference():
    assert difference([1.0, 1.5], [1.6, 2.1]).outcome is Outcome.NOT_SHOWN


def test_equal_runs_have_an_interval_without_width():
    assert difference([1.0, 1.0], [1.0, 1.0]).outcome is Outcome.NOT_SHOWN
    assert difference([2.0, 2.0], [1.0, 1.0]).outcome is Outcome.HIGHER


def test_one_run_gets_no_verdict():
    for values, others in [([2.0], [1.0]), ([2.0], [1.0, 1.1]), ([2.0, 2.1], [1.0])]:
        assert difference(values, others).outcome is Outcome.ONE_RUN
        said = verdict("loss", "A", values, "B", others)
        assert "no spread" in said and "no verdict" in said and "interval" not in said


def test_no_runs_are_refused_by_name():
    with pytest.raises(ValueError, match="A has 0 runs, B has 1"):
        verdict("loss", "A", [], "B", [1.0])
    with pytest.raises(ValueError, match="one side has 0 runs, the other 1"):
        difference([], [1.0])


def test_images_that_both_nets_answer_alike_drop_out():
    """Worked out by hand: of 100 images the first net alone is right on 9, the other alone on 1, so the mean is 0.08; the squares
    sum to 10, so the variance is (10 − 100 · 0.08²) / 99, and t = 1.984217 with 99 degrees of freedom."""
    right = [1] * 60 + [0] * 30 + [1] * 9 + [0]
    others = [1] * 60 + [0] * 30 + [0] * 9 + [1]
    half = 1.984217 * math.sqrt((10 - 100 * 0.08**2) / 99 / 100)
    found = paired_by_image(right, others)
    assert (found.gap, found.low, found.high) == pytest.approx((0.08, 0.08 - half, 0.08 + half), abs=1e-5)
    assert found.outcome is Outcome.HIGHER
    assert paired_by_image(others, right).outcome is Outcome.LOWER
    random.seed(0)
    luck = [random.random() < 0.7 for _ in right]
    assert paired_by_image(luck, luck).gap == 0
    assert difference(right, others).outcome is Outcome.NOT_SHOWN  # not in pairs, the same answers show nothing


@pytest.mark.parametrize("sides", [([1, 0], [1]), ([], []), ([1], [0])])
def test_pairs_need_the_same_images_and_more_than_one(sides):
    with pytest.raises(ValueError, match="Pairs need the same images"):
        paired_by_image(*sides)


def test_the_runs_of_a_net_give_each_image_the_share_that_is_right():
    kept = [pack([True, True, False, False, True]), pack([True, False, False, False, True])]
    assert right_by_image(kept, 5) == [1, 0.5, 0, 0, 1]
    assert right_by_image([], 5) == []
    with pytest.raises(ValueError, match="answers for"):
        right_by_image(kept, 50)


def test_the_sentence_on_the_same_images_says_points_and_no_difference_where_none_is_shown():
    right = [1] * 60 + [0] * 30 + [1] * 9 + [0]
    others = [1] * 60 + [0] * 30 + [0] * 9 + [1]
    told = verdict_by_image("wide", right, "narrow", others)
    assert told == (
        "Image by image, on the same 100: wide is 8.00 points higher than narrow (95% interval 1.90 to 14.10)."
    )
    assert "8.00 points lower than wide (95% interval −14.10 to −1.90)" in verdict_by_image(
        "narrow", others, "wide", right
    )
    luck = verdict_by_image("a", [1, 0, 1, 1], "b", [0, 1, 1, 1 / 2])
    assert luck.startswith("Image by image: no difference that these 4 images can show. a came out 12.50 points higher")
    assert luck.endswith("which holds zero.")

"""Seeds and luck: what the figure says is what its comparisons gave, and these obey the rule of all pages."""

import numpy as np
import pytest
from kernel_free import Page

from resnet_live.experiments.compare_runs import Outcome, difference
from resnet_live.widgets import seed_luck
from resnet_live.widgets.seed_luck import GAINS, SEEDS, compared


@pytest.mark.parametrize("seeds", SEEDS)
def test_where_there_is_no_gain_the_interval_fools_in_one_of_twenty_or_less_however_many_seeds(seeds):
    assert compared(seeds, 0.0, 0.7).shown.mean() < 0.065
    assert compared(seeds, 0.0, 7.0).shown.mean() == compared(seeds, 0.0, 0.7).shown.mean()


def test_runs_that_do_not_overlap_fool_more_often_the_fewer_there_are():
    alarms = [compared(seeds, 0.0, 0.7).apart.mean() for seeds in (2, 3, 5)]
    assert 0.28 < alarms[0] < 0.38 and 0.07 < alarms[1] < 0.13 and alarms[2] < 0.02


def test_more_seeds_and_larger_gains_show_more():
    found = np.array([[compared(seeds, gain, 0.7).shown.mean() for gain in GAINS] for seeds in SEEDS])
    assert (np.diff(found[:, 1:], axis=0) > 0).all() and (np.diff(found, axis=1) > 0).all()
    assert found[-1, -1] > 0.99


def test_the_rule_is_that_of_all_pages():
    random = np.random.default_rng(3)
    one, other = random.normal(1.0, 0.7, (2000, 3)), random.normal(0.0, 0.7, (2000, 3))
    luck = compared(3, 1.0, 0.7)
    for place in range(20):
        found = difference(one[place].tolist(), other[place].tolist())
        assert (found.low, found.high) == pytest.approx((luck.low[place], luck.high[place]))
        assert (found.outcome is not Outcome.NOT_SHOWN) == luck.shown[place]


def test_every_state_says_what_its_comparisons_gave():
    page = Page(seed_luck(0.7))
    page.set(seeds_a_side=1, true_gain=0)
    luck = compared(3, 0.0, 0.7)
    assert page.message() == (
        "Both nets are equally good. With 3 seeds a side the interval lies beside zero in "
        f"{luck.shown.mean():.0%} of the comparisons, "
        f"and the runs do not overlap in {luck.apart.mean():.0%}: each of these is a false alarm."
    )
    page.set(seeds_a_side=2, true_gain=2)
    luck = compared(5, 1.0, 0.7)
    assert (
        "One net is 1 points better. With 5 seeds" not in page.message()
        and "One net is better by 1 point" in page.message()
    )
    assert f"shows it in {luck.shown.mean():.0%} of the comparisons" in page.message()


@pytest.mark.parametrize("wrong", [{"spread": 0.0}, {"spread": 1.0, "seeds": (1, 3)}, {"spread": float("nan")}])
def test_no_spread_or_one_seed_is_refused(wrong):
    with pytest.raises(ValueError, match="A spread above 0 and two seeds or more"):
        seed_luck(**wrong)

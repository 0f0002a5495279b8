"""The schedule of a run: the words at each stop against the numbers that went in."""

import re

import numpy as np
import pytest
import torch
from kernel_free import Page, elements

from resnet_live.widgets import one_cycle


def schedule(steps, lr_max=3e-3):
    """Learning rates and momenta of torch's own one-cycle schedule."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0, momentum=0.9)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr_max, total_steps=steps, pct_start=0.25)
    lrs, moms = [], []
    for _ in range(steps):
        lrs.append(optimiser.param_groups[0]["lr"])
        moms.append(optimiser.param_groups[0]["momentum"])
        optimiser.step()
        if len(lrs) < steps:
            cycle.step()
    return lrs, moms


def stops(widget):
    page = Page(widget)
    for position in page.positions("position"):
        page.set(position=position)
        yield page.message()


@pytest.mark.parametrize("steps", [5, 29, 30, 31, 93, 740])
def test_each_stop_tells_the_values_of_its_step(steps):
    lrs, moms = schedule(steps)
    seen = []
    for says in stops(one_cycle(lrs, moms, epochs=5)):
        step = int(re.match(rf"step (\d+) of {steps} ", says)[1])
        seen.append(step)
        assert f"learning rate {lrs[step - 1]:.1e}, momentum {moms[step - 1]:.2f}" in says
        assert f"(epoch {step / steps * 5:.1f})" in says
    assert len(seen) == min(steps, 30)
    assert (seen[0], seen[-1]) == (1, steps)
    assert seen == sorted(set(seen))


def test_the_phase_is_named():
    lrs, moms = schedule(93)
    top = lrs.index(max(lrs)) + 1
    for says in stops(one_cycle(lrs, moms)):
        step = int(re.match(r"step (\d+)", says)[1])
        phase = "warming up" if step < top else "cooling down" if step > top else "the peak"
        assert phase in says


def test_the_peak_and_a_flat_schedule_have_a_message_of_their_own():
    assert [says.rsplit(": ", 1)[-1] for says in stops(one_cycle([1, 2, 1], [0.9, 0.8, 0.9]))][1] == "the peak."
    assert all("never changes" in says for says in stops(one_cycle([1, 1], [0.9, 0.9])))


@pytest.mark.parametrize(
    "as_recorded",
    [
        list,
        np.array,
        lambda values: torch.tensor(values, dtype=torch.float64),
        lambda values: [torch.tensor(value, dtype=torch.float64) for value in values],
        iter,
    ],
)
def test_lists_arrays_and_tensors_are_the_same(as_recorded):
    lrs, moms = schedule(12)
    losses = [2.0 / (i + 1) for i in range(12)]
    expected = list(stops(one_cycle(lrs, moms, losses=losses, epochs=2)))
    given = one_cycle(as_recorded(lrs), as_recorded(moms), losses=as_recorded(losses), epochs=2)
    assert list(stops(given)) == expected
    assert "training loss 2.00" in expected[0]


def test_the_marker_stands_on_the_curves_at_its_step():
    lrs, moms = schedule(93)
    page = Page(one_cycle(lrs, moms))
    for position, share in [(0, 0.0), (29, 1.0)]:
        page.set(position=position)
        dots = [e for e in elements(page.shown()[0]) if e.tag == "circle"]
        assert [float(dot.get("cx")) for dot in dots] == [58 + share * 272] * 2
    rates = [float(re.search(r"rate (\S+),", says)[1]) for says in stops(one_cycle(lrs, moms))]
    highest = rates.index(max(rates))
    page.set(position=highest)
    rate, momentum = [e for e in elements(page.shown()[0]) if e.tag == "circle"]
    assert float(rate.get("cy")) == pytest.approx(26, abs=1)  # the top of its panel
    assert float(momentum.get("cy")) == pytest.approx(92 + 26 + 56, abs=1)  # the bottom of its panel


def test_without_losses_there_are_two_curves_and_without_epochs_none_are_named():
    lrs, moms = schedule(10)
    (html,) = Page(one_cycle(lrs, moms)).shown()
    assert "loss" not in html
    assert "epoch" not in html
    assert "training loss" in Page(one_cycle(lrs, moms, losses=lrs)).shown()[0]


def test_a_loss_that_is_not_finite_leaves_a_gap():
    lrs, moms = schedule(10)
    losses = [1.0, 0.9, 0.8, float("nan"), float("inf"), 0.5, 0.4, 0.3, 0.2, 0.1]
    page = Page(one_cycle(lrs, moms, losses=losses))
    for position in page.positions("position"):
        page.set(position=position)
        (html,) = page.shown()
        drawn = " ".join(e.get("d", "") + e.get("cy", "") for e in elements(html))
        assert "nan" not in drawn
        assert "inf" not in drawn
        curve = next(e for e in elements(html) if e.get("class") == "neutral s w")
        assert curve.get("d").count("M") == 2
    assert Page(one_cycle(lrs, moms, losses=[float("nan")] * 10)).message()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lrs": [0.1], "moms": [0.9]}, "at least 2 steps, here are 1"),
        ({"lrs": [], "moms": []}, "at least 2 steps"),
        ({"lrs": [0.1, 0.2], "moms": [0.9]}, "learning rate: 2, momentum: 1"),
        ({"lrs": [0.1, 0.2], "moms": [0.9, 0.8], "losses": [1.0]}, "training loss: 1"),
        ({"lrs": [0.1, float("nan")], "moms": [0.9, 0.8]}, "learning rate .* not finite"),
        ({"lrs": [0.1, 0.2], "moms": [0.9, 0.8], "epochs": 0}, "epochs must be a positive number"),
        ({"lrs": [0.1, 0.2], "moms": [0.9, 0.8], "epochs": float("inf")}, "epochs must be a positive number"),
        ({"lrs": [[0.1, 0.2], [0.3, 0.4]], "moms": [0.9, 0.8]}, "lrs must hold one number a step"),
        ({"lrs": 0.1, "moms": [0.9, 0.8]}, "lrs must hold one number a step"),
        ({"lrs": ["high", "low"], "moms": [0.9, 0.8]}, "lrs must hold one number a step"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_message(arguments, message):
    with pytest.raises(ValueError, match=message):
        one_cycle(**arguments)

"""The size lab: how large an object appears is computed as the crops do it, and no accuracy is shown that was not recorded."""

import re

import pytest
from kernel_free import Page, elements
from recorded_runs import nets_of_two_sizes

from resnet_live.experiments import chapter03_progressive, chapter03_sizes
from resnet_live.widgets import TestedNet, size_lab
from resnet_live.widgets.size_lab import enlargement


@pytest.fixture
def page():
    return Page(size_lab(nets_of_two_sizes(), (0.5, 1.0)))


@pytest.mark.parametrize("scale", [(0.5, 1.0), (0.35, 1.0), (0.08, 1.0), (1.0, 1.0)])
def test_the_enlargement_is_the_mean_over_all_crops(scale):
    low, high = scale
    shares = [low + (high - low) * (i + 0.5) / 10_000 for i in range(10_000)]
    assert enlargement(scale) == pytest.approx(sum(share**-0.5 for share in shares) / 10_000, abs=1e-4)


def test_it_starts_at_the_training_size_of_the_first_nets(page):
    assert "At 128 px the object is 0.85 times as large as it was in training on average" in page.message()
    assert "as large at 150 px. Accuracy: 69.0 %, from 68.0 to 70.0 over 2 seeds" in page.message()


def test_nets_with_the_same_accuracies_are_told_apart():
    """At 128 px sharp images have no more detail than 128: the numbers are the same, the words name the nets."""
    one, other = (TestedNet(name, 128, {128: [69.0]}) for name in ("128 px; sharp images", "128 px; detail of 128"))
    page = Page(size_lab([one, other], (0.5, 1.0)))
    said = page.message()
    page.set(net_and_images=1)
    assert page.message() != said and page.message().startswith("Trained at 128 px; detail of 128. At 128 px")


def test_what_was_not_recorded_is_said_to_be_so(page):
    page.set(test_size=3)
    assert page.message().endswith("this test size was not recorded.") and "Accuracy" not in page.message()
    page.set(net_and_images=1)
    assert "as large at 262 px, which was not tested" in page.message() and "Accuracy: 63.0 %." in page.message()


def test_the_squares_and_the_fish_are_drawn_to_one_scale(page):
    for position, side in enumerate([96, 128, 160, 224]):
        page.set(test_size=position)
        shapes = elements(page.shown()[0])
        boxes = [re.findall(r"h([\d.]+)", e.get("d")) for e in shapes if e.get("class") in ("neutral s", "residual s")]
        wide = [float(found[0]) for found in boxes if found and float(found[0]) > 20]
        assert wide[:2] == [64, side / 2]
        fish = [e.get("d") for e in shapes if e.get("class") == "skip d"]
        long = [max(xs) - min(xs) for xs in ([float(x) for x in re.findall(r"[MQL]([\d.]+) ", d)] for d in fish)]
        assert long[1] / long[0] == pytest.approx(side / (128 * enlargement((0.5, 1.0))), rel=0.02)


def test_both_recordings_crop_as_the_figure_says():
    assert chapter03_progressive.RECIPE.scale == chapter03_sizes.RECIPE.scale


@pytest.mark.parametrize("nets", [[], [TestedNet("none", 128, {})], [TestedNet("no seeds", 128, {128: []})]])
def test_nets_without_accuracies_are_refused(nets):
    with pytest.raises(ValueError, match="accuracies"):
        size_lab(nets, (0.5, 1.0))

"""The views of chapter 3 change detail and apparent size one by one; its runs, on a few tiny images, hold what the page reads."""

from dataclasses import replace

import pytest
import torch
from painted import painted_source

from resnet_live.experiments import chapter03_progressive, chapter03_sizes
from resnet_live.experiments.chapter03_progressive import FIXED, PROGRESSIVE, Stage
from resnet_live.experiments.chapter03_sizes import SIZES, VIEWS, View, by_view, right_in, shown
from resnet_live.training import trainer
from resnet_live.training.right_images import unpack

TINY = replace(chapter03_sizes.RECIPE, size=32, epochs=1, batch_size=10, precision="float32")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return painted_source(tmp_path_factory.mktemp("images"), per_class=2, side=160)


def stripes(side=160, width=1):
    """Dark and light columns, `width` pixels each: the finest detail there is when it is 1."""
    columns = (torch.arange(side) // width % 2 * 255).to(torch.uint8)
    return columns.expand(1, 3, side, side)


def test_a_file_shown_as_it_is_is_not_resampled():
    assert torch.equal(shown(stripes(), View(160)), trainer.normalise(stripes().float()))


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_its_size(view):
    assert shown(stripes(), view).shape == (1, 3, view.size, view.size)


def test_less_detail_at_the_same_size_takes_away_what_is_fine_and_keeps_what_is_coarse():
    def contrast(width, detail):
        return shown(stripes(width=width), View(160, detail))[0, 0, 80].std()

    assert contrast(1, 96) < 0.2 * contrast(1, 160)
    assert contrast(20, 96) > 0.8 * contrast(20, 160)


def test_without_smoothing_fine_detail_survives_the_way_down():
    smooth, rough = (shown(stripes(), View(128, smooth=smooth))[0, 0, 64].std() for smooth in (True, False))
    assert rough > 1.2 * smooth


def test_the_accuracy_is_the_share_of_the_images_that_are_right():
    class Bright(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return torch.stack([-x.mean((1, 2, 3)), x.mean((1, 2, 3))], dim=1)

    images = torch.tensor([0, 255, 255, 0], dtype=torch.uint8).view(4, 1, 1, 1).expand(4, 3, 160, 160)
    labels, right = torch.tensor([0, 1, 0, 0]), [True, True, False, True]
    assert right_in(Bright(), images, labels, View(96)) == right
    (row,) = by_view(Bright(), images, labels, [View(96)])
    assert (row["accuracy"], unpack(row["right"], 4)) == (0.75, right)


def test_both_plans_cost_nearly_the_same():
    fixed, progressive = (chapter03_progressive.work(plan) for plan in (FIXED, PROGRESSIVE))
    assert fixed < progressive < 1.02 * fixed
    assert Stage(1, 224, every=2).work == 224**2 / 2


def test_a_run_holds_the_accuracy_of_every_view(source):
    found = chapter03_sizes.run(source, 0, TINY)
    assert [(row["size"], row["detail"], row["smooth"]) for row in found["views"]] == [
        (view.size, view.detail, view.smooth) for view in VIEWS
    ]
    assert {View(size) for size in SIZES} < set(VIEWS)
    assert all(0 <= row["accuracy"] <= 1 for row in found["views"])
    assert len(found["epochs"]) == 1
    assert found["precision"] == "float32"


def test_a_progressive_run_goes_through_its_stages(source):
    found = chapter03_progressive.run(source, 0, TINY, (Stage(2, 32), Stage(1, 64, every=2)))
    assert [row["epoch"] for row in found["epochs"]] == [1, 2, 1]
    assert found["work"] == 2 * 32**2 + 64**2 / 2
    assert [row["size"] for row in found["views"]] == list(chapter03_progressive.TEST_SIZES)


def test_each_seed_is_a_part(source):
    assert list(chapter03_sizes.experiment(source).parts) == [f"fixed-{seed}" for seed in range(5)]
    assert list(chapter03_progressive.experiment(source).parts) == [f"progressive-{seed}" for seed in range(5)]

"""The trainer of the recorded experiments, on a few tiny images that are easily told apart."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from PIL import Image
from torch import nn

from resnet_live.data.imagenette import CLASSES
from resnet_live.data.source import Source
from resnet_live.training import trainer
from resnet_live.training.right_images import unpack
from resnet_live.training.trainer import Images, Recipe

TINY = Recipe(size=8, presize=10, epochs=2, batch_size=8, lr=0.01, precision="float32")


def small_net():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, len(CLASSES)),
    )


@pytest.fixture(scope="module")
def images():
    """Ten classes told apart by their brightness."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(10).repeat(4)
    noise = torch.randint(0, 6, (40, 3, 10, 10), generator=random)
    pixels = (noise + 25 * labels.view(-1, 1, 1, 1)).clamp(max=255).to(torch.uint8)
    return Images(pixels, labels, pixels[:20], labels[:20])


def rows(images, recipe, seed=0):
    return list(trainer.train(trainer.seeded(small_net, seed), images, recipe, seed))


@pytest.mark.parametrize("optimiser", trainer.CHOICES["optimiser"])
@pytest.mark.parametrize("schedule", trainer.CHOICES["schedule"])
def test_every_optimiser_learns_under_every_schedule(images, optimiser, schedule):
    found = rows(images, replace(TINY, optimiser=optimiser, schedule=schedule, epochs=12, lr=0.03))
    assert found[-1]["train_loss"] < found[0]["train_loss"] - 0.1
    assert [row["epoch"] for row in found] == list(range(1, 13))


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(images):
    losses = [[row["train_loss"] for row in rows(images, TINY, seed)] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_a_run_leaves_the_globally_seeded_generator_of_mixup_alone(images):
    model = trainer.seeded(small_net, 0)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    (row, _) = trainer.train(model, images, replace(TINY, mixup=0.4))
    assert torch.equal(before, torch.get_rng_state()) and "train_accuracy" not in row


def test_a_model_between_epochs_is_the_trained_one_in_training_mode(images):
    model = trainer.seeded(small_net, 0)
    start = model[0].weight.detach().clone()
    for _ in trainer.train(model, images, TINY):
        assert model.training and not torch.equal(model[0].weight, start)


def test_with_an_average_the_tested_weights_end_up_in_the_model(images):
    model, recipe = trainer.seeded(small_net, 0), replace(TINY, average=0.8)
    *_, last = trainer.train(model, images, recipe)
    assert trainer.evaluate(model, images, recipe)[0] == pytest.approx(last["valid_loss"], abs=1e-4)
    plain = rows(images, TINY)[-1]
    assert plain["train_loss"] == last["train_loss"] and plain["valid_loss"] != last["valid_loss"]


def test_a_loss_that_is_no_number_is_none(images):
    found = rows(images, replace(TINY, optimiser="sgd", lr=1e30, schedule="linear", warmup=0.0))
    assert found[-1]["train_loss"] is None


def test_fewer_images_than_a_batch_still_train(images):
    assert len(rows(images, replace(TINY, batch_size=64))) == 2


def test_evaluation_counts_every_image_once(images):
    model = trainer.seeded(small_net, 0).eval()
    loss, accuracy = trainer.evaluate(model, images, TINY, batch_size=7)
    scores = model(trainer.test_view(images.valid, 8))
    assert loss == pytest.approx(nn.functional.cross_entropy(scores, images.valid_labels).item(), rel=1e-4)
    assert accuracy == (scores.argmax(1) == images.valid_labels).double().mean().item()


def test_the_whole_image_at_its_own_size_is_only_normalised(images):
    recipe = replace(TINY, size=10, scale=(1, 1), ratio=1, flip=False)
    crops = trainer.augment(images.train, recipe, torch.Generator())
    torch.testing.assert_close(crops, trainer.normalise(images.train.float()), rtol=1e-4, atol=1e-4)


def test_crops_lie_inside_the_image_and_differ():
    ramp = torch.arange(100).view(1, 1, 1, 100).expand(200, 3, 100, 100).to(torch.uint8)
    recipe = Recipe(size=10, scale=(0.25, 0.25), ratio=1, flip=True)
    crops = trainer.augment(ramp, recipe, torch.Generator().manual_seed(0))
    back = crops * (torch.tensor(trainer.STD) * 255).view(1, 3, 1, 1) + 255 * torch.tensor(trainer.MEAN).view(
        1, 3, 1, 1
    )
    assert back.min() >= 0 and back.max() <= 99
    widths = (back[:, 0, 0, -1] - back[:, 0, 0, 0]).abs()
    assert widths.round().unique().tolist() == [
        45
    ]  # half of the side, from the middle of the first pixel to that of the last
    assert len(back[:, 0, 0, 0].round().unique()) > 20
    mirrored = (back[:, 0, 0, 0] > back[:, 0, 0, -1]).float().mean()
    assert 0.35 < mirrored < 0.65


def crops_of_epochs(images, recipe, monkeypatch):
    """What `augment` was asked for and gave, a list for each epoch: (the labels' brightness, the recipe, the crops)."""
    seen, augment = [], trainer.augment

    def watched(batch, now, random, mirror=None):
        crops = augment(batch, now, random, mirror)
        seen[-1].append((now, batch, crops))
        return crops

    monkeypatch.setattr(trainer, "augment", watched)
    seen.append([])
    for _ in trainer.train(trainer.seeded(small_net, 0), images, recipe):
        seen.append([])
    return seen[:-1]


def test_crops_grow_to_the_size_that_is_tested(images, monkeypatch):
    found = crops_of_epochs(images, replace(TINY, epochs=5, sizes=(4, 8)), monkeypatch)
    assert [{crops.shape[-1] for _, _, crops in epoch} for epoch in found] == [{4}, {4}, {4}, {8}, {8}]
    found = crops_of_epochs(images, replace(TINY, epochs=2, sizes=(4, 8)), monkeypatch)
    assert [{crops.shape[-1] for _, _, crops in epoch} for epoch in found] == [{4}, {8}]


@pytest.mark.parametrize(("epochs", "last"), [(1, 1), (5, 1), (6, 2), (20, 4)])
def test_the_last_fifth_of_the_epochs_has_a_scale_of_its_own(epochs, last):
    recipe = replace(TINY, epochs=epochs, scale=(0.3, 1), last_scale=(0.9, 1))
    scales = [trainer.at_epoch(recipe, epoch).scale for epoch in range(1, epochs + 1)]
    assert scales == [(0.3, 1)] * (epochs - last) + [(0.9, 1)] * last


def left_is_dark(crops):
    return crops[:, 0, :, 0].mean(1) < crops[:, 0, :, -1].mean(1)


def test_alternating_each_image_is_mirrored_in_every_other_epoch(monkeypatch):
    names = torch.arange(40).view(-1, 1, 1) * torch.ones(40, 10, 10)
    ramp = torch.arange(0, 250, 25).expand(40, 10, 10)
    pixels = torch.stack([ramp, ramp, names], 1).to(torch.uint8)  # the third channel says which image it is
    images = Images(pixels, torch.arange(10).repeat(4), pixels, torch.arange(10).repeat(4))
    for alternate in (True, False):
        recipe = replace(TINY, epochs=4, scale=(1, 1), alternate=alternate)
        views = torch.zeros(4, 40)
        for epoch, batches in enumerate(crops_of_epochs(images, recipe, monkeypatch)):
            for _, batch, crops in batches:
                views[epoch, batch[:, 2, 0, 0].long()] = left_is_dark(crops).float()
        assert 8 < views[0].sum() < 32  # by chance at first
        always = bool((views[0] == views[2]).all() and (views[1] == views[3]).all() and (views[0] != views[1]).all())
        assert always is alternate


def test_switches_that_are_off_change_no_number(images):
    """What was recorded before a switch was there can be recorded again."""
    spelled_out = replace(TINY, alternate=False, sizes=(8,), last_scale=TINY.scale, whiten=False)
    assert [row["valid_loss"] for row in rows(images, spelled_out)] == [row["valid_loss"] for row in rows(images, TINY)]


def test_a_whitened_convolution_is_set_before_training_and_stays(images):
    model, recipe = trainer.seeded(small_net, 0), replace(TINY, whiten=True)
    weights = [model[0].weight.detach().clone() for _ in trainer.train(model, images, recipe)]
    assert torch.equal(weights[0], weights[1]) and not model[0].weight.requires_grad
    assert torch.equal(weights[0][:4], -weights[0][4:]) and model[-1].weight.requires_grad


def test_zoom_keeps_the_centre():
    image = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
    image[..., 4:12, 4:12] = 255
    seen = trainer.test_view(image, 8, zoom=2)
    assert seen.std() < 1.5 and torch.equal(seen, trainer.normalise(torch.full((1, 3, 8, 8), 255.0)))


def test_mixup_mixes_images_and_targets_alike(images):
    xb, yb = images.train.float(), images.train_labels
    mixed, targets = trainer.mixup(xb, yb, 0.4, torch.Generator().manual_seed(3))
    assert torch.allclose(targets.sum(1), torch.ones(len(yb)))
    lam = targets.max(1).values.min()
    assert 0.5 <= lam < 1
    other = torch.where(targets[0] == targets[0].max(), 0, targets[0]).argmax() if lam < 1 else yb[0]
    assert mixed[0].mean() == pytest.approx(
        (lam * xb[0].mean() + (1 - lam) * 25 * other + 2.5 * (1 - lam)).item(), abs=3
    )


@pytest.mark.parametrize("steps", [1, 4, 5, 100])
def test_the_one_cycle_is_fastais(steps):
    from fastai.callback.schedule import combined_cos

    recipe, parameter = Recipe(lr=0.1, schedule="one_cycle"), nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
    schedule = trainer.make_schedule(optimiser, recipe, steps)
    lr, mom = combined_cos(0.25, 0.1 / 25, 0.1, 0.1 / 1e5), combined_cos(0.25, 0.95, 0.85, 0.95)
    for step in range(steps):
        (group,) = optimiser.param_groups
        assert group["lr"] == pytest.approx(float(lr(step / steps)), rel=1e-5)
        assert group["momentum"] == pytest.approx(float(mom(step / steps)), rel=1e-5)
        optimiser.step()
        schedule.step()


@pytest.mark.parametrize(("progress", "flat", "linear"), [(0, 1, 1e-3), (0.25, 1, 1), (0.625, 1, 0.5), (1, 0, 0)])
def test_the_other_schedules(progress, flat, linear):
    assert trainer.share_of_lr(progress, Recipe(schedule="flat_cosine", flat=0.7)) == pytest.approx(flat)
    assert trainer.share_of_lr(progress, Recipe(schedule="linear")) == pytest.approx(linear)


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimiser": "adam"},
        {"schedule": "cosine"},
        {"scale": (0, 1)},
        {"scale": (0.9, 0.5)},
        {"last_scale": (0.9, 0.5)},
        {"epochs": 0},
        {"sizes": (96, 112)},
        {"sizes": (0, 128)},
        {"sizes": (64, 80, 96, 112, 120, 128)},
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Recipe(**wrong)


def test_images_are_decoded_once_in_rgb_with_their_labels(tmp_path):
    files = []
    for split in ("train", "val"):
        for number, wnid in enumerate(list(CLASSES)[:2]):
            file = tmp_path / split / wnid / f"{wnid}_{number}.png"
            file.parent.mkdir(parents=True)
            Image.new("L", (30, 20), 100 * number).save(file)
            files.append(file)
    source = Source("folder", tmp_path, tuple(files[:2]), tuple(files[2:]), "four")
    found = trainer.load_images(source, 16)
    assert found.train.shape == (2, 3, 16, 16) and found.train.dtype == torch.uint8
    assert found.train.flatten(1).float().mean(1).tolist() == [0, 100] and found.valid_labels.tolist() == [0, 1]
    for file in files:
        file.unlink()
    assert trainer.load_images(source, 16) is found
    row = trainer.run(source, partial(small_net), replace(TINY, presize=16, epochs=1), seed=0)
    assert row["precision"] == "float32" and row["threads"] >= 1 and math.isfinite(row["epochs"][0]["valid_loss"])
    assert sum(unpack(row["right"], 2)) / 2 == row["epochs"][0]["valid_accuracy"]

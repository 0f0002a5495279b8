"""The parts of chapter 4 on a few tiny images: what they hold, and that plain and residual runs are comparable."""

from dataclasses import replace

import pytest
import torch
from painted import painted_source

from resnet_live.experiments import chapter04
from resnet_live.training import trainer

TINY = replace(chapter04.RECIPE, size=8, presize=10, epochs=2, batch_size=4)


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Two images a class and split; the cache is a folder of the test's own."""
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "cache"))
    return painted_source(tmp_path, per_class=2, side=10)


def test_each_net_depth_and_seed_is_a_part(source):
    parts = list(chapter04.experiment(source).parts)
    trained = [f"{n}-{d}-{s}" for s in chapter04.SEEDS for d in (20, 56) for n in ("plain", "residual")]
    assert parts == [*trained, "surface-plain-56", "surface-residual-56"]


def test_a_run_holds_losses_by_epoch_and_gradients_by_layer(source):
    found = chapter04.run(source, "residual", 8, 0, TINY)
    assert [row["epoch"] for row in found["epochs"]] == [1, 2]
    assert {"train_loss", "valid_loss", "valid_accuracy"} <= set(found["epochs"][0])
    assert {len(norms) for norms in found["gradients"].values()} == {8}
    assert found["gradients"]["start"] != found["gradients"]["epoch"]
    assert found["parameters"] == chapter04.run(source, "plain", 8, 0, TINY)["parameters"]


def test_the_middle_of_the_surface_is_the_loss_of_the_trained_weights(source):
    chapter04.run(source, "plain", 8, 0, TINY)
    found = chapter04.surface(source, "plain", 8, 0, TINY, steps=(-1.0, 0.0, 1.0))
    model = chapter04.NETS["plain"](8)
    model.load_state_dict(torch.load(chapter04.weights_file(source, "plain", 8, 0, TINY), weights_only=True))
    images = trainer.load_images(source, 10)
    xb, yb = chapter04.some_images(images, chapter04.SURFACE_IMAGES, TINY)
    assert found["images"] == len(yb) == 20
    expected = chapter04.prepared_loss(model, xb, yb, TINY)(model)
    assert found["loss"][1][1] == pytest.approx(expected, rel=0.02)
    assert [len(row) for row in found["loss"]] == [3, 3, 3]


def test_a_surface_whose_weights_are_gone_trains_them_again(source):
    chapter04.run(source, "plain", 8, 0, TINY)
    before = chapter04.surface(source, "plain", 8, 0, TINY, steps=(0.0, 0.5))
    chapter04.weights_file(source, "plain", 8, 0, TINY).unlink()
    again = chapter04.surface(source, "plain", 8, 0, TINY, steps=(0.0, 0.5))
    assert again["loss"] == before["loss"]


def test_looking_at_gradients_leaves_the_model_alone(source):
    images = trainer.load_images(source, 10)
    model = chapter04.NETS["plain"](8).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    chapter04.gradients_by_layer(model, images, TINY)
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_the_chosen_images_are_spread_over_the_classes(source):
    images = trainer.load_images(source, 10)
    _, labels = chapter04.some_images(images, 10, TINY)
    assert sorted(set(labels.tolist())) == list(range(10))


def test_the_steps_of_the_surfaces_are_symmetric_about_the_trained_weights():
    steps = chapter04.STEPS
    assert steps[len(steps) // 2] == 0
    assert [-s for s in reversed(steps)] == list(steps)

"""A training that was interrupted ends as if it had not been."""

from dataclasses import replace

import pytest
import torch
from test_trainer import TINY, images, small_net  # noqa: F401 (images: a fixture)

from resnet_live.training import checkpoint, trainer

LONGER = replace(TINY, epochs=4)
RECIPES = {
    "sgd, one cycle": replace(LONGER, optimiser="sgd", schedule="one_cycle"),
    "muon, averaged": replace(LONGER, optimiser="muon", schedule="flat_cosine", average=0.9),
    "adamw, mixup": replace(LONGER, optimiser="adamw", schedule="linear", mixup=0.4),
    "alternating flip, growing": replace(LONGER, alternate=True),
}


class Cut(Exception):
    """The power is gone."""


def trained(images, recipe, cut_at=None):  # noqa: F811
    """(rows, weights, how many epochs were computed now) of a training; Cut is raised when row `cut_at` has come."""
    model = trainer.seeded(small_net, 0)
    rows = []
    for row in trainer.train(model, images, recipe, 5):
        row["seen"] = row.get("seen", 0) + 1
        rows.append(row)
        if row["epoch"] == cut_at:
            raise Cut
    return rows, model.state_dict()


def facts(rows):
    return [{name: value for name, value in row.items() if "seconds" not in name and name != "seen"} for row in rows]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(recipe, images, tmp_path):  # noqa: F811
    whole, weights = trained(images, recipe)
    for cut_at in (2, 3):
        with pytest.raises(Cut), checkpoint.kept_in(tmp_path / "kept"):
            trained(images, recipe, cut_at)
        torch.rand(7)  # others draw random numbers meanwhile
    with checkpoint.kept_in(tmp_path / "kept"):
        rows, again = trained(images, recipe)
    assert facts(rows) == facts(whole)
    assert all(torch.equal(again[name], value) for name, value in weights.items())
    # epoch 1 was computed once, and came three times, with what the caller had put into it
    assert [row["seen"] for row in rows] == [3, 2, 1, 1]
    assert not (tmp_path / "kept").exists()


def test_trainings_of_one_part_are_told_apart_by_their_order(images, tmp_path):  # noqa: F811
    with pytest.raises(Cut), checkpoint.kept_in(tmp_path / "kept"):
        trained(images, replace(LONGER, epochs=2))
        trained(images, LONGER, cut_at=3)
    assert sorted(file.name for file in (tmp_path / "kept").iterdir()) == ["0.pt", "1.pt"]
    with checkpoint.kept_in(tmp_path / "kept"):
        first, _ = trained(images, replace(LONGER, epochs=2))
        second, _ = trained(images, LONGER)
    assert facts(second) == facts(trained(images, LONGER)[0])
    assert [row["seen"] for row in first] == [2, 1]


def test_nothing_is_kept_outside(images, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    trained(images, TINY)
    assert not any(tmp_path.iterdir())

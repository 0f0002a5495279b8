"""The net that is kept: small enough, trained long enough, and its file says how well it does."""

from dataclasses import replace

import torch
from painted import painted_source

from resnet_live.experiments import weights
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.experiments.record import cite
from resnet_live.models.kept_net import kept_net
from resnet_live.models.modern import Design, ModernResNet
from resnet_live.training import trainer

TINY = Design((1, 1), (8, 16))
SHORT = replace(weights.RECIPE, size=16, presize=20, epochs=2, batch_size=8)


def test_the_kept_net_has_at_most_a_million_and_a_half_numbers_and_twenty_epochs():
    with torch.device("meta"):
        assert trainer.parameters(ModernResNet(weights.DESIGN)) <= 1_500_000
    assert weights.RECIPE.epochs >= 20


def test_a_net_is_trained_and_kept_with_its_accuracy_and_where_it_comes_from(tmp_path):
    source = painted_source(tmp_path, per_class=2, side=20)
    found = weights.train_and_keep(source, "tiny", TINY, SHORT, 3, tmp_path / "kept")
    model, facts = kept_net("tiny", tmp_path / "kept")
    images = trainer.load_images(source, 20)
    assert trainer.evaluate(model, images, SHORT)[1] == facts["valid_accuracy"] == found["kept_accuracy"]
    assert facts["seed"] == 3 and facts["recipe"]["epochs"] == 2 and len(facts["classes"]) == 10
    assert "make record NAME=weights" in cite(facts) and "20 training and 20 validation images" in cite(facts)
    assert [row["epoch"] for row in found["epochs"]] == [1, 2] and found["file"] == "weights/tiny.safetensors"


def test_the_recording_is_one_part_of_this_net(tmp_path):
    source = painted_source(tmp_path, per_class=1, side=4)
    ((name, part),) = weights.experiment(source).parts.items()
    assert name == f"{weights.NAME}-0" and part.args[1:] == (weights.NAME, weights.DESIGN, weights.RECIPE, 0)
    assert fingerprint(part, source) == fingerprint(weights.experiment(source).parts[name], source)

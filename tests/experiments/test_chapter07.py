"""The parts of chapter 7 on a few tiny images: what they hold; and what it means to skip a block."""

from dataclasses import replace

import pytest
import torch
from painted import painted_source
from torch import nn

from resnet_live.experiments import chapter07
from resnet_live.models import ResBlock, get_model
from resnet_live.training import trainer
from resnet_live.training.right_images import unpack

TINY = replace(chapter07.RECIPE, size=32, presize=36, epochs=2, batch_size=10)
NAMES = [f"{stage}.{block}" for stage in range(1, 6) for block in (1, 2)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Four images a class and split."""
    return painted_source(tmp_path_factory.mktemp("images"), per_class=4, side=36)


def lived_in(net):
    """A net whose γ are not 0 any more, in evaluation mode."""
    torch.manual_seed(0)
    model = get_model(chapter07.NETS[net])
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
    return model.eval()


def test_each_net_and_seed_is_a_part(source):
    parts = list(chapter07.experiment(source).parts)
    assert sorted(parts) == sorted(f"{net}-{seed}" for net in chapter07.NETS for seed in chapter07.SEEDS)


@pytest.mark.parametrize("net", chapter07.NETS)
def test_a_run_holds_losses_cost_and_what_skipping_does(source, net):
    found = chapter07.run(source, net, 0, TINY)
    assert [row["epoch"] for row in found["epochs"]] == [1, 2]
    assert found["parameters"] == sum(p.numel() for p in get_model(chapter07.NETS[net]).parameters())
    assert found["multiply_adds"] > 1e6
    assert sum(unpack(found["right"], 40)) / 40 == pytest.approx(found["epochs"][-1]["valid_accuracy"])
    deep = net.endswith("two")
    assert ("skipped" in found) == ("whole" in found) == deep
    assert ("several" in found) == (net == "residual two")
    if deep:
        assert found["tested"] == 10  # every fourth of forty
        assert [row["name"] for row in found["skipped"]] == NAMES
    if "several" in found:
        assert {count: len(values) for count, values in found["several"].items()} == {
            0: 1,
            1: 5,
            2: 10,
            3: 10,
            4: 5,
            5: 1,
        }
        assert found["several"][0] == [found["whole"]]


def test_all_choices_of_skipped_blocks_are_made_for_one_seed_only(source):
    assert "several" not in chapter07.run(source, "residual two", 1, TINY)


def test_the_control_differs_in_the_addition_only():
    plain, residual = (get_model(chapter07.NETS[f"{kind} two"]) for kind in ("plain", "residual"))
    kernels = [[tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Conv2d)] for net in (plain, residual)]
    assert kernels[0] == [shape for shape in kernels[1] if shape[-1] == 3]  # all but the 1×1 of the skip paths


def test_without_f_a_residual_block_is_its_skip_path():
    block, x = ResBlock(4, 8, stride=2).eval(), torch.randn(2, 4, 9, 9)
    nn.init.constant_(block.weight_layer2[1].weight, 0.7)
    before = block(x)
    with chapter07.skipping(block):
        assert torch.equal(block(x), block.act(block.idconv(block.pool(x))))
    assert torch.equal(block(x), before)
    assert not torch.equal(before, block.act(block.idconv(block.pool(x))))


def test_without_a_plain_block_x_goes_on():
    block, x = chapter07.plain_block(4, 4).eval(), torch.randn(2, 4, 9, 9)
    with chapter07.skipping(block):
        assert torch.equal(block(x), x)
    assert not torch.equal(block(x), x)


@pytest.mark.parametrize("net", ["residual two", "plain two"])
def test_hooks_are_gone_when_the_model_fails(net):
    model = lived_in(net)
    (block,) = [block.module for block in chapter07.blocks_of(model) if block.name == "2.2"]
    with pytest.raises(RuntimeError), chapter07.skipping(block):
        model(torch.randn(1, 1, 32, 32))
    assert not [m for m in model.modules() if m._forward_hooks]


@pytest.mark.parametrize(("net", "runs"), [("residual two", NAMES), ("plain two", NAMES[1::2])])
def test_each_block_that_can_be_skipped_is_skipped_once(net, runs):
    model, x = lived_in(net), torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        whole = model(x)
        rows = chapter07.one_skipped(model, lambda: model(x).sum().item())
        assert torch.equal(model(x), whole)
    assert [row["name"] for row in rows if row["accuracy"] is not None] == runs
    values = [row["accuracy"] for row in rows if row["accuracy"] is not None]
    assert len({whole.sum().item(), *values}) == len(values) + 1
    assert [row["changes_shape"] for row in rows] == [True, False] * 5


def test_the_accuracy_is_that_of_every_fourth_image(source):
    images = trainer.load_images(source, 36)
    assert images.valid_labels[:: chapter07.EVERY].tolist() == list(range(10))

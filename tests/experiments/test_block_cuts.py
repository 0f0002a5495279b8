"""A block with one path cut: what is recorded is what the net without that path does."""

from dataclasses import replace

import torch
from painted import painted_source

from resnet_live.experiments import block_cuts
from resnet_live.experiments.weights import RECIPE
from resnet_live.models.kept_net import keep_net
from resnet_live.models.modern import Design, ModernResNet
from resnet_live.training import trainer

TINY = Design((1, 2), (8, 16), pooled_skip=True)
SHORT = replace(RECIPE, size=16, presize=20, precision="float32")


def test_a_cut_path_adds_nothing_and_is_mended_afterwards():
    torch.manual_seed(0)
    model = ModernResNet(TINY).eval()
    (_, first), (name, block), _ = block_cuts.named_blocks(model)
    assert name == "2.1"
    torch.nn.init.ones_(block.convs[-1][1].weight)  # else F(x) is 0 before training
    x = torch.randn(1, 8, 6, 6)
    with torch.no_grad():
        whole, skip, residual = block(x), block.downsample(x), block.convs(x)
        with block_cuts.cut(block.convs):
            assert torch.equal(block(x), torch.relu(skip))
        with block_cuts.cut(block.downsample):
            assert torch.equal(block(x), torch.relu(residual))
        with block_cuts.cut(first.downsample):  # an identity is cut too
            assert torch.equal(first(x), torch.relu(first.convs(x)))
        assert torch.equal(block(x), whole)


def test_every_block_is_recorded_with_both_paths(tmp_path):
    source = painted_source(tmp_path, per_class=2, side=20)
    torch.manual_seed(0)
    file = keep_net("tiny", TINY, ModernResNet(TINY).eval(), {}, tmp_path / "kept")
    found = block_cuts.cut_each_block(source, "tiny", SHORT, tmp_path / "kept")
    assert [block["name"] for block in found["blocks"]] == ["1.1", "2.1", "2.2"]
    assert all(0 <= block[path] <= 1 for block in found["blocks"] for path in ("without_residual", "without_skip"))
    # before training γ of each block's last batch norm is 0: F(x) is 0, and cutting it changes nothing
    assert {block["without_residual"] for block in found["blocks"]} == {found["whole"]}
    model, _ = block_cuts.kept_net("tiny", tmp_path / "kept")
    assert found["whole"] == round(trainer.evaluate(model, trainer.load_images(source, 20), SHORT)[1], 4)
    assert found["images"] == 20 and len(found["weights"]) == 64 and file.exists()

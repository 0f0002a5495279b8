"""A block that is really built and run, and the drawing of it."""

import torch
from kernel_free import Page, elements

from resnet_live.models import NaiveResBlock, ResBlock
from resnet_live.widgets import block_drawing
from resnet_live.widgets.block_drawing import Setting, run


def test_the_naive_block_is_the_one_without_fixes():
    for ni, nf, stride in [(3, 3, 1), (3, 32, 1), (1, 32, 1), (32, 32, 2)]:
        trial = run(Setting(ni, nf, stride, 7))
        x = torch.randn(2, ni, 7, 7)
        try:
            assert tuple(NaiveResBlock(ni, nf, stride)(x).shape[1:]) == trial.total
        except RuntimeError as error:
            assert str(error) == trial.error


def test_one_state_by_itself():
    html = Page(block_drawing(3, 32, 2, pool=True, conv=True)).shown()[0]
    assert "average pool 2×2" in html and "1×1 conv 3→32" in html and "sum 32×64×64" in html


def test_making_the_figure_leaves_the_random_state_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    run(Setting(3, 32, 2, 7))
    assert torch.equal(torch.rand(1), expected)


def test_the_layers_drawn_are_those_of_the_block():
    """Each ConvLayer has batch norm, and the ReLU that its `act_cls` says."""
    block = ResBlock(32, 64, 2)
    shown = [e.text for e in elements(Page(block_drawing(32, 64, 2, pool=True, conv=True)).shown()[0])]
    parts = [block.weight_layer1, block.weight_layer2, block.idconv]
    assert shown.count("batch norm, ReLU") == sum(isinstance(part[-1], torch.nn.ReLU) for part in parts) == 1
    assert shown.count("batch norm") == sum(isinstance(part[-1], torch.nn.BatchNorm2d) for part in parts) == 2
    assert shown.count("ReLU") == isinstance(block.act, torch.nn.ReLU) == 1


def test_each_line_ends_in_an_arrowhead():
    shapes = elements(Page(block_drawing(32, 64, 2, pool=True, conv=True)).shown()[0])
    heads = {e.get("class"): e.get("d").count("z") for e in shapes if (e.get("class") or "").endswith(" f")}
    assert heads == {"residual f": 3, "skip f": 3, "ok f": 1}

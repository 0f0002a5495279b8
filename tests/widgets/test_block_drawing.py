"""A block that is really built and run, and the drawing of it."""

import torch
from kernel_free import Page

from resnet_live.models import NaiveResBlock
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

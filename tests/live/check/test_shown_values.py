"""What a step shows is compared where it is shown in the same form, or stands in the text; else nothing is claimed."""

import pytest
from chapter_run import run_cell

from resnet_live.live.check.compare_values import Raised
from resnet_live.live.check.shown_values import check_value
from resnet_live.live.check.verdict import StepStatus

RIGHT, NOT_YET = StepStatus.RIGHT, StepStatus.NOT_YET
SHAPE = (None, 256, 4, 4)


@pytest.mark.parametrize(
    ("wanted", "cell", "status"),
    [
        (SHAPE, "(7, 256, 4, 4)", RIGHT),
        (SHAPE, "(7, 256, 5, 5)", NOT_YET),
        (SHAPE, "print('torch.Size([1, 256, 4, 4])')", RIGHT),
        (SHAPE, "print('256×4×4')", RIGHT),
        (SHAPE, "print('256x4x4')", RIGHT),
        (SHAPE, "print('1 256 5 5')", None),
        (SHAPE, "(4, 4)", None),
        (SHAPE, "x = 3", None),
        (((64, 3), (64,)), "(64, 3), (64, 3)", None),  # among more numbers the wanted ones may stand by chance
        (((64, 3), (64,)), "print((64, 3), (64,))", RIGHT),
        (1234567, "print('1,234,567 weights')", RIGHT),
        (-0.5, "print('about −0.5')", RIGHT),
        (14, "print('14.4')", None),
        (56, "print('plain-56a')", None),
        (True, "2 == 2.0", RIGHT),
        (True, "(1 == 2)", NOT_YET),
        (True, "all([0, 1])", NOT_YET),
        (True, "1 > 2", None),
        (True, "not all([1])", None),
        (True, "all(a != a for a in [1])", None),
        (True, "print(False)", None),
        (True, "print(True)", RIGHT),
        ((True, True), "print(True, False)", None),
        ((True, True), "all([1]), all([0])", NOT_YET),
        ((True, True), "all([1]), [0.001]", None),
        ((None, True), "print(all([1]))", RIGHT),
        ((0.25, 1.0), "25.0, 100.0", None),
        ([[1.5, 2.5]], "print('1.5 2.5')", RIGHT),
        ([[1.5, 2.5]], "print('1.5 2.0 2.5')", None),
        ((0.25, 1.0), "print('25%, 100%')", None),
        (["Conv2d"], "['Conv2d']", RIGHT),
        (["Conv2d"], "['ReLU']", None),
        (Raised("NameError", ""), "3", StepStatus.RAN),
    ],
)
def test_what_is_shown(wanted, cell, status):
    assert check_value(wanted, [run_cell(cell, {})]).status is status


def test_nothing_shown_is_said():
    assert "Nothing is shown" in check_value(3, [run_cell("x = 3", {})]).text

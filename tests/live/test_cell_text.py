"""What of a cell's text is code: neither the step's header nor our own commands."""

import pytest

from resnet_live.live.cell_text import body, only_commands, without_commands


@pytest.mark.parametrize(
    "source, ours",
    [
        ("%next", True),
        ("# 2.7 · x\n%next 2.7", True),
        ("%load_ext resnet_live.live\n%chapter 2 abc", True),
        ("%load_ext other", False),
        ("%timeit 1", False),
        ("%next\nx", False),
        ("", False),
        ("# only", False),
        ("next", False),
    ],
)
def test_cells_that_hold_only_our_commands(source, ours):
    assert only_commands(source) is ours


def test_a_cell_without_header_and_blanks():
    assert body("# 2.7 · Say it\n\nx = 1  \n\n") == "x = 1" == body("x = 1")


def test_a_cell_without_our_commands():
    source = "%record on\n# 2.7 · Say it\n%next 2.8\nif x:\n    y  \n\n%matplotlib inline\n"
    assert body(source) == "if x:\n    y\n\n%matplotlib inline"
    assert without_commands(source) == "# 2.7 · Say it\nif x:\n    y  \n\n%matplotlib inline"


def test_a_cell_that_is_indented_keeps_its_form():
    assert body("    # 2.7 · Say it\n    if x:\n        y") == "if x:\n    y"

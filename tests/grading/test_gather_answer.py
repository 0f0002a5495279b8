"""What an answer needs comes with it; what a student wrote beside it does not run."""

import shutil

import pytest
from found import CHECK, SETUP, answer, number, source, value
from sphinx_ext.setup_cell import setup_source
from submissions import REPOSITORY, in_cells

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading.collect import collect


def test_magics_and_plots_beside_the_answer_are_left_out():
    student = in_cells(
        "%matplotlib inline\n!pip install nothing",
        f"%%time\n{number('helper(n)')}",
        "print(conv_out(3, 3))",
        "import os\ndef helper(n): return n + 1",
        "1 / 0",
    )
    assert "1 / 0" not in source(student)
    assert "print" not in source(student)
    assert "pip" not in source(student)
    assert value(student, 3, 3) == 4


def test_an_answer_split_over_cells_comes_whole():
    student = in_cells(
        SETUP,
        "class AnySizeNet(nn.Module):\n    def __init__(self, n_classes=10):\n        super().__init__()\n        self.n = n_classes",
        "def forward(self, x):\n    return self.n",
        "AnySizeNet.forward = forward",
        "model = AnySizeNet()\nmodel.fit = 3",
    )
    space = {}
    exec(reference.setup("2.5"), space)
    exec(source(student, "2.5"), space)
    assert space["AnySizeNet"](4)(None) == 4
    assert "model" not in source(student, "2.5")


@pytest.mark.parametrize("cell", [setup_source("https://github.com/a/b", "v1"), setup_source("", "")])
def test_the_cell_that_installs_the_course_is_no_part_of_an_answer(cell):
    written = [SETUP, "import sys\n" + number("(n + 2 * p - k) // s + 1"), CHECK]
    assert source(in_cells(cell, *written)) == source(in_cells(*written))
    assert value(in_cells(cell, *written), 7, 3) == 5


def test_fastcore_s_patch_is_part_of_the_class():
    student = in_cells(
        "from fastcore.all import patch",
        "class AnySizeNet(nn.Module):\n    def __init__(self): super().__init__()",
        "@patch\ndef forward(self: AnySizeNet, x):\n    return x",
    )
    assert "def forward" in source(student, "2.5")
    assert "import patch" in source(student, "2.5")


def test_a_list_that_is_filled_later_comes_filled():
    student = in_cells("sizes = []", "for i in range(3):\n    sizes.append(i)", number("len(sizes)"))
    assert value(student, 1, 1) == 3


def test_moved_cells_are_put_in_an_order_that_works():
    student = in_cells(CHECK, number("helper(n)"), "def helper(n):\n    return BASE + n", "BASE = 4", SETUP)
    assert value(student, 3, 3) == 7


def test_a_base_class_that_stands_below():
    student = in_cells("class AnySizeNet(Base):\n    pass", "class Base(nn.Module):\n    mark = 5", SETUP)
    space = {}
    exec(reference.setup("2.5"), space)
    exec(source(student, "2.5"), space)
    assert space["AnySizeNet"].mark == 5


def test_a_helper_that_another_answer_redefines_later():
    student = in_cells("def helper(n): return 1", number("helper(n)"), CHECK, "def helper(n): return 2")
    assert value(student, 1, 1) == 1


def test_a_wrapped_answer_is_taken_wrapped():
    student = in_cells(
        number("n"), "def twice(f):\n    return lambda *a: 2 * f(*a)", "conv_out = twice(conv_out)", CHECK
    )
    assert value(student, 4, 1) == 8


def test_several_statements_on_a_line():
    assert value(in_cells("one = 1; conv_out = lambda n, k: n + one; print(one)"), 3, 3) == 4


def test_an_answer_inside_an_if():
    assert value(in_cells("if True:\n    def conv_out(n, k):\n        return 9"), 3, 3) == 9


@pytest.mark.parametrize(
    "line",
    [
        "torch.equal = lambda *a: True",
        "torch.Tensor.mean = None",
        "setattr(torch, 'equal', None)",
        "torch.__dict__['equal'] = None",
        "del torch.equal",
        "torch.set_default_dtype(torch.float64)",
    ],
)
def test_a_statement_that_changes_pytorch_is_left_out(line):
    student = in_cells("import torch", line, "def global_avg_pool(x):\n    return torch.mean(x, (2, 3))")
    assert line not in source(student, "2.3")
    assert "torch" in answer(student, "2.3").notes[0]


def test_a_look_at_what_is_imported_changes_nothing():
    looks = "import torch\ntorch.manual_seed(0)\ntorch.mean(torch.ones(2, 3))\ntorch.nn.Linear(2, 3)(torch.ones(2)).sum().backward()"
    found = answer(in_cells(looks, "def global_avg_pool(x):\n    return torch.mean(x, (2, 3))"), "2.3")
    assert found.plain() and not found.notes


@pytest.mark.parametrize("notebook", sorted((REPOSITORY / "solutions").glob("*.ipynb")), ids=lambda file: file.stem)
def test_the_notebook_as_it_is_handed_out_has_nothing_to_leave_out(notebook, tmp_path):
    (tmp_path / "student").mkdir()
    shutil.copy(notebook, tmp_path / "student")
    (student,) = collect(tmp_path)
    for exercise in exercises().values():
        if reference.chapter(exercise.chapter)["notebook"] == notebook.stem:
            assert not answer(student, exercise.id).notes


def test_the_student_s_own_layers_count_when_they_are_right():
    """The names of what an exercise needs come from the references; see `Grader.own_answers` for the second try."""
    student = in_cells(
        "class ConvLayer(nn.Module):\n    pass",
        "class NaiveResBlock(nn.Module):\n    def __init__(self, ni, nf, stride=1):\n        self.a = ConvLayer(ni, nf)",
        name="05_naive_resblock.ipynb",
    )
    assert "class ConvLayer" not in source(student, "5.3")

"""Answers are found in whatever state a notebook is; what a student wrote beside them does not run."""

import pytest
from submissions import RIGHT, handed_in, in_cells, stub

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading.collect import Cell, Notebook, Student
from resnet_live.grading.find_answer import Answer, NoAnswer, parse
from resnet_live.grading.find_answer import find as find_answer

SETUP = "import torch\nfrom torch import nn"
CHECK = 'check("2.1", conv_out)'


def answer(student, exercise="2.1"):
    parsed = [parse(notebook) for notebook in student.notebooks if not notebook.problem]
    return find_answer(find(exercise), student, parsed, reference.chapter(find(exercise).chapter)["notebook"])


def source(student, exercise="2.1"):
    found = answer(student, exercise)
    assert isinstance(found, Answer), found
    return "\n".join(statement.source for statement in found.statements)


def value(student, *arguments, exercise="2.1"):
    """What the found answer returns for these arguments, run by itself behind the setup."""
    space = {}
    exec(reference.setup(exercise), space)
    exec(source(student, exercise), space)
    return space[find(exercise).names[0]](*arguments)


def number(text):
    return f"def conv_out(n, k, s=1, p=0):\n    return {text}"


@pytest.mark.parametrize("exercise", list(exercises()))
def test_the_reference_is_found_in_the_solution_notebook(exercise):
    definition = find(exercise)
    cells = (Cell(1, reference.setup(exercise)), Cell(2, reference.source(exercise)))
    student = Student("s", (Notebook(f"{reference.chapter(definition.chapter)['notebook']}.ipynb", cells),))
    found = answer(student, exercise)
    assert isinstance(found, Answer)
    assert not found.missing


@pytest.mark.parametrize("exercise", ["2.1", "2.2", "2.3"])
def test_a_stub_is_not_attempted(exercise):
    found = answer(in_cells(SETUP, stub(exercise)), exercise)
    assert isinstance(found, NoAnswer)
    assert found.status == "not attempted"


def test_what_is_not_there_is_missing_by_name():
    found = answer(in_cells(SETUP, "x = 1"))
    assert found.status == "missing"
    assert "conv_out" in found.message


def test_a_student_without_notebooks():
    found = answer(Student("s", ()))
    assert (found.status, "no notebook" in found.message) == ("missing", True)


def test_the_file_may_have_any_name():
    assert value(in_cells(number(7), name="homework final (2).ipynb"), 1, 1) == 7


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


def test_the_version_that_the_check_sees_counts():
    assert value(in_cells(number(1), number(2), CHECK, number(3)), 1, 1) == 2


def test_the_last_check_counts():
    assert value(in_cells(number(1), CHECK, number(2), CHECK), 1, 1) == 2


def test_without_a_check_the_last_definition_counts():
    assert value(in_cells(number(1), number(2), "conv_out = conv_out(3, 3)"), 1, 1) == 2


def test_the_stub_that_was_kept_is_passed_over():
    assert value(in_cells(number(2), stub("2.1"), CHECK), 1, 1) == 2
    assert value(in_cells(stub("2.1"), CHECK, number(2)), 1, 1) == 2


def test_the_raise_that_was_kept_does_no_harm():
    assert value(in_cells(number(2) + "\n    raise NotImplementedError"), 1, 1) == 2


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


def test_another_notebook_s_answer_is_told():
    first = Notebook("02_adaptive_pooling.ipynb", (Cell(1, number(1)),))
    copy = Notebook("02_adaptive_pooling-Copy1.ipynb", (Cell(1, number(2)),))
    student = Student("s", (copy, first))
    assert value(student, 1, 1) == 1
    assert "Copy1" in answer(student).notes[0]


def test_the_copy_counts_when_only_it_is_filled_in():
    first = Notebook("02_adaptive_pooling.ipynb", (Cell(1, stub("2.1")),))
    copy = Notebook("02_adaptive_pooling-Copy1.ipynb", (Cell(1, number(2)),))
    assert value(Student("s", (copy, first)), 1, 1) == 2


def test_a_cell_that_is_no_python_costs_its_own_answer_only():
    student = in_cells("def halvings(n)\n    return 1", number(2))
    found = answer(student, "2.2")
    assert found.status == "error"
    assert "cell 1, line 1: SyntaxError" in found.message
    assert value(student, 1, 1) == 2


def test_an_unreadable_notebook_is_named():
    student = Student("s", (Notebook("02_adaptive_pooling.ipynb", problem="not JSON: line 3"),))
    found = answer(student)
    assert found.status == "error"
    assert "02_adaptive_pooling.ipynb" in found.message


def test_an_answer_from_the_course_is_no_answer():
    student = in_cells("from resnet_live.exercise import use, reference", 'conv_out = use("2.1")')
    assert answer(student).status == "missing"


def test_one_of_two_names_is_marked():
    class Two:
        id, names, needs = "2.1", ("conv_out", "other"), ()

    student = in_cells(number(2))
    found = find_answer(Two, student, [parse(one) for one in student.notebooks], "02_adaptive_pooling")
    assert found.missing == ("other",)


@pytest.mark.parametrize(
    "line",
    [
        "torch.equal = lambda *a: True",
        "torch.Tensor.mean = None",
        "setattr(torch, 'equal', None)",
        "torch.__dict__['equal'] = None",
        "del torch.equal",
    ],
)
def test_a_statement_that_changes_pytorch_is_left_out(line):
    student = in_cells("import torch", line, "def global_avg_pool(x):\n    return torch.mean(x, (2, 3))")
    assert line not in source(student, "2.3")
    assert "torch" in answer(student, "2.3").notes[0]


def test_the_exercise_notebook_with_answers():
    cells = handed_in(RIGHT).cells
    code = tuple(Cell(place, cell.source) for place, cell in enumerate(cells, 1) if cell.cell_type == "code")
    student = Student("s", (Notebook("02_adaptive_pooling.ipynb", code),))
    assert value(student, 128, 3) == 126


def test_the_chapter_s_own_notebook_of_the_same_name_is_not_the_answer():
    chapter = Notebook("book/02_adaptive_pooling.ipynb", (Cell(1, number(1)),))
    exercise = Notebook("exercises/02_adaptive_pooling.ipynb", (Cell(1, number(2)), Cell(2, CHECK)))
    assert value(Student("s", (chapter, exercise)), 1, 1) == 2


@pytest.mark.parametrize(
    "source_", ["x = " + "(" * 5000, "x = " + "-" * 50_000 + "1", "\0", "x = '\ud800'", "return 3"]
)
def test_no_cell_stops_the_class(source_):
    assert value(in_cells(source_, number(2)), 1, 1) == 2


def test_the_student_s_own_layers_count_when_they_are_right():
    """The names of what an exercise needs come from the references; see `Marker.own_needs` for the second try."""
    student = in_cells(
        "class ConvLayer(nn.Module):\n    pass",
        "class NaiveResBlock(nn.Module):\n    def __init__(self, ni, nf, stride=1):\n        self.a = ConvLayer(ni, nf)",
        name="05_naive_resblock.ipynb",
    )
    assert "class ConvLayer" not in source(student, "5.3")

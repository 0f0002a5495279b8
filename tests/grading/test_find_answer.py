"""Answers are found in whatever state a notebook is."""

import pytest
from found import CHECK, SETUP, answer, number, value
from submissions import RIGHT, handed_in, in_cells, stub

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading.collect import Student
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.notebook_file import Cell, Notebook
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status


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
    assert found.status is Status.NOT_ATTEMPTED


def test_what_is_not_there_is_missing_by_name():
    found = answer(in_cells(SETUP, "x = 1"))
    assert found.status is Status.MISSING
    assert "conv_out" in found.message


def test_a_student_without_notebooks():
    found = answer(Student("s", ()))
    assert (found.status, "no notebook" in found.message) == (Status.MISSING, True)


def test_the_file_may_have_any_name():
    assert value(in_cells(number(7), name="homework final (2).ipynb"), 1, 1) == 7


def test_the_version_that_the_check_sees_counts():
    assert value(in_cells(number(1), number(2), CHECK, number(3)), 1, 1) == 2


def test_the_last_check_counts():
    assert value(in_cells(number(1), CHECK, number(2), CHECK), 1, 1) == 2


def named(name, worth):
    return number(worth).replace("conv_out", name)


@pytest.mark.parametrize(
    "call", ["check('2.1', mine)", "assert check(u'2.1', mine) is None", "%time check('2.1', mine)"]
)
def test_what_the_check_is_given_counts_under_whatever_name(call):
    assert value(in_cells(number(1), named("mine", 2), call, number(3), named("mine", 4)), 1, 1) == 2
    assert value(in_cells(number(1), "pair = [0, lambda *n: 7]", "check('2.1', pair[1])"), 1, 1) == 7
    assert value(in_cells(number(1), "mine = [lambda *n: 7]", "check('2.1', *mine)"), 1, 1) == 7


@pytest.mark.parametrize(
    "given", ["conv_out(5, 3)", "found", "no_such_name", "conv_out, 3", "len"], ids=lambda given: given
)
def test_a_slip_in_the_call_of_the_check_costs_nothing(given):
    """It fails in the notebook, and says how it is to be called."""
    assert value(in_cells(number(2), "found = conv_out(5, 3)", f"check('2.1', {given})"), 1, 1) == 2


def test_a_check_in_a_loop_or_a_function_looks_at_the_exercise_s_own_name():
    assert value(in_cells(number(2), "for one in [conv_out]:\n    check('2.1', one)"), 1, 1) == 2


def test_a_cell_that_waits_for_something_is_read():
    notebook = parse(in_cells("import asyncio\nawait asyncio.sleep(0)\n" + number(2)).notebooks[0])
    assert not notebook.broken
    assert [sorted(one.defs) for one in notebook.statements] == [["asyncio"], [], ["conv_out"]]


def test_without_a_check_the_last_definition_counts():
    assert value(in_cells(number(1), number(2), "conv_out = conv_out(3, 3)"), 1, 1) == 2


def test_the_stub_that_was_kept_is_passed_over():
    assert value(in_cells(number(2), stub("2.1"), CHECK), 1, 1) == 2
    assert value(in_cells(stub("2.1"), CHECK, number(2)), 1, 1) == 2


def test_the_raise_that_was_kept_does_no_harm():
    assert value(in_cells(number(2) + "\n    raise NotImplementedError"), 1, 1) == 2


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
    assert found.status is Status.ERROR
    assert "cell 1, line 1: SyntaxError" in found.message
    assert value(student, 1, 1) == 2


def test_an_unreadable_notebook_is_named():
    student = Student("s", (Notebook("02_adaptive_pooling.ipynb", problem="not JSON: line 3"),))
    found = answer(student)
    assert found.status is Status.ERROR
    assert "02_adaptive_pooling.ipynb" in found.message


def test_an_answer_from_the_course_is_no_answer():
    student = in_cells("from resnet_live.exercise import use, reference", 'conv_out = use("2.1")')
    assert answer(student).status is Status.MISSING


def test_one_of_two_names_is_marked():
    class Two:
        id, names, needs = "2.1", ("conv_out", "other"), ()

    student = in_cells(number(2))
    found = find_answer(Two, student, [parse(one) for one in student.notebooks], "02_adaptive_pooling")
    assert found.missing == ("other",)


def test_the_exercise_notebook_with_answers():
    cells = handed_in(RIGHT).cells
    code = tuple(Cell(place, cell.source) for place, cell in enumerate(cells, 1) if cell.cell_type == "code")
    student = Student("s", (Notebook("02_adaptive_pooling.ipynb", code),))
    assert value(student, 128, 3) == 126


def test_the_chapter_s_own_notebook_of_the_same_name_is_not_the_answer():
    chapter = Notebook("book/02_adaptive_pooling.ipynb", (Cell(1, number(1)),))
    exercise = Notebook("exercises/02_adaptive_pooling.ipynb", (Cell(1, number(2)), Cell(2, CHECK)))
    assert value(Student("s", (chapter, exercise)), 1, 1) == 2


def test_an_import_for_another_answer_is_no_attempt():
    student = in_cells(
        "from fastai.layers import ConvLayer", "class ConvSkipBlock(nn.Module):\n    conv = ConvLayer(1, 1)"
    )
    assert answer(student, "5.1").status is Status.MISSING
    assert isinstance(answer(in_cells("from fastai.layers import ConvLayer", 'check("5.1", ConvLayer)'), "5.1"), Answer)

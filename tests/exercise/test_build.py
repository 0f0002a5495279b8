"""solutions/ → exercises/: drift, malformed markers, leaks, minutes."""

import copy
import shutil
from pathlib import Path

import nbformat
import pytest

from resnet_live.exercise.build import NotebookProblems, convert, drift, find_regions, stubbed
from resnet_live.exercise.reference import FOLDER

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "solutions" / "02_adaptive_pooling.ipynb"


def test_nothing_has_drifted():
    assert drift(ROOT / "solutions", ROOT / "exercises", FOLDER) == []


def test_a_changed_exercise_notebook_is_drift(tmp_path):
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    file = tmp_path / "exercises" / FIRST.name
    file.write_text(file.read_text().replace("slides a window", "slides the window"))
    (tmp_path / "exercises" / "99_stray.ipynb").write_text("{}")
    found = drift(ROOT / "solutions", tmp_path / "exercises", FOLDER)
    assert any(FIRST.name in line for line in found) and any("99_stray" in line for line in found)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("### BEGIN SOLUTION\nx = 1", "not ended"),
        ("x = 1\n### END SOLUTION", "not begun"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n### END SOLUTION", "inside the one"),
        ("### BEGIN SOLUTION\n\n### END SOLUTION", "empty"),
        ("if 1:\n    ### BEGIN SOLUTION\n    x = 1\n### END SOLUTION", "indented"),
        ("## BEGIN SOLUTION\nx = 1\n### END SOLUTION", "looks like a marker"),
        ("### begin solution\nx = 1\n### END SOLUTION", "looks like a marker"),
        ("x = 1  ### BEGIN SOLUTION\n### END SOLUTION", "looks like a marker"),
        ("### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS", "looks like a marker"),
        ('x = """\n### BEGIN SOLUTION\ny\n### END SOLUTION\n"""', "inside a string"),
    ],
)
def test_a_malformed_marker_is_an_error(source, words):
    with pytest.raises(ValueError, match=words):
        find_regions(source)


def test_a_region_becomes_a_stub_of_its_own_indentation():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
    assert stubbed(source, find_regions(source)) == "def f(x):\n    raise NotImplementedError"


def changed(tmp_path, change):
    """The problems of chapter 2's solution notebook after `change(cells by grade_id or id)`."""
    notebook = copy.deepcopy(nbformat.read(FIRST, as_version=4))
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id", cell.id): cell for cell in notebook.cells}
    change(cells, notebook)
    file = tmp_path / FIRST.name
    nbformat.write(notebook, file)
    with pytest.raises(NotebookProblems) as caught:
        convert(file)
    return str(caught.value)


def test_every_problem_names_notebook_and_cell(tmp_path):
    def change(cells, _):
        cells["answer-2-1"].source = cells["answer-2-1"].source.replace("### END SOLUTION", "")

    assert f"{FIRST.name}, cell 6: line" in changed(tmp_path, change)


def test_a_solution_s_line_elsewhere_is_a_leak(tmp_path):
    def change(cells, _):
        cells["text-2-1"].source += "\n\n`return (padded-k)//s+1`"

    assert "gives away" in changed(tmp_path, change)


def test_minutes_and_points_must_stand_in_the_text(tmp_path):
    def change(cells, _):
        cells["text-2-1"].source = cells["text-2-1"].source.replace("*5 minutes", "*some minutes")

    assert "must hold the line '*5 minutes · 5 points*'" in changed(tmp_path, change)


def test_points_in_the_metadata_must_be_the_definition_s(tmp_path):
    def change(cells, _):
        cells["check-2-1"].metadata["nbgrader"]["points"] = 99

    assert '"points": 5' in changed(tmp_path, change)


def test_what_a_stub_does_is_said_in_one_line(tmp_path):
    def change(cells, _):
        cells["answer-2-1"].source = cells["answer-2-1"].source.replace(
            "The output size of a", "The output size\n    of a"
        )

    assert "the first sentence of conv_out's docstring takes more than one line" in changed(tmp_path, change)


def test_a_missing_check_cell_is_named(tmp_path):
    def change(cells, notebook):
        notebook.cells.remove(cells["check-2-2"])

    assert "check-2-2" in changed(tmp_path, change)


def test_a_solution_outside_an_answer_cell(tmp_path):
    def change(cells, _):
        cells["setup"].source += "\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"

    assert "outside an answer cell" in changed(tmp_path, change)

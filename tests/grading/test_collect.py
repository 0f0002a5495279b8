import json
import os

import nbformat
import pytest
from submissions import NAME, RIGHT, handed_in, save

from resnet_live.grading.collect import NoSubmissions, collect, collect_all


def only_notebook(folder):
    (student,) = collect(folder)
    (notebook,) = student.notebooks
    return notebook


def test_a_folder_of_notebooks_is_one_student(tmp_path):
    save(handed_in(RIGHT), tmp_path / "ada" / "02.ipynb")
    save(handed_in(RIGHT), tmp_path / "ada" / "03.ipynb")
    (student,) = collect(tmp_path / "ada")
    assert (student.name, [notebook.name for notebook in student.notebooks]) == ("ada", ["02.ipynb", "03.ipynb"])


def test_a_folder_of_folders_is_a_class(tmp_path):
    save(handed_in(RIGHT), tmp_path / "ada" / "02.ipynb")
    save(handed_in(RIGHT), tmp_path / "bob" / "week 2" / "02.ipynb")
    (tmp_path / "cy").mkdir()
    save(handed_in(RIGHT), tmp_path / "ada" / ".ipynb_checkpoints" / "02-checkpoint.ipynb")
    (tmp_path / ".git").mkdir()
    found = {student.name: [notebook.name for notebook in student.notebooks] for student in collect(tmp_path)}
    assert found == {"ada": ["02.ipynb"], "bob": ["week 2/02.ipynb"], "cy": []}


@pytest.mark.parametrize("made", ["missing", "empty", "file"])
def test_a_path_with_nothing_to_mark_is_an_error_in_one_line(tmp_path, made):
    path = tmp_path / "here"
    if made == "empty":
        path.mkdir()
    if made == "file":
        path.write_text("{}")
    with pytest.raises(NoSubmissions) as error:
        collect(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_usual_encoding_is_read(tmp_path, coding):
    tree = {"cells": [{"cell_type": "code", "source": ["# größer als\n", "def conv_out(): pass"]}]}
    (tmp_path / "n.ipynb").write_bytes(json.dumps(tree, ensure_ascii=False).encode(coding))
    assert only_notebook(tmp_path).cells[0].source == "# größer als\ndef conv_out(): pass"


def test_an_old_notebook_is_read(tmp_path):
    tree = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    tree["worksheets"] = [{"cells": [{"cell_type": "code", "language": "python", "input": "x = 1", "outputs": []}]}]
    save(tree, tmp_path / "n.ipynb")
    assert only_notebook(tmp_path).cells[0].source == "x = 1"


def test_lost_metadata_and_ids_do_no_harm(tmp_path):
    save({"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "source": "x = 1"}, 7]}, tmp_path / "n.ipynb")
    notebook = only_notebook(tmp_path)
    assert [(cell.number, cell.source) for cell in notebook.cells] == [(2, "x = 1")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b'{"cells": [', "not JSON"),
        (b"<<<<<<< HEAD\n{}", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": 3}', "not a notebook"),
        (b"[" * 100_000, "nested"),
        (bytes(range(256)), "not JSON"),
    ],
)
def test_a_damaged_notebook_is_named_and_the_others_are_read(tmp_path, data, words):
    (tmp_path / "a.ipynb").write_bytes(data)
    nbformat.write(handed_in(RIGHT), tmp_path / "b.ipynb")
    (student,) = collect(tmp_path)
    damaged, whole = student.notebooks
    assert words in damaged.problem
    assert not whole.problem
    assert whole.cells


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_out_of_the_folder_is_no_submission(tmp_path):
    save(handed_in(RIGHT), tmp_path / "class" / "ada" / "02.ipynb")
    (tmp_path / "class" / "bob").mkdir()
    (tmp_path / "class" / "bob" / "02.ipynb").symlink_to(tmp_path / "class" / "ada" / "02.ipynb")
    found = {student.name: len(student.notebooks) for student in collect(tmp_path / "class")}
    assert found == {"ada": 1, "bob": 0}


def test_a_notebook_beside_the_students_folders_is_nobody_s(tmp_path):
    for student in ("ada", "bob"):
        save(handed_in(RIGHT), tmp_path / student / NAME)
    assert collect_all(tmp_path).notes == ()
    save({"cells": [{"cell_type": "code", "source": "print('for the lesson')"}]}, tmp_path / "lesson.ipynb")
    found = {student.name: [notebook.name for notebook in student.notebooks] for student in collect(tmp_path)}
    assert found == {"ada": [NAME], "bob": [NAME]}
    assert collect_all(tmp_path).notes == ("lesson.ipynb lies beside the students' folders. It was not graded",)


def test_one_student_or_a_class_is_not_guessed(tmp_path):
    """An exercise notebook beside folders that hold notebooks too."""
    save(handed_in(RIGHT), tmp_path / NAME)
    (tmp_path / "data").mkdir()
    assert [student.name for student in collect(tmp_path)] == [tmp_path.name]
    assert collect_all(tmp_path).notes == ()
    save(handed_in(RIGHT), tmp_path / "old" / NAME)
    with pytest.raises(NoSubmissions, match=f"{NAME} and folders with notebooks \\(old\\)"):
        collect(tmp_path)

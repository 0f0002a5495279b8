# ruff: noqa: E501 (a submission a line)
"""What is handed in besides clean notebooks: each gets a line with the reason, and nothing stops the others."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from found import answer
from saves import SAVES
from submissions import NAME, REPOSITORY, RIGHT, handed_in, save, unzip_believing

from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import reports
from resnet_live.grading.collect import collect, collect_all, remarks
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.grader import Grader, Settings, grade
from resnet_live.grading.handed_out import changes, lost_cells
from resnet_live.grading.notebook_file import MOST_SOURCE
from resnet_live.grading.status import Status

TEXT = json.dumps(handed_in(RIGHT))


def written(data, name=NAME):
    def write(folder):
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)

    return write


def changed(change, name=NAME):
    def write(folder):
        notebook = handed_in(RIGHT)
        change(notebook)
        save(notebook, folder / name)

    return write


def several(*names):
    def write(folder):
        for name in names:
            save(handed_in(RIGHT), folder / name)

    return write


def old_format(folder):
    cells = [
        {"cell_type": "code", "language": "python", "input": [RIGHT["2.1"]], "outputs": [], "collapsed": False},
        {"cell_type": "heading", "level": 1, "source": "Exercises"},
    ]
    save(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}, folder / NAME
    )


def same_ids(notebook):
    for cell in notebook.cells:
        cell["id"] = "same"


def other_language(notebook):
    notebook.metadata["kernelspec"] = {"display_name": "R", "language": "R", "name": "ir"}
    notebook.metadata["language_info"] = {"name": "R"}
    notebook.cells = [nbformat.v4.new_code_cell("conv_out <- function(n, k) {\n  n - k + 1\n}")]


def without_locked(notebook):
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells]
    notebook.cells = [
        cell for cell, one in zip(notebook.cells, ids, strict=True) if not one.startswith(("check", "set"))
    ]


def without_all_ids(notebook):
    notebook.cells = [nbformat.v4.new_code_cell(cell.source) for cell in notebook.cells if cell.cell_type == "code"]


# name → (what lies in the student's folder, is 2.1 found there, words of the line about it or of the answer's message)
STRANGE = {
    "cut short": (written(TEXT[: len(TEXT) // 2]), False, "not JSON"),
    "nbformat 3": (old_format, True, ""),
    "another language": (changed(other_language), False, "its language is R, not Python"),
    "a Python kernel of another name": (changed(lambda n: n.metadata.update(kernelspec={"name": "x", "language": "python3"})), True, ""),
    "200 MB of outputs": (None, True, ""),
    "not UTF-8": (written(TEXT.replace("n + 2", "n + 2").encode().replace(b"The output", b"The \xff output", 1)), True, "not UTF-8"),
    "UTF-16": (written(TEXT.encode("utf-16")), True, ""),
    "UTF-16 without a mark": (written(TEXT.encode("utf-16-le")), True, ""),
    "UTF-8 with a mark": (written(TEXT.encode("utf-8-sig")), True, ""),
    "the same id everywhere": (changed(same_ids), True, ""),
    "an empty file": (written(""), False, "an empty file"),
    "zero bytes": (written(bytes(5000)), False, "an empty file"),
    "a web page by this name": (written("<!DOCTYPE html><html>"), False, "not JSON"),
    "a Python script": (written(RIGHT["2.1"], "02_adaptive_pooling.py"), False, "a Python script, no notebook"),
    "a web page": (written("<html>", "My answers.html"), False, "a web page, no notebook"),
    "a picture": (written(b"\x89PNG", "IMG_1234.PNG"), False, "a picture, no notebook"),
    "a packed file": (written(b"PK", "homework.zip"), False, "a packed file: unpack it first"),
    "a project of Deepnote's": (written("version: 1", "homework.deepnote"), False, "Deepnote's"),
    "a second version": (several(NAME, "02_adaptive_pooling-Copy1.ipynb"), True, f"{NAME} was graded; 02_adaptive_pooling-Copy1.ipynb answers"),
    "two other names": (several("Untitled.ipynb", "Untitled1.ipynb"), True, "Untitled.ipynb was graded; Untitled1.ipynb answers"),
    "renamed": (several("WMS q3.ipynb"), True, ""),
    "numbered by a browser": (several("02_adaptive_pooling (1).ipynb"), True, ""),
    "renamed by a browser": (several("02_adaptive_pooling.ipynb.txt"), True, ""),
    "renamed by another browser": (several("02_adaptive_pooling.ipynb.json"), True, ""),
    "emoji": (several("🎉 fertig 🎉/02 äöü.ipynb"), True, ""),
    "two dots": (several("...ipynb/..ipynb", "a..b/02..ipynb"), True, ""),
    "a name that is no text": (lambda folder: save(handed_in(RIGHT), Path(os.fsdecode(os.fsencode(folder) + b"/02 \xe9t\xe9.ipynb"))), True, ""),
    "markup in the name": (several("[bold]x[/bold]\u202e<b>&.ipynb"), True, ""),
    "locked cells deleted": (changed(without_locked), True, "its locked cells setup, check-2-1, "),
    "code cells alone": (changed(without_all_ids), True, ""),
    "a link to a file of the system": (lambda folder: (folder / NAME).symlink_to("/etc/passwd"), False, "is a link"),
    "a link to itself": (lambda folder: (folder / NAME).symlink_to(folder / NAME), False, "is a link"),
    "a pipe": (lambda folder: os.mkfifo(folder / NAME), False, "is a link"),
    "a folder by this name": (lambda folder: (folder / NAME).mkdir(), False, "there is no notebook"),
    "data pasted into a cell": (changed(lambda n: n.cells.insert(0, nbformat.v4.new_code_cell("x = [" + "1," * MOST_SOURCE + "]"))), True, "was left out"),
    "a list instead of cells": (written('{"cells": {"0": 1}, "nbformat": 4}'), False, "no cells"),
    "half a letter": (changed(lambda n: n.cells[0].update(cell_type="code", source="x = '\ud800'"), f"{NAME}"), True, ""),
    "half a letter in the metadata": (changed(lambda n: n.metadata.update(language_info={"name": "\ud800"})), True, "its language is ?"),
    "metadata that is a list": (changed(lambda n: n.update(metadata=[1])), True, ""),
    "an environment beside it": (several(NAME, "venv/lib/python3.11/site-packages/x/demo.ipynb"), True, ""),
    "a class within": (several("ada/bob/cy/02.ipynb"), True, ""),
}  # fmt: skip


def large(folder):
    """A notebook of 200 MB; the file has holes in it no longer than they must be, so it is written as what it is."""
    notebook = handed_in(RIGHT)
    output = {"output_type": "stream", "name": "stdout", "text": "OUTPUT"}
    next(cell for cell in notebook.cells if cell.cell_type == "code")["outputs"] = [output]
    before, after = json.dumps(notebook).split("OUTPUT")
    with (folder / NAME).open("w") as file:
        file.write(before)
        for _ in range(200):
            file.write("loud " * 200_000)
        file.write(after)


STRANGE["200 MB of outputs"] = (large, True, "")


@pytest.mark.skipif(os.name == "nt", reason="pipes and links")
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_submission_gets_a_line_and_stops_nobody(name, tmp_path):
    write, is_found, words = STRANGE[name]
    save(handed_in(RIGHT), tmp_path / "class" / "whole" / NAME)
    folder = tmp_path / "class" / "strange"
    folder.mkdir()
    write(folder)
    collected = collect_all(tmp_path / "class")
    strange, whole = collected.students
    assert (strange.name, whole.name) == ("strange", "whole")
    assert isinstance(answer(whole), Answer)
    found = answer(strange)
    assert isinstance(found, Answer) == is_found, found
    lines = remarks(collected)
    told = [line for line in lines if "strange" in line]
    told += [found.message] if isinstance(found, NoAnswer) else list(found.notes)
    assert words in "\n".join(told)
    assert bool(words) == bool(told) or not is_found, told
    assert all(reports.printable(line).encode() for line in lines)


@pytest.mark.parametrize("save_of", SAVES)
def test_the_saves_of_all_systems_are_read(save_of, tmp_path):
    """Notebooks in the form in which each system writes them."""
    save(SAVES[save_of], tmp_path / NAME)
    (student,) = collect(tmp_path)
    (notebook,) = student.notebooks
    assert (notebook.problem, notebook.notes) == ("", ())
    for exercise in ("2.1", "2.3"):
        found = answer(student, exercise)
        assert isinstance(found, Answer), found
        assert f"def {find(exercise).names[0]}" in "\n".join(one.source for one in found.statements)


def test_what_was_handed_in_instead_beside_the_notebook_is_nobody_s_business(tmp_path):
    several(NAME)(tmp_path)
    for name in ("helpers.py", "notes.txt", "plot.png", "02_adaptive_pooling.html"):
        (tmp_path / name).touch()
    assert [notebook.name for notebook in collect(tmp_path)[0].notebooks] == [NAME]


def test_in_a_flat_download_nobody_is_lost(tmp_path):
    several(f"doejane_123_4567_{NAME}")(tmp_path)
    (tmp_path / "leebo_124_4568_answers.html").touch()
    (tmp_path / "readme.txt").touch()
    collected = collect_all(tmp_path)
    assert [student.name for student in collected.students] == ["doejane_123", "leebo_124"]
    assert any("leebo_124/answers.html could not be read: a web page" in line for line in remarks(collected))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="rights of POSIX")
def test_a_folder_without_rights_is_named(tmp_path):
    """As a user who may not look into it; root may."""
    several(f"ada/{NAME}", f"bob/{NAME}", f"bob/private/{NAME}", f"cy/{NAME}")(tmp_path)
    shut = [tmp_path / "bob" / "private", tmp_path / "cy", tmp_path / "ada" / NAME]
    for path in shut:
        path.chmod(0)
    script = f"""import json, sys
from pathlib import Path
from resnet_live.grading.collect import collect_all, remarks
if sys.platform == "linux":
    from resnet_live.grading.in_kernel.launch import drop_capabilities
    drop_capabilities()
found = collect_all(Path({str(tmp_path)!r}))
print(json.dumps([[one.name for one in found.students], remarks(found)]))"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY)
    for path in shut:
        path.chmod(0o700)
    students, lines = json.loads(done.stdout or f"[[], [{done.stderr!r}]]")
    assert students == ["ada", "bob", "cy"]
    for words in ("ada/02", "bob/bob/private", "cy/cy could not be read: the folder cannot be read: Permission denied"):
        assert any(words in line and "Permission denied" in line for line in lines), (words, lines)


ENTRIES = {
    "names that lead elsewhere": ["../x.ipynb", "/x.ipynb", "a/../../x.ipynb", "C:/x.ipynb", "..\\x.ipynb"],
    "a name too long": ["a/" + "x" * 300 + ".ipynb"],
    "a file that is a folder too": ["a/x.ipynb/y.ipynb", "a/x.ipynb"],
    "a name with a zero byte": ["a/x\0.ipynb"],
    "the same name twice": ["a/x.ipynb", "a/x.ipynb"],
}


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_strange_names_in_a_zip_file_stop_nobody(name, tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for entry in (*ENTRIES[name], f"whole/{NAME}"):
            archive.writestr(entry, TEXT)
    collected = collect_all(tmp_path / "class.zip")
    assert "whole" in [student.name for student in collected.students]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["class.zip"]
    assert name in ("a name with a zero byte", "the same name twice") or collected.notes


@pytest.mark.parametrize("name", ENTRIES["names that lead elsewhere"])
def test_a_program_that_believes_the_name_would_write_elsewhere(name, tmp_path):
    """On Linux, on Windows, or on both."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(name, TEXT)
    escaped = []
    for windows in (False, True):
        folder = tmp_path / f"{windows}" / "in" / "class"
        folder.mkdir(parents=True)
        unzip_believing(tmp_path / "class.zip", folder, tmp_path / "root", windows)
        written = [*(tmp_path / f"{windows}").rglob("*.ipynb"), *(tmp_path / "root").rglob("*.ipynb")]
        escaped += [one for one in written if not one.is_relative_to(folder)]
    assert escaped


@pytest.mark.parametrize("spoil", ["checksum", "encrypted"])
def test_one_damaged_entry_of_a_zip_file_stops_nobody(spoil, tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(f"ada/{NAME}", "SPOILT" + TEXT)
        archive.writestr(f"whole/{NAME}", TEXT)
    data = (tmp_path / "class.zip").read_bytes()
    if spoil == "checksum":
        data = data.replace(b"SPOILT", b"spoilt")
    else:
        first = data.index(b"PK\x01\x02") + 8
        data = data[:first] + b"\x01" + data[first + 1 :]
    (tmp_path / "class.zip").write_bytes(data)
    collected = collect_all(tmp_path / "class.zip")
    found = {student.name: isinstance(answer(student), Answer) for student in collected.students}
    assert found["whole"]
    assert not found["ada"]
    assert any(f"ada/{NAME} could not be unpacked" in line for line in collected.notes)


# ---- Older versions ----


def older(notebook):
    entry = notebook.metadata["resnet_live"]["exercises"]["2.1"]
    entry["text"] = entry["check"] = "00000000"
    notebook.metadata["resnet_live"]["version"] = "0.0.9"


def test_the_report_says_what_has_changed_since_the_notebook_was_given_out(tmp_path):
    changed(older)(tmp_path)
    (student,) = collect(tmp_path)
    (notebook,) = student.notebooks
    says = "the notebook was given out in version 0.0.9; since then its text and its check have changed"
    assert changes(notebook, find("2.1")) == (says,)
    assert changes(notebook, find("2.2")) == ()
    with Grader(Settings(seed=1, device="cpu")) as one:
        from resnet_live.grading.statements import parse

        assert says in one.find(student, [parse(notebook)], find("2.1")).notes


@pytest.mark.parametrize("carried", [None, 7, {}, {"exercises": 3}, {"exercises": {"2.1": []}}, {"version": {}}])
def test_a_notebook_that_does_not_say_its_version_is_no_trouble(carried, tmp_path):
    changed(lambda notebook: notebook.metadata.update(resnet_live=carried))(tmp_path)
    ((notebook,),) = [student.notebooks for student in collect(tmp_path)]
    assert changes(notebook, find("2.1")) == ()


def test_every_exercise_as_it_is_given_out_is_up_to_date():
    (student,) = collect(REPOSITORY / "exercises")
    carried = {}
    for notebook in student.notebooks:
        assert lost_cells(notebook) == ()
        carried |= dict.fromkeys(notebook.metadata["resnet_live"]["exercises"], notebook)
    assert list(carried) == list(exercises())
    for exercise, notebook in carried.items():
        assert changes(notebook, find(exercise)) == ()


# ---- All at once ----


@pytest.mark.kernel
@pytest.mark.timeout(300)
@pytest.mark.skipif(os.name == "nt", reason="pipes and links")
def test_a_class_of_strange_submissions_is_graded_to_the_end(tmp_path):
    """Stubs for answers, so that nothing is run: what is tried is the way from the files to the table."""
    for number, (write, *_) in enumerate(STRANGE.values()):
        folder = tmp_path / "class" / f"student {number}"
        folder.mkdir(parents=True)
        write(folder)
    save(handed_in({}), tmp_path / "class" / "whole" / NAME)
    with GradebookFile(tmp_path / "gradebook.db") as file:
        book = grade(tmp_path / "class", Settings(seed=1, only=("1.1",), device="cpu"), file=file)
    assert len(book.grades) == len(STRANGE) + 1
    assert {grade.status for grade in book.grades} <= {Status.MISSING, Status.ERROR}
    assert all(grade.message and "grader itself" not in grade.message for grade in book.grades)
    assert len(reports.write(book, tmp_path / "out")) == len(STRANGE) + 1 + 3

"""Students get their own notebook back, with feedback under each answer."""

import json
import sys
import zipfile
from dataclasses import replace

import nbformat
import pytest
from made_class import made_grade
from submissions import NAME, RIGHT, handed_in, save

from resnet_live.exercise.registry import exercises
from resnet_live.grading import notebook_file
from resnet_live.grading.collect import opened
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.pages import returned_notebook
from resnet_live.grading.pages.returned_notebook import write_returned
from resnet_live.grading.reports import NotWritten
from resnet_live.grading.resume import fingerprint
from resnet_live.grading.status import Status
from resnet_live.whole_file import write_whole

ONLY = ("2.1", "2.2", "2.3", "3.1")


class Chance:
    """Everything is attempted, and wrong."""

    drawn = 0

    def random(self):
        self.drawn += 1
        return 0.5 if self.drawn == 1 else 0.7

    def choice(self, values):
        return values[0]


def book(*students, notebook=NAME):
    grades = []
    for student in students:
        for exercise in ONLY[:3]:
            made = made_grade(student, exercises()[exercise], Chance(), 0.2)
            grades.append(Grade(**vars(made) | {"notebook": notebook}))
        grades.append(Grade(student, "3.1", 0, 7, Status.MISSING, "No `pick_lr` in the notebooks."))
    return Gradebook(tuple(grades))


def returned(submissions, out, *students, **options):
    with opened(submissions) as found:
        files = write_returned(found.students, book(*students, **options), out, "https://example.org/book")
    return [nbformat.read(file, as_version=4) for file in files]


def feedback(notebook):
    return [cell for cell in notebook.cells if "feedback" in cell.metadata.get("tags", ())]


def test_feedback_stands_under_the_check_and_all_else_is_as_it_was(tmp_path):
    mine = handed_in(RIGHT)
    mine.cells[3].metadata["own"] = 1
    code = next(cell for cell in mine.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="my output\n")]
    save(mine, tmp_path / "class" / "ada" / NAME)
    (notebook,) = returned(tmp_path / "class", tmp_path / "out", "ada")
    nbformat.validate(notebook)
    others = [cell for cell in notebook.cells if cell not in feedback(notebook)]
    assert others == nbformat.from_dict(json.loads(json.dumps(mine))).cells
    summary, *told = feedback(notebook)
    assert notebook.cells[0] == summary
    assert "2.1: failed, 0 of 5" in summary.source
    assert "those that you handed in: nothing was run again to make it." in summary.source
    assert len(told) == 3
    for exercise, cell in zip(ONLY, told, strict=False):
        above = notebook.cells[notebook.cells.index(cell) - 1]
        assert f'check("{exercise}"' in above.source
        assert f"Feedback on {exercise}" in cell.source
        told_lines = [line.strip().split(maxsplit=1) for line in cell.source.splitlines()]
        assert ["Seen:", "63"] in told_lines and ["Expected:", "64"] in told_lines
        assert "Look at:  Count the positions" in cell.source
        assert "https://example.org/book/02_adaptive_pooling.html#" in cell.source
        assert "SECRET" not in cell.source


def test_what_comes_back_without_its_outputs_says_so(tmp_path, monkeypatch):
    mine = handed_in(RIGHT)
    code = next(cell for cell in mine.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="my output\n" * 10_000)]
    save(mine, tmp_path / "class" / "ada" / NAME)
    monkeypatch.setattr(notebook_file, "MOST_BYTES", 100_000)
    (notebook,) = returned(tmp_path / "class", tmp_path / "out", "ada")
    assert "my output" not in json.dumps(notebook)
    summary = feedback(notebook)[0].source
    assert "comes back without its outputs" in summary and "those that you handed in" not in summary


def test_what_was_found_nowhere_stands_at_the_end_of_its_chapter_s_notebook(tmp_path):
    save(handed_in({}), tmp_path / "class" / "ada" / "03_training.ipynb")
    (notebook,) = returned(tmp_path / "class", tmp_path / "out", "ada")
    (told,) = [cell for cell in feedback(notebook) if "No `pick_lr`" in cell.source]
    assert told in notebook.cells[-4:]


def test_feedback_on_an_answer_that_is_in_no_notebook_here_stands_at_the_end_and_says_so(tmp_path):
    """It counts from an earlier hand-in, in a notebook of another name; the one of its chapter is not there either."""
    for name in ("09_other.ipynb", "03_training.ipynb"):
        save(handed_in({}, "03_training.ipynb"), tmp_path / "class" / "ada" / name)
    first, second = returned(tmp_path / "class", tmp_path / "out", "ada", notebook="old.ipynb")
    told = [cell.source for cell in first.cells[-4:] if "Feedback on 2." in cell.source]
    assert len(told) == 3 and all("old.ipynb" in text and "not in this notebook" in text for text in told)
    assert not any("Feedback on 2." in cell.source for cell in feedback(second))
    assert "2.1: failed, 0 of 5" in feedback(first)[0].source


@pytest.mark.parametrize("state", ["it is there", "another answer", "a check alone"])
def test_feedback_on_an_earlier_hand_in_says_that_it_is(tmp_path, state):
    """Under the answer of that name where there is one: it may be another by now."""
    mine = handed_in(RIGHT)
    if state == "a check alone":
        mine.cells = [cell for cell in mine.cells if "def conv_out" not in cell.source]
    save(mine, tmp_path / "class" / "ada" / NAME)
    with opened(tmp_path / "class") as found:
        now = fingerprint(found.students[0])
        earlier = now if state == "it is there" else "another"
        hand_ins = {("ada", "2.1"): earlier, ("ada", "2.2"): now, ("ada", "2.3"): now}
        (file,) = write_returned(found.students, replace(book("ada"), hand_ins=hand_ins), tmp_path / "out")
    notebook = nbformat.read(file, as_version=4)
    told = {exercise: cell for cell in feedback(notebook) for exercise in ONLY if f"on {exercise}:" in cell.source}
    says = {exercise: "an earlier hand-in" in cell.source for exercise, cell in told.items()}
    assert says == {"2.1": state != "it is there", "2.2": False, "2.3": False}
    at = notebook.cells.index(told["2.1"])
    if state == "a check alone":
        assert told["2.1"] == notebook.cells[-1]
    else:
        assert 'check("2.1"' in notebook.cells[at - 1].source


def test_an_exercise_that_the_course_no_longer_has_is_in_the_notebook_too(tmp_path):
    save(handed_in(RIGHT), tmp_path / "class" / "ada" / NAME)
    grades = [Grade("ada", "99.1", 1, 5, Status.PARTLY, "1 of 5", notebook=name) for name in (NAME, "")]
    grades[1] = replace(grades[1], exercise="99.2", status=Status.MISSING)
    with opened(tmp_path / "class") as found:
        (file,) = write_returned(found.students, Gradebook(tuple(grades)), tmp_path / "out")
    notebook = nbformat.read(file, as_version=4)
    assert "Feedback on 99.1: 1 of 5" in notebook.cells[-1].source
    assert "99.2" not in notebook.cells[0].source  # nothing was handed in, and nobody knows where it would stand


@pytest.mark.skipif(sys.platform != "linux", reason="names as long as Linux has them")
def test_long_names_come_back_each_as_a_file_of_its_own(tmp_path):
    student = "ß" * 117 + "a"
    for end in "ab":
        save(handed_in(RIGHT), tmp_path / "class" / student / f"{'ü' * 115}{end}.ipynb")
    assert len(returned(tmp_path / "class", tmp_path / "out", student)) == 2
    (folder,) = (tmp_path / "out").iterdir()
    assert [file.name[:20] for file in folder.iterdir()] == ["ü" * 20] * 2


def test_a_full_disk_is_one_message_and_keeps_no_other_notebook_from_being_written(tmp_path, monkeypatch):
    for student in ("ada", "bob"):
        save(handed_in(RIGHT), tmp_path / "class" / student / NAME)

    def full(file, text):
        if "ada" in file.parts:
            raise OSError(28, "No space left on device")
        write_whole(file, text)

    monkeypatch.setattr(returned_notebook, "write_whole", full)
    with pytest.raises(NotWritten, match=f"ada.{NAME} could not be written: No space left on device"):
        returned(tmp_path / "class", tmp_path / "out", "ada", "bob")
    assert (tmp_path / "out" / "bob" / NAME).is_file()


@pytest.mark.parametrize("state", ["old format", "fences", "no check", "broken"])
def test_strange_notebooks_come_back_too(tmp_path, state):
    mine = handed_in(RIGHT)
    if state == "old format":
        mine.nbformat_minor = 2
        for cell in mine.cells:
            cell.pop("id", None)
    if state == "no check":
        mine.cells = [cell for cell in mine.cells if "check(" not in cell.source]
    if state == "fences":
        mine.cells[0].source = "```` ``` ~~~"
    file = tmp_path / "class" / "ada" / NAME
    save(mine, file)
    save(mine, tmp_path / "class" / "bob" / "sub folder" / "Ü 🦊.ipynb")
    if state == "broken":
        file.write_text('{"cells": [')
    found = returned(tmp_path / "class", tmp_path / "out", "ada", "bob")
    assert len(found) == (1 if state == "broken" else 2)
    assert (tmp_path / "out" / "bob" / "sub folder" / "Ü 🦊.ipynb").is_file()
    for notebook in found:
        nbformat.validate(notebook)
    if state == "no check":
        told = feedback(found[0])[1]
        assert "def conv_out" in found[0].cells[found[0].cells.index(told) - 1].source


@pytest.mark.parametrize("depth", [700, 800, 900, 950, 980, 5000])
def test_one_that_can_be_read_and_not_written_stops_no_other(tmp_path, depth):
    mine = json.dumps(handed_in(RIGHT))
    save(handed_in(RIGHT), tmp_path / "class" / "bob" / NAME)
    (tmp_path / "class" / "ada").mkdir()
    (tmp_path / "class" / "ada" / NAME).write_text(mine[:-1] + ', "own": ' + "[" * depth + "]" * depth + "}")
    with opened(tmp_path / "class") as found:
        files = write_returned(found.students, book("ada", "bob"), tmp_path / "out")
    assert tmp_path / "out" / "bob" / NAME in files


def test_two_files_with_a_number_of_the_student_s_own_both_come_back(tmp_path):
    for number in (2, 3):
        save(handed_in(RIGHT), tmp_path / "class" / f"doejane_1_{number}0_week-{number}.ipynb")
    assert len(returned(tmp_path / "class", tmp_path / "out", "doejane_1")) == 2
    assert sorted(one.name for one in (tmp_path / "out" / "doejane_1").iterdir()) == ["week-2.ipynb", "week-3.ipynb"]


def test_from_a_zip_file_of_a_platform_s(tmp_path):
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr(f"doejane_12_34_{NAME}", json.dumps(handed_in(RIGHT)))
        archive.writestr(f"../../evil_12_34_{NAME}", json.dumps(handed_in(RIGHT)))
    (notebook,) = returned(tmp_path / "submissions.zip", tmp_path / "out", "doejane_12")
    assert len(feedback(notebook)) == 4
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "submissions.zip"]

"""`resnet-live grade`, all the way: ten students, in the states in which notebooks are handed in."""

import csv
import json
import os
import threading
from concurrent.futures import Future
from xml.etree import ElementTree

import nbformat
import pytest
from rich.console import Console
from submissions import NAME, RIGHT, WRONG, handed_in, in_cells, save
from tricks import ROUTES

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import grader, reports
from resnet_live.grading.grader import Settings, grade
from resnet_live.grading.status import Status

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(600), pytest.mark.xdist_group("grader")]

ONLY = ("2.1", "2.2", "2.3")
ENDLESS = "def halvings(n):\n    while n:\n        pass"
LOUD = """import warnings, sys
def conv_out(n, k, s=1, p=0):
    warnings.warn("careful")
    print("loud " * 1000, file=sys.stderr)
    print("loud " * 1000)
    return (n + 2 * p - k) // s + 1"""
ALWAYS = "class Always:\n    def __eq__(self, other):\n        return True\ndef conv_out(n, k, s=1, p=0):\n    return Always()"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Ten students, graded once: (folder, gradebook, what the progress said)."""
    folder = tmp_path_factory.mktemp("class")
    perfect = handed_in(RIGHT)
    perfect.metadata["kernelspec"] = {"name": "torch-gpu", "display_name": "My kernel", "language": "python"}
    save(perfect, folder / "perfect" / NAME)
    save(handed_in({}), folder / "empty" / NAME)
    save(handed_in(RIGHT | {"2.2": WRONG["2.2"]}), folder / "one-wrong" / "renamed.ipynb")
    save(handed_in(WRONG), folder / "everything-wrong" / NAME)
    # all of these at once, and an object that is equal to everything
    cheating = handed_in({"2.1": ALWAYS, "2.2": WRONG["2.2"], "2.3": WRONG["2.3"]})
    for trick in ROUTES.values():
        trick(cheating)
    save(cheating, folder / "cheating" / NAME)
    (folder / "broken").mkdir()
    (folder / "broken" / NAME).write_text('{"cells": [{"cell_type": "code", "source"', encoding="utf-8")
    save(handed_in({"2.1": RIGHT["2.1"], "2.2": ENDLESS}), folder / "endless" / NAME)
    other = handed_in(RIGHT)
    other.cells.reverse()
    other.cells += [nbformat.v4.new_code_cell("1 / 0")]
    for cell in other.cells:
        cell.metadata = {}
    save(other, folder / "other-order" / NAME)
    (folder / "missing").mkdir()
    save(handed_in({"2.1": LOUD}), folder / "warnings" / NAME)
    said = []
    settings = Settings(seed=5, jobs=2, timeout=15, only=ONLY)
    book = grade(folder, settings, lambda done, of, what: said.append((done, of)))
    return folder, book, said


def statuses(book, student):
    return [(grade.points, grade.status) for grade in book.grades if grade.student == student]


FULL = [(5, Status.PASSED), (6, Status.PASSED), (7, Status.PASSED)]
EXPECTED = {
    "perfect": FULL,
    "empty": [(0, Status.NOT_ATTEMPTED)] * 3,
    "one-wrong": [FULL[0], None, FULL[2]],
    "everything-wrong": [None] * 3,
    "cheating": [None] * 3,
    "broken": [(0, Status.ERROR)] * 3,
    "endless": [FULL[0], (0, Status.TIMED_OUT), (0, Status.NOT_ATTEMPTED)],
    "other-order": FULL,
    "missing": [(0, Status.MISSING)] * 3,
    "warnings": [FULL[0], (0, Status.NOT_ATTEMPTED), (0, Status.NOT_ATTEMPTED)],
}


@pytest.mark.parametrize("student", EXPECTED)
def test_each_student_gets_what_is_due(classroom, student):
    for got, due in zip(statuses(classroom[1], student), EXPECTED[student], strict=True):
        # a wrong answer may keep the point for returning an int
        assert got == due or (due is None and got[0] <= 1 and got[1] in (Status.FAILED, Status.PARTLY)), got


def test_the_messages_say_what_was_wrong(classroom):
    grades = {(grade.student, grade.exercise): grade for grade in classroom[1].grades}
    assert all(grade.message for grade in grades.values())
    assert NAME in grades["broken", "2.1"].message
    assert "conv_out" in grades["missing", "2.1"].message
    assert "15 seconds" in grades["endless", "2.2"].message
    assert "-1" in grades["one-wrong", "2.2"].message
    assert any("broken" in warning and "not JSON" in warning for warning in classroom[1].warnings)


def test_progress_goes_from_nothing_to_all(classroom):
    assert classroom[2] == [(done, 30) for done in range(31)]


def test_the_table_and_the_files(classroom, tmp_path):
    _, book, _ = classroom
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    reports.show(book, console)
    table = console.export_text()
    for words in ("other-order", "timed out", "not attempted", "Isolation: ", "Seed: 5", "perfect: 18/18 points"):
        assert words in table
    reports.write(book, tmp_path)
    with (tmp_path / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.DictReader(file))
    assert list(sheet[0]) == ["student", "exercise", "points", "max_points", "status", "message"]
    assert len({(line["student"], line["exercise"]) for line in sheet}) == len(sheet) == 30
    tree = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert tree["points"] == sum(int(line["points"]) for line in sheet)
    assert tree["seed"] == 5
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert sum(int(suite.get("tests")) for suite in suites) == 30
    assert len(list((tmp_path / "feedback").iterdir())) == 10
    assert "✗" in (tmp_path / "feedback" / "one-wrong.md").read_text(encoding="utf-8")
    assert "| perfect | 2.1 | 5/5 | passed |" in reports.summary(book)


def test_a_seed_repeats_a_run(classroom, tmp_path):
    """Same inputs, so the same words about the same wrong number, whatever else is graded beside it."""
    _, book, _ = classroom
    (tmp_path / "one-wrong").mkdir()
    save(handed_in({"2.2": WRONG["2.2"]}), tmp_path / "one-wrong" / NAME)
    again = grade(tmp_path, Settings(seed=5, only=("2.2",)))
    before = next(grade for grade in book.grades if (grade.student, grade.exercise) == ("one-wrong", "2.2"))
    assert again.grades[0].text == before.text


def test_seeds_differ_between_students_exercises_and_runs():
    seeds = {grader.seed_of(*case) for case in ((1, "a", "2.1"), (2, "a", "2.1"), (1, "b", "2.1"), (1, "a", "2.2"))}
    assert len(seeds) == 4
    assert grader.new_seed() != grader.new_seed()


OWN_LAYER = """class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True, zero=False):
        super().__init__()
        self.conv = nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False)
        self.bn = nn.BatchNorm2d(nf)
        nn.init.constant_(self.bn.weight, 0.0 if zero else 1.0)
        self.act = act

    def forward(self, x):
        x = self.bn(self.conv(x))
        return x.relu() if self.act else x"""
WITH_OWN_LAYER = """class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.first, self.second = ConvLayer(ni, nf, stride=stride), ConvLayer(nf, nf, act=False, zero=True)

    def forward(self, x):
        return self.second(self.first(x)) + x"""


def test_an_answer_may_rest_on_the_student_s_own_layer_when_that_is_right(tmp_path):
    """It takes an argument that the reference does not have. A wrong one is replaced by the reference, which does not help here; as
    the notebook stands the block runs with it, and loses what the layer's fault costs."""
    zero_gamma = reference.source("5.2")
    for student, layer in (("right", OWN_LAYER), ("wrong", OWN_LAYER.replace("bias=False", "bias=True"))):
        notebook = nbformat.v4.new_notebook()
        sources = ("from torch import nn", layer, zero_gamma, WITH_OWN_LAYER)
        notebook.cells = [nbformat.v4.new_code_cell(one) for one in sources]
        save(notebook, tmp_path / student / "05_naive_resblock.ipynb")
    book = grade(tmp_path, Settings(seed=2, jobs=2, only=("5.3",)))
    assert [(grade.student, grade.status) for grade in book.grades] == [("right", "passed"), ("wrong", "partly")]
    assert "bias" in book.grades[1].message


def test_a_compiled_answer_is_what_it_was(tmp_path):
    """PyTorch's compiler would take minutes and change parts of PyTorch."""
    answer = "@torch.compile\n" + reference.source("2.3")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(one) for one in ("import torch", answer, "fast = torch.compile(torch.nn.ReLU())")
    ]
    save(notebook, tmp_path / "ada" / NAME)
    (found,) = grade(tmp_path, Settings(seed=2, only=("2.3",))).grades
    assert found.status is Status.PASSED, found.text


def test_every_exercise_has_a_row(tmp_path):
    (tmp_path / "ada").mkdir()
    save({"cells": []}, tmp_path / "bob" / "x.ipynb")
    book = grade(tmp_path, Settings(seed=1))
    assert [(grade.student, grade.exercise) for grade in book.grades] == [
        (s, e) for s in ("ada", "bob") for e in exercises()
    ]
    assert {grade.status for grade in book.grades} == {Status.MISSING}


def test_a_stray_notebook_is_named_and_the_students_are_graded(tmp_path):
    for student in ("ada", "bob"):
        save(handed_in({}), tmp_path / student / NAME)
    save({"cells": []}, tmp_path / "lesson.ipynb")
    book = grade(tmp_path, Settings(seed=1, only=("2.1",)))
    assert [(grade.student, grade.status) for grade in book.grades] == [
        ("ada", Status.NOT_ATTEMPTED),
        ("bob", Status.NOT_ATTEMPTED),
    ]
    assert any("lesson.ipynb" in warning for warning in book.warnings)


def test_two_threads_that_ask_for_one_exercise_grade_it_once(monkeypatch):
    """The second asks while the first is at work: it waits for that result."""
    graded, second_is_there, wait = [], threading.Event(), Future.result

    class Counting(grader.Grader):
        def new_grade(self, student, parsed, exercise):
            graded.append(exercise.id)
            if len(graded) == 1:
                threads[1].start()
            else:
                second_is_there.set()
            assert second_is_there.wait(30)
            return super().new_grade(student, parsed, exercise)

    def waiting(future, timeout=None):
        if threading.current_thread() is threads[1]:
            second_is_there.set()
        return wait(future, timeout)

    monkeypatch.setattr(Future, "result", waiting)
    got = []
    with Counting(Settings(seed=1)) as one:
        ask = lambda: got.append(one.grade(in_cells("x = 1"), [], find("2.1")))  # noqa: E731
        threads = [threading.Thread(target=ask) for _ in range(2)]
        threads[0].start()
        threads[0].join()
        threads[1].join()
    assert graded == ["2.1"]
    assert len(got) == 2
    assert got[0] is got[1]

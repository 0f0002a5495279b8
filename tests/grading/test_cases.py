"""Notebooks as people write them: each gives what it is worth. A case says in its first lines what that is."""

import json
import os
import re
from pathlib import Path

import pytest
from in_forks import ask
from submissions import REPOSITORY

from resnet_live.exercise.registry import exercises, find
from resnet_live.grading.collect import Student, collect
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.notebook_file import Cell, Notebook
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("cases"),  # one process has PyTorch and fastai for all
]

CASES = sorted((Path(__file__).parent / "cases").glob("*.md"))


def read(file: Path) -> tuple[Student, dict[str, Status], list[str]]:
    """A case: (its student, {exercise: status}, what each message must say)."""
    text = file.read_text(encoding="utf-8")
    name = re.search(r"^notebook: (\S+)$", text, re.MULTILINE)[1]
    gives = dict(re.findall(r"^gives: (\S+) (.+)$", text, re.MULTILINE))
    says = re.findall(r"^says: (.+)$", text, re.MULTILINE)
    sources = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    cells = tuple(Cell(number, source) for number, source in enumerate(sources, 1))
    student = Student(file.stem, (Notebook(f"{name}.ipynb", cells),))
    return student, {exercise: Status(status) for exercise, status in gives.items()}, says


# A student's notebook from top to bottom: an error ends its cell alone, and what each `check` says is noted.
FROM_TOP_TO_BOTTOM = """
import codeop, contextlib, io, json, os, sys
sys.path.insert(0, "")
os.environ["RESNET_LIVE_PROGRESS"] = "progress.json"
from IPython.core.inputtransformer2 import TransformerManager
from resnet_live import exercise
from resnet_live.exercise.student import progress_file
from resnet_live.exercise.student.check import CheckFailed

said, check = {}, exercise.check

def noted(one, *answers, **options):
    said[one] = False
    with contextlib.suppress(CheckFailed):
        check(one, *answers, **options)
        said[one] = True

class Shell:
    def __getattr__(self, name):
        return lambda *arguments: None

    def run_cell_magic(self, name, line, body):
        if name == "writefile":
            with open(line, "w") as file:
                file.write(body)

exercise.check = noted
space = {"__name__": "__main__", "get_ipython": Shell}
compiled = codeop.Compile()  # as IPython: what is imported from the future holds for the cells below too
for source in SOURCES:
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        exec(compiled(TransformerManager().transform_cell(source), "<cell>", "exec"), space)
with open("../out/said.json", "w") as file:
    json.dump({one: [passed, progress_file.of(one).best] for one, passed in said.items()}, file)
"""


def said_from_top_to_bottom(cells_runner, folder: Path, sources: list[str]) -> dict[str, tuple[bool, int]]:
    """{exercise: (did its check pass, the most points that it gave)} of a notebook of these cells."""
    for name in ("run", "out", "home/tmp"):
        (folder / name).mkdir(parents=True)
    cell = {"source": f"SOURCES = {sources!r}\n{FROM_TOP_TO_BOTTOM}"}
    (folder / "run" / "answer.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert ask(cells_runner, folder)["ended"] == "whole"
    said = json.loads((folder / "out" / "said.json").read_text(encoding="utf-8"))
    return {exercise: (passed, points) for exercise, (passed, points) in said.items()}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_grader_says_what_the_check_in_the_notebook_says(file, cells_runner, tmp_path):
    student, gives, _ = read(file)
    said = said_from_top_to_bottom(cells_runner, tmp_path, [cell.source for cell in student.notebooks[0].cells])
    assert {one: passed for one, (passed, _) in said.items()} == {
        one: status is Status.PASSED for one, status in gives.items() if status is not Status.MISSING
    }


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_notebook_gives_what_it_is_worth(file, forks):
    student, gives, says = read(file)
    parsed = [parse(notebook) for notebook in student.notebooks]
    grades = {exercise: forks.grade(student, parsed, find(exercise)) for exercise in gives}
    assert {exercise: grade.status for exercise, grade in grades.items()} == gives, [
        (grade.message, grade.text) for grade in grades.values() if grade.status is not gives[grade.exercise]
    ]
    for message in says:
        assert all(message in grade.message for grade in grades.values()), [grade.message for grade in grades.values()]


def test_the_exercise_notebooks_as_they_are_handed_out_are_not_attempted(forks):
    (student,) = collect(REPOSITORY / "exercises")
    parsed = [parse(notebook) for notebook in student.notebooks]
    found = {exercise.id: forks.find(student, parsed, exercise) for exercise in exercises().values()}
    wrong = {one: answer for one, answer in found.items() if not isinstance(answer, NoAnswer)}
    assert not wrong
    assert {answer.status for answer in found.values()} == {Status.NOT_ATTEMPTED}

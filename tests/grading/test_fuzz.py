"""Notebooks spoilt at random: none ends the grader, and none makes a wrong answer right."""

import os
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from answers import every
from mutated import mutated
from submissions import REPOSITORY

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import policy
from resnet_live.grading.assemble import assemble
from resnet_live.grading.collect import NoSubmissions, collect_all, remarks
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.grader import Grader
from resnet_live.grading.handed_out import changes
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status
from resnet_live.grading.whole_notebook import assemble_whole

STRESS = "RESNET_LIVE_STRESS" in os.environ
READ, RUN = (1000, 1000) if STRESS else (40, 12)


def solved(stem: str) -> nbformat.NotebookNode:
    """The notebook with the references in it."""
    notebook = nbformat.read(REPOSITORY / "exercises" / f"{stem}.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("answer-"):
            cell.source = reference.source(grade_id.removeprefix("answer-").replace("-", "."))
    return notebook


STEMS = sorted({reference.chapter(exercise.chapter)["notebook"] for exercise in exercises().values()})


def read_all(folder: Path, data: bytes, stem: str) -> Counter:
    """All that the grader does with a notebook before it runs anything, and how often an answer was found."""
    (folder / "student").mkdir(parents=True)
    (folder / "student" / f"{stem}.ipynb").write_bytes(data)
    found = Counter()
    try:
        collected = collect_all(folder)
    except NoSubmissions:
        return found
    (student,) = collected.students
    assert all(line.encode() for line in remarks(collected))
    parsed = [parse(notebook) for notebook in student.notebooks if not notebook.problem]
    for exercise in exercises().values():
        if reference.chapter(exercise.chapter)["notebook"] != stem:
            continue
        answer = find_answer(exercise, student, parsed, stem)
        if isinstance(answer, NoAnswer):
            assert answer.message.encode()
            found[answer.status] += 1
            continue
        found["answers"] += 1
        policy.problems(answer.statements)
        changes(student.notebooks[0], exercise)
        assemble(exercise, answer, folder / f"cut-{exercise.id}", 1, "cpu", [])
        assemble_whole(exercise, answer, set(), folder / f"whole-{exercise.id}", 1, "cpu", [], 60)
    return found


@pytest.mark.timeout(3600 if STRESS else 120)
def test_no_notebook_ends_the_grader(tmp_path):
    found = Counter()
    for number in range(READ):
        stem = STEMS[number % len(STEMS)]
        data = mutated(solved(stem), number)
        try:
            found += read_all(tmp_path / str(number), data, stem)
        except Exception as error:
            raise AssertionError(f"notebook {number}, made from {stem}") from error
        shutil.rmtree(tmp_path / str(number))
    # most faults leave most answers as they are; a fuzzer that spoils all of them tries nothing
    assert found["answers"] > READ
    assert found[Status.MISSING] + found[Status.ERROR] > READ / 10


def wrong_notebook(number: int) -> tuple[nbformat.NotebookNode, str, bool]:
    """A notebook in which one exercise is answered wrongly; its id; may the code be spoilt too.

    By turns a known wrong answer, which a change of its code might make right, and one that is wrong however it is changed. The steps
    lead through all exercises, whatever number of notebooks there is.
    """
    if number % 2:
        exercise = find(list(exercises())[number // 2 * 12 % len(exercises())])
        source = "\n\n".join(f"def {name}(*given, **named):\n    return -1" for name in exercise.names)
    else:
        answer = every("wrong")[number // 2 * 83 % len(every("wrong"))]
        exercise, source = find(answer.exercise), answer.source
    notebook = solved(reference.chapter(exercise.chapter)["notebook"])
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"answer-{exercise.slug}":
            cell.source = source
    return notebook, exercise.id, bool(number % 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot")
@pytest.mark.slow
@pytest.mark.timeout(6 * 3600 if STRESS else 600)
@pytest.mark.xdist_group("cases")
def test_no_notebook_makes_a_wrong_answer_right(tmp_path, forks: Grader):
    statuses = Counter()
    for number in range(RUN):
        notebook, exercise, codes = wrong_notebook(number)
        folder = tmp_path / str(number)
        # nobody's answer to what this exercise needs is taken for another's
        (folder / f"student {number}").mkdir(parents=True)
        stem = reference.chapter(find(exercise).chapter)["notebook"]
        (folder / f"student {number}" / f"{stem}.ipynb").write_bytes(mutated(notebook, number, codes))
        try:
            (student,) = collect_all(folder).students
        except NoSubmissions:
            continue
        parsed = [parse(notebook) for notebook in student.notebooks if not notebook.problem]
        grade = forks.new_grade(student, parsed, find(exercise))
        assert grade.status is not Status.PASSED, (number, exercise)
        assert "grader itself" not in grade.message, (number, grade.message)
        assert whole(grade.message)
        statuses[grade.status] += 1
        shutil.rmtree(folder)
    assert statuses[Status.PARTLY] + statuses[Status.FAILED] > RUN / 3, statuses


def whole(text: str) -> bool:
    return bool(text) and text == text.encode("utf-8", "replace").decode()

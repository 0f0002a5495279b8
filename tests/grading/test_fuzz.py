"""Notebooks spoilt at random: none ends the grader, and none makes a wrong answer right."""

import os
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from answers import every
from mutated import mutated
from submissions import REPOSITORY, RIGHT, WRONG, handed_in

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
READ, RUN = (1000, 300) if STRESS else (40, 12)


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
        assemble_whole(exercise, answer, parsed[0], set(), folder / f"whole-{exercise.id}", 1, "cpu", [], 60)
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
    """A notebook in which one exercise is answered wrongly; its id; may the code be spoilt too."""
    if number % 2:
        exercise = list(WRONG)[number // 2 % 3]
        return handed_in(RIGHT | {exercise: WRONG[exercise]}), exercise, True
    answers = [one for one in every("wrong") if find(one.exercise).chapter in (2, 5, 6)]
    answer = answers[number * 7 % len(answers)]
    notebook = solved(reference.chapter(find(answer.exercise).chapter)["notebook"])
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"answer-{find(answer.exercise).slug}":
            cell.source = answer.source
    return notebook, answer.exercise, False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot")
@pytest.mark.slow
@pytest.mark.timeout(3600 if STRESS else 600)
@pytest.mark.xdist_group("cases")
def test_no_notebook_makes_a_wrong_answer_right(tmp_path, forks: Grader):
    statuses = Counter()
    for number in range(RUN):
        notebook, exercise, codes = wrong_notebook(number)
        folder = tmp_path / str(number)
        (folder / "student").mkdir(parents=True)
        stem = reference.chapter(find(exercise).chapter)["notebook"]
        (folder / "student" / f"{stem}.ipynb").write_bytes(mutated(notebook, number, codes))
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
    assert statuses[Status.PARTLY] + statuses[Status.FAILED] > RUN / 3, statuses


def whole(text: str) -> bool:
    return bool(text) and text == text.encode("utf-8", "replace").decode()

"""The notebook that runs is made from the answer alone."""

import os
import subprocess
import sys

import nbformat
import pytest
from submissions import NAME, WRONG, handed_in, save
from tricks import ROUTES

from resnet_live.exercise.registry import find
from resnet_live.grading.assemble import assemble
from resnet_live.grading.collect import collect
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.statements import parse

STEM = NAME.removesuffix(".ipynb")


def code_cells(home):
    notebook = nbformat.read(home / "run" / "answer.ipynb", as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert all(not cell.metadata for cell in notebook.cells)
    return [cell.source for cell in notebook.cells[1:]]


def assembled(notebook, folder):
    """The cells that run for 2.1 when this notebook is handed in."""
    save(notebook, folder / "in" / NAME)
    (student,) = collect(folder / "in")
    answer = find_answer(find("2.1"), student, [parse(one) for one in student.notebooks], STEM)
    assemble(find("2.1"), answer, folder / "out", 1, "cpu", [])
    return code_cells(folder / "out")


@pytest.mark.parametrize("route", ROUTES)
def test_what_passes_nbmake_does_not_get_into_the_notebook_that_runs(route, tmp_path):
    """It is the same as without the trick, and without any metadata."""
    plain, tricky = handed_in(WRONG), handed_in(WRONG)
    ROUTES[route](tricky)
    assert tricky != plain
    assert assembled(tricky, tmp_path / "tricky") == assembled(plain, tmp_path / "plain")


BEGIN = """
import os, sys, torch
torch.cuda.set_per_process_memory_fraction = lambda share: print("share", share)
sys.path.insert(0, sys.argv[1])
from in_kernel.guard import begin
next(begin(sys.argv[1]))
print("deterministic", torch.are_deterministic_algorithms_enabled(), flush=True)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "said"), [("cuda", ["share 0.45", "deterministic True"]), ("cpu", ["deterministic False"])]
)
def test_answers_that_run_at_once_share_the_gpu_s_memory(device, said, tmp_path):
    """Before any code of the student's. The driver is faked where torch calls it."""
    save(handed_in(WRONG), tmp_path / "in" / NAME)
    (student,) = collect(tmp_path / "in")
    answer = find_answer(find("2.1"), student, [parse(one) for one in student.notebooks], STEM)
    made = assemble(find("2.1"), answer, tmp_path / "out", 1, device, [], jobs=2)
    command = [sys.executable, "-c", BEGIN, str(made.home / "ours")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False
    )
    assert done.stdout.splitlines() == said, done.stderr

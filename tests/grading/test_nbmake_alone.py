"""What the tricks do where a notebook is marked by nbmake alone: each lets a wrong answer through, or its test would prove nothing."""

import json

import pytest
from submissions import NAME, RIGHT, WRONG, handed_in
from tricks import ROUTES

from resnet_live.kernels.kernelspec import warm_kernels

pytestmark = [pytest.mark.slow, pytest.mark.kernel, pytest.mark.timeout(300), pytest.mark.xdist_group("nbmake alone")]

SETUP = "from resnet_live.exercise import check"
ASSERT = "assert conv_out(128, 3) == 126"
# What the asserts of a notebook are for; the others are tried on the course's own `check`.
ON_ASSERTS = {"asserts dropped by a transformer"}
# Nbmake sees the error all the same: fooled is who reads what was printed.
ON_READERS = {"a forged report"}


@pytest.fixture(scope="module")
def nbmake():
    """A function (notebook, file) → nbmake's result; its error is None where the notebook has passed."""
    from nbmake.nb_run import NotebookRun

    def run(notebook, file):
        file.write_text(json.dumps(notebook), encoding="utf-8")
        return NotebookRun(file, 60).execute()

    with warm_kernels(("ipykernel.ipkernel", "ipykernel.kernelapp", "torch")):
        yield run


def exercise_alone(answer, check):
    """The exercise notebook, what belongs to other exercises and the setup's PyTorch left out."""
    notebook = handed_in({"2.1": answer["2.1"]})
    kept = []
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "check-2-1":
            cell.source = check
        if cell.cell_type == "code" and (grade_id in ("answer-2-1", "check-2-1") or cell.source.startswith(SETUP)):
            kept.append(cell)
    assert len(kept) == 3
    notebook.cells = kept
    return notebook


def printed(result):
    return "".join(one.get("text", "") for cell in result.nb.cells for one in cell.get("outputs", ()))


CHECK = 'check("2.1", conv_out)'


@pytest.mark.parametrize("check", [CHECK, ASSERT])
def test_without_a_trick_nbmake_tells_right_from_wrong(check, nbmake, tmp_path):
    assert nbmake(exercise_alone(RIGHT, check), tmp_path / NAME).error is None
    assert nbmake(exercise_alone(WRONG, check), tmp_path / NAME).error is not None


@pytest.mark.parametrize("route", ROUTES)
def test_nbmake_alone_lets_the_trick_through(route, nbmake, tmp_path):
    notebook = exercise_alone(WRONG, ASSERT if route in ON_ASSERTS else CHECK)
    ROUTES[route](notebook)
    result = nbmake(notebook, tmp_path / NAME)
    if route in ON_READERS:
        assert "2.1 conv_out: 5 of 5 points" in printed(result)
    else:
        assert result.error is None, result.error

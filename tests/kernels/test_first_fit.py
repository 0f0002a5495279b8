"""A beginner's first `fit` in a kernel: fastai's progress bars and defaults, with the versions that are pinned."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from packaging.version import Version
from sphinx_ext.setup_cell import PACKAGES

ROOT = Path(__file__).parents[2]
FIT = (ROOT / "tools" / "ci" / "first_fit.py").read_text(encoding="utf-8")
# As fastprogress 1.1.0 to 1.1.3 had it.
AS_IT_WAS = """\
from fastprogress.fastprogress import NBMasterBar
NBMasterBar.show = lambda bar: bar.out.update(bar.main_bar)
"""


def fit(*before: str) -> nbformat.NotebookNode:
    """The last cell after a run; an error of a cell is among its outputs."""
    cells = [nbformat.v4.new_code_cell(source) for source in (*before, FIT)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120).execute()
    return notebook.cells[-1]


def test_a_first_fit_shows_its_table_and_has_the_defaults_that_the_book_names():
    outputs = fit().outputs
    assert [one for one in outputs if one.output_type == "error"] == []
    tables = [one.data["text/html"] for one in outputs if "<table" in one.get("data", {}).get("text/html", "")]
    assert [table.count("<tr") for table in tables] == [2, 3], (
        "a heading and a row for each epoch; nothing under no_bar"
    )
    assert all(name in tables[-1] for name in ("train_loss", "valid_loss", "accuracy"))


def test_it_would_fail_with_the_bars_that_were_broken():
    (error,) = [one for one in fit(AS_IT_WAS).outputs if one.output_type == "error"]
    assert "'NBMasterBar' object has no attribute 'out'" in error.evalue


@pytest.mark.parametrize("text", ["\n".join(PACKAGES), (ROOT / "requirements.txt").read_text(encoding="utf-8")])
def test_no_broken_release_is_asked_for(text):
    (version,) = re.findall(r"^fastprogress[>=]=([\d.]+)$", text, re.MULTILINE)
    assert Version(version) >= Version("1.1.5")

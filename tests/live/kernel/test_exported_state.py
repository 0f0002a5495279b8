"""%export: a file that brings a fresh kernel to a step, and that overwrites nothing; %record forget."""

import nbformat
import pytest
from made_up import play

from resnet_live.live.recording.session_log import read_log


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_makes_what_the_class_has(say, state, here):
    play(say, state, "2.0")
    say("# 2.1 ·\nwidths = [7]")  # as it was typed
    play(say, state, "2.2", "2.3", "2.4")
    assert "Written: `02_small-2.4.py`" in say("%export")
    names = {}
    exec((here / "02_small-2.4.py").read_text(), names)
    assert names["widths"] == [7] and names["y"] == 4 and names["missing"] == 1  # y: of the step that failed


def test_what_was_not_run_is_as_the_chapter_has_it(say, state, here):
    say("%export 2.7 there.py")
    names = {}
    exec((here / "there.py").read_text(), names)
    assert names["total"] == 7


def test_a_notebook_and_nothing_overwritten(say, state, here):
    said = say("%export 2.4 state.ipynb")
    assert "python state.ipynb" not in said and "open it as a notebook" in said
    notebook = nbformat.read(here / "state.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.source.splitlines()[0] for cell in notebook.cells][1] == "# 2.1 · Note of 2.1."
    before = (here / "state.ipynb").read_text()
    assert "there already" in say("%export 2.6 state.ipynb")
    assert (here / "state.ipynb").read_text() == before
    say("%export 2.4")
    say("%export 2.4")
    assert {file.name for file in here.glob("*.py")} == {"02_small-2.4.py", "02_small-2.4-2.py"}
    assert ".py" in say("%export 2.4 state.txt") and not (here / "state.txt").exists()
    assert "no step 2.99" in say("%export 2.99")
    assert "cannot be written" in say("%export 2.4 nowhere/state.py")


def test_the_last_cell_is_forgotten(say, state, here):
    say("%record on class.jsonl")
    say("a = 1")
    say("password = 'geheim-123'")
    said = say("%record forget")  # and what it was is not said once more
    assert "The last cell is gone from the record" in said and "password" in said and "geheim" not in said
    say("b = 2")
    assert [cell.source for cell in read_log(here / "class.jsonl").cells] == ["a = 1", "b = 2"]
    say("%record forget")
    say("%record forget")
    assert "Nothing is recorded that could be forgotten" in say("%record forget")
    assert "geheim" not in (here / "class.jsonl").read_text()


def test_nothing_to_forget(say, state, here):
    say("a = 1")
    assert "Nothing is recorded" in say("%record forget")

"""`resnet-live live build` never overwrites a live notebook that somebody has typed into."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from typer.testing import CliRunner

from resnet_live.cli import app


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of one chapter; `book(source)` writes it with that code."""
    monkeypatch.setenv("RESNET_LIVE_BOOK", str(tmp_path / "book"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()

    def write(source):
        metadata = {"resnet_live": {"step": "2.0", "kind": "typed", "minutes": 1, "note": "n", "prompt": "Set x"}}
        cells = [nbformat.v4.new_markdown_cell("# Chapter 2 · Small"), new_code_cell(source, metadata=metadata)]
        nbformat.write(new_notebook(cells=cells), tmp_path / "book" / "02_small.ipynb")

    write("x = 1")
    return write


@pytest.fixture
def live(tmp_path):
    return tmp_path / "live"


def build(*options):
    result = CliRunner().invoke(app, ["live", "build", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def change(file, how):
    notebook = json.loads(file.read_text())
    how(notebook)
    file.write_text(json.dumps(notebook))
    return file.read_text()


def type_into(file):
    return change(file, lambda notebook: notebook["cells"][-1].update(source=["# 2.0 · Set x\n", "x = 1  # mine"]))


def run_and_save(notebook):
    """As JupyterLab does: lists of lines, outputs, an empty cell at the end, its own metadata."""
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    output = new_output("stream", name="stdout", text="1")
    notebook["cells"][-1].update(execution_count=3, outputs=[output], metadata={"trusted": True})
    notebook["cells"].append(new_code_cell(""))
    notebook["metadata"]["widgets"] = {}


def test_a_notebook_that_was_typed_into_is_kept_and_the_command_says_so(book, live):
    assert "written: live/02_small.ipynb" in build()
    typed = type_into(live / "02_small.ipynb")
    said = build()
    assert (live / "02_small.ipynb").read_text() == typed
    assert "kept: live/02_small.ipynb has been typed into" in said and "nothing was written" in said
    assert [file.name for file in live.iterdir()] == ["02_small.ipynb"]


def test_the_notebook_of_a_changed_chapter_is_written_beside_it(book, live):
    build()
    typed = type_into(live / "02_small.ipynb")
    book("x = 2")
    said = build()
    assert (live / "02_small.ipynb").read_text() == typed
    assert "the new notebook is live/02_small-new.ipynb" in said and (live / "02_small-new.ipynb").exists()
    assert build() == said and len(list(live.iterdir())) == 2
    # The new one is typed into as well, and the chapter changes again.
    newer = type_into(live / "02_small-new.ipynb")
    assert "kept: live/02_small-new.ipynb" in build()
    book("x = 3")
    assert "the new notebook is live/02_small-new-2.ipynb" in build()
    assert (live / "02_small.ipynb").read_text() == typed and (live / "02_small-new.ipynb").read_text() == newer


def test_overwrite_keeps_a_backup_each_time(book, live):
    build()
    fresh, backups = (live / "02_small.ipynb").read_text(), []
    for name in ("02_small-backup.ipynb", "02_small-backup-2.ipynb"):
        typed = type_into(live / "02_small.ipynb")
        assert f"what had been typed is kept in live/{name}" in build("--overwrite")
        assert (live / "02_small.ipynb").read_text() == fresh and (live / name).read_text() == typed
        backups.append(name)
    assert sorted(file.name for file in live.iterdir()) == sorted(["02_small.ipynb", *backups])
    assert build("--overwrite") == "live is up to date.\n"  # nothing typed: nothing to keep


@pytest.mark.parametrize(
    "how",
    [
        lambda notebook: notebook["cells"].append(new_code_cell("y = 1")),
        lambda notebook: notebook["cells"].pop(),
        lambda notebook: notebook["cells"][0].update(cell_type="raw"),
        lambda notebook: notebook["cells"].insert(1, new_code_cell("")),
        lambda notebook: notebook.pop("metadata"),
        lambda notebook: notebook.pop("cells"),
    ],
    ids=["added", "removed", "turned", "an empty cell between", "no metadata", "no cells"],
)
def test_whatever_was_done_to_the_cells_counts(book, live, how):
    build()
    changed = change(live / "02_small.ipynb", how)
    book("x = 2")
    build()
    assert (live / "02_small.ipynb").read_text() == changed


@pytest.mark.parametrize("content", [b"", b"\xff\xfe notes", b"{", b"[1]", b"null"])
def test_what_is_no_notebook_is_kept(book, live, content):
    live.mkdir()
    (live / "02_small.ipynb").write_bytes(content)
    assert "live/02_small-new.ipynb" in build()
    assert (live / "02_small.ipynb").read_bytes() == content


def test_a_notebook_that_was_only_run_is_left_until_its_chapter_changes(book, live):
    build()
    ran = change(live / "02_small.ipynb", run_and_save)
    assert build() == "live is up to date.\n" and (live / "02_small.ipynb").read_text() == ran
    book("x = 2")
    assert build() == "written: live/02_small.ipynb\n" and [file.name for file in live.iterdir()] == ["02_small.ipynb"]


def test_without_a_hash_only_the_same_cells_are_overwritten(book, live):
    build()
    fresh = (live / "02_small.ipynb").read_text()
    change(live / "02_small.ipynb", lambda notebook: notebook["metadata"]["resnet_live"].pop("cells"))
    assert build() == "written: live/02_small.ipynb\n" and (live / "02_small.ipynb").read_text() == fresh

    def older(notebook):
        notebook["metadata"]["resnet_live"].pop("cells")
        notebook["cells"][-1]["source"] = "# 2.0 · Set x, as it was"

    kept = change(live / "02_small.ipynb", older)
    assert "live/02_small-new.ipynb" in build() and (live / "02_small.ipynb").read_text() == kept

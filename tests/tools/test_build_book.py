"""The build command on a tiny book of its own: right, and deliberately broken in every way that must not pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import build_cache
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from resnet_live.data.imagenette import CLASSES

ROOT = Path(__file__).parents[2]
# The command line is no page's, and may use everything.
NOT_COUNTED = (*build_cache.NOT_ON_PAGES, "cli.py")


def write(root: Path, page: str, prose: str = "Words.", code: str = "1 + 1") -> None:
    """A notebook page that leaves a line in `runs.txt` each time it is executed."""
    count = f"with open({str(root / 'runs.txt')!r}, 'a') as runs:\n    _ = runs.write({page!r} + '\\n')"
    cells = [new_markdown_cell(f"# Page {page}\n\n{prose}"), new_code_cell(count), new_code_cell(code)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), root / "book" / f"{page}.ipynb")


def runs(root: Path) -> list[str]:
    file = root / "runs.txt"
    found = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return sorted(found)


def build(root: Path):
    environment = dict(os.environ, RESNET_LIVE_DATA=str(root / "images"), RESNET_LIVE_PROFILE="smoke")
    environment["RESNET_LIVE_CACHE"] = str(root / "cache")
    command = [sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def book(tmp_path):
    """Two notebooks and a page of words, with the real configuration."""
    shutil.copytree(ROOT / "book" / "_static", tmp_path / "book" / "_static")
    (tmp_path / "resnet_live").mkdir()
    (tmp_path / "resnet_live" / "part.py").write_text("x = 1\n")
    configuration = (ROOT / "_config.yml").read_text().replace("tools/sphinx_ext", str(ROOT / "tools" / "sphinx_ext"))
    (tmp_path / "_config.yml").write_text(configuration)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n- file: book/words\n"
    )
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    (tmp_path / "book" / "words.md").write_text("# Words\n\n(place)=\n## A place\n\n[Back](one)\n")
    for split in ("train", "val"):
        for wnid in CLASSES:
            folder = tmp_path / "images" / split / wnid
            folder.mkdir(parents=True)
            Image.new("RGB", (16, 16)).save(folder / "a.JPEG")
    write(tmp_path, "one")
    write(tmp_path, "two", "[A place](words.md#a-place)")
    return tmp_path


def test_only_what_changed_is_executed_again(book):
    code, output = build(book)
    assert code == 0, output
    assert "Page weights" in output and runs(book) == ["one", "two"]
    code, output = build(book)
    assert code == 0 and runs(book) == [], output
    write(book, "two", code="2 + 2")
    code, output = build(book)
    assert code == 0 and runs(book) == ["two"], output
    (book / "resnet_live" / "part.py").write_text("x = 2\n")
    code, output = build(book)
    assert code == 0 and runs(book) == ["one", "two"], output
    assert "every notebook runs again" in output


def missing_page(book):
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/one\nchapters:\n- file: book/gone\n")


def duplicate_label(book):
    (book / "book" / "words.md").write_text("# Words\n\n(place)=\n## A\n\n(place)=\n## B\n")


BREAKAGES = {
    "a cell that raises": (lambda b: write(b, "two", code="raise RuntimeError('boom')"), ["two", "boom"]),
    "a broken cross-reference": (lambda b: write(b, "two", "[gone](nowhere)"), ["two", "nowhere"]),
    "a broken reference to a source": (lambda b: write(b, "two", "{cite}`nobody1999`"), ["two", "nobody1999"]),
    "a broken raw link": (lambda b: write(b, "two", '<a href="gone.html">gone</a>'), ["book/two.html", "gone.html"]),
    "a broken anchor": (lambda b: write(b, "two", '<a href="words.html#gone">x</a>'), ["book/two.html", "#gone"]),
    "a missing page": (missing_page, ["book/gone"]),
    "a warning": (duplicate_label, ["words", "label"]),
    # in short lines: MyST-NB's search for carriage returns takes minutes over a line of a million characters
    "a heavy page": (
        lambda b: write(b, "two", code="print(('x' * 99 + '\\n') * 16_000)"),
        ["book/two", "the limit is 1.5 MB"],
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_book_with_fails_to_build_and_fails_again(book, breakage):
    damage, named = BREAKAGES[breakage]
    damage(book)
    for attempt in ("first", "second"):
        code, output = build(book)
        assert code != 0, f"{attempt} build passed:\n{output}"
        assert all(word in output for word in named), output


def test_images_that_are_not_there_are_named(book):
    shutil.rmtree(book / "images")
    code, output = build(book)
    assert code == 1 and str(book / "images") in output and "Traceback" not in output


def test_every_fact_counts_in_the_key(book):
    key = build_cache.executed_key(book, ["quick", "cpu"])
    assert key == build_cache.executed_key(book, ["quick", "cpu"])
    assert key != build_cache.executed_key(book, ["full", "cpu"])
    (book / "recorded" / "sessions").mkdir(parents=True)
    for recorded in ("x.json", "sessions/y.json"):
        (book / "recorded" / recorded).write_text("{}")
        assert key != build_cache.executed_key(book, ["quick", "cpu"])
        key = build_cache.executed_key(book, ["quick", "cpu"])
    assert build_cache.rendered_key(book, []) == build_cache.rendered_key(book, [])


def test_no_output_rests_on_what_the_key_leaves_out():
    package = ROOT / "resnet_live"
    left_out = re.compile(rf"resnet_live(\.| import )({'|'.join(build_cache.NOT_ON_PAGES)})\b")
    counted = [file for file in package.rglob("*.py") if file.relative_to(package).parts[0] not in NOT_COUNTED]
    pages = [*(ROOT / "book").rglob("*.ipynb")]
    assert len(counted) > 50 and len(pages) > 8
    assert [file.name for file in [*counted, *pages] if left_out.search(file.read_text(encoding="utf-8"))] == []


def test_the_key_follows_what_pages_rest_on(tmp_path):
    for name in ("page.py", "live/room.py"):
        file = tmp_path / "resnet_live" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")
    before = build_cache.executed_key(tmp_path, [])
    (tmp_path / "resnet_live" / "live" / "room.py").write_text("x = 2\n")
    assert build_cache.executed_key(tmp_path, []) == before
    (tmp_path / "resnet_live" / "page.py").write_text("x = 2\n")
    assert build_cache.executed_key(tmp_path, []) != before

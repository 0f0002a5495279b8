"""The build command on a tiny book of its own: right, and deliberately broken in every way that must not pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import build_book
import build_cache
import nbformat
import pytest
from forked_python import forked_python
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from resnet_live.data.imagenette import CLASSES
from resnet_live.data.source import Source, SourceKind

ROOT = Path(__file__).parents[2]
# What a build of the book imports, and imports for seconds.
EXTENSIONS = (
    *("jupyter_book.cli.main", "jupyter_book.sphinx", "sphinx.cmd.build", "sphinx.builders.html", "myst_nb.sphinx_ext"),
    *("sphinx_book_theme", "sphinx_togglebutton", "sphinx_copybutton", "sphinx_design", "sphinx_external_toc"),
    *("sphinx_comments", "sphinx_jupyterbook_latex", "sphinx_multitoc_numbering", "sphinx_thebe"),
    *("sphinxcontrib.bibtex", "sphinx.ext.intersphinx", "jupyter_cache", "nbclient", "ipywidgets"),
    *("resnet_live.exercise.registry", "resnet_live.exercise.build", "resnet_live.live.pages.run_sheet"),
)


def real_build(test):
    """Mark a test that executes a book, once or several times: all in one process, where the imports are done once."""
    return pytest.mark.kernel(pytest.mark.timeout(300)(pytest.mark.xdist_group("build book")(test)))


def write(root: Path, page: str, prose: str = "Words.", code: str = "1 + 1") -> None:
    """A notebook page that leaves a line in `runs.txt` each time it is executed."""
    count = f"with open('../runs.txt', 'a') as runs:\n    _ = runs.write({page!r} + '\\n')"
    cells = [new_markdown_cell(f"# Page {page}\n\n{prose}"), new_code_cell(count), new_code_cell(code)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), root / "book" / f"{page}.ipynb")


def runs(root: Path) -> list[str]:
    file = root / "runs.txt"
    found = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return sorted(found)


def environment(images: Path) -> dict[str, str]:
    cache = str(images.parent / "cache")
    return {"RESNET_LIVE_DATA": str(images), "RESNET_LIVE_PROFILE": "smoke", "RESNET_LIVE_CACHE": cache}


def run_command(root: Path, images: Path) -> tuple[int, str]:
    """The command as a user types it: (exit code, everything it showed)."""
    command = [sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **environment(images)))
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def warm_jupyter_book():
    """Jupyter Book as the command starts it, with its imports done once."""
    with forked_python(EXTENSIONS) as start:
        yield start


@pytest.fixture
def build(images, monkeypatch, capfd, warm_jupyter_book):
    """`build(root)` does what the command does, in processes that have torch and Sphinx already: (exit code, what it showed)."""
    monkeypatch.setattr(build_book, "start_python", warm_jupyter_book)

    def run(root: Path) -> tuple[int, str]:
        for name, value in environment(images).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["build_book.py", str(root)])
        code = build_book.main()
        shown = capfd.readouterr()
        return code, shown.out + shown.err

    return run


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """An image of each class and part."""
    folder = tmp_path_factory.mktemp("images")
    for split in ("train", "val"):
        for wnid in CLASSES:
            (folder / split / wnid).mkdir(parents=True)
            Image.new("RGB", (16, 16)).save(folder / split / wnid / "a.JPEG")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory, images):
    """Two notebooks and a page of words, with the real configuration, built once by the command; and what that showed."""
    root = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
    (root / "resnet_live").mkdir()
    (root / "resnet_live" / "profiles.py").write_text("x = 1\n")
    configuration = (ROOT / "_config.yml").read_text().replace("tools/sphinx_ext", str(ROOT / "tools" / "sphinx_ext"))
    (root / "_config.yml").write_text(configuration)
    (root / "_toc.yml").write_text("format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n- file: book/words\n")
    shutil.copy(ROOT / "book" / "references.bib", root / "book")
    (root / "book" / "words.md").write_text("# Words\n\n(place)=\n## A place\n\n[Back](one)\n")
    write(root, "one", code="import resnet_live.profiles")
    write(root, "two", "[A place](words.md#a-place)")
    code, output = run_command(root, images)
    assert code == 0, output
    assert runs(root) == ["one", "two"]
    return root, output


@pytest.fixture
def book(built, tmp_path):
    """A copy of the built book whose pages are still to be rendered: what was executed lies in its cache."""
    shutil.copytree(built[0], tmp_path / "copy", ignore=shutil.ignore_patterns("html", ".doctrees", "rendered-*"))
    return tmp_path / "copy"


@real_build
def test_a_build_shows_what_it_does_and_what_came_of_it(built):
    _, output = built
    for number, page in enumerate(["one", "two"], 1):
        assert f"[{number}/3] book/{page}: executing …\n" in output
        assert re.search(rf"\[{number}/3\] book/{page}: executed, \d+ s\n", output)
        assert re.search(rf"\d kB +\d+ s +book/{page}\n", output)
    assert "[3/3] book/words: read\n" in output
    assert re.search(r"\d kB +book/words\n", output) and re.search(r"\d kB +\d+ s +all\n", output)
    assert "Page weights" in output and "Pages: rendering …\n3 pages: rendered" in output
    assert "IPKernelApp" not in output and "\r" not in output


@real_build
def test_only_what_changed_is_executed_again(book, build):
    code, output = build(book)
    assert code == 0 and runs(book) == [], output
    assert "[2/3] book/two: from the cache\n" in output and re.search(r"\d kB +\d+ s +book/two\n", output)
    code, output = build(book)
    assert code == 0 and runs(book) == [] and "book/two:" not in output, output
    write(book, "two", code="2 + 2")
    code, output = build(book)
    assert code == 0 and runs(book) == ["two"], output
    (book / "resnet_live" / "profiles.py").write_text("x = 2\n")
    code, output = build(book)
    assert code == 0 and runs(book) == ["one", "two"], output
    assert "every notebook runs again" in output


def missing_page(book):
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/one\nchapters:\n- file: book/gone\n")


def duplicate_label(book):
    (book / "book" / "words.md").write_text("# Words\n\n(place)=\n## A\n\n(place)=\n## B\n")


BREAKAGES = {
    "a cell that raises": (lambda b: write(b, "two", code="raise RuntimeError('boom')"), ["two", "boom"]),
    "a sentence that its numbers contradict": (
        lambda b: write(b, "two", code="from resnet_live import page\npage.claim('larger is better', 1 > 2, small=2)"),
        ["two", "“larger is better” is not true of these results: small = 2"],
    ),
    "a broken cross-reference": (lambda b: write(b, "two", "[gone](nowhere)"), ["two", "nowhere"]),
    "a broken reference to a source": (lambda b: write(b, "two", "{cite}`nobody1999`"), ["two", "nobody1999"]),
    "a broken raw link": (lambda b: write(b, "two", '<a href="gone.html">gone</a>'), ["book/two.html", "gone.html"]),
    "a broken anchor": (lambda b: write(b, "two", '<a href="words.html#gone">x</a>'), ["book/two.html", "#gone"]),
    "a missing page": (missing_page, ["book/gone"]),
    "a warning": (duplicate_label, ["words.md", 'WARNING: Duplicate explicit target name: "place"']),
    # in short lines: MyST-NB's search for carriage returns takes minutes over a line of a million characters
    "a heavy page": (
        lambda b: write(b, "two", code="print(('x' * 99 + '\\n') * 16_000)"),
        ["book/two", "the limit is 1.5 MB"],
    ),
}


@real_build
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_book_with_fails_to_build_and_fails_again(book, build, breakage):
    damage, named = BREAKAGES[breakage]
    damage(book)
    for attempt in ("first", "second"):
        code, output = build(book)
        assert code != 0, f"{attempt} build passed:\n{output}"
        assert all(word in output for word in named), output


@real_build
def test_images_that_are_not_there_are_named(book, tmp_path):
    code, output = run_command(book, tmp_path / "no images")
    assert code == 1 and str(tmp_path / "no images") in output and "Traceback" not in output


def test_sentences_about_photographs_are_not_held_against_drawings(monkeypatch):
    said = {}
    for kind in SourceKind:
        monkeypatch.setattr("resnet_live.data.find_source", lambda kind=kind: Source(kind, Path("x"), (), (), "note"))
        said[kind] = build_book.surroundings()[0]["RESNET_LIVE_CLAIMS"]
    strict = said.pop(SourceKind.FOLDER), said.pop(SourceKind.FASTAI)
    assert strict == ("strict", "strict") and list(said) == [SourceKind.STANDIN] and "strict" not in said.values()


def test_only_what_nobody_can_act_on_is_left_out(capsys):
    real = ["WARNING: document isn't included\n", "[IPKernelApp] WARNING | No such comm\n", "[IPKernelApp] ERROR | x\n"]
    build_book.pass_on(
        [real[0], "[IPKernelApp] WARNING | Kernel is running over TCP without encryption. All\n", *real[1:]]
    )
    assert capsys.readouterr().err == "".join(real)


@real_build
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


def test_the_key_follows_what_pages_import(tmp_path):
    package = tmp_path / "resnet_live"
    texts = {"page.py": "from resnet_live import profiles\n", "profiles.py": "", "live/room.py": "", "__init__.py": ""}
    for name, text in texts.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "book").mkdir()
    write(tmp_path, "one", code="from resnet_live import page")
    for name, again in {"live/room.py": False, "page.py": True, "profiles.py": True, "__init__.py": True}.items():
        before = build_cache.executed_key(tmp_path, [])
        (package / name).write_text(texts[name] + "x = 2\n")
        assert (build_cache.executed_key(tmp_path, []) != before) == again, name


def test_what_another_machine_executed_is_taken_over_only_when_asked(tmp_path):
    here, gpu = ["quick", "cpu", "standin"], ["full", "cuda", "folder"]
    assert build_cache.facts_of_execution(tmp_path, here, cached=True) == here, "nothing was executed elsewhere"
    assert build_cache.facts_of_execution(tmp_path, gpu, cached=False) == gpu
    assert build_cache.facts_of_execution(tmp_path, here, cached=True) == gpu
    assert build_cache.facts_of_execution(tmp_path, here, cached=False) == here
    assert build_cache.facts_of_execution(tmp_path, here, cached=True) == here

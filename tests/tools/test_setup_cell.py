"""The cell that installs the course where it is missing: in an interpreter that has nothing, with a pip that notes its calls.

`tools/clean_setup.py` runs it with the real pip, every night.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from sphinx_ext.setup_cell import PACKAGES, ready, setup_source
from test_declared_packages import canonical, distributions, imported

from resnet_live.import_closure import import_closure, with_initialisers

ROOT = Path(__file__).parents[2]
COURSE = ("https://github.com/somebody/resnet-live", "v1.2")
# Like pip: says what it was asked for, and fails where it is told to.
PIP = """\
import os, sys
print("PIP", *sys.argv[1:], flush=True)
sys.exit(any(word in " ".join(sys.argv) for word in os.environ["PIP_FAILS"].split()))
"""


def run(cell: str, folder: Path, fails: str = ""):
    """The cell in an interpreter without any package; (exit code, what it and pip say, its error)."""
    (folder / "pip").mkdir()
    (folder / "pip" / "__init__.py").touch()
    (folder / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "PIP_FAILS": fails}
    command = [sys.executable, "-S", "-c", cell]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_it_installs_the_course_and_what_that_needs_but_not_pytorch(tmp_path):
    code, says, _ = run(setup_source(*COURSE), tmp_path)
    assert code == 0
    first, second = re.findall(r"^PIP (.*)$", says, re.MULTILINE)
    assert all(package in first for package in PACKAGES) and "torch" not in first
    # last, and by itself: else pip would write in red that the pins of the course are not kept
    assert second.endswith("--no-deps git+https://github.com/somebody/resnet-live@v1.2")


@pytest.mark.parametrize("fails", ["git+", "fastai"])
def test_where_pip_cannot_it_says_what_to_do(tmp_path, fails):
    """No network; a release that is not there."""
    code, says, error = run(setup_source(*COURSE), tmp_path, fails)
    assert code == 1 and "Is there a network?" in error and "pip install -e ." in error
    assert says.count("PIP") == (1 if fails == "fastai" else 2), "nothing more is tried"


def test_where_nobody_knows_the_address_it_says_so_and_tries_nothing(tmp_path):
    code, says, error = run(setup_source("", ""), tmp_path)
    assert code == 1 and "The course is not installed here" in error and says == ""


@pytest.mark.parametrize("cell", [setup_source(*COURSE), setup_source("", "")])
def test_where_the_course_is_it_does_nothing(cell, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    exec(compile(cell, "cell", "exec"), {})


@pytest.mark.parametrize("cell", [setup_source(*COURSE), setup_source("", "")])
def test_a_notebook_shows_the_words_and_no_traceback(cell, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda *_: subprocess.CompletedProcess([], 1))
    with pytest.raises(Exception, match="not") as raised:
        exec(compile(cell, "cell", "exec"), {"__name__": "__main__"})
    assert raised.value._render_traceback_() == [str(raised.value)]


@pytest.mark.parametrize(
    ("repository", "tag"),
    [("https://github.com/a/b", "v1'; import os"), ("https://github.com/a/b", "v1\nx"), ('https://x.org/a/b"', "v1")],
)
def test_no_code_gets_into_it(repository, tag):
    with pytest.raises(ValueError, match="Not an address"):
        setup_source(repository, tag)


def test_the_notebook_itself_stays_as_it_is():
    given = {"cells": [{"source": "1"}], "metadata": {"kernelspec": 1, "resnet_live": {"exercises": 2}}, "nbformat": 4}
    made = ready(given, *COURSE, "0.1.0")
    assert made["cells"][1:] == given["cells"] == [{"source": "1"}]
    about = {"exercises": 2, "version": "0.1.0", "repository": COURSE[0], "tag": COURSE[1]}
    assert made["metadata"] == {"kernelspec": 1, "resnet_live": about}


def test_code_that_no_page_shows_is_folded_in_jupyterlab():
    tags = [["remove-cell"], ["hide-input", "x"], ["raises-exception"], []]
    cells = [{"cell_type": "code", "metadata": {"tags": each} if each else {}, "source": []} for each in tags]
    made = ready({"cells": cells, "metadata": {}}, *COURSE, "0.1.0")["cells"][1:]
    assert [one["metadata"].get("jupyter") for one in made] == [{"source_hidden": True}] * 2 + [None] * 2


def test_it_asks_for_all_that_the_notebooks_import():
    """What PyTorch and fastai bring along need not be named, nor what every kernel has."""
    package = ROOT / "resnet_live"
    notebooks = [*(ROOT / "book").glob("[0-9]*.ipynb"), *(ROOT / "exercises").glob("*.ipynb")]
    files = [*with_initialisers(import_closure(notebooks, package), package), *notebooks]
    modules = set().union(*(imported(file) for file in files)) - {*sys.stdlib_module_names, "resnet_live"}
    named = {canonical(Requirement(one).name) for one in PACKAGES}
    brought = {
        "torch",
        "torchvision",
        "numpy",
        "pillow",
        "filelock",
        "matplotlib",
        "contourpy",  # with matplotlib
        "pandas",
        "scipy",
        "ipython",
        "pygments",
    }
    needed = {canonical(distributions()[module][0]) for module in modules}
    assert needed - brought <= named


def test_the_pinned_releases_are_among_those_that_it_takes():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = {canonical(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE)}
    for one in map(Requirement, PACKAGES):
        assert Version(pins[canonical(one.name)]) in one.specifier, one

"""What a module or a notebook rests on is read from its imports, through packages that pass names on, and nothing is imported."""

import ast
import json
import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from resnet_live.import_closure import import_closure, with_initialisers

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "resnet_live"


@pytest.fixture
def closure(tmp_path):
    """`closure(files, *roots)`: the closure in a package `tiny` of those files, as names without `.py`."""

    def run(files, *roots, leave_out=()):
        package = tmp_path / "tiny"
        for name, text in {"__init__.py": "", **files}.items():
            file = package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.parent != package and not (file.parent / "__init__.py").exists():
                (file.parent / "__init__.py").touch()
            file.write_text(text)
        found = import_closure(roots, package, leave_out)
        return {file.relative_to(package).with_suffix("").as_posix() for file in found}

    return run


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import tiny.nets.wide", {"nets/wide"}),
        ("import tiny.nets.wide as w, json", {"nets/wide"}),
        ("from tiny.nets.wide import WIDTH", {"nets/wide"}),
        ("from tiny.nets import wide", {"nets/wide"}),
        ("from .nets import wide", {"nets/wide"}),
        ("from .nets.wide import WIDTH", {"nets/wide"}),
        ("from . import other", {"other"}),
        ("def f():\n    from tiny import other", {"other"}),
        ("if True:\n    import tiny.other", {"other"}),
        ("from tiny.nets import WIDTH", {"nets/wide"}),
        ("from tiny.nets import W", {"nets/wide"}),
        ("from tiny.nets import LATE", {"nets/deep", "other"}),
        ("from tiny.nets import HERE", {"nets/__init__", "nets/wide", "nets/deep", "other"}),
        ("from tiny import nets", {"nets/__init__", "nets/wide", "nets/deep", "other"}),
        ("import tiny.nets", {"nets/__init__", "nets/wide", "nets/deep", "other"}),
        ("from tiny.nets import *", {"nets/__init__", "nets/wide", "nets/deep", "other"}),
        ("from tiny.nets import sqrt", {"nets/__init__", "nets/wide", "nets/deep", "other"}),
        ("import tiny.missing, tinyish.other", set()),
        ("from ..beyond import x", set()),
    ],
)
def test_forms_of_an_import(closure, statement, expected):
    files = {
        "nets/__init__.py": "from math import sqrt\nfrom tiny.nets.wide import WIDTH, WIDTH as W\nHERE = 1\n"
        "def __getattr__(name):\n    from .deep import LATE\n    return LATE\n",
        "nets/wide.py": "WIDTH = 3",
        "nets/deep.py": "from ..other import x\nLATE = 1",
        "other.py": "x = 1",
        "start.py": statement,
    }
    assert closure(files, "tiny.start") == {"start"} | expected


def test_imports_are_followed_and_circles_end(closure):
    files = {"a.py": "import tiny.b", "b.py": "import tiny.c", "c.py": "import tiny.a", "d.py": ""}
    assert closure(files, "tiny.a") == {"a", "b", "c"} == closure(files, "tiny.b", "json")


def test_packages_that_pass_a_name_to_each_other_end(closure):
    files = {"one/__init__.py": "from tiny.two import x", "two/__init__.py": "from tiny.one import x"}
    assert closure({**files, "start.py": "from tiny.one import x"}, "tiny.start") >= {"start"}


def test_what_is_left_out_is_not_followed(closure):
    files = {"a.py": "import tiny.b, tiny.d", "b.py": "import tiny.c", "c.py": "", "d.py": ""}
    assert closure(files, "tiny.a", leave_out=["tiny.b"]) == {"a", "d"}


def test_a_root_that_there_is_not_is_an_error(closure):
    with pytest.raises(ModuleNotFoundError, match="no module tiny.gone"):
        closure({}, "tiny.gone")


def test_a_notebook_with_magics_and_a_syntax_error(closure, tmp_path):
    cells = ["%matplotlib inline\nfrom tiny import (\n    b,\n)", "if oops\n    import tiny.c", "import tiny.d"]
    notebook = {"cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]}
    notebook["cells"][2]["cell_type"] = "markdown"
    (tmp_path / "page.ipynb").write_text(json.dumps(notebook))
    assert closure({"b.py": "", "c.py": "", "d.py": ""}, tmp_path / "page.ipynb") == {"b", "c"}


def test_nothing_is_imported(closure):
    closure({"a.py": "import tiny.b", "b.py": "raise RuntimeError"}, "tiny.a")
    assert not [name for name in sys.modules if name.split(".")[0] == "tiny"]


def test_initialisers_on_the_way(tmp_path):
    for folder in (tmp_path / "tiny", tmp_path / "tiny" / "nets"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    found = with_initialisers([tmp_path / "tiny" / "nets" / "wide.py"], tmp_path / "tiny")
    assert {file.relative_to(tmp_path).as_posix() for file in found} == {
        "tiny/__init__.py",
        "tiny/nets/__init__.py",
        "tiny/nets/wide.py",
    }


def files_loaded_by(code: str) -> set[Path]:
    """The files of our package that Python has after it has run the code, when it had none before."""
    for name in [name for name in sys.modules if name.split(".")[0] == "resnet_live"]:
        del sys.modules[name]
    exec(code, {})
    ours = [module for name, module in sys.modules.items() if name.split(".")[0] == "resnet_live"]
    return {Path(module.__file__) for module in ours}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot")
def test_all_that_python_loads_for_the_books_notebooks_is_in_their_closure():
    """Python itself is the witness: the imports of all notebooks are run, and the modules that it then has are looked up.

    In a fork that has PyTorch and fastai already, and nothing of ours."""
    notebooks = sorted((ROOT / "book").rglob("*.ipynb"))
    statements = set()
    for notebook in notebooks:
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and "resnet_live" in (source := "".join(cell["source"])):
                nodes = ast.walk(ast.parse(source))
                statements |= {ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
    ours = sorted(each for each in statements if "resnet_live" in each)
    assert len(notebooks) > 8 and len(ours) > 8
    with multiprocessing.get_context("fork").Pool(1) as fork:
        files = fork.apply(files_loaded_by, ("\n".join(ours),))
    assert len(files) > 30
    assert files <= with_initialisers(import_closure(notebooks, PACKAGE), PACKAGE)

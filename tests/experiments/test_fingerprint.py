"""What makes a part of an experiment run again, and what does not."""

import sys
from functools import partial
from pathlib import Path

import pytest

from resnet_live import profiles
from resnet_live.experiments import chapter03, chapter04
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.probe import gradients
from resnet_live.training import optimisers, trainer


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package in which `run` imports `used` by way of the package, and nothing imports `unused`."""
    files = {
        "__init__.py": "from tiny.models.used import NET, WIDTH\nfrom tiny.models.unused import other\n",
        "used.py": "WIDTH = 3\ndef NET(): pass\n",
        "unused.py": "def other(): pass\n",
        "run.py": "from tiny.models import WIDTH\ndef run(source, a=1): pass\n",
    }
    folder = tmp_path / "tiny" / "models"
    folder.mkdir(parents=True)
    (tmp_path / "tiny" / "__init__.py").touch()
    for name, text in files.items():
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "tiny"]:
        del sys.modules[name]


def change(file):
    file.write_text(file.read_text() + "# edited\n")


@pytest.mark.parametrize(("name", "again"), [("run", True), ("used", True), ("unused", False), ("__init__", False)])
def test_a_part_runs_again_when_a_module_that_it_rests_on_has_changed(package, name, again):
    from tiny.models.run import run

    before = fingerprint(run, package=package.parent)
    change(package / f"{name}.py")
    assert (fingerprint(run, package=package.parent) != before) == again


def test_a_module_that_only_an_argument_comes_from_counts(package):
    from tiny.models.run import run
    from tiny.models.unused import other

    def prints():
        return fingerprint(partial(run, other), package=package.parent), fingerprint(run, package=package.parent)

    before = prints()
    change(package / "unused.py")
    after = prints()
    assert (after[0] != before[0], after[1] != before[1]) == (True, False)


def test_arguments_count_and_the_images_do_not():
    images, others = object(), object()
    part = partial(chapter03.train, images, [(5, 128)], seed=0)
    assert fingerprint(part, images) == fingerprint(partial(chapter03.train, others, [(5, 128)], seed=0), others)
    assert fingerprint(part, images) != fingerprint(partial(chapter03.train, images, [(5, 96)], seed=0), images)
    assert fingerprint(part, images) != fingerprint(partial(chapter03.train, images, [(5, 128)], seed=1), images)


def test_a_nested_function_with_arguments_of_its_own_counts():
    make = partial(chapter03.train, partial(dict, a=1))
    assert fingerprint(make) == fingerprint(partial(chapter03.train, partial(dict, a=1)))
    assert fingerprint(make) != fingerprint(partial(chapter03.train, partial(dict, a=2)))


@pytest.mark.parametrize("module", [trainer, optimisers, gradients, profiles])
def test_the_trainer_and_what_measures_count(module, monkeypatch):
    part = partial(chapter04.run, object(), "plain", 20, 0)
    before, read = fingerprint(part, part.args[0]), Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + (b"#" if str(p) == module.__file__ else b""))
    images = part.args[0]
    assert fingerprint(part, images) != before


def test_a_path_counts_by_where_it_leads_however_it_is_written(monkeypatch):
    """Once fastai has been imported, paths are written in another way."""
    here, there = (partial(print, Path(name)) for name in ("here", "there"))
    before = fingerprint(here)
    assert fingerprint(there) != before
    monkeypatch.setattr(type(Path()), "__repr__", lambda path: "a path")
    assert fingerprint(here) == before

"""Marks that follow from what a test uses, so that `make check` leaves out what needs a browser, a kernel or the book."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

QUICK = "not slow and not browser and not kernel"
CONFTEST = Path(__file__).parent / "conftest.py"
TESTS = """
import pytest

@pytest.fixture
def kernel():
    pass

@pytest.fixture
def built_book():
    pass

@pytest.fixture
def lesson(kernel):
    pass

def test_plain():
    pass

def test_with_a_browser(browser):
    pass

def test_with_a_kernel(lesson):
    pass

@pytest.mark.parametrize("kernel", [3, 5])
def test_with_the_kernel_of_a_convolution(kernel):
    pass

def test_of_the_book(built_book):
    pass
"""


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess:
    """A pytest without its other plugins, which take a second each to import."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_what_the_quick_check_takes(tmp_path):
    (tmp_path / "tests" / "kernels").mkdir(parents=True)
    text = CONFTEST.read_text(encoding="utf-8").replace(
        "Path(__file__).parents[1]", f"Path({str(CONFTEST.parents[1])!r})"
    )
    (tmp_path / "tests" / "conftest.py").write_text(text, encoding="utf-8")
    (tmp_path / "tests" / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "tests" / "kernels" / "test_them.py").write_text("def test_of_kernels():\n    pass\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", "--collect-only"]
    command += [
        "-m",
        QUICK,
        "-c",
        str(CONFTEST.parents[1] / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
        str(tmp_path / "tests"),
    ]
    done = run(command, tmp_path)
    found = [line.split("::")[1] for line in done.stdout.splitlines() if "::" in line]
    assert found == ["test_plain"] + [f"test_with_the_kernel_of_a_convolution[{size}]" for size in (3, 5)], done.stdout
    makefile = (CONFTEST.parents[1] / "Makefile").read_text(encoding="utf-8")
    assert f'-m "{QUICK}"' in makefile


GROUPS = """
import pytest

@pytest.mark.xdist_group("what is costly to make")
@pytest.mark.parametrize("number", range(8))
def test_of_a_group(number, worker_id):
    print("made in", worker_id)
"""


@pytest.mark.slow
def test_what_a_group_shares_is_made_once(tmp_path):
    """A pytest and a pytest-xdist that do not fit together forget the groups, and say nothing."""
    (tmp_path / "test_it.py").write_text(GROUPS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rP", "-p", "xdist.plugin"]
    command += ["-n", "2", "--dist", "loadgroup"]
    done = run(command, tmp_path)
    made = [line for line in done.stdout.splitlines() if line.startswith("made in")]
    assert (len(made), len(set(made))) == (8, 1), done.stdout

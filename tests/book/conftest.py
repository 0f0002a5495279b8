"""The built book, served on this machine, and pages of it opened in a browser that reaches nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from browsing import served
from filelock import FileLock
from visiting import open_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built_book() -> Path:
    """`_build/html` after the build command of the README."""
    (ROOT / "_build").mkdir(exist_ok=True)
    with FileLock(ROOT / "_build" / "tests.lock"):  # two pytest workers: the second finds everything done
        run = subprocess.run([sys.executable, ROOT / "tools" / "build_book.py"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-6000:]
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def address(built_book):
    """Where the built book is served, without a slash at the end."""
    with served(built_book) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    """Open a page for one test: `visit("book/intro", width=1280, theme="light")`, or any address with `url=`."""
    opened = []

    def open_one(name=None, **options):
        opened.append(open_page(browser, address, name, **options))
        return opened[-1]

    yield open_one
    for seen in opened:
        seen.page.context.close()


# A page is opened once in each look, and all tests of it share that: opening costs more than any test.
def shared_visit(**options):
    @pytest.fixture(scope="module")
    def shared(browser, address, name):
        seen = open_page(browser, address, name, **options)
        yield seen
        seen.page.context.close()

    return shared


light = shared_visit()
dark = shared_visit(theme="dark")
phone = shared_visit(width=390)

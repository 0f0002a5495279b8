"""The built book, served on this machine, and pages of it opened in a browser that reaches nothing else."""

import os
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
    done, run = ROOT / "_build" / "tests.done", os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    done.parent.mkdir(exist_ok=True)
    with FileLock(ROOT / "_build" / "tests.lock"):
        # several pytest workers: one of them builds
        if not run or not done.exists() or done.read_text() != run:
            build = [sys.executable, ROOT / "tools" / "build_book.py"]
            built = subprocess.run(build, capture_output=True, text=True)
            assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-6000:]
            done.write_text(run)
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def address(built_book):
    """Where the built book is served, without a slash at the end."""
    with served(built_book) as address:
        yield address


@pytest.fixture(scope="session")
def context(browser):
    """One reader's browser, who opens all pages in it: what they share is loaded once."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(context, address):
    """Open a page for one test: `visit("book/intro", width=1280, theme="light")`, or any address with `url=`."""
    opened = []

    def open_one(name=None, **options):
        opened.append(open_page(context, address, name, **options))
        return opened[-1]

    yield open_one
    for seen in opened:
        seen.page.close()


@pytest.fixture(scope="session")
def open_book(context, address):
    """`open_book("book/intro")` opens a page, or gives the one that is open there already: opening costs more than most tests."""
    opened = {}

    def turn_to(name):
        if name not in opened:
            for seen in opened.values():
                seen.page.close()
            opened.clear()
            opened[name] = open_page(context, address, name)
        return opened[name]

    return turn_to


# Of what the module's `opened` (see `one_visit`) gives.
def in_a_look(**look):
    @pytest.fixture
    def shown(opened):
        opened.look(**look)
        return opened

    return shown


light = in_a_look()
dark = in_a_look(theme="dark")
phone = in_a_look(width=390)

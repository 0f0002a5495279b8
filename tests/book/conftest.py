"""The built book, served on this machine, and a browser that reaches nothing else."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsing import open_page
from filelock import FileLock

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def built_book() -> Path:
    """`_build/html` after the build command of the README."""
    (ROOT / "_build").mkdir(exist_ok=True)
    with FileLock(ROOT / "_build" / "tests.lock"):  # two pytest workers: the second finds everything done
        run = subprocess.run([sys.executable, ROOT / "tools" / "build_book.py"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-6000:]
    return ROOT / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing: pytest's output is for results."""


@pytest.fixture(scope="session")
def address(built_book):
    """Where the built book is served, without a slash at the end."""
    handler = functools.partial(Quiet, directory=built_book)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def unavailable(reason: str):
    """No browser: a visible skip on a user's machine, a failure where CI promises that the tests ran."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must run the browser tests: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("Playwright is not installed: make test installs it")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        unavailable("no Chromium found: install it (Debian: apt install chromium) or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


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

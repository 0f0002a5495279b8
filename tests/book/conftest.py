"""The built book, served on this machine, and a browser that reaches nothing else."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

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


@dataclass
class Visit:
    """A page, and everything that went wrong while it was open."""

    page: object
    problems: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser, address):
    """Open a page of the book: `visit("book/intro", width=1280, theme="light")`, or any address with `url=`."""
    contexts = []

    def open_page(name=None, url=None, width=1280, theme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        seen = Visit(page)
        own = (address, "file:", "data:", "blob:")

        def route(request_route):
            if request_route.request.url.startswith(own):
                request_route.continue_()
            else:
                seen.problems.append(f"asked another host: {request_route.request.url}")
                request_route.abort()

        context.route("**/*", route)
        page.on("console", lambda m: seen.problems.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: seen.problems.append(f"page error: {error}"))
        page.on("response", lambda r: seen.problems.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        page.goto(url or f"{address}/{name}.html", wait_until="networkidle")
        return seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def chapter(visit):
    """Open a page and wait until its widgets stand there."""

    def open_chapter(name, **options):
        seen = visit(name, **options)
        page = seen.page
        if page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count():
            page.wait_for_selector(".jupyter-widgets", state="attached", timeout=60_000)
            page.wait_for_timeout(1500)
        return seen

    return open_chapter

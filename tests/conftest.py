"""What all tests share: the process their kernels come from, a browser, marks that follow from fixtures, the scripts of tools/."""

import contextlib
import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores run side by side: a thread each
    os.environ.setdefault("OMP_NUM_THREADS", "1")

sys.path.insert(0, str(Path(__file__).parents[1] / "tools" / "sphinx_ext"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from browsing import find_browser

from resnet_live.kernels import warm_kernels
from resnet_live.late_grammar import put_off_grammar

put_off_grammar()  # before a test imports nbformat

# A busy machine is slow, which is no fault of what is tested: `pytest-timeout` bounds every test.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--js-flags=--min-semi-space-size=64",  # MB: axe makes many small objects, and collecting them cost a tenth of its time
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",  # nothing but this machine is reached
]


def pytest_configure(config):
    """Kernels named python3 come from one warm process: of this run, its workers, and the programs that tests start."""
    if not hasattr(config, "workerinput"):
        stack = contextlib.ExitStack()
        stack.enter_context(warm_kernels())
        config.add_cleanup(stack.close)


def pytest_collection_finish():
    """PyTorch and thousands of tests stay until the end: the garbage collector need not look through them again and again."""
    gc.freeze()


# A test that uses the fixture gets the mark; others that are slow or start kernels are marked where they stand.
MARKS = {"browser": ["browser"], "kernel": ["kernel"], "built_book": ["slow", pytest.mark.timeout(1800)]}

KERNELS = Path(__file__).parent / "kernels"


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by -m
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(KERNELS):
            item.add_marker("kernel")
        parameters = getattr(item, "callspec", None)
        for fixture, marks in MARKS.items():
            # a parameter may be called as a fixture is: the kernel of a convolution
            if fixture in item.fixturenames and not (parameters and fixture in parameters.params):
                for mark in marks:
                    item.add_marker(mark)


def unavailable(reason: str):
    """No browser: a visible skip on a user's machine, a failure where CI promises that the tests ran."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must run the browser tests: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("Playwright is not installed: make test installs it")
    program = find_browser()
    if program is None:
        unavailable("no Chromium found: install it (Debian: apt install chromium) or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()

"""Sphinx extension: says which page is at work, the how manieth of how many it is, what happens to it, and for how long.

On a terminal the seconds count up; elsewhere each line is written once. Sphinx's own status is meant to be off (`-q`).
"""

import sys
import threading
import time
from enum import Enum
from pathlib import Path
from typing import TextIO

import nbformat
from jupyter_cache import get_cache
from sphinx.application import Sphinx


class Work(Enum):
    """What is done to a page: the word while it lasts, the word afterwards, whether it takes long."""

    EXECUTE = "executing", "executed", True
    CACHE = "from the cache", "from the cache", False
    READ = "reading", "read", False
    RENDER = "rendering", "rendered", True

    def __init__(self, during: str, afterwards: str, long: bool):
        self.during, self.afterwards, self.long = during, afterwards, long


class Activity:
    """One line on `stream` for what is going on, kept up to date on a terminal until it is over."""

    def __init__(self, stream: TextIO):
        self.stream, self.moves = stream, stream.isatty()
        self.text, self.work, self.began = "", Work.READ, 0.0
        self.over = threading.Event()
        self.ticking: threading.Thread | None = None

    def start(self, text: str, work: Work) -> None:
        """Begin with `text` (a page, the pages) and what happens to it."""
        self.stop()
        self.text, self.work, self.began = text, work, time.perf_counter()
        if self.moves:
            self.over.clear()
            self.ticking = threading.Thread(target=self._tick, daemon=True)
            self.ticking.start()
        elif work.long:
            self._write(f"{text}: {work.during} …\n")

    def _tick(self) -> None:
        while True:
            self._write(f"\r\x1b[K{self.text}: {self.work.during} … {time.perf_counter() - self.began:.0f} s")
            if self.over.wait(1):
                return

    def stop(self, failed: bool = False) -> None:
        """End what was begun, if anything was."""
        if not self.text:
            return
        if self.ticking:
            self.over.set()
            self.ticking.join()
            self.ticking = None
            self._write("\r\x1b[K")
        outcome = f"{self.work.during} FAILED" if failed else self.work.afterwards
        took = f", {time.perf_counter() - self.began:.0f} s" if self.work.long else ""
        self._write(f"{self.text}: {outcome}{took}\n")
        self.text = ""

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class Progress:
    """Follows a build through Sphinx's events."""

    def __init__(self, stream: TextIO):
        self.activity = Activity(stream)
        self.waiting: list[str] = []
        self.rendered = 0

    def begin(self, app: Sphinx, env, docnames: list[str]) -> None:
        self.waiting = list(docnames)

    def page_begins(self, app: Sphinx, env, docname: str) -> None:
        """Also called for pages that are gone: these are not in the list."""
        if docname in self.waiting:
            number, total = self.waiting.index(docname) + 1, len(self.waiting)
            self.activity.start(f"[{number:{len(str(total))}}/{total}] {docname}", what_happens(app, docname))

    def page_ends(self, app: Sphinx, doctree) -> None:
        self.activity.stop()

    def page_is_rendered(self, app: Sphinx, doctree, docname: str) -> None:
        if not self.rendered:
            self.activity.start("Pages", Work.RENDER)
        self.rendered += 1
        self.activity.text = f"{self.rendered} pages"

    def end(self, app: Sphinx, exception: Exception | None) -> None:
        self.activity.stop(failed=exception is not None)


def what_happens(app: Sphinx, docname: str) -> Work:
    """Whether a page is executed, taken from the cache, or has no code to run."""
    file = Path(app.env.doc2path(docname))
    if file.suffix != ".ipynb":
        return Work.READ
    try:
        get_cache(app.env.mystnb_config.execution_cache_path).match_cache_notebook(nbformat.read(file, as_version=4))
    except KeyError:
        return Work.EXECUTE
    return Work.CACHE


def setup(app: Sphinx) -> dict:
    # The stream itself: what else writes to sys.stdout during a build can be turned off.
    progress = Progress(sys.__stdout__)
    app.connect("env-before-read-docs", progress.begin)
    app.connect("env-purge-doc", progress.page_begins)
    app.connect("doctree-read", progress.page_ends)
    app.connect("doctree-resolved", progress.page_is_rendered)
    app.connect("build-finished", progress.end)
    return {"parallel_read_safe": False, "parallel_write_safe": True}

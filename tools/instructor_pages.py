"""The parts of the book that are made from the chapters for instructors: run sheets and plans before the build, live notebooks
and slides after it. Everything is written only when it has changed, so that nothing is rendered again without need.
"""

import re
from dataclasses import replace
from pathlib import Path

import check_links

from resnet_live.live.chapter import Chapter, read_chapter
from resnet_live.live.pages import (
    executed_outputs,
    exercise_schedule,
    instructor_files,
    live_notebook,
    page_parts,
    session_plan,
    slides,
)

FOLDER = "book/instructor"


def chapters_of(root: Path) -> list[Chapter]:
    """The chapters that _toc.yml lists. Raises LiveError."""
    pages = [page for page in check_links.expected_pages(root) if re.match(r"book/\d\d_", page)]
    return [read_chapter(file) for page in pages if (file := root / f"{page}.ipynb").exists()]


def before_build(root: Path) -> list[Path]:
    """Write those run sheets and plans that _toc.yml lists. Returns the files that have changed. Raises LiveError."""
    wanted = {Path(page).name for page in check_links.expected_pages(root) if page.startswith(f"{FOLDER}/")}
    every = chapters_of(root)
    chapters = [chapter for chapter in every if page_parts.sheet_name(chapter) in wanted]
    files = [root / "sessions" / f"{page.removeprefix('plan_')}.toml" for page in wanted if page.startswith("plan_")]
    if not chapters and not files:
        return []
    sessions = [session_plan.read_session(file, every) for file in files]
    # A link to a recording that is not in the book would lead nowhere.
    sessions = [session if session.replay in wanted else replace(session, replay="") for session in sessions]
    texts = instructor_files.pages(chapters, sessions, exercise_schedule.read_schedule(root / "sessions"))
    return instructor_files.build(texts, root / FOLDER)


def after_build(root: Path, offline: bool = True) -> None:
    """Write the live notebooks and the slides of the built chapters into `_build/html`. Raises LiveError.

    `offline`: whether the scripts of the slides lie in the book; else the slides load them from public servers.
    """
    html, chapters = root / "_build" / "html", chapters_of(root)
    live_notebook.build(chapters, html / "live")
    addresses = slides.LOCAL if offline else slides.PUBLIC
    slides.build(chapters, executed_outputs.from_cache(chapters, root / "_build"), html / "slides", addresses)

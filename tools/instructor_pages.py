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
    session_files,
    session_plan,
    slides,
)

FOLDER = "book/instructor"


def chapters_of(root: Path) -> list[Chapter]:
    """The chapters that _toc.yml lists. Raises LiveError."""
    pages = [page for page in check_links.expected_pages(root) if re.match(r"book/\d\d_", page)]
    return [read_chapter(file) for page in pages if (file := root / f"{page}.ipynb").exists()]


def sessions_of(root: Path, chapters: list[Chapter]) -> list[session_plan.Session]:
    """The planned sessions that _toc.yml lists. Raises LiveError."""
    pages = [page for page in check_links.expected_pages(root) if page.startswith(f"{FOLDER}/plan_")]
    names = [page.removeprefix(f"{FOLDER}/plan_") for page in pages]
    return [session_plan.read_session(root / "sessions" / f"{name}.toml", chapters) for name in names]


def before_build(root: Path) -> list[Path]:
    """Write those run sheets and plans that _toc.yml lists. Returns the files that have changed. Raises LiveError."""
    wanted = {Path(page).name for page in check_links.expected_pages(root) if page.startswith(f"{FOLDER}/")}
    every = chapters_of(root)
    chapters = [chapter for chapter in every if page_parts.sheet_name(chapter) in wanted]
    sessions = sessions_of(root, every)
    if not chapters and not sessions:
        return []
    # A link to a recording that is not in the book would lead nowhere.
    sessions = [session if session.replay in wanted else replace(session, replay="") for session in sessions]
    texts = instructor_files.pages(chapters, sessions, exercise_schedule.read_schedule(root / "sessions"))
    return instructor_files.build(texts, root / FOLDER)


def after_build(root: Path, build: Path, offline: bool = True) -> None:
    """Write the live notebooks and the slides of the built chapters, and the files of the sessions, into `build`/html. Raises
    LiveError.

    `build`: the folder of the build, with its cache of executed notebooks; `offline`: whether the scripts of the slides lie in the
    book; else the slides load them from public servers.
    """
    html, chapters = build / "html", chapters_of(root)
    live_notebook.build(chapters, html / "live")
    addresses = slides.LOCAL if offline else slides.PUBLIC
    slides.build(chapters, executed_outputs.from_cache(chapters, build), html / "slides", addresses)
    for session in sessions_of(root, chapters):
        session_files.build_for_book(session, build)

"""The live notebook of a session: its steps only, and nothing in sight that says what comes."""

import pytest

from resnet_live.live.cell_text import only_commands
from resnet_live.live.chapter import LiveError, read_chapters, step_of
from resnet_live.live.pages.live_notebook import as_text
from resnet_live.live.pages.session_chapter import find_session_chapter, session_chapter
from resnet_live.live.pages.session_files import build_session
from resnet_live.live.pages.session_notebook import session_notebook
from resnet_live.live.pages.session_plan import ItemKind, read_session, read_sessions

SESSIONS = [session.name for session in read_sessions()]
BACK = """
title = "Back"
minutes = 10
summary = "S."
[[item]]
steps = "2.1"
[[item]]
steps = "5.10"
[[item]]
steps = "2.2"
"""


@pytest.fixture(params=SESSIONS)
def made(request):
    chapter = find_session_chapter(request.param)
    return chapter, session_notebook(chapter)


def test_every_step_of_the_session_and_no_other_in_order(made):
    chapter, notebook = made
    steps = [cell for cell in notebook.cells if "resnet_live" in cell.metadata]
    assert [cell.metadata.resnet_live.step for cell in steps] == list(chapter.plan)
    assert [step_of(cell.source) for cell in steps] == list(chapter.plan)


def test_the_first_session_has_37_of_129_steps():
    chapter = find_session_chapter("pooling_to_residual")
    assert len(chapter.plan) == 37 and sum(len(part.steps) for part in chapter.session.chapters) == 129


def test_exercises_discussions_and_pauses_stand_in_their_place(made):
    chapter, notebook = made
    cells = [cell.source for cell in notebook.cells]
    wanted = [entry for entry in chapter.agenda if getattr(entry, "kind", "") != ItemKind.TALK]
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"][1:]
    assert len(code) == len(wanted)
    for source, entry in zip(code, wanted, strict=True):
        if entry in chapter.items:
            assert only_commands(source) and f"%agenda {chapter.items.index(entry) + 1}" in source
            assert entry.text not in source or entry.kind is ItemKind.EXERCISE
    assert len(cells) == len(set(map(str, (cell.id for cell in notebook.cells))))


def test_no_prompt_no_note_and_no_code_that_is_typed_is_in_sight(made):
    chapter, notebook = made
    text = as_text(notebook)
    for number in chapter.plan:
        step = chapter.step(number)
        if step.typed:
            assert step.prompt not in text and step.note not in text
    assert not any(item.note and item.note in text for item in chapter.session.items)


def test_the_same_session_gives_the_same_notebook_and_what_was_typed_is_kept(tmp_path):
    first = build_session("pooling_to_residual", tmp_path)
    file = tmp_path / "pooling_to_residual.ipynb"
    assert any(str(file) in line for line in first) and build_session("pooling_to_residual", tmp_path) == []
    file.write_text(typed := file.read_text().replace('"# 2.1 ·"', '"# 2.1 ·\\nmine = 1"'))
    assert any("has been typed into" in line for line in build_session("pooling_to_residual", tmp_path))
    assert file.read_text() == typed


def test_a_session_that_comes_back_to_a_chapter_is_no_single_notebook(tmp_path):
    (tmp_path / "back.toml").write_text(BACK)
    with pytest.raises(LiveError, match="comes back to chapter 2"):
        session_chapter(read_session(tmp_path / "back.toml", read_chapters()))

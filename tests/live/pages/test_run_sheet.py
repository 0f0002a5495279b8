"""Run sheets and plans as pages: a row for every step, the clock adds up, the words come from chapter and exercises."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.exercise.registry import exercises
from resnet_live.live.chapter import LiveError, find_chapter, read_chapter, read_chapters
from resnet_live.live.myst import literal
from resnet_live.live.pages import run_sheet, session_plan

CHAPTERS = read_chapters()
PLACES = run_sheet.places_of_exercises()


def a_step(number, source, kind="typed", minutes=2, **more):
    meta = {"step": number, "kind": kind, "minutes": minutes, "note": f"Note {number}.", "prompt": f"Prompt {number}"}
    return new_code_cell(source, metadata={"resnet_live": meta, **more})


VOTE = 'vote("How many?", {"one": "Too few.", "two": "Yes, two."}, answer="two")'


@pytest.fixture
def small(tmp_path):
    cells = [
        new_markdown_cell("# 2 · Small"),
        a_step("2.0", "import math", "setup", 1),
        new_markdown_cell("## Part\n\nLook."),
        a_step("2.1", VOTE, "predict", 1),
        a_step("2.2", "print(`x`)", "mistake", tags=["raises-exception"]),
        new_markdown_cell("It said [why](appendices/slips).\n\n## Next"),
        a_step("2.3", "print('x')", "fix"),
        new_markdown_cell(":::{dropdown} Really?\nYes, see [3](03_training).\n:::"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_small.ipynb")
    return read_chapter(tmp_path / "02_small.ipynb")


def rows(page):
    """(kind, clock in minutes, length) of each row of a timeline."""
    pattern = (
        r"\{container\} rl-row rl-(\w+)\n<p class=\"rl-clock\"><b>(\d+):(\d\d)</b>(?: <small>([\d.]+) min</small>)?"
    )
    return [(kind, 60 * int(h) + int(m), float(long or 0)) for kind, h, m, long in re.findall(pattern, page)]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_run_sheet_has_every_step_and_exercise_and_a_clock_that_adds_up(chapter):
    page = run_sheet.run_sheet(chapter, PLACES)
    found = rows(page)
    minute = 0.0
    for _, clock, long in found:
        assert clock == int(minute)
        minute += long
    assert f"<strong>{minute:g} minutes in all</strong>" in page
    own = [exercise for exercise in exercises().values() if exercise.chapter == chapter.number]
    assert sum(kind == "exercise" for kind, *_ in found) == len(own)
    assert sum(long for kind, _, long in found if kind == "exercise") == sum(exercise.minutes for exercise in own)
    assert sum(long for kind, _, long in found if kind not in ("exercise", "talk")) == chapter.minutes
    for step in chapter.steps:
        assert f'id="{run_sheet.anchor_of(step)}"' in page
        assert literal(step.note) in page and literal(step.prompt) in page
        assert not step.typed or step.source in page
    assert page.count("**The lesson:**") == sum(step.kind == "mistake" for step in chapter.steps)
    assert "## Questions that learners ask" in page


def test_every_exercise_has_a_place_in_its_chapter():
    assert run_sheet.misplaced(CHAPTERS, PLACES) == []


def test_a_place_that_is_missing_or_wrong_is_named():
    wrong = {key: place for key, place in PLACES.items() if key != "2.3"} | {"2.1": "2.99", "2.9": "2.1"}
    found = "\n".join(run_sheet.misplaced(CHAPTERS, wrong))
    assert "exercise 2.3 has no line" in found
    assert "exercise 2.1 comes after 2.99, and there is no such step" in found
    assert "there is no exercise 2.9" in found


def test_a_file_of_places_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(LiveError, match=r"exercises\.toml cannot be read"):
        run_sheet.places_of_exercises(tmp_path)
    (tmp_path / "chapters").mkdir()
    for text, words in [
        ("2.1 =", "cannot be read"),
        ('"2.1" = "3.4"', "exercise 2.1 must name a step of its own chapter"),
    ]:
        (tmp_path / "chapters" / "exercises.toml").write_text(text)
        with pytest.raises(LiveError, match=words):
            run_sheet.places_of_exercises(tmp_path)


def test_what_stands_in_the_rows(small):
    page = run_sheet.run_sheet(small, {})
    assert "- one\n- two ← **right**\n\n*Why:* Yes, two." in page
    assert "**The lesson:** It said [why](../appendices/slips)." in page
    assert "````" not in page and "```python\nprint(`x`)\n```" in page
    assert "**Really?**\n\nYes, see [3](../03_training)." in page
    assert [long for kind, _, long in rows(page) if kind == "talk"] == [2, 1]  # half of 3 and of 2 minutes, rounded up


def executed(folder, outputs, source="print('x')"):
    cell = a_step("2.3", source, "fix")
    cell.outputs = outputs
    (folder / "executed").mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[cell]), folder / "executed" / "02_small.ipynb")
    return folder / "executed"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (new_output("stream", name="stdout", text="x\n"), "```text\nx\n```"),
        (new_output("stream", name="stdout", text="line\n" * 90), "… 77 lines more"),
        (new_output("execute_result", data={"text/plain": "7"}), "```text\n7\n```"),
        (new_output("error", ename="NameError", evalue="name 'a'", traceback=[]), "```text\nNameError: name 'a'\n```"),
        (new_output("display_data", data={"text/html": "<img>", "text/plain": "A *cat*."}), r"*A figure:* A \*cat\*."),
        (
            new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"}),
            "*A figure to operate:*",
        ),
        (
            new_output("display_data", data={"text/html": "<table><tr><td>1<td>2</table>", "text/plain": "<HTML>"}),
            "```text\n1  2\n```",
        ),
    ],
)
def test_what_appears_comes_from_the_executed_chapter(small, tmp_path, output, words):
    page = run_sheet.fill("a\n\n% appears 2.3\n\nb", small, executed(tmp_path, [output]))
    assert words in page and "% appears" not in page and page.startswith("a\n\n") and page.endswith("\n\nb")


def test_outputs_of_other_code_are_not_shown(small, tmp_path):
    output = new_output("stream", name="stdout", text="old\n")
    page = run_sheet.fill("% appears 2.3\n% appears 2.2", small, executed(tmp_path, [output], source="print('old')"))
    assert "old" not in page and "An error that is planned." in page


@pytest.mark.parametrize("session", session_plan.read_sessions(), ids=lambda session: session.name)
def test_a_plan_page_names_every_step_and_every_cut(session):
    page = run_sheet.plan_page(session)
    found = rows(page)
    assert found[-1] == ("end", session.minutes, 0)
    assert sum(long for *_, long in found) == session.minutes
    for item in session.items:
        for step in item.steps if item.kind == "steps" else ():
            assert f"run_sheet_{item.chapter.number:02d}.html#{run_sheet.anchor_of(step)}" in page
    for cut in session.cuts:
        assert f"**At {run_sheet.clock_face(session.begins(cut.leave[0]))} leave " in page and cut.say in page
    assert all(line in page for line in session.before)


def test_pages_are_written_only_when_they_change(tmp_path, small):
    texts = run_sheet.pages([small], [], {})
    assert texts["run_sheet_02"].startswith(run_sheet.GENERATED)
    assert run_sheet.build(texts, tmp_path / "pages") == [tmp_path / "pages" / "run_sheet_02.md"]
    assert run_sheet.build(texts, tmp_path / "pages") == []
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="cannot be written"):
        run_sheet.build(texts, tmp_path / "file")


def test_chapters_know_where_a_lesson_is():
    chapter = find_chapter(2)
    assert "Start at the last line" in run_sheet.run_sheet(chapter, PLACES)

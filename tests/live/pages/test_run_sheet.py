"""Run sheets: a row for every step, the clock adds up, the words come from chapter and exercises."""

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from timelines import a_step, rows

from resnet_live.exercise.registry import exercises
from resnet_live.live.chapter import find_chapter, read_chapter, read_chapters
from resnet_live.live.myst import literal
from resnet_live.live.pages import exercise_schedule, page_parts, run_sheet

SCHEDULE = exercise_schedule.read_schedule()


@pytest.mark.parametrize("chapter", read_chapters(), ids=lambda chapter: chapter.name)
def test_a_run_sheet_has_every_step_and_exercise_and_a_clock_that_adds_up(chapter):
    page = run_sheet.run_sheet(chapter, SCHEDULE)
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
    lessons = [part.split("\n:::")[0] for part in page.split("**The lesson:**")[1:]]
    assert not [lesson for lesson in lessons if lesson.endswith(":")], "it leads on to code that is not there"
    for step in chapter.steps:
        assert f'id="{page_parts.anchor_of(step)}"' in page
        assert literal(step.note) in page and literal(step.prompt) in page
        assert not step.typed or step.source in page
    assert page.count("**The lesson:**") == sum(step.kind == "mistake" for step in chapter.steps)
    assert "## Questions that learners ask" in page


def test_what_stands_in_the_rows(small):
    page = run_sheet.run_sheet(small, {})
    assert "- 5\n- 7 ← **right**\n- 128\n\n*Why:* 128 is 2 to the power of 7" in page
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


@pytest.mark.parametrize(
    ("row", "classes"),
    [
        ("x", "rl-appears"),
        ("plain  0.53", "rl-appears rl-columns"),
        ("plain  " + "x" * 90, "rl-appears rl-columns rl-wide"),
    ],
)
def test_columns_are_marked_so_that_no_line_of_them_is_broken(small, tmp_path, row, classes):
    output = new_output("stream", name="stdout", text=f"{row}\n" * 2)
    page = run_sheet.fill("% appears 2.3", small, executed(tmp_path, [output]))
    assert f"{{container}} {classes}\n" in page


def test_outputs_of_other_code_are_not_shown(small, tmp_path):
    output = new_output("stream", name="stdout", text="old\n")
    page = run_sheet.fill("% appears 2.3\n% appears 2.2", small, executed(tmp_path, [output], source="print('old')"))
    assert "old" not in page and "An error that is planned." in page


def test_chapters_know_where_a_lesson_is():
    chapter = find_chapter(2)
    assert "Start at the last line" in run_sheet.run_sheet(chapter, SCHEDULE)


def test_a_vote_whose_answer_the_page_works_out_says_so(tmp_path):
    cells = [new_markdown_cell("# 2 · Small"), a_step("2.0", 'widgets.predict("9.47", right)', "predict", 1)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_small.ipynb")
    page = run_sheet.run_sheet(read_chapter(tmp_path / "02_small.ipynb"), {})
    assert "Which one is right, the page works out from its results." in page and "← **right**" not in page

"""Live notebooks: what is typed is gone, everything else runs, and nothing of the book's markup is left."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live.chapter import LiveError, find_chapter, read_chapter, read_chapters, step_of
from resnet_live.live.pages import live_notebook

CHAPTERS = [chapter.number for chapter in read_chapters()]


@pytest.fixture(params=CHAPTERS)
def pair(request):
    chapter = find_chapter(request.param)
    return chapter, live_notebook.live_notebook(chapter)


def a_chapter(folder, *cells):
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *cells]), folder / "02_small.ipynb")
    return read_chapter(folder / "02_small.ipynb")


def a_step(number, source, kind="typed", prompt="Do it", **more):
    meta = {"step": number, "kind": kind, "minutes": 1, "note": "A secret note.", "prompt": prompt}
    return new_code_cell(source, metadata={"resnet_live": meta, **more})


def pressed(text):
    return re.sub(r"\s+", "", text)


def test_no_line_that_is_typed_in_class_is_anywhere_in_it(pair):
    chapter, made = pair
    text = pressed(live_notebook.as_text(made).replace("\\n", " ").replace('\\"', '"'))
    stays = [step.source if not step.typed else "" for step in chapter.steps] + [step.section for step in chapter.steps]
    typed = {pressed(line) for step in chapter.steps if step.typed for line in step.source.splitlines()}
    # that a call begins says nothing
    telling = {line for line in typed if len(line) >= 12 and not line.endswith("(")}
    gone = {line for line in telling if not any(line in pressed(part) for part in stays)}
    assert len(gone) > 20
    assert [line for line in gone if line in text] == []


def test_the_speakers_notes_are_not_in_it(pair):
    chapter, made = pair
    shown = live_notebook.as_text(made)
    assert [step.number for step in chapter.steps if step.note != step.prompt and step.note in shown] == []


def test_every_step_is_there_in_order_and_those_not_typed_can_run(pair):
    chapter, made = pair
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    assert cells[0].source == f"%load_ext resnet_live.live\n%chapter {chapter.number} {chapter.fingerprint}"
    found = {step_of(cell.source): cell for cell in cells[1:] if step_of(cell.source)}
    assert list(found) == [step.number for step in chapter.steps]
    for step in chapter.steps:
        header = (
            step.bare_header if step.kind == "fix" else step.header
        )  # a mistake is not to be seen before it is made
        assert found[step.number].source == (header if step.typed else step.code)
        assert found[step.number].metadata.resnet_live.kind == step.kind


def test_it_is_a_valid_notebook_without_outputs_and_the_same_each_time(pair):
    chapter, made = pair
    nbformat.validate(made)
    assert all(not cell.outputs and cell.execution_count is None for cell in made.cells if cell.cell_type == "code")
    assert all("slideshow" in cell.metadata for cell in made.cells)
    assert live_notebook.as_text(live_notebook.live_notebook(find_chapter(chapter.number))) == live_notebook.as_text(
        made
    )


def test_headings_stay_and_no_markup_of_the_book_does(pair):
    chapter, made = pair
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    for step in chapter.steps:
        assert not step.section or f"## {step.section}" in text
    assert not re.search(r"^:::|^```\{|\{[a-z:]+\}`|^:class:|<!--|\]\((?!http)", text, re.MULTILINE)


def test_text_between_steps_goes_and_text_that_opens_a_section_stays(tmp_path):
    made = live_notebook.live_notebook(
        a_chapter(
            tmp_path,
            a_step("2.0", "import math", "setup"),
            new_markdown_cell("It was 126.\n\n## Next\n\nLook closely.\n\n`answer  =  compute(x)` does it."),
            a_step("2.1", "answer = compute(x)"),
            new_markdown_cell("As you saw."),
            new_code_cell("print('no step')"),
            new_markdown_cell("## Recap\n\nIt was 126.\n\n## Try it\n\nExercise 2.1."),
        )
    )
    text = "\n".join(cell.source for cell in made.cells)
    assert "Look closely." in text and "## Try it\n\nExercise 2.1." in text and "print('no step')" in text
    assert "126" not in text and "As you saw" not in text and "compute" not in text


def test_the_code_of_a_question_is_folded_and_holds_no_answer(tmp_path):
    made = live_notebook.live_notebook(a_chapter(tmp_path, a_step("2.0", "widgets.predict('2.3')", "predict", "Guess")))
    question, cell = made.cells[-2:]
    assert question.source == "**2.0** · Guess"
    assert cell.metadata.jupyter.source_hidden and cell.source == "# 2.0 · Guess\nwidgets.predict('2.3')"


def test_only_what_has_changed_is_written(tmp_path):
    chapter = a_chapter(tmp_path, a_step("2.0", "x = 1"))
    out = tmp_path / "deep" / "live"
    assert live_notebook.build([chapter], out) == [out / "02_small.ipynb"]
    assert live_notebook.build([chapter], out) == []


def test_what_cannot_be_read_or_written_is_named(tmp_path):
    chapter = a_chapter(tmp_path, a_step("2.0", "x = 1"))
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="cannot be written to .*file"):
        live_notebook.build([chapter], tmp_path / "file")
    chapter.path.write_text("{")
    with pytest.raises(LiveError, match=r"02_small\.ipynb cannot be read"):
        live_notebook.live_notebook(chapter)

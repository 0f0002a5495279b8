"""Decks: one step a slide, nothing from another host, code and outputs as executed, notes for the speaker only."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.live.chapter import LiveError, read_chapter, read_chapters
from resnet_live.live.pages import slides


@pytest.fixture
def small(tmp_path):
    def step(number, source, kind="typed", outputs=()):
        meta = {"step": number, "kind": kind, "minutes": 1, "note": f"Note {number}.", "prompt": f"Prompt {number}"}
        return new_code_cell(source, metadata={"resnet_live": meta}, outputs=list(outputs))

    shown = [new_output("stream", name="stdout", text="<b>bold</b>\n")]
    failed = [new_output("error", ename="NameError", evalue="name 'y'", traceback=["\x1b[31mlong\x1b[0m"])]
    figure = [
        new_output(
            "display_data",
            data={"text/html": "<img src='data:,' alt='A cat'><script>1</script>", "text/plain": "A cat"},
        )
    ]
    widget = [new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"})]
    cells = [
        new_markdown_cell("# 2 · Small & fine\n\nHello."),
        step("2.0", "import math", "setup"),
        new_markdown_cell("## Part\n\nOpening {cite}`x`."),
        step("2.1", "print('<b>bold</b>')", outputs=shown),
        step("2.2", 'widgets.predict("2.3")', "predict", widget),
        new_markdown_cell("Between."),
        step("2.3", "y", "mistake", failed),
        step("2.4", "show(cat)", "figure", figure),
        step("2.5", "explore()", "figure", widget),
        new_markdown_cell(":::{dropdown} Really?\nYes.\n:::\n\n## Recap\n\nAll of it."),
    ]
    notebook = new_notebook(cells=cells)
    (tmp_path / "executed").mkdir()
    nbformat.write(notebook, tmp_path / "executed" / "02_small.ipynb")
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, tmp_path / "02_small.ipynb")
    return read_chapter(tmp_path / "02_small.ipynb")


@pytest.fixture
def deck(small, tmp_path):
    return slides.as_html(slides.slide_notebook(small, tmp_path / "executed"))


def test_one_step_a_slide_with_what_it_shows_on_the_next_press(deck):
    for number in ["2.1", "2.2", "2.3", "2.4", "2.5"]:
        assert len(re.findall(rf"<h3[^>]*><b>{number}</b> Prompt", deck)) == 1
    assert "Prompt 2.0" not in deck and "import math" not in deck
    assert deck.count("<section") - deck.count("</section>") == 0
    assert "&lt;b&gt;bold&lt;/b&gt;" in deck and "<b>bold</b>" not in deck
    assert "NameError: name 'y'" in deck and "\x1b" not in deck and "long" not in deck


def test_the_right_arrow_goes_through_the_steps_of_a_section_that_stand_below_each_other(deck):
    nested = re.findall(r"<section[^>]*>\s*<section", deck)
    assert nested and len(nested) < deck.count("<section") / 2  # a section holds more than one slide
    settings = re.search(r"Reveal\.initialize\(\{(.*?)\}\);", deck, re.DOTALL)[1]
    assert re.search(r'^\s*navigationMode: "linear"', settings, re.MULTILINE)


def test_a_vote_shows_choices_first_and_the_reason_later(deck):
    assert "How many stride-2 convolutions" in deck
    assert re.search(r'class="fragment".*?rl-right">7</span>: 128 is 2 to the power of 7', deck, re.DOTALL)
    assert "predict(" not in deck


def test_figures_stand_there_and_widgets_point_to_the_page(deck):
    assert "A cat" in deck and "show(cat)" not in deck and "<script>1</script>" not in deck
    assert '<a href="../book/02_small.html">' in deck and "VBox()" not in deck


def test_notes_hold_what_to_say_and_the_text_of_the_chapter(deck):
    notes = " ".join(re.findall(r'<aside class="notes">(.*?)</aside>', deck, re.DOTALL))
    for words in ["Hello.", "Opening (x).", "Note 2.1.", "Between.", "Note 2.5."]:
        assert words in notes
    assert "Really?" in deck and "All of it." in deck and ":::" not in deck


@pytest.mark.parametrize("addresses", [slides.LOCAL, slides.PUBLIC])
def test_scripts_come_from_the_addresses_alone(small, tmp_path, addresses):
    deck = slides.as_html(slides.slide_notebook(small, tmp_path / "executed"), addresses)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', deck)
    assert {link for link in loaded if "://" in link} == {
        link for link in loaded if addresses[0] in link and "://" in link
    } | ({addresses[1]} if addresses is slides.PUBLIC else set())
    assert f"{addresses[0]}/dist/reveal.js" in loaded and addresses[1] in loaded


def test_a_deck_is_made_again_only_when_something_has_changed(small, tmp_path):
    out, executed = tmp_path / "slides", tmp_path / "executed"
    assert slides.build([small], executed, out) == [out / "02_small.html"]
    assert slides.build([small], executed, out) == []
    assert slides.build([small], executed, out, slides.PUBLIC) == [out / "02_small.html"]
    (executed / "02_small.ipynb").unlink()
    assert slides.build([small], executed, out) == [out / "02_small.html"]
    assert "NameError" not in (out / "02_small.html").read_text(encoding="utf-8")
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="cannot be written"):
        slides.build([small], executed, tmp_path / "file")


@pytest.mark.parametrize("chapter", read_chapters(), ids=lambda chapter: chapter.name)
def test_every_chapter_makes_a_deck_without_markup_of_the_book(chapter, tmp_path):
    made = slides.slide_notebook(chapter, tmp_path)
    nbformat.validate(made)
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert not re.search(r"^:::|\{[a-z:]+\}`", text, re.MULTILINE)
    assert all(f"### <b>{step.number}</b>" in text for step in chapter.steps if step.kind != "setup")

"""What is printed and shown for a planned session: run sheet, handout and slides, all from its plan."""

import re

import pytest

from resnet_live.live.chapter import StepKind
from resnet_live.live.pages.page_parts import clock_face
from resnet_live.live.pages.printed_page import code, printed_page
from resnet_live.live.pages.recorded_runs import recorded_outputs
from resnet_live.live.pages.session_chapter import find_session_chapter
from resnet_live.live.pages.session_files import build_session
from resnet_live.live.pages.session_handout import session_handout
from resnet_live.live.pages.session_plan import ItemKind, read_sessions
from resnet_live.live.pages.session_sheet import session_sheet
from resnet_live.live.pages.session_slides import session_slides
from resnet_live.questions import find_question

SESSIONS = [session.name for session in read_sessions()]


@pytest.fixture(params=SESSIONS)
def chapter(request):
    return find_session_chapter(request.param)


def told(html):
    """The words of a page, with one blank between them."""
    text = re.sub(r"<[^>]+>", "", html.replace('<span class="line"', '\n<span class="line"'))
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(name, sign)
    return " ".join(text.split())


def said(text):
    return " ".join(text.replace("`", "").split())


def test_the_run_sheet_has_code_notes_and_the_sessions_clock(chapter):
    html = session_sheet(chapter, recorded_outputs(chapter))
    text = told(html)
    for number in chapter.plan:
        step = chapter.step(number)
        assert said(step.note) in text and said(step.prompt) in text
        assert not step.typed or said(step.source) in text.replace("`", "")
    clocks = re.findall(r'<div class="clock">(\d+:\d\d)', html)
    assert clocks[-1] == clock_face(chapter.session.minutes)
    minutes = [60 * int(clock.split(":")[0]) + int(clock.split(":")[1]) for clock in clocks]
    assert minutes == sorted(minutes)
    for number, (begins, _) in chapter.session.step_times().items():
        assert re.search(
            rf'{clock_face(begins)}<small>[^/]*</small></div><div><div class="two"><div><p><span class="number">{number}<',
            html,
        )
    assert all(said(item.note) in text for item in chapter.session.items)
    # whoever has nothing but this sheet knows how to open the board
    assert all(command in text for command in ("%share on --network", "%remote", "%record on", "%stage"))
    assert all(text.count(said(cut.say)) == 2 for cut in chapter.session.cuts)  # where it is due, and at the end


def test_an_hour_and_a_half_is_printed_on_eight_pages(browser, chapter):
    html = session_sheet(chapter, recorded_outputs(chapter))
    page = browser.new_page()
    page.set_content(html)
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {(round(float(wide)), round(float(high))) for wide, high in sizes} == {(595, 842)}  # A4 in points
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8 * chapter.session.minutes / 90


def test_code_that_is_too_long_for_the_paper_goes_on_further_in(browser):
    text = "def f(x):\n\n    return [one for one in x]" + " + [1, 2, 3]" * 4
    page = browser.new_page(viewport={"width": 420, "height": 600})
    page.set_content(printed_page("T", code(text)))
    lefts = "span => { const range = document.createRange(); range.selectNodeContents(span);"
    lefts += " return [...range.getClientRects()].map(box => [box.left, box.width]); }"
    first, *rest = page.locator("pre .line").nth(2).evaluate(lefts)
    indented = first[0] + first[1] * 4 / 100  # where its own code begins is at least there
    assert rest and all(left > indented for left, width in rest if width)
    height = "pre => pre.getBoundingClientRect().height"
    copied = page.locator("pre").evaluate(
        "pre => { getSelection().selectAllChildren(pre); return `${getSelection()}`; }"
    )
    assert copied.strip() == text
    page.set_viewport_size({"width": 1600, "height": 600})
    tall = page.locator("pre").evaluate(height)
    page.set_content(printed_page("T", code("a\nb\nc")))
    assert page.locator("pre").evaluate(height) == tall  # a blank line is one line
    page.close()


def test_the_handout_has_what_is_typed_and_no_note_and_no_answer(chapter):
    html = session_handout(chapter, recorded_outputs(chapter))
    text = told(html)
    for number in chapter.plan:
        step = chapter.step(number)
        assert not step.typed or said(step.source) in text.replace("`", "")
        if step.kind is StepKind.PREDICT:
            question = find_question(number)
            assert said(question.ask) in text
            assert not any(said(choice.why) in text for choice in question.choices if choice.why)
        assert step.note == step.prompt or said(step.note) not in text
    assert not any(item.note and said(item.note) in text for item in chapter.session.items)
    assert html.count('class="room"') > len(chapter.plan) / 2


def test_the_slides_have_every_step_and_every_discussion(chapter, tmp_path):
    html = session_slides(chapter, recorded_outputs(chapter), tmp_path / "no_book", tmp_path)
    for number in chapter.plan:
        assert chapter.step(number).kind is StepKind.SETUP or f"<b>{number}</b>" in html
    text = told(html)
    for item in chapter.items:
        assert item.kind is ItemKind.EXERCISE or said(item.text) in text
    assert "unpkg.com/reveal.js" in html


def test_slides_beside_a_built_book_need_no_network(tmp_path):
    scripts = tmp_path / "_build" / "html" / "_static" / "reveal" / "dist"
    scripts.mkdir(parents=True)
    (scripts / "reveal.js").write_text("")
    lines = build_session("pooling_to_residual", tmp_path / "live", book=tmp_path / "_build")
    assert not any("a network" in line for line in lines)
    html = (tmp_path / "live" / "pooling_to_residual_slides.html").read_text()
    assert "../_build/html/_static/reveal/dist/reveal.js" in html and not re.search(r'(?:src|href)="https?:', html)
    assert "../_build/html/book/05_naive_resblock.html" in html


def test_one_command_makes_all_four_and_makes_them_once(tmp_path):
    lines = build_session("pooling_to_residual", tmp_path, book=tmp_path / "none")
    assert len(lines) == 4 == len(list(tmp_path.iterdir()))
    assert [line.split()[1] for line in lines if "a network" in line] == [
        str(tmp_path / "pooling_to_residual_slides.html")
    ]
    assert build_session("pooling_to_residual", tmp_path, book=tmp_path / "none") == []
    for kind in ("run_sheet", "handout"):  # each is whole by itself
        assert not re.search(r"(?:src|href)=", (tmp_path / f"pooling_to_residual_{kind}.html").read_text())

"""The interactive figures in the built pages: no kernel, only what the page carries."""

import re

import pytest
from test_pages import CHAPTERS


def says(page) -> list[str]:
    return page.locator(".rl-says").all_inner_texts()


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_slider_changes_what_its_figure_says(chapter, name):
    page = chapter(name).page
    for handle in page.locator(".noUi-handle").all():
        assert handle.get_attribute("aria-label"), "a slider must have a name"
        before = says(page)
        handle.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
        if says(page) == before:  # it stood at its end
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(250)
        assert says(page) != before


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_menu_changes_what_its_figure_says(chapter, name):
    page = chapter(name).page
    for menu in page.locator(".jupyter-widgets select").all():
        before = says(page)
        count = menu.locator("option").count()
        now = menu.evaluate("m => m.selectedIndex")
        menu.select_option(index=(now + 1) % count)
        page.wait_for_timeout(250)
        assert says(page) != before


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_prediction_answers_with_a_reason(chapter, name):
    page = chapter(name).page
    questions = page.locator(".rl-predict")
    assert questions.count() >= 2
    for question in questions.all():
        assert not re.search("Right\\.|Not quite\\.", question.inner_text()), "nothing is revealed before choosing"
        buttons = question.locator("button").all()
        replies = []
        for button in buttons:
            button.click()
            page.wait_for_timeout(150)
            replies.append(question.inner_text())
        assert sum("Right." in reply for reply in replies) == 1
        assert sum("Not quite." in reply for reply in replies) == len(buttons) - 1


def test_the_shape_ladder_reads_right(chapter):
    page = chapter("book/02_adaptive_pooling").page
    handle = page.locator(".noUi-handle").first
    handle.focus()
    page.keyboard.press("Home")
    read = set()
    for _ in range(30):
        read.update(re.findall(r"3×(\d+)×\1.*?256×(\d+)×\2", " ".join(says(page)), flags=re.DOTALL))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(120)
    for pair in [("128", "4"), ("160", "5"), ("256", "8"), ("1024", "32")]:
        assert pair in read

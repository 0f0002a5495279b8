"""The opening page in a browser: its cards lead to the chapters, and their words can be read at every width."""

import pytest
from test_pages import CHAPTERS
from visiting import one_visit

WIDTHS = (390, 768, 1280, 1400, 1920)

opened = one_visit(["book/intro"])


def test_cards_lead_to_the_chapters_in_order_and_say_how_long_they_take(opened):
    opened.look()
    cards = opened.page.locator(".rl-way .sd-card")
    links = cards.locator("a.sd-stretched-link").evaluate_all("all => all.map(a => a.pathname.split('/').pop())")
    assert links == [f"{chapter.removeprefix('book/')}.html" for chapter in CHAPTERS]
    for text in cards.locator(".sd-card-footer").all_inner_texts():
        typed, exercises = text.split(" · ")
        assert typed.endswith(" min to type along") and " exercises, " in exercises


@pytest.mark.parametrize("width", WIDTHS)
def test_words_in_the_pictures_are_large_enough_and_within(opened, width):
    opened.look(width=width)
    small, outside = opened.page.evaluate(
        """() => {
            const words = [...document.querySelectorAll('.rl-drawn text')]
            const size = t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a
            const within = t => {
                const [a, b] = [t, t.ownerSVGElement].map(e => e.getBoundingClientRect())
                return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1
            }
            return [words.filter(t => size(t) < 11), words.filter(t => !within(t))].map(
                found => found.map(t => `${t.textContent} ${size(t)}`))
        }"""
    )
    assert small == [] and outside == []

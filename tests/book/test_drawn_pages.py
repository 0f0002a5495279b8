"""The pages with drawings, in a browser: cards that lead to the chapters, words that can be read, a cheat sheet of two pages."""

import re

import pytest
from test_pages import CHAPTERS
from visiting import on, one_visit

OPENING, CHEAT_SHEET = "book/intro", "book/appendices/cheat_sheet"
WIDTHS = (390, 768, 1280, 1400, 1920)

opened = one_visit([OPENING, CHEAT_SHEET])


@on([OPENING])
def test_cards_lead_to_the_chapters_in_order_and_say_how_long_they_take(opened):
    opened.look()
    cards = opened.page.locator(".rl-way .sd-card")
    links = cards.locator("a.sd-stretched-link").evaluate_all("all => all.map(a => a.pathname.split('/').pop())")
    assert links == [f"{chapter.removeprefix('book/')}.html" for chapter in CHAPTERS]
    for text in cards.locator(".sd-card-footer").all_inner_texts():
        assert re.fullmatch("\\d+\u00a0min to type along · \\d+ exercises, \\d+\u00a0min", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_words_in_the_drawings_are_large_enough_and_within(opened, width):
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


@on([CHEAT_SHEET])
def test_the_cheat_sheet_is_two_pages_of_a4(opened):
    opened.look()
    opened.page.emulate_media(media="print")
    printed = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    opened.page.emulate_media(media="screen")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    assert b"/MediaBox [0 0 594.9" in printed  # 210 mm in points


@on([CHEAT_SHEET])
def test_nothing_on_the_printed_cheat_sheet_is_cut(opened):
    opened.look(width=680)  # an A4 page without its margins
    opened.page.emulate_media(media="print")
    cut = opened.page.evaluate(
        """() => [...document.querySelectorAll('#cheat-sheet :is(p, li, td, th, pre, code, table, svg, .rl-drawn)')].filter(
            e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
        ).map(e => e.outerHTML.slice(0, 90))"""
    )
    hidden = opened.page.evaluate(
        "[...document.querySelectorAll('#cheat-sheet :is(p, li, td, .rl-pic)')].filter(e => !e.getClientRects().length).length"
    )
    opened.page.emulate_media(media="screen")
    assert cut == [] and hidden == 0

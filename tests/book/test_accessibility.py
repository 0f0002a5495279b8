"""The sparing axe finds what axe itself finds."""

from accessibility import violations
from axe_playwright_python.sync_playwright import Axe

COLOURS = ("#767676", "#777", "rgba(0, 0, 0, .5)", "hsl(210 60% 60%)", "oklch(70% 0.1 200)", "color(srgb 1 .2 .2 / .8)")
GROUNDS = ("white", "#eef", "rgba(20, 40, 60, .9)", "color-mix(in srgb, navy 30%, transparent)")


def test_colours_that_are_read_once_give_the_same_contrasts(browser):
    words = [
        f'<p style="background: {ground}"><span style="color: {colour}; opacity: {opacity}">words</span></p>'
        for ground in GROUNDS
        for colour in COLOURS
        for opacity in (1, 0.6)
    ]
    page = browser.new_page()
    page.set_content("<html lang=en><title>t</title><main><h1>Words</h1>" + "".join(words) + "<img src=x></main>")
    first, again = violations(page), violations(page)
    plain = Axe().run(page).response["violations"]
    assert {found["id"] for found in plain} == {"color-contrast", "image-alt"}
    assert 20 < len(next(found for found in plain if found["id"] == "color-contrast")["nodes"]) < len(words)
    assert first == again == plain
    page.close()

"""Every built page, in a real browser that reaches no other host."""

import re
from contextlib import suppress
from pathlib import Path

import check_links
from accessibility import violations
from playwright.sync_api import TimeoutError
from visiting import one_visit

ROOT = Path(__file__).parents[2]
PAGES = check_links.expected_pages(ROOT)
CHAPTERS = [page for page in PAGES if re.match(r"book/\d\d_", page)]
# What axe-core finds on an empty page of this theme: two search buttons whose label differs from their words, and
# the logo beside the landmarks. Everything else is ours.
THEME_BASELINE = {"label-content-name-mismatch": 2, "region": 1}


opened = one_visit(PAGES)


def test_a_page_loads_cleanly_and_asks_no_other_host(light):
    assert light.went_wrong() == []
    assert light.said == []


def test_a_page_has_our_style_sheet(light):
    assert light.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--rl-skip')").strip()


def test_a_page_has_our_typefaces_and_one_heading_above_all(light):
    page = light.page
    faces = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
    assert "Source Sans 3" in page.evaluate(faces)
    assert page.locator("h1").count() == 1


def test_a_printed_page_has_its_title(light):
    light.page.emulate_media(media="print")
    assert light.page.locator("h1").is_visible()
    light.page.emulate_media(media="screen")


def test_a_page_loads_only_what_it_uses(light):
    loaded = light.page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    assert not [name for name in loaded if re.search("fontawesome|require|embed-amd|searchindex|thebe", name)]
    assert any("icons.css" in name for name in loaded)


def test_each_icon_is_drawn(light):
    masks = "[...document.querySelectorAll('i[class*=fa], span[class*=fa-]')].map(i => [i.className, getComputedStyle(i).maskImage])"
    icons = dict(light.page.evaluate(masks))
    assert len(icons) > 3
    assert [name for name, mask in icons.items() if mask == "none"] == []


def test_no_sign_of_a_typeface_that_is_gone(light):
    """The theme's icons were letters of a private use: where one is left, a reader sees an empty box."""
    left = light.page.evaluate(
        """() => [...document.querySelectorAll('.bd-article a, .bd-article summary, .bd-article summary *')].filter(
            e => ['::before', '::after'].some(part => /[\ue000-\uf8ff]/.test(getComputedStyle(e, part).content))
        ).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert left == []


def test_the_code_of_a_cell_is_whole(light):
    cut = "e => e.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert light.page.locator(".bd-article div.cell_input pre").evaluate_all(cut) == []


def hidden_by_scrolling(page) -> list[str]:
    """Error outputs of which a part is reached only by scrolling sideways."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.output.traceback, .output.traceback *')].filter(
            e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.textContent.slice(-80))"""
    )


def test_errors_are_whole(light):
    assert hidden_by_scrolling(light.page) == []


def test_the_message_is_what_weighs_most_in_an_error(light):
    for box in light.page.locator(".output.traceback").all():
        message = box.locator(".rl-message")
        assert message.count() == 1
        assert box.inner_text().strip().endswith(message.inner_text().strip())
        weight, size = message.evaluate(
            "e => [getComputedStyle(e).fontWeight, parseFloat(getComputedStyle(e).fontSize)]"
        )
        above = box.locator("pre").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert int(weight) >= 600 and size > above


def test_math_is_typeset(light):
    page = light.page
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("mjx-container").count() >= page.locator(".math").count()
    prose = page.locator("article").evaluate(
        "a => { const c = a.cloneNode(true); c.querySelectorAll('pre, code, script').forEach(e => e.remove()); return c.textContent }"
    )
    assert not re.search(r"\$[^$\n]{1,80}\$|\\\(|\\frac", prose)


SCROLLED_STOPS = """
    () => [...document.querySelectorAll('pre')].every(e => e.scrollWidth <= e.clientWidth || e.tabIndex >= 0)
"""


def accessibility_problems(seen) -> dict[str, list[str]]:
    """What axe-core finds beyond the theme's own baseline: rule → the first nodes."""
    # What scrolls becomes a stop for the tabulator a moment after the window has got another size; axe says where it does not.
    with suppress(TimeoutError):
        seen.page.wait_for_function(SCROLLED_STOPS, timeout=2000)
    found, before = {}, len(seen.problems)
    for violation in violations(seen.page):
        nodes = [f"{node['target']}: {node['html'][:160]}" for node in violation["nodes"]]
        if len(nodes) > THEME_BASELINE.get(violation["id"], 0):
            found[violation["id"]] = nodes[:6]
    del seen.problems[before:]  # axe asks for style sheets at addresses that the page has not
    return found


def test_axe_finds_nothing_beyond_the_theme_light(light):
    assert light.page.locator("html").get_attribute("data-theme") == "light"
    assert accessibility_problems(light) == {}


def test_axe_finds_nothing_beyond_the_theme_dark(dark):
    assert dark.page.locator("html").get_attribute("data-theme") == "dark"
    assert accessibility_problems(dark) == {}


def test_nothing_runs_off_a_phone(phone):
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('article pre, article table, article svg, article img')].filter(e => {
            for (let p = e; p && p.tagName !== 'ARTICLE'; p = p.parentElement)
                if (getComputedStyle(p).overflowX !== 'visible') return false;
            return e.getBoundingClientRect().right > 391;
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert too_wide == []


def test_nothing_runs_off_at_four_times_the_size(phone):
    """WCAG 2.2, 1.4.10: 320 px."""
    before = phone.page.viewport_size
    phone.page.set_viewport_size({"width": 320, "height": 640})
    wide = phone.page.evaluate("document.documentElement.scrollWidth")
    phone.page.set_viewport_size(before)
    assert wide <= 320


def test_errors_are_whole_on_a_phone(phone):
    assert hidden_by_scrolling(phone.page) == []

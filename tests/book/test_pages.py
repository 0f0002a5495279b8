"""Every built page, in a real browser that reaches no other host."""

import re
from pathlib import Path

import check_links
from accessibility import violations
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


def test_a_page_has_our_style_sheet(light):
    assert light.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--rl-skip')").strip()


def test_math_is_typeset(light):
    page = light.page
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("mjx-container").count() >= page.locator(".math").count()
    prose = page.locator("article").evaluate(
        "a => { const c = a.cloneNode(true); c.querySelectorAll('pre, code, script').forEach(e => e.remove()); return c.textContent }"
    )
    assert not re.search(r"\$[^$\n]{1,80}\$|\\\(|\\frac", prose)


def accessibility_problems(seen) -> dict[str, list[str]]:
    """What axe-core finds beyond the theme's own baseline: rule → the first nodes."""
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

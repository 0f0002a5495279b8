"""Every built page, in a real browser that reaches no other host."""

import re
from pathlib import Path

import check_links
import pytest

ROOT = Path(__file__).parents[2]
PAGES = check_links.expected_pages(ROOT)
CHAPTERS = [page for page in PAGES if re.match(r"book/\d\d_", page)]
# What axe-core finds on an empty page of this theme: two search buttons whose label differs from their words, and
# the logo beside the landmarks. Everything else is ours.
THEME_BASELINE = {"label-content-name-mismatch": 2, "region": 1}


@pytest.mark.parametrize("name", [*PAGES, "search", "genindex"])
def test_a_page_loads_cleanly_and_asks_no_other_host(visit, name):
    assert visit(name).problems == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_widgets_and_math_come_up_cleanly(chapter, name):
    seen = chapter(name)
    page = seen.page
    assert seen.problems == []
    views = page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
    assert views > 0, "a chapter has at least one interactive figure"
    assert page.locator(".widget-subarea > .jupyter-widgets, .output > .jupyter-widgets").count() >= 1
    assert page.locator("mjx-merror").count() == 0
    math = page.locator(".math").count()
    assert page.locator("mjx-container").count() >= math
    prose = page.locator("article").evaluate(
        "a => { const c = a.cloneNode(true); c.querySelectorAll('pre, code, script').forEach(e => e.remove()); return c.textContent }"
    )
    assert not re.search(r"\$[^$\n]{1,80}\$|\\\(|\\frac", prose)


def test_there_is_math_to_typeset(chapter):
    assert chapter("book/02_adaptive_pooling").page.locator("mjx-container").count() > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_beyond_the_theme(chapter, name, theme):
    from axe_playwright_python.sync_playwright import Axe

    seen = chapter(name, theme=theme)
    assert seen.page.locator("html").get_attribute("data-theme") == theme
    found = {}
    for violation in Axe().run(seen.page).response["violations"]:
        nodes = [f"{node['target']}: {node['html'][:160]}" for node in violation["nodes"]]
        if len(nodes) > THEME_BASELINE.get(violation["id"], 0):
            found[violation["id"]] = nodes[:6]
    assert found == {}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_off_a_phone(chapter, name):
    page = chapter(name, width=390).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('article pre, article table, article svg, article img')].filter(e => {
            for (let p = e; p && p.tagName !== 'ARTICLE'; p = p.parentElement)
                if (getComputedStyle(p).overflowX !== 'visible') return false;
            return e.getBoundingClientRect().right > 391;
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert too_wide == []


def test_search_finds_a_word(visit):
    seen = visit("search", width=1280)
    page = seen.page
    page.goto(page.url + "?q=adaptive", wait_until="networkidle")
    page.wait_for_selector("#search-results li a", timeout=30_000)
    results = page.locator("#search-results").inner_text()
    assert "Any size in" in results
    assert seen.problems == []


def test_a_page_works_from_a_stick(visit, built_book):
    seen = visit(url=(built_book / "book" / "02_adaptive_pooling.html").as_uri())
    seen.page.wait_for_selector(".rl-says", timeout=60_000)
    seen.page.wait_for_selector("mjx-container", timeout=60_000)
    assert seen.problems == []


def test_outputs_hold_no_warnings_and_no_machine_paths(built_book):
    for name in CHAPTERS:
        text = (built_book / f"{name}.html").read_text(encoding="utf-8")
        assert "FutureWarning" not in text and "UserWarning" not in text
        assert str(ROOT) not in text

"""The book as a whole: search, index, a USB stick, and what no page may say."""

import pytest
from test_exercise_pages import EXERCISES
from test_pages import CHAPTERS, ROOT


@pytest.mark.parametrize("page", ["search", "genindex"])
def test_the_pages_of_the_builder_load_cleanly(visit, page):
    assert visit(page).went_wrong() == []


def test_there_is_math_to_typeset(visit):
    assert visit("book/02_adaptive_pooling").page.locator("mjx-container").count() > 0


def test_search_finds_a_word(visit):
    seen = visit("search")
    page = seen.page
    page.goto(page.url + "?q=adaptive", wait_until="networkidle")
    page.wait_for_selector("#search-results li a", timeout=30_000)
    assert "Any size in" in page.locator("#search-results").inner_text()
    assert seen.went_wrong() == []


def test_a_page_works_from_a_stick(visit, built_book):
    seen = visit(url=(built_book / "book" / "02_adaptive_pooling.html").as_uri())
    seen.page.wait_for_selector(".rl-says", timeout=60_000)
    seen.page.wait_for_selector("mjx-container", timeout=60_000)
    assert seen.went_wrong() == []


def test_outputs_hold_no_warnings_and_no_machine_paths(built_book):
    for name in [*CHAPTERS, *EXERCISES]:
        text = (built_book / f"{name}.html").read_text(encoding="utf-8")
        assert "FutureWarning" not in text and "UserWarning" not in text
        assert str(ROOT) not in text


def test_the_theme_that_a_reader_chose_before_is_there_at_once(visit):
    assert visit("book/07_resnet", theme="dark").page.locator("html").get_attribute("data-theme") == "dark"


def test_a_page_opened_on_a_phone_fits(visit):
    assert visit("book/07_resnet", width=390).page.evaluate("document.documentElement.scrollWidth") <= 390

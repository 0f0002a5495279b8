"""What the book has for instructors: slides, live notebooks, run sheets and plans, offline, on paper and on a phone."""

import re

import nbformat
import pytest
from accessibility import violations
from test_pages import CHAPTERS, PAGES
from visiting import on, one_visit

SHEETS = [page for page in PAGES if re.search(r"instructor/(run_sheet|plan)_", page)]
DECKS = [page.removeprefix("book/") for page in CHAPTERS]
opened = one_visit(SHEETS)

# Goes to every slide and shows all of it; returns those that are wider than the screen or have no heading.
WALK = """() => {
  const wrong = []
  for (const slide of Reveal.getSlides()) {
    const {h, v} = Reveal.getIndices(slide)
    Reveal.slide(h, v, 99)
    const title = slide.querySelector('h1, h2, h3')
    if (!title) wrong.push(`${h}/${v}: no heading`)
    else if (slide.scrollWidth > slide.clientWidth + 2) wrong.push(`${title.innerText}: ${slide.scrollWidth} wide`)
    // fonts differ from machine to machine; what is a little too long scrolls
    else if (slide.scrollHeight > 1.15 * slide.clientHeight) wrong.push(`${title.innerText}: ${slide.scrollHeight} high`)
  }
  return wrong
}"""


def test_each_chapter_has_its_pages():
    assert len(SHEETS) == len(CHAPTERS) + 3


@on(CHAPTERS)
def test_a_chapter_links_its_live_notebook_slides_and_run_sheet(light, built_book):
    links = light.page.locator(".rl-for-class a")
    targets = [(built_book / "book" / link.get_attribute("href")).resolve() for link in links.all()]
    assert [target.parent.name for target in targets] == ["live", "slides", "instructor"]
    assert all(target.is_file() for target in targets)
    nbformat.validate(nbformat.read(targets[0], as_version=4))


@pytest.mark.parametrize("deck", [*(f"slides/{deck}" for deck in DECKS), "sessions/pooling_to_residual_slides"])
def test_slides_run_alone_and_fit(visit, deck):
    seen = visit(deck)
    assert seen.page.evaluate("Reveal.isReady()")
    assert seen.page.evaluate(WALK) == []
    assert seen.page.locator("mjx-merror").count() == 0
    assert seen.went_wrong() == []


@pytest.mark.parametrize("plan", [page for page in SHEETS if "/plan_" in page])
def test_a_plan_links_the_files_of_its_session(visit, built_book, plan):
    links = visit(plan).page.locator('.rl-links a[href*="/sessions/"]')
    targets = [(built_book / "book" / "instructor" / link.get_attribute("href")).resolve() for link in links.all()]
    assert len(targets) == 4 and all(target.is_file() for target in targets)


def test_slides_work_from_a_stick_and_keys_turn_them(visit, built_book):
    page = (seen := visit(url=(built_book / "slides" / f"{DECKS[1]}.html").as_uri())).page
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Reveal.getIndices().h === 1")
    assert page.locator("section.present:not(.stack) h2").inner_text()
    assert seen.went_wrong() == []


def test_axe_finds_nothing_on_slides(visit):
    page = visit(f"slides/{DECKS[1]}").page
    for part in ["h1", "h2", ".highlight", ".rl-right", ".rl-error", ".rl-small", ".rl-note-on-figure", "img"]:
        page.evaluate(
            """part => {
              const slide = document.querySelector(`section section ${part}`).closest('section')
              const {h, v} = Reveal.getIndices(slide)
              Reveal.slide(h, v, 99)
            }""",
            part,
        )
        assert {found["id"]: found["nodes"][0]["html"][:160] for found in violations(page)} == {}, part


def test_a_sheet_fits_a_phone_and_paper(phone):
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 703, "height": 1020})  # A4 without its margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert not page.locator(".bd-sidebar-primary, .bd-header-article, #jb-print-toc, .rl-links").first.is_visible()
    assert page.locator("h1:visible").count() == 1
    rows = page.locator(".rl-row")
    assert rows.count() > 15
    assert rows.first.evaluate("row => getComputedStyle(row).breakInside") == "avoid"


@pytest.mark.parametrize("plan", [page for page in SHEETS if "/plan_" in page])
def test_a_plan_is_printed_on_few_pages(plan, visit):
    pages = len(re.findall(rb"/Type\s*/Page\b", visit(plan).page.pdf(prefer_css_page_size=True)))
    assert pages <= (5 if "half_day" in plan else 3)


@on([page for page in SHEETS if "/run_sheet_" in page])
def test_a_run_sheet_shows_what_appears(light, built_book, request):
    assert light.page.locator(".rl-appears pre").count() > 5
    html = (built_book / f"{request.node.callspec.params['opened']}.html").read_text(encoding="utf-8")
    assert "% appears" not in html

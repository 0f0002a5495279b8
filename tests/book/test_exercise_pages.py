"""A student who reads only the page of an exercise finds what to do, the notebook, the check, and what to do when stuck."""

import re

import nbformat
import pytest
from test_pages import PAGES

EXERCISES = [page for page in PAGES if page.startswith("book/exercises/")]
PAGE = "book/exercises/05_naive_resblock"


def test_every_chapter_has_its_page_of_exercises():
    chapters = [page.removeprefix("book/") for page in PAGES if re.match(r"book/\d\d_", page)]
    assert [page.removeprefix("book/exercises/") for page in EXERCISES] == chapters


@pytest.mark.xdist_group(PAGE)
def test_hints_are_folded_in_two_levels(open_book):
    page = open_book(PAGE).page
    section = page.locator("section", has=page.locator("h2", has_text="5.3")).last
    first, second = section.get_by_text("Which number in the second layer"), section.get_by_text("is set by")
    assert not first.is_visible() and not second.is_visible()
    section.get_by_text("A hint for 5.3").click()
    first.wait_for()
    assert not second.is_visible()
    section.get_by_text("A second hint").click()
    second.wait_for()
    assert section.get_by_text("A solution").count() == 0


@pytest.mark.xdist_group(PAGE)
def test_the_notebook_is_there_with_stubs_and_the_chapter_with_outputs(open_book, built_book):
    page = open_book(PAGE).page
    links = page.locator("a[download]")
    files = {(built_book / "book" / "exercises" / one.get_attribute("href")).resolve() for one in links.all()}
    (file,) = {file for file in files if file.parts[-3] == "notebooks"}
    assert file == built_book / "notebooks" / "exercises" / "05_naive_resblock.ipynb"
    stubs = nbformat.read(file, as_version=4)
    assert "raise NotImplementedError" in "".join(cell.source for cell in stubs.cells)
    chapter = nbformat.read(built_book / "notebooks" / "book" / "05_naive_resblock.ipynb", as_version=4)
    assert any(cell.get("outputs") for cell in chapter.cells) and "widgets" in chapter.metadata
    assert "rl-launch" not in page.content() or page.locator(".rl-launch").count() == 4


@pytest.mark.xdist_group(PAGE)
def test_chapter_and_exercises_lead_to_each_other(open_book):
    page = open_book(PAGE).page
    page.locator(".rl-way-in a", has_text="Chapter 5").click()
    page.wait_for_url("**/book/05_naive_resblock.html")
    page.locator("article a", has_text=re.compile(r"^5\.3$")).first.click()
    page.wait_for_url("**/book/exercises/05_naive_resblock.html#exercise-5-3")

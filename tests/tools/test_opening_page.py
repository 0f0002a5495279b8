"""The opening page: a card for each chapter of the book, with a picture that is drawn and times that are added up."""

import re
from pathlib import Path

import check_links
import pytest
from bs4 import BeautifulSoup
from sphinx_ext.opening_pictures import PICTURES, stacked_blocks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
CHAPTERS = [page.removeprefix("book/") for page in check_links.expected_pages(ROOT) if re.match(r"book/\d\d_", page)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_has_its_card(chapter):
    number = int(chapter[:2])
    title = re.search(r'"# (.*?)\\n', (ROOT / "book" / f"{chapter}.ipynb").read_text(encoding="utf-8"))[1]
    card = re.search(rf":::\{{grid-item-card\}} {re.escape(title)}\n:link: {chapter}\n(.*?)\n::::\n", PAGE, re.DOTALL)[
        1
    ]
    assert f"{{drawing}} chapter-{number}\n" in card
    assert f"{{chapter-time}}`{number}`" in card
    assert "**You build**" in card


def test_each_drawing_of_the_page_is_there_and_each_picture_is_used():
    assert sorted(re.findall(r"\{drawing\} (\S+)", PAGE)) == sorted(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_what_it_shows_and_takes_its_colours_from_the_page(name):
    picture = BeautifulSoup(PICTURES[name](), "html.parser").svg
    assert picture["role"] == "img" and len(picture["aria-label"]) > 20
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|fill=|stroke=|style=", str(picture))


def test_the_picture_of_chapter_7_counts_the_blocks_of_the_model():
    picture = BeautifulSoup(stacked_blocks(), "html.parser").svg
    assert picture["aria-label"].startswith("The 8 blocks of ResNet-18 in four stages")
    assert len(picture.select("path.residual")) == 8
    assert len(picture.select("path.skip.dash")) == 3  # stages 2 to 4 begin with a fixed skip path


def test_the_opening_page_has_a_place_for_the_reader_s_own_picture():
    assert 'data-rl-net="own-picture"' in PAGE

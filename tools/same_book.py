"""Compare two built books page by page: the same pages, words, anchors and links. Used by tools/plain_sphinx.py --compare."""

import re
from html.parser import HTMLParser
from pathlib import Path

import check_links

# What Jupyter Book loads for live code: a style sheet that nothing here uses.
NOT_LINKED = re.compile(r"sphinx-thebe\.css")
SHOWN = 12  # words of a difference


class Article(HTMLParser):
    """The words of a page's own text, without menus and scripts."""

    def __init__(self, file: Path):
        super().__init__()
        self.words: list[str] = []
        self._inside = self._unread = 0
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside += tag in ("article", "main")
        self._unread += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in ("article", "main")
        self._unread -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._unread:
            self.words += data.split()


def differences(first: Path, second: Path) -> list[str]:
    """A line for each page that is in one of the folders only, and for each way in which a page differs."""
    pages, others = _pages(first), _pages(second)
    found = [f"{page}: only in {first if page in pages else second}" for page in sorted(pages ^ others)]
    for page in sorted(pages & others):
        words, their_words = Article(first / page).words, Article(second / page).words
        if words != their_words:
            found.append(f"{page}: {_where(words, their_words)}")
        one, other = check_links.Page(first / page), check_links.Page(second / page)
        pairs = {"links": (_links(one), _links(other)), "anchors": (one.anchors, other.anchors)}
        found += [f"{page}: {what} differ: {sorted(a ^ b)[:5]}" for what, (a, b) in pairs.items() if a != b]
    return found


def _pages(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*.html") if "_static" not in file.parts}


def _links(page: check_links.Page) -> set[str]:
    """Without the version of a file behind its name."""
    return {re.sub(r"\?v=\w+", "", link) for link in page.links if not NOT_LINKED.search(link)}


def _where(words: list[str], others: list[str]) -> str:
    pairs = enumerate(zip(words, others, strict=False))
    place = next((n for n, (a, b) in pairs if a != b), min(len(words), len(others)))
    here, there = (" ".join(text[place : place + SHOWN]) for text in (words, others))
    return f"from word {place} on {here!r} in one, {there!r} in the other"

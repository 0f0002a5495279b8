"""Check the built pages without a network: every expected page exists, every internal link and anchor leads somewhere."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx_ext.toc_pages import expected_pages


class Page(HTMLParser):
    """The links a page holds and the anchors it offers."""

    def __init__(self, file: Path):
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if value and name == "id":
                self.anchors.add(value)
            elif value and name in ("href", "src") and tag != "use":
                self.links.add(value)

    def has(self, fragment: str) -> bool:
        """Whether a link's `#fragment` leads somewhere. Browsers look for it as it stands, then with its % signs read."""
        return not self.anchors.isdisjoint({fragment, unquote(fragment)}) or fragment == "top"


def missing_pages(root: Path, html: Path) -> list[str]:
    """One message for each page of _toc.yml that was not built."""
    return [
        f"{page}: in _toc.yml, but not built" for page in expected_pages(root) if not (html / f"{page}.html").exists()
    ]


def broken_links(html: Path) -> list[str]:
    """One message for each link in the built pages that leads to no file or to no anchor of the book."""
    pages = {file.resolve(): Page(file) for file in sorted(html.rglob("*.html")) if "_static" not in file.parts}
    problems = []
    for file, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("data:"):
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            where = f"{file.relative_to(html.resolve()).as_posix()}: link to {link!r}"
            if not target.exists():
                problems.append(f"{where}: there is no such file")
            elif target in pages and parts.fragment and not pages[target].has(parts.fragment):
                problems.append(f"{where}: the page has no such anchor")
    return problems


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    problems = missing_pages(root, root / "_build" / "html") + broken_links(root / "_build" / "html")
    print("\n".join(problems) or "All pages are there and all internal links lead somewhere.")
    sys.exit(bool(problems))

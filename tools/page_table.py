"""How heavy each page of the built book is, and how long its notebook ran."""

from pathlib import Path

import check_links
import nbformat
from jupyter_cache import get_cache

PAGE_LIMIT_BYTES = 1_500_000


def weights(root: Path, html: Path) -> dict[str, int]:
    """Bytes of each page of _toc.yml that was built: its HTML, with widget states, and the images it shows; without shared scripts."""
    found = {}
    for page in check_links.expected_pages(root):
        file = html / f"{page}.html"
        if not file.exists():
            continue
        images = {(file.parent / link) for link in check_links.Page(file).links if "_images/" in link}
        found[page] = file.stat().st_size + sum(image.stat().st_size for image in images if image.exists())
    return found


def seconds(root: Path) -> dict[str, float]:
    """Seconds that each notebook of _toc.yml ran when it was executed last, as jupyter-cache keeps them."""
    cache, found = get_cache(root / "_build" / ".jupyter_cache"), {}
    for page in check_links.expected_pages(root):
        file = root / f"{page}.ipynb"
        if file.exists():
            try:
                record = cache.match_cache_notebook(nbformat.read(file, as_version=4))
            except KeyError:
                continue
            found[page] = record.data["execution_seconds"]
    return found


def heavy_pages(found: dict[str, int]) -> list[str]:
    """One message for each page above the limit; `found`: what `weights` gave."""
    limit = f"{PAGE_LIMIT_BYTES / 1e6:.1f} MB"
    return [
        f"{page}: {size / 1e6:.2f} MB, the limit is {limit}" for page, size in found.items() if size > PAGE_LIMIT_BYTES
    ]


def table(heavy: dict[str, int], ran: dict[str, float]) -> str:
    """A line a page, the sums below: weight, and seconds of execution where there are some; what `weights` and `seconds` gave."""
    rows = [(size, ran.get(page), page) for page, size in heavy.items()]
    rows.append((sum(heavy.values()), sum(ran.values()), "all"))
    lines = [
        f"  {size / 1e3:7.0f} kB  {f'{took:6.0f} s' if took is not None else ' ' * 8}  {page}"
        for size, took, page in rows
    ]
    return "Page weights, and how long the notebooks ran:\n" + "\n".join(lines)

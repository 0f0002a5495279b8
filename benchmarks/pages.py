"""How heavy a first visit of each page is, how soon its first figure can be used, and what the browser complains of.

    python benchmarks/pages.py [--runs 5] [page …]        (after `make book`)

A visit is that of a reader who was never there: an empty cache, in Chromium, 1400 px wide. Pages are opened from the disk, and from
a server on this machine that gives out the compressed copies which `make book` writes. A figure can be used when it has its first
control, with what the control does, and the browser has painted it; that the control changes the figure is tried afterwards.
Writes pages.json beside this file.
"""

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import check_links  # noqa: E402
from browsing import find_browser, served  # noqa: E402
from compressed_copies import copy_of, is_current  # noqa: E402

RESULT = Path(__file__).with_suffix(".json")
LIMIT_MS = 1500
CONTROL = ".rl-view :is(input, select, button)"
# The time since the visit began at which the first control has been painted: the second frame after it came.
NOTE_FIRST = f"""new MutationObserver((_, watch) => {{
  if (!document.querySelector('{CONTROL}')) return
  watch.disconnect()
  requestAnimationFrame(() => requestAnimationFrame(() => {{ window.firstFigureMs = performance.now() }}))
}}).observe(document, {{subtree: true, childList: true}})"""
# Move the first figure's first control and look whether it has become another; a slider before buttons, of which one may be *play*.
USE_FIRST = f"""() => {{
  const first = document.querySelector('{CONTROL}'), figure = first.closest('.rl-view')
  const control = figure.querySelector('input, select') ?? first
  const before = figure.innerHTML
  if (control.tagName === 'BUTTON') [...control.parentElement.children].at(-1).click()
  else if (control.tagName === 'SELECT') {{
    control.selectedIndex += control.selectedIndex ? -1 : 1
    control.dispatchEvent(new Event('change'))
  }} else {{
    control.value === control.max ? control.stepDown() : control.stepUp()
    control.dispatchEvent(new Event('input'))
  }}
  return figure.innerHTML !== before
}}"""


def visit(browser: Browser, address: str, has_figure: bool) -> tuple[set[str], list[str], float | None]:
    """A first visit: the addresses of all that was loaded, what the browser's console says, and the first figure's milliseconds."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    loaded: set[str] = set()
    said: list[str] = []
    page.on("requestfinished", lambda request: loaded.add(request.url.partition("#")[0]))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.add_init_script(NOTE_FIRST)
    page.goto(address)
    first = first_figure(page, address) if has_figure else None
    page.wait_for_load_state("networkidle")
    context.close()
    return loaded, said, first


def first_figure(page: Page, address: str) -> float:
    """Milliseconds until the first figure of a page could be used. Raises SystemExit when its control does nothing."""
    page.wait_for_function("window.firstFigureMs")
    ms: float = page.evaluate("firstFigureMs")
    if not page.evaluate(USE_FIRST):
        raise SystemExit(f"{address}: the first control of the page changes nothing.")
    return ms


def payload(loaded: set[str], html: Path) -> dict[str, int]:
    """Bytes of the files of the book behind these addresses, as they are and with the compressed copies."""
    files = {html / unquote(urlsplit(url).path).lstrip("/") for url in loaded if url.startswith("http")}
    copies = [copy_of(file) if is_current(file) else file for file in files]
    return {
        "files": len(files),
        "bytes": sum(file.stat().st_size for file in files),
        "compressed": sum(file.stat().st_size for file in copies),
    }


def measure(browser: Browser, name: str, bases: Mapping[str, str], html: Path, runs: int) -> dict[str, object]:
    """What this benchmark says of one page; `bases`: the ways to open it, `server` among them."""
    has_figure = "widget-view+json" in (html / f"{name}.html").read_text(encoding="utf-8")
    times: dict[str, list[float]] = {way: [] for way in bases}
    said: set[str] = set()
    served_files: set[str] = set()
    for _ in range(runs if has_figure else 1):
        for way, base in bases.items():
            loaded, messages, first = visit(browser, f"{base}/{name}.html", has_figure)
            said |= {f"{way}: {message}" for message in messages}
            served_files |= loaded if way == "server" else set()
            if first is not None:
                times[way].append(first)
    found: dict[str, object] = {**payload(served_files, html), "console": sorted(said)}
    if has_figure:
        found["first figure, ms"] = {way: round(statistics.median(each)) for way, each in times.items()}
    return found


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="visits of a page with figures, of each kind")
    parser.add_argument("pages", nargs="*", help="names as in _toc.yml (default: all; only then is the result written)")
    options = parser.parse_args()
    html = ROOT / "_build" / "html"
    names = options.pages or check_links.expected_pages(ROOT)
    if missing := [name for name in names if not (html / f"{name}.html").exists()]:
        raise SystemExit(f"Not built: {', '.join(missing)}. Type make book first.")
    load, pages = os.getloadavg()[0], {}
    with served(html) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name in names:
            bases = {"disk": html.as_uri(), "server": address}
            pages[name] = measure(browser, name, bases, html, options.runs)
            print(name, pages[name], flush=True)
        version = browser.version
        browser.close()
    slowest = max(
        (max(page["first figure, ms"].values()), name) for name, page in pages.items() if "first figure, ms" in page
    )
    heaviest = max((page["compressed"], name) for name, page in pages.items())
    result = {
        "what": "first visits with an empty cache: files of the book that are loaded, their bytes as they are and compressed; median"
        " milliseconds from the start of the visit until the first figure can be used; what the browser's console says",
        "asked": {"first figure, ms": LIMIT_MS, "console": []},
        "slowest": {"page": slowest[1], "ms": slowest[0]},
        "heaviest": {"page": heaviest[1], "compressed": heaviest[0]},
        "runs": options.runs,
        "pages": pages,
        "machine": {"cores": os.cpu_count(), "chromium": version, "system": platform.system()},
        "load": {"before": round(load, 2), "after": round(os.getloadavg()[0], 2)},
    }
    if not options.pages:
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({part: value for part, value in result.items() if part != "pages"}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()

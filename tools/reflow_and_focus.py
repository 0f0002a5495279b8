"""Try on the built pages what axe-core does not: reflow at 320 px, text spacing, target sizes, keys, focus that stays in view.

    python tools/reflow_and_focus.py [page …]        (default: every page of the book; `make book` first)

Prints a line for each page with what was found: these are what book/appendices/accessibility.md tells of.
Exit code 1 when something was found that its list of exceptions does not name.
"""

import sys
from pathlib import Path

from browsing import find_browser, served

ROOT = Path(__file__).parents[1]
# WCAG 2.2, 1.4.12: what a reader may set and nothing be lost.
SPACING = "* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}"
SCROLLS = "() => document.scrollingElement.scrollWidth - innerWidth"
# 2.5.8: smaller than 24×24 px, no link within a sentence, and with no room of 24 px around it.
SMALL = """() => {
  const kinds = 'button, input:not(.sd-tab-set > *), select, summary, .sd-tab-label, [role=button]'
  const boxes = [...document.querySelectorAll(`.bd-article :is(${kinds})`)]
    .map(one => [one, one.getBoundingClientRect()]).filter(([_, box]) => box.width && box.height)
  const middle = box => [box.x + box.width / 2, box.y + box.height / 2]
  return boxes.filter(([one, box]) => (box.width < 24 || box.height < 24) && boxes.some(([other, its]) => {
    const [x, y] = middle(box), [u, v] = middle(its)
    return other !== one && Math.hypot(x - u, y - v) < 24
  })).map(([one]) => one.outerHTML.slice(0, 80))
}"""
# 2.4.11: what has the focus is not wholly below something that stays where it is. Of tabs the label shows it.
FOCUSED = """async () => {
  const one = document.activeElement, size = one.getBoundingClientRect()
  if (one === document.body || one.matches('.sd-tab-set > input') || !size.width || !size.height) return null
  const seen = () => {
    const box = one.getBoundingClientRect()
    return [[.5, .5], [.1, .2], [.9, .8]].some(([x, y]) => {
      const top = document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)
      return top && (one.contains(top) || top.contains(one))
    })
  }
  // the link past the contents slides in, and the page scrolls
  if (!seen()) await new Promise(done => setTimeout(done, 400))
  return seen() ? '' : one.outerHTML.slice(0, 80)
}"""


def main() -> int:
    """Serve `_build/html`, try each page, return the exit code."""
    from playwright.sync_api import sync_playwright

    html = ROOT / "_build" / "html"
    names = sys.argv[1:] or sorted(
        file.relative_to(html).with_suffix("").as_posix()
        for file in html.glob("book/**/*.html")
        if "_static" not in file.parts
    )
    bad = 0
    with served(html) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name in names:
            found = problems(browser, f"{address}/{name}.html")
            bad += bool(found)
            print(f"{name}: {'; '.join(found) or 'nothing found'}", flush=True)
        browser.close()
    return bool(bad)


def problems(browser, address: str, most_stops: int = 150) -> list[str]:
    """What was found on the page at `address`, in words."""
    found = []
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(address)
    if (beyond := page.evaluate(SCROLLS)) > 0:
        found.append(f"scrolls sideways by {beyond} px at 320 px")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.add_style_tag(content=SPACING)
    if (beyond := page.evaluate(SCROLLS)) > 0:
        found.append(f"scrolls sideways by {beyond} px with wide spacing")
    found += [f"small target {one}" for one in page.evaluate(SMALL)]
    page.reload()
    hidden = set()
    for _ in range(most_stops):
        page.keyboard.press("Tab")
        hidden.add(page.evaluate(FOCUSED))
    found += [f"focus out of sight {one}" for one in sorted(filter(None, hidden))]
    page.close()
    return found


if __name__ == "__main__":
    sys.exit(main())

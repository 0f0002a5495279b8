"""Take the README's pictures from the built pages. None shows photographs of the data set."""

import sys
from pathlib import Path
from typing import Literal

from browsing import find_browser, served

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "screenshots"
# name → (page, what to scroll to, theme)
SHOTS: dict[str, tuple[str, str, Literal["light", "dark"]]] = {
    "chapter2-light": ("book/02_adaptive_pooling", ".rl-shape-ladder", "light"),
    "chapter2-dark": ("book/02_adaptive_pooling", ".rl-adaptive-windows", "dark"),
}


def main() -> int:
    """Serve `_build/html`, take each picture, return the exit code."""
    html = ROOT / "_build" / "html"
    program = find_browser()
    if not html.exists() or program is None:
        print(
            "Screenshots need the built book (make book) and Chromium (or CHROMIUM set to a browser).", file=sys.stderr
        )
        return 1
    from playwright.sync_api import sync_playwright

    TARGET.mkdir(parents=True, exist_ok=True)
    with served(html) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (page_name, selector, theme) in SHOTS.items():
            page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme=theme)
            page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
            page.goto(f"{address}/{page_name}.html", wait_until="networkidle")
            figure = page.locator(selector).first
            figure.wait_for(timeout=60_000)
            figure.evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - 240)")
            page.wait_for_timeout(1000)
            page.screenshot(path=TARGET / f"{name}.png")
            print(TARGET / f"{name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Take the README's pictures from the built pages. None shows photographs of the data set."""

import functools
import os
import shutil
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "screenshots"
# name → (page, what to scroll to, theme)
SHOTS = {
    "chapter2-light": ("book/02_adaptive_pooling", ".rl-shape-ladder", "light"),
    "chapter2-dark": ("book/02_adaptive_pooling", ".rl-adaptive-windows", "dark"),
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing: the names of the pictures are the output."""


def main() -> int:
    """Serve `_build/html`, take each picture, return the exit code."""
    html = ROOT / "_build" / "html"
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not html.exists() or program is None:
        print(
            "Screenshots need the built book (make book) and Chromium (or CHROMIUM set to a browser).", file=sys.stderr
        )
        return 1
    from playwright.sync_api import sync_playwright

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=html))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (page_name, selector, theme) in SHOTS.items():
            page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme=theme)
            page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
            page.goto(f"http://127.0.0.1:{server.server_port}/{page_name}.html", wait_until="networkidle")
            figure = page.locator(selector).first
            figure.wait_for(timeout=60_000)
            figure.evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - 240)")
            page.wait_for_timeout(1000)
            page.screenshot(path=TARGET / f"{name}.png")
            print(TARGET / f"{name}.png")
        browser.close()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Open a page of the built book, and note everything that goes wrong while it is open."""

from dataclasses import dataclass, field

import pytest

WIDGET_VIEWS = 'script[type="application/vnd.jupyter.widget-view+json"]'
TIMEOUT = 60_000  # ms
# Every figure stands there, every formula is typeset, no colour is on its way to another, and nothing has changed for a while.
SETTLED = """views => new Promise(done => {
  const start = performance.now()
  const ready = () => performance.now() - start > 30_000 || document.readyState === 'complete'
    && [...document.querySelectorAll(views)].every(v => 'shown' in v.dataset)
    && [...document.querySelectorAll('.math')].every(m => m.querySelector('mjx-container'))
    && !document.getAnimations().some(a => a instanceof CSSTransition)
  const look = () => {
    watch.disconnect()
    if (ready()) return done(true)
    again()
  }
  let timer
  const again = () => { watch.observe(document, EVERYTHING); clearTimeout(timer); timer = setTimeout(look, 200) }
  const EVERYTHING = {subtree: true, childList: true, characterData: true, attributes: true}
  const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(look, 200) })
  again()
})"""


@dataclass
class Visit:
    """A page, and everything that went wrong while it was open."""

    page: object
    theme: str
    problems: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # on the console, other than errors

    def went_wrong(self) -> list[str]:
        """The problems, when nothing is under way any more."""
        self.page.wait_for_load_state("networkidle")
        return self.problems

    def settle(self) -> None:
        """Wait until the page stands as it will stay."""
        self.page.evaluate(SETTLED, WIDGET_VIEWS)

    def look(self, theme: str = "light", width: int = 1280) -> None:
        """Choose a theme by the page's own button, and a width of the window in pixels."""
        page = self.page
        if (self.theme, page.viewport_size["width"]) == (theme, width):
            return
        page.set_viewport_size({"width": 1280, "height": 900})  # a phone has no room for the button
        page.emulate_media(color_scheme=theme, media="screen")
        for _ in ("light", "dark", "auto"):
            if page.locator("html").get_attribute("data-mode") != theme:
                page.locator(".theme-switch-button:visible").first.dispatch_event(
                    "click"
                )  # the mouse would call a tooltip
        page.set_viewport_size({"width": width, "height": 900})
        self.theme = theme
        self.settle()


def open_page(context, address, name=None, url=None, width=1280, theme="light") -> Visit:
    """Open a page of the book by its name, or any address, and wait until its widgets stand there."""
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
    seen = Visit(page, theme)
    own = (address, "file:", "data:", "blob:")
    tell = seen.problems.append
    page.on("request", lambda r: None if r.url.startswith(own) else tell(f"asked another host: {r.url}"))
    page.on("console", lambda m: tell(f"console: {m.text}") if m.type == "error" else seen.said.append(m.text))
    page.on("pageerror", lambda error: tell(f"page error: {error}"))
    page.on("response", lambda r: tell(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.goto(url or f"{address}/{name}.html")
    seen.settle()
    return seen


def grouped(pages) -> list:
    """As parameters: tests of one page run in one process."""
    return [pytest.param(page, marks=pytest.mark.xdist_group(page)) for page in pages]


def one_visit(pages):
    """A fixture for a module: each of these pages, opened once for all tests of it."""

    @pytest.fixture(scope="module", params=grouped(pages))
    def opened(request, open_book):
        return open_book(request.param)

    return opened


def on(pages):
    """For a test of other pages than its module is about."""
    return pytest.mark.parametrize("opened", grouped(pages), indirect=True)

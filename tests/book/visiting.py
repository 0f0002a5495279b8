"""Open a page of the built book, and note everything that goes wrong while it is open."""

from dataclasses import dataclass, field

WIDGET_VIEWS = 'script[type="application/vnd.jupyter.widget-view+json"]'


@dataclass
class Visit:
    """A page, and everything that went wrong while it was open."""

    page: object
    problems: list[str] = field(default_factory=list)


def open_page(browser, address, name=None, url=None, width=1280, theme="light") -> Visit:
    """Open a page of the book by its name, or any address, and wait until its widgets stand there."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    context.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
    page = context.new_page()
    seen = Visit(page)
    own = (address, "file:", "data:", "blob:")

    def route(request_route):
        if request_route.request.url.startswith(own):
            request_route.continue_()
        else:
            seen.problems.append(f"asked another host: {request_route.request.url}")
            request_route.abort()

    context.route("**/*", route)
    page.on("console", lambda m: seen.problems.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: seen.problems.append(f"page error: {error}"))
    page.on("response", lambda r: seen.problems.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.goto(url or f"{address}/{name}.html", wait_until="networkidle")
    if page.locator(WIDGET_VIEWS).count():
        page.wait_for_selector(".jupyter-widgets", state="attached", timeout=60_000)
        page.wait_for_timeout(1000)
    return seen

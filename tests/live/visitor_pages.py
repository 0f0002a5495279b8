"""Browsers that look at a board, and what they find on it."""

import re


def new_page(browser, problems: list, **more):
    """A browser of its own; script errors, dialogs and requests that leave this machine are added to `problems`."""
    page = browser.new_context(**more).new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("http://127.0.0.1:", "data:")) else problems.append(asked.url),
    )
    return page


def cell_of(page, number: str):
    """The last run of the step `number` on the board."""
    exactly = page.locator(".number", has_text=re.compile(f"^{re.escape(number)}$"))
    return page.locator("article").filter(has=exactly).last

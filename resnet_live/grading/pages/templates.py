"""The templates of the pages, and what they share: colours, style, text with `code` in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from resnet_live.code_in_text import code_as_html
from resnet_live.grading.reports import printable
from resnet_live.grading.status import Status
from resnet_live.palette import COLOURS

FOLDER = Path(__file__).parent
# The class of a result: its colour.
KINDS = {Status.PASSED: "passed", Status.PARTLY: "partly", Status.NOT_ATTEMPTED: "none", Status.MISSING: "none"}


def kind(status: Status) -> str:
    """The class that colours a result."""
    return KINDS.get(status, "failed")


def render(template: str, **values: object) -> str:
    """A whole page that needs no other file. Everything in `values` is escaped."""
    return environment().get_template(template).render(style=Markup(style()), **values)


def style() -> str:
    """The style sheet, with the colours of the course for light and dark pages."""
    light = "".join(f"--rl-{name}:{shade.light};" for name, shade in COLOURS.items())
    dark = "".join(f"--rl-{name}:{shade.dark};" for name, shade in COLOURS.items())
    colours = f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return colours + (FOLDER / "page.css").read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """jinja2, set up so that nothing a student wrote becomes markup."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    made.filters["code"] = lambda text: Markup(code_as_html(printable(str(text))))
    return made

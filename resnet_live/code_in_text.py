"""Code within a text: between backticks for a line of HTML, in a fenced block for Markdown."""

import re
from html import escape


def code_as_html(text: str) -> str:
    """Plain text as HTML, in which `` `code` `` is set as code. It is for the inside of an element, not for an attribute."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def fenced(text: str, language: str) -> str:
    """`text` as a block of Markdown that shows it as it is: its fence is longer than any run of backticks within."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"

"""A page by itself, to be printed on A4 or opened from a folder: one HTML file with its own style, and nothing fetched."""

from html import escape
from pathlib import Path

from resnet_live.code_in_text import code_as_html

STYLE = Path(__file__).parent / "printed" / "printed.css"


def printed_page(title: str, body: str) -> str:
    """The HTML document."""
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def words(text: str) -> str:
    """Text with `` `code` `` as HTML, on one line."""
    return code_as_html(" ".join(text.split()))


def code(text: str) -> str:
    """Code, or what it prints, as a block. What a line is too short for stands below, further in: no line of its own to type."""
    widths = [(len(line) - len(line.lstrip()), escape(line) or "<br>") for line in text.split("\n")]
    lines = "".join(f'<span class="line" style="--in:{width}ch">{line}</span>' for width, line in widths)
    return f"<pre>{lines}</pre>"


def block(kind: str, *parts: str) -> str:
    """A `div` that the style knows as `kind`."""
    return f'<div class="{kind}">{"".join(parts)}</div>'

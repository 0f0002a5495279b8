"""Sphinx extension: what a page's text is given before it is written.

Error messages stand out from their tracebacks, columns of numbers are set to the right, figures get their captions, and what
belongs together stands on one line (see `typography`).
"""

import re
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from typography import typeset

from resnet_live.code_in_text import code_as_html

# A traceback as MyST-NB writes it: the rule above it, the head with the error's name, … and from the last name of an error on, the
# message.
_TRACEBACK = re.compile(r'(<div class="output traceback[^>]*><div class="highlight"><pre>)(.*?)(</pre>)', re.DOTALL)
_RULE = re.compile(r'(<span></span>)?<span class="gt">-{10,}</span>\n')
_HEAD = re.compile(
    r'<span class="(?:ne|gr)">[\w.]+</span>(?:\s|<span class="g g-Whitespace">\s*</span>)+(Traceback \(most recent call last\))'
)
_NAME = re.compile(r'^<span class="(?:ne|gr)">[\w.]+</span>: ', re.MULTILINE)
# What a reader must see in a message: sizes, dimensions, shapes.
_SIZE = re.compile(r"(?<![\w.])(\d+x\d+|\[[\d, ]+\]|\d+)(?![\w.]*\w)")
# One number, its thousands apart or not, perhaps with a unit: "1.4.3, 1.4.11" is none.
_NUMBER = re.compile(
    r"[-+−]?(?=\.?\d)(\d{1,3}([, \u00a0\u2009\u202f]\d{3})+|\d*)(\.\d*)?([eE][-+−]?\d+)?\s?(%|s|ms|min|px|M|k|MB|G)?|[–-]"
)
# Two numbers in a cell of a table: "0.78 to 0.93".
_PAIR = re.compile(r"[−\d.,]+ (?:to|and) [−\d.,]+")
_SCRIPT_OR_TABLE = re.compile(r"<script\b.*?</script>|<table\b.*?</table>", re.DOTALL)


def message_first(traceback: re.Match[str]) -> str:
    """A traceback with its message as a block of its own, the sizes in it marked."""
    begin, text, end = traceback.groups()
    text = _HEAD.sub(r"\1", _RULE.sub("", text))
    names = list(_NAME.finditer(text))
    if names:
        where = names[-1].start()
        message = text[where:].rstrip()
        # only what is text: a tag's attributes may hold numbers too
        marked = "".join(
            part if part.startswith("<") else _SIZE.sub(r"<b>\1</b>", part)
            for part in re.split(r"(<[^>]*>|&[#\w]+;)", message)
        )
        text = f'{text[:where].rstrip()}\n<span class="rl-message">{marked}</span>'
    return f"{begin}{text}{end}"


def numbers_right(table: str) -> str:
    """An HTML table whose columns of numbers alone have the class `rl-num`, headings too, and commas in their large integers.

    A cell with two numbers, "0.78 to 0.93", has the class `rl-keep`.
    """
    soup = BeautifulSoup(table, "html.parser")
    rows = [row.find_all(["th", "td"]) for row in soup.select("tbody tr")]
    if not rows or any(cell.has_attr("colspan") or cell.has_attr("rowspan") for row in rows for cell in row):
        return table
    head = [row.find_all(["th", "td"]) for row in soup.select("thead tr")]
    for column in range(max(map(len, rows))):
        cells = [row[column] for row in rows if column < len(row)]
        words = [cell.get_text().strip() for cell in cells]
        if any(words) and all(not text or _NUMBER.fullmatch(text) for text in words):
            for cell in cells:
                if cell.string and re.fullmatch(r"\d{5,}", cell.string.strip()):
                    cell.string = f"{int(cell.string):,}"
            for cell in cells + [row[column] for row in head if column < len(row)]:
                cell["class"] = [*cell.get("class", []), "rl-num"]
        for cell, text in zip(cells, words, strict=True):
            if _PAIR.fullmatch(text):
                cell["class"] = [*cell.get("class", []), "rl-keep"]
    return str(soup)


def shape_body(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Errors and tables of a page; and its number, for the captions."""
    if "body" not in context:
        return
    body = _TRACEBACK.sub(message_first, context["body"])
    body = _SCRIPT_OR_TABLE.sub(
        lambda found: numbers_right(found[0]) if found[0].startswith("<table") else found[0], body
    )
    context["body"] = typeset(body)
    if chapter := re.match(r"book/(\d\d)_", pagename):
        number = f':root{{--rl-chapter:"{int(chapter[1])}."}}'
        context["metatags"] = context.get("metatags", "") + f"\n<style>{number}</style>"


def add_captions(app: Sphinx, doctree: nodes.document) -> None:
    """Below the output of each cell whose metadata hold a `figure`: its caption, and the sentence to take away."""
    for cell in doctree.findall(nodes.container):
        words = cell.get("cell_metadata", {}).get("figure", {})
        if cell.get("nb_element") != "cell_code" or "caption" not in words:
            continue
        take = f" <strong>{code_as_html(words['takeaway'])}</strong>" if "takeaway" in words else ""
        cell += nodes.raw("", f'<p class="rl-caption">{code_as_html(words["caption"])}{take}</p>', format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", add_captions)
    app.connect("html-page-context", shape_body)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

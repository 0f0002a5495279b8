"""Sphinx extension: what a page's text is given before it is written.

Error messages stand out from their tracebacks, columns of numbers are set to the right, no line ends within short code, the name of
a net or between a number and its unit, figures get their captions, and scrolling outputs can be scrolled by keyboard.
"""

import re
from html import unescape
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

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
# A number, perhaps the end of what it stands in, and the unit behind it.
_UNIT = re.compile(
    r"(?<=[\d∞])((?:</\w+>)*)[ \n](?=(?:<\w+>)*(?:%|px|µs|ms|s|min|h|kB|MB|GB|KiB|MiB|GiB|GHz)(?![\w/]))"
)
# Where a space is a space: code (but not a value alone), what programs print, scripts other than the states of figures.
_VERBATIM = re.compile(
    r"<(?!code>[-−+\d.,]+ \S+</code>)(pre|code|style|textarea)\b.*?</\1>"
    r'|<script(?! type="application/vnd\.jupyter\.widget-state)[^>]*>.*?</script>',
    re.DOTALL,
)
# What a number is the number of: "chapter 3", "exercise 5.2", linked or not.
_NUMBERED = re.compile(
    r"(?<![\w>-])((?:chapter|exercise|failure|figure|question|section|step|table)s?|Chapter|Exercise|Failure|Figure|Section) "
    r"(?=(?:<a\b[^>]*>(?:<span\b[^>]*>)?)?\d)"
)
# A shape in a sentence.
_SHAPE = re.compile(r"\[\d+(?:, \d+)+\]")
# An apostrophe within a word, where no typographer has been: captions, what cells say, figures.
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])'(?=[a-z])")
# A path or a name in code that a cell says, longer than a line of a phone may be.
_LONG = re.compile(r"(?<=<code>)[^<\s]{21,}(?=</code>)")
# Code in a sentence as Sphinx writes it, word by word, and how much of it may be kept on one line: 20 letters fit on a phone.
_CODE = re.compile(r'<code class="([^"]*)">((?:<span class="pre">[^<]*</span>\s*)+)</code>')
_SHORT = 20
# A net and its depth or kind, "ResNet-18", "ResNet-D", and a date; and what is no sentence, in which nobody looks for them.
_NET = re.compile(r"(?<![\w.-])(?:[A-Za-z]+-\d+|\w+Net-[A-Z]+|\d{4}-\d\d-\d\d)(?![\w-]|\.\d)")
_NO_SENTENCE = re.compile(
    r"<(pre|code|style|textarea|script|svg|math|title)\b.*?</\1>|<!--.*?-->|<(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>",
    re.DOTALL,
)
# Two numbers in a cell of a table: "0.78 to 0.93".
_PAIR = re.compile(r"[−\d.,]+ (?:to|and) [−\d.,]+")
# A formula, and what ends a clause behind it: no line may begin with that.
_FORMULA = re.compile(r'<span class="math [^>]*>[^<]*</span>[.,;:!?)]+')
_TITLE = re.compile(r"<h1>.*?</h1>", re.DOTALL)
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


def units_kept(body: str) -> str:
    """HTML in which a number and its unit stand on one line, a chapter and its number, and the numbers of a shape: with spaces
    between them at which no line may end. And its apostrophes are such."""
    parts, end = [], 0
    for verbatim in _VERBATIM.finditer(body):
        parts += [_kept_together(body[end : verbatim.start()]), verbatim[0]]
        end = verbatim.end()
    return "".join([*parts, _kept_together(body[end:])])


def _kept_together(text: str) -> str:
    text = _NUMBERED.sub("\\1\u00a0", _UNIT.sub("\\1\u00a0", text))
    text = _SHAPE.sub(lambda shape: shape[0].replace(" ", "\u00a0"), text)
    return _APOSTROPHE.sub("’", text)


def short_code(code: re.Match[str]) -> str:
    """Code in a sentence, with the class `rl-short` where no line may end in it: the whole, or else its short words.

    A long word has places where narrow pages break it (`<wbr>`): behind its slashes, or else its dots and the like.
    """
    kinds, words = code.groups()
    if len(unescape(re.sub("<[^>]*>", "", words))) <= _SHORT:
        return f'<code class="{kinds} rl-short">{words}</code>'

    def mark(word: re.Match[str]) -> str:
        if len(unescape(word[1])) <= _SHORT:
            return f'<span class="pre rl-short">{word[1]}'
        return f'<span class="pre">{_joints(word[1])}'

    marked = re.sub('<span class="pre">([^<]*)', mark, words)
    return f'<code class="{kinds}">{marked}</code>'


def _joints(word: str) -> str:
    return re.sub(r"(?<=/)\b" if "/" in word else r"(?<=[.(=])\b", "<wbr>", word)


def nets_kept(body: str) -> str:
    """HTML in which the name of a net and its depth or kind, "ResNet-18", stand on one line, and so do dates."""
    parts, end = [], 0
    for other in _NO_SENTENCE.finditer(body):
        parts += [_NET.sub(r'<span class="rl-keep">\g<0></span>', body[end : other.start()]), other[0]]
        end = other.end()
    return "".join([*parts, body[end:]])


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
    body = _TITLE.sub(lambda title: title[0].replace(" ·", "\u00a0·"), body)
    body = _LONG.sub(lambda name: _joints(name[0]), units_kept(body))
    body = nets_kept(_CODE.sub(short_code, body))
    context["body"] = _FORMULA.sub(r'<span class="rl-keep">\g<0></span>', body)
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

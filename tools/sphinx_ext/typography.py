"""Typography of a page's HTML: what stands on one line, where long code may break, apostrophes, per cent as in what programs print.

No line ends within short code, the name of a net or a date, or between a number and its unit or what it is the number of.
"""

import re
from collections.abc import Callable
from html import unescape

# A number, perhaps the end of what it stands in, and the unit behind it.
_UNIT = re.compile(r"(?<=[\d∞])((?:</\w+>)*)[ \n](?=(?:<\w+>)*(?:px|µs|ms|s|min|h|kB|MB|GB|KiB|MiB|GiB|GHz)(?![\w/]))")
# A number and per cent, which programs write without a space.
_PERCENT = re.compile(r"(?<=\d)((?:</\w+>)*)[ \n](?=(?:<\w+>)*%(?![\w/]))")
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
# A formula, and what ends a clause behind it: no line may begin with that.
_FORMULA = re.compile(r'<span class="math [^>]*>[^<]*</span>[.,;:!?)]+')
_TITLE = re.compile(r"<h1>.*?</h1>", re.DOTALL)


def typeset(body: str) -> str:
    """HTML with the same words, and other spaces, marks and classes: see above. Code blocks, outputs and scripts stay as they are."""
    body = _TITLE.sub(lambda title: title[0].replace(" ·", "\u00a0·"), body)
    body = _LONG.sub(lambda name: _joints(name[0]), _outside(_VERBATIM, body, _kept_together))
    body = _outside(_NO_SENTENCE, _CODE.sub(_short_code, body), _nets_kept)
    return _FORMULA.sub(r'<span class="rl-keep">\g<0></span>', body)


def _outside(left: re.Pattern[str], body: str, change: Callable[[str], str]) -> str:
    """`body` with `change` made to all that `left` does not match."""
    parts, end = [], 0
    for found in left.finditer(body):
        parts += [change(body[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(body[end:])])


def _kept_together(text: str) -> str:
    text = _NUMBERED.sub("\\1\u00a0", _UNIT.sub("\\1\u00a0", _PERCENT.sub(r"\1", text)))
    text = _SHAPE.sub(lambda shape: shape[0].replace(" ", "\u00a0"), text)
    return _APOSTROPHE.sub("’", text)


def _short_code(code: re.Match[str]) -> str:
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


def _nets_kept(text: str) -> str:
    return _NET.sub(r'<span class="rl-keep">\g<0></span>', text)

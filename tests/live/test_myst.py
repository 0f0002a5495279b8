"""MyST Markdown in other words: plain Markdown, sections, blocks, questions."""

from resnet_live.live.chapter import find_chapter
from resnet_live.live.myst import blocks, dropdowns, literal, plain, sections

MYST = """Text {cite:t}`he2015resnet` and {cite}`he2015resnet,zhou2016cam`; [a page](appendices/slips), [out](https://x.org).
<!-- not a result: why -->
::::{admonition} Take care
:class: tip

- a point
:::{note}
inside
:::
::::

```python
# ::: stays
{not}`a role`
```"""


def test_myst_becomes_plain_markdown():
    text = plain(MYST, find_chapter(2).path.parent / "references.bib")
    assert "Text He et al. (2015) and (He et al. 2015; Zhou et al. 2016); a page, [out](https://x.org)." in text
    assert "**Take care**" in text and "- a point" in text and "inside" in text
    assert ":class:" not in text and "{note}" not in text and "<!--" not in text and "```python\n# ::: stays" in text


def test_sections_and_questions():
    assert sections("a\n\n## B\n\nb\n```\n## no\n```\n# C") == [("", "a"), ("## B", "b\n```\n## no\n```"), ("# C", "")]
    assert dropdowns(":::{dropdown} Why?\nBecause.\n\nTruly.\n:::\n\n:::{dropdown} How?\nSo.\n:::") == [
        ("Why?", "Because.\n\nTruly."),
        ("How?", "So."),
    ]


def test_plain_text_stays_plain():
    assert literal("Write AnySizeNet.__init__: a*b, `x_1`") == r"Write AnySizeNet.\_\_init\_\_: a\*b, `x_1`"


def test_a_fenced_block_is_one_block_whatever_stands_in_it():
    text = "One\nline.\n\n```python\na = 1\n\n~~~\nb = 2\n```\n\n\n:::{note}\nTwo\n\nparagraphs.\n:::\nLast."
    assert blocks(text) == [
        "One\nline.",
        "```python\na = 1\n\n~~~\nb = 2\n```",
        ":::{note}\nTwo\n\nparagraphs.\n:::\nLast.",
    ]

import pytest

from resnet_live.code_in_text import code_as_html, fenced


def test_code_between_backticks_is_set_as_code_and_nothing_else_is_html():
    shown = code_as_html("`a < b` isn't <b>, nor is a lone ` mark")
    assert shown == "<code>a &lt; b</code> isn't &lt;b&gt;, nor is a lone ` mark"


@pytest.mark.parametrize(
    ("text", "fence"), [("x = 1", "```"), ("`x`", "```"), ("a ``` b", "````"), ("````\n```", "`````")]
)
def test_a_fence_is_longer_than_any_within(text, fence):
    assert fenced(text, "text") == f"{fence}text\n{text}\n{fence}"

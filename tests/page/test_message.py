"""The paragraphs that a page shows its readers."""

from resnet_live import page


def test_each_sentence_is_a_paragraph_with_code_and_nothing_else_marked_up():
    shown = page.message("Run `make record NAME=x` if a < b.", "It's done.")
    assert shown.html == (
        '<p class="rl-say">Run <code>make record NAME=x</code> if a &lt; b.</p><p class="rl-say">It\'s done.</p>'
    )
    assert repr(shown) == "Run `make record NAME=x` if a < b.\nIt's done."


def test_no_sentence_shows_nothing():
    assert page.message().html == ""

"""What a page says in words."""

from resnet_live import page


def test_each_sentence_is_a_paragraph_with_code_and_nothing_else_marked_up():
    said = page.say("Run `make record NAME=x` if a < b.", "It's done.")
    assert said.html == (
        '<p class="rl-say">Run <code>make record NAME=x</code> if a &lt; b.</p><p class="rl-say">It\'s done.</p>'
    )
    assert repr(said) == "Run `make record NAME=x` if a < b.\nIt's done."


def test_nothing_to_say_is_nothing():
    assert page.say().html == ""

"""Pictures chosen by name: each with its own message, and nothing to choose from is an error."""

import pytest
from kernel_free import Page

from resnet_live.widgets import frames

PICTURES = {"first": ("<b>one</b>", "a < b"), "second": ("<i>two</i>", "the other")}


def test_each_name_shows_its_picture_and_its_message():
    page = Page(frames("layer", PICTURES))
    shown = []
    for position in page.positions("layer"):
        page.set(layer=position)
        (html,) = page.shown()
        shown.append((html.split("</div>")[0], page.message()))
    assert shown == [
        ("<div class='rl-picture'><b>one</b>", "a < b"),
        ("<div class='rl-picture'><i>two</i>", "the other"),
    ]


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match="'layer'.*no pictures"):
        frames("layer", {})

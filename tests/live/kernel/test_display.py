"""What the class reads next stands apart from what its cell has printed, and has large type on the stage."""

from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from resnet_live.live.kernel import lab_script
from resnet_live.live.kernel.display import show_message
from resnet_live.widgets.drawing.style_sheet import STYLE


def shown(*lines, **more):
    with capture_output() as captured:
        show_message(*lines, **more)
    return [output.data for output in captured.outputs]


def test_what_comes_next_is_announced_apart(shell):
    (data,) = shown("A name is missing.", announced=["A heading", "2.2 · Call `net`"])
    assert data["text/plain"] == "A name is missing.\nA heading\n2.2 · Call `net`"
    before, _, box = data["text/html"].partition("<div")
    assert "A name is missing." in before and "margin-top" in box and "<code>net</code>" in box


def test_nothing_to_say_shows_nothing(shell):
    assert shown() == []
    assert "<div" not in shown("A line.")[0]["text/html"]


@pytest.mark.parametrize(
    "element", ["<p class='rl-question'>Why?</p>", "<button class='widget-toggle-button'>It runs</button>"]
)
def test_questions_are_large_on_the_stage(browser, element):
    page = browser.new_page()
    stage = (Path(lab_script.FOLDER) / "stage.css").read_text(encoding="utf-8")
    page.set_content(
        f"{STYLE}<style>{stage}</style><div class='jp-Notebook'><div class='rl-predict'>{element}</div></div>"
    )
    assert page.locator(".rl-predict > *").evaluate("one => getComputedStyle(one).fontSize") == "24px"
    page.close()

"""The replay: each cell of a session is a state, failures and fixes stand in words and signs, and no kernel is needed."""

import json
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_free import Page, elements, state_size

from resnet_live.code_difference import changed_words, diff
from resnet_live.widgets import replay
from resnet_live.widgets.replay import highlighted


def a_run(**facts):
    run = {
        "step": "2.7",
        "title": "Chapter 2 · Any size",
        "section": "Write <it>",
        "prompt": "Type it & run it",
        "kind": "typed",
    }
    run |= {"at": 61.0, "seconds": 0.02, "source": "x = 1", "output": "", "error": None, "message": "", "wrong": False}
    return run | {"fixed_by": None, "fixes": [], "difference": []} | facts


def a_session(*runs, **facts):
    return {
        "format": 1,
        "title": "t",
        "about": "A rehearsal & no class.",
        "clock": "planned",
        "runs": list(runs),
    } | facts


BEFORE, AFTER = "def f(x):\n    return self.pool(x)", "def f(x):\n    return self.pool(out)"
SESSION = a_session(
    a_run(step="2.1", source="class A:\n    s = 'text'  # note\n    n = 3", output="a <b> & c"),
    a_run(step="2.2", source=BEFORE, error="RuntimeError", message="1x4 and <2>", wrong=True, fixed_by=2),
    a_run(step="2.3", source=AFTER, fixes=[1], difference=diff(BEFORE, AFTER), at=3700.0, seconds=75.0),
    a_run(step="5.33", source="wide", output="torch.Size([1, 32])", wrong=True, fixed_by=4),
    a_run(step=None, source="new = 1", fixes=[3], difference=[["+", "new = 1"]], prompt=""),
    a_run(step="8.7", source="%catchup 8.7", output="a table  of\n" + "wide   columns " * 8, seconds=3.2),
)


class Player(Page):
    """Moves the slider of a replay, and plays it."""

    def _value_of(self, name):
        (state,) = self.named(name)
        return state

    def slide(self, cell):
        self._value_of("IntSliderModel")["value"] = cell
        (stack,) = self.named("StackModel")
        links = [link for link in self.named("LinkModel") if self.model(link["target"][0])["state"] is stack]
        (link,) = links
        assert self.model(link["source"][0])["model_name"] == "IntSliderModel"
        assert [link["source"][1], link["target"][1]] == ["value", "selected_index"]
        stack["selected_index"] = cell

    def state(self):
        return next(html for html in self.shown() if "rl-run" in html)

    def text(self):
        return re.sub(r"\s+", " ", unescape("".join(elements(self.state())[0].itertext())))


@pytest.fixture
def player():
    return Player(replay(SESSION))


def test_each_cell_is_a_state_and_the_slider_chooses_it(player):
    for number, run in enumerate(SESSION["runs"], start=1):
        player.slide(number)
        assert f"Cell {number} of 6" in player.text()
        assert (f"Step {run['step']}" if run["step"] else "A cell beside the plan") in player.message()


def test_play_drives_the_slider_in_the_browser(player):
    (play,) = player.named("PlayModel")
    (slider,) = player.named("IntSliderModel")
    assert (play["min"], play["max"], slider["min"], slider["max"]) == (1, 6, 1, 6)
    assert play["interval"] == 4000
    assert play["playing"] is False
    linked = [
        (player.model(link["source"][0])["model_name"], player.model(link["target"][0])["model_name"])
        for link in player.named("LinkModel")
    ]
    assert sorted(linked) == [("IntSliderModel", "StackModel"), ("PlayModel", "IntSliderModel")]
    assert slider["description"] == "cell"


def test_a_failure_is_shown_by_words_and_signs(player):
    player.slide(2)
    assert "✗ It fails." in player.message()
    assert "What fixes it: step 2.3, cell 3." in player.message()
    assert "RuntimeError: 1x4 and <2>" in player.text()
    player.slide(4)
    assert "! It runs, and is wrong. What fixes it: a cell beside the plan, cell 5." in player.message()


def test_a_failure_that_nothing_fixed_is_named():
    failure = a_run(error="E", message="m", wrong=True)
    assert "✗ It fails. Nothing in this recording fixes it." in Page(replay(a_session(failure))).message()


def test_a_fix_shows_what_changed_with_signs_and_marked_words(player):
    player.slide(3)
    assert "✓ It fixes step 2.2." in player.message()
    parts = elements(player.state())
    (gone,) = [e for e in parts if e.tag == "del"]
    (new,) = [e for e in parts if e.tag == "ins"]
    assert "".join(gone.itertext()).startswith("− ") and "".join(new.itertext()).startswith("+ ")
    assert [u.text for u in gone.iter("u")] == ["x"]
    assert [u.text for u in new.iter("u")] == ["out"]
    assert len([e for e in parts if e.tag == "pre"]) == 1  # the difference holds the whole code: not twice


def test_new_code_is_no_difference(player):
    player.slide(5)
    assert "All of it is new:new = 1" in player.text()
    assert "<ins" not in player.state()


def test_the_time_in_class_and_the_time_to_run(player):
    player.slide(1)
    assert "1 min 01 s into the class" in player.message()
    assert "Ran for less than a tenth of a second." in player.message()
    player.slide(3)
    assert "1 h 01 min into the class" in player.message()
    assert "Ran for 1 min 15 s." in player.message()


def test_it_says_which_clock():
    assert any("minutes planned" in html for html in Page(replay(SESSION)).shown())
    shown = Page(replay(a_session(a_run(), clock="recorded"))).shown()
    assert any("clock in the room" in html for html in shown)
    assert any("A rehearsal &amp; no class." in html for html in shown)


def test_a_wide_table_can_be_scrolled_without_a_mouse(player):
    player.slide(6)
    (table,) = [e for e in elements(player.state()) if "rl-wide" in e.get("class", "")]
    assert (table.get("tabindex"), table.get("role")) == ("0", "region")
    assert table.get("aria-label")


def test_code_is_coloured_by_classes_and_nothing_is_lost(player):
    player.slide(1)
    spans = {(e.get("class"), e.text) for e in elements(player.state()) if e.tag == "span"}
    assert {("w", "class"), ("f", "A"), ("c", "# note"), ("n", "3")} <= {(style, text.strip()) for style, text in spans}
    assert "style=" not in player.state() and "#" not in re.sub(r"# note|&#\w+;", "", player.state())


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60))
def test_any_text_stays_whole(text):
    run = a_run(
        source=text,
        output=text,
        message=text,
        error="Error",
        wrong=True,
        prompt=text,
        difference=[["-", text]],
        fixes=[0],
    )
    try:
        html = Player(replay(a_session(run))).shown()[0]
        shown = ["".join(e.itertext()) for e in elements(html) if e.tag == "pre"]
    except Exception as error:  # characters that XML does not know
        if "not well-formed" in str(error):
            return
        raise
    assert shown[0] == text


@given(st.text("ab ()=.\n#'\"", max_size=40))
def test_highlighting_changes_no_character(code):
    assert unescape(re.sub(r"<[^>]+>", "", highlighted(code))) == code


@given(st.text("ab( )=,", max_size=30), st.text("ab( )=,", max_size=30))
def test_marked_words_make_up_the_lines(old, new):
    left, right = changed_words(old, new)
    assert "".join(text for _, text in left) == old
    assert "".join(text for _, text in right) == new


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"cells": []}, "no replay of format 1 \\(found: None\\)"),
        (a_session(a_run(), format=2), "found: 2"),
        ([1], "found: list"),
        (a_session(), "holds no cell"),
    ],
)
def test_what_is_no_replay_is_refused_with_a_message(data, message):
    with pytest.raises(ValueError, match=message):
        replay(data)


def test_a_long_session_is_light():
    run = a_run(source="x = self.convs(x)\n" * 20, output="1 256 4 4\n" * 30)
    session = json.loads(json.dumps(a_session(*[a_run(**run | {"step": f"2.{n}"}) for n in range(100)])))
    assert state_size(replay(session)) < 500_000

"""The magics, in a plain IPython: what they put into the next cell and what they say."""

import re
from pathlib import Path

import pytest
from made_up import step

from resnet_live.live.cell_text import COMMANDS
from resnet_live.live.check.verdict import StepVerdict
from resnet_live.live.kernel import class_state, magics
from resnet_live.live.kernel.planned_mistakes import lesson


def test_next_gives_step_after_step_and_says_when_it_is_over(say, state, given):
    for expected in state.chapter.steps:
        say("%next")
        code = given()
        assert code == expected.code
        say(code)
    shown = say("%next")
    assert given() is None and "2.8 was the last step of chapter 2. On: `%chapter 3`" in shown


def test_next_does_not_move_on_by_itself(say, state, given):
    assert say("%next") == ""
    say("%next")
    assert given().startswith("# 2.0")
    say("%next 2.6")
    assert given() == "# 2.6 · Note of 2.6.\ntotal = 0"


def test_a_step_that_failed_is_given_again(say, state, given):
    say("%catchup 2.5")
    say("# 2.6 · x\ntotal = zero")
    say("%next")
    assert given().startswith("# 2.6")


def test_next_below_a_prompt_fills_that_cell(say, state, shell, monkeypatch):
    calls = []
    monkeypatch.setattr(type(shell), "set_next_input", lambda self, text, replace=False: calls.append((text, replace)))
    say("# 2.6 · Note of 2.6.\n%next")
    say("%next")
    say("# 2.6 · Note of 2.6.\n%next 2.1")
    say("# 2.3 · Note of 2.3.\n%mistake")
    say("# 2.4 · Note of 2.4.\n%mistake")
    assert [(text[:5], replace) for text, replace in calls] == [
        ("# 2.6", True),
        ("# 2.0", False),
        ("# 2.1", False),
        ("# 2.3", True),
        ("# 2.3", False),
    ]
    assert "total = 0" in say("# 2.6 · Note of 2.6.\n%peek")


def test_below_the_prompt_of_the_step_that_has_just_run_comes_what_follows(say, state, shell, monkeypatch):
    calls = []
    monkeypatch.setattr(
        type(shell), "set_next_input", lambda self, text, replace=False: calls.append((text[:5], replace))
    )
    say("%catchup 2.2")
    say("%mistake")
    say(state.chapter.step("2.3").code)  # in the new cell: the prompt of 2.3 is empty still, and has the focus
    say("# 2.3 ·\n%next")
    say(state.chapter.step("2.4").code)
    say("# 2.1 ·\n%next")
    assert calls == [("# 2.3", False), ("# 2.4", True), ("# 2.1", True)]


def test_peek_shows_and_changes_nothing(say, state, given):
    shown = say("%peek")
    assert shown == f"{state.chapter.step('2.0').code}\n"
    assert (
        say("%peek 2.3") == f"{state.chapter.step('2.3').code}\n"
    )  # the class sees it: no note, and not that it fails
    assert given() is None and state.cells == [] and state.last_step is None


def test_peek_after_the_last(say, state):
    say("%catchup 2.8")
    assert "There is no step after this one." in say("%peek")


def test_the_next_planned_mistake_and_its_fix(say, state, given):
    say("%catchup 2.2")
    assert say("%mistake") == ""  # the class sees it: neither that it fails nor what it teaches
    assert given().startswith("# 2.3")
    say("# 2.3 · x\ny = 4\nnet(y)")
    say("%next")
    assert given().startswith("# 2.4")


def test_the_mistake_that_a_step_fixes(say, state, given):
    say("%mistake 2.4")
    assert given().startswith("# 2.3")
    assert "no planned mistake and fixes none. Planned mistakes: 2.3." in say("%mistake 2.6")
    say("%catchup 2.5")
    assert "Chapter 2 plans no further mistake. Planned mistakes: 2.3." in say("%mistake")


def test_a_mistake_far_ahead_says_what_it_counts_on(say, state, given):
    assert "Not run yet: 2.0 to 2.2. It fails as planned after `%catchup 2.2`." in say("%mistake")
    say("%catchup 2.1")
    assert "2.2 has not run, and it counts on it: `%next 2.2` first." in say("%mistake")
    say("# 2.2 · x\nmissing = 0\ndef net(x): return x")
    assert "2.2 was typed in another way than planned. If nothing fails, `%next 2.2` has the mistake." in say(
        "%mistake"
    )


def test_between_two_mistakes_and_one_fix_the_chapter_goes_on(shell, book, given):
    book(
        step("2.0", "x = 1"),
        step("2.1", "1 / 0", kind="mistake", raises=True),
        step("2.2", "x.y", kind="mistake", raises=True),
        step("2.3", "x = 2", kind="fix"),
    )
    magics.load(shell)
    for cell in ("%chapter 2", "x = 1", "%mistake"):
        shell.run_cell(cell)
    assert given().startswith("# 2.1")
    chapter = class_state.current().chapter
    shown = " ".join(lesson(chapter, chapter.step("2.1")))
    assert "The lesson, 2.3" in shown and "gives the fix" not in shown
    shell.run_cell("1 / 0")
    shell.run_cell("%next")
    assert given().startswith("# 2.2")
    magics.unload(shell)


def test_commands_before_a_chapter_is_open(say, shell, small_book):
    say("%load_ext resnet_live.live")
    for command in ("%next", "%peek", "%mistake", "%catchup", "%where", "%check", "%chapter"):
        assert say(command).strip() == "Which chapter? Say for example: %chapter 2", command
    magics.unload(shell)


@pytest.mark.parametrize("command", ["%next 2.99", "%peek 9", "%mistake 2.x", "%catchup 2.99"])
def test_steps_that_there_are_not(say, state, command, given):
    shown = say(command)
    assert "Chapter 2 has no step" in shown and "from 2.0 to 2.8" in shown and "Traceback" not in shown
    assert given() is None


@pytest.mark.parametrize("command", ["%chapter 9", "%chapter two", "%chapter -1"])
def test_chapters_that_there_are_not(say, state, command):
    assert "There is no chapter" in say(command) and state.chapter.number == 2


def test_a_notebook_of_another_version(say, state):
    mark = state.chapter.fingerprint
    assert "another version" not in say(f"%chapter 2 {mark}") and "another version" not in say("%chapter 02")
    shown = say("%chapter 2 0badcafe")
    assert "made from another version of chapter 2 (0badcafe" in shown and "resnet-live live build" in shown
    assert "`%next` and `%catchup` give the steps of the chapter that is here" in shown


def test_help_names_every_command(say, state):
    shown = say("%live")
    assert all(f"%{name}" in shown for name in COMMANDS if name != "live")


def test_recording_says_when_it_is_on(say, state, tmp_path):
    assert "Nothing is being recorded" in say("%record") and "Say %record on" in say("%record maybe")
    file = tmp_path / "class.jsonl"
    assert str(file) in say(f"%record on {file}") and "Recording" in say("%record")
    say("%next")
    say("%reload_ext resnet_live.live")
    assert "Recording" in say("%record")
    say("x = 1")
    assert "One cell" in (shown := say("%record off")).replace("one", "One") and str(file) in shown
    assert "x = 1" in file.read_text() and "%next" not in file.read_text()


def test_checking_is_handed_on(say, state, monkeypatch):
    import sys
    import types

    asked = []

    def check_step(state, number=None):
        asked.append((state, number))
        return StepVerdict(state.progress.chapter.step("2.1"), ())

    monkeypatch.setitem(sys.modules, "resnet_live.live.check.check_step", types.SimpleNamespace(check_step=check_step))
    assert "Step 2.1: ran" in say("%check 2.1")
    say("%check")
    say("%check_step 2.1")  # its earlier name
    assert asked == [(state, "2.1"), (state, None), (state, "2.1")]


def test_magics_leave_the_users_names_alone(say, state, shell):
    before = {name for name in shell.user_ns if not name.startswith("_")}
    for command in ("%next", "%peek", "%where", "%live", "%mistake"):
        say(command)
    assert {name for name in shell.user_ns if not name.startswith("_")} == before


def test_what_stands_between_a_mistake_and_its_fix_is_not_left_out(shell, book):
    book(
        step("2.0", "1"),
        step("2.1", "missing", kind="mistake", raises=True),
        step("2.2", "2"),
        step("2.3", "3", kind="fix"),
    )
    magics.load(shell)
    shell.run_cell("%chapter 2\n%mistake")
    chapter = class_state.current().chapter
    shown = " ".join(lesson(chapter, chapter.step("2.1")))
    assert "The lesson, 2.3" in shown and "gives the fix" not in shown
    shell.run_cell("# 2.1 · Try it\nmissing")
    assert class_state.current().next_step().number == "2.2"
    magics.unload(shell)


def test_nothing_advises_what_ends_the_class(say, state):
    """A second notebook on the class's kernel ends it when its own kernel is changed, and a console cannot leave its window."""
    guide = (Path(__file__).parents[3] / "book" / "instructor" / "guide.md").read_text(encoding="utf-8")
    for text in (say("%live"), guide):
        assert "%remote" in text and "phone" in text and "shuts" in text
        assert not re.search(r"New Console|drag the console|second browser window|choose the [^.]*\bkernel", text)

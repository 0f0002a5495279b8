"""A planned session in one kernel: its chapters' steps in order, one clock, one state, names that stay."""

import time

import pytest
from made_up import play, step

from resnet_live.live.board.class_remote import ClassRemote
from resnet_live.live.kernel import class_state, magics
from resnet_live.live.recording.session_log import read_log

PLAN = """\
title = "Two chapters"
minutes = 30
summary = "S."
[[item]]
talk = "Welcome"
minutes = 2
[[item]]
steps = "2.1-2.2, 2.4"
[[item]]
discussion = "Why did it fail?"
minutes = 5
[[item]]
pause = "Coffee"
minutes = 10
[[item]]
steps = "5.1-5.3"
[[item]]
catchup = "5.5"
minutes = 1
[[item]]
steps = "5.6"
"""


@pytest.fixture
def session(shell, book, tmp_path, capsys):
    """A session over two made-up chapters is open in the shell."""
    book(
        step("2.0", "import math", kind="setup"),
        step("2.1", "widths = [3, 16]", prompt="Give the widths"),
        step("2.2", "x = widths[5]", kind="mistake", raises=True, prompt="Take a width", minutes=2),
        step("2.3", "print('left out')", prompt="Print"),
        step("2.4", "x = widths[1]", kind="fix", prompt="Fix it: which width is there?"),
    )
    book(
        step("5.0", "import itertools", kind="setup", prompt="Set-up"),
        step("5.1", "x = 5", prompt="A new x", minutes=3),
        step("5.2", "y = nowhere", kind="mistake", raises=True, prompt="Write y"),
        step("5.3", "y = x", kind="fix", prompt="Fix y"),
        step("5.4", "unseen = y"),
        step("5.5", "unseen += 1"),
        step("5.6", "unseen * 2", prompt="Double it"),
        name="05_more.ipynb",
    )
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "two.toml").write_text(PLAN, encoding="utf-8")
    magics.load(shell)
    shell.run_cell("%plan two")
    capsys.readouterr()
    yield class_state.current()
    magics.unload(shell)


def test_opening_says_what_comes_first(say, session):
    shown = say("%plan two new")
    assert "Two chapters: 9 steps of chapters 2 and 5, 30 min" in shown
    assert shown.endswith("2.0 · Note of 2.0.\n")


def test_next_goes_through_all_chapters(say, session, given):
    played = []
    while session.next_step() and len(played) < 20:
        if session.next_step().number == "5.6":
            say("%catchup 5.5")
        say("%next")
        say(code := given())
        played.append(code.split()[1])
    assert played == ["2.0", "2.1", "2.2", "2.4", "5.0", "5.1", "5.2", "5.3", "5.6"]
    assert "5.6 was the last step of the session." in say("%next")
    assert session.shell.user_ns["widths"] == [3, 16] and session.shell.user_ns["unseen"] == 6  # nothing was forgotten
    assert "Skipped" not in say("%where")


def test_a_prompt_is_shown_when_the_class_gets_there_and_not_before(say, session):
    assert play(say, session, "2.0") == "2.1 · Give the widths\n"
    assert play(say, session, "2.1") == "2.2 · Take a width\n"
    assert play(say, session, "2.1") != "2.2 · Take a width\n"  # it was said
    assert "Fix it" not in say("# 2.2 ·\nx = 3  # it does not fail")
    assert play(say, session, "2.2").endswith("2.4 · Fix it: which width is there?\n")


def test_the_prompt_is_that_of_the_step_which_next_gives(say, session, given):
    play(say, session, "2.0")
    remote = ClassRemote(session, lambda: None)
    remote.press("next")
    remote.press("next")
    assert play(say, session, "2.1") == "2.2 · Take a width\n"  # chosen, and the next anyway
    remote.moved()
    for _ in range(2):
        remote.press("next")
    assert "2.4" in remote.message[0]
    shown = play(say, session, "2.2")
    assert shown.endswith("2.4 · Fix it: which width is there?\n")
    say("%next")
    assert given().startswith("# 2.4") and remote.view()["step"]["number"] == "2.4"


def test_exercises_discussions_and_pauses_come_in_their_place(say, session):
    play(say, session, "2.0", "2.1", "2.2")
    assert play(say, session, "2.4") == "Discussion, 5 minutes\n"  # not what it is about
    assert say("%agenda 1") == "Discussion, 5 minutes\nWhy did it fail?\nPause, 10 minutes\n"
    assert session.agenda_item.text == "Why did it fail?"
    assert say("%agenda 2") == "Pause, 10 minutes\nCoffee\n5.0 · Set-up\n"
    assert "%agenda 1 to %agenda 2" in say("%agenda 3")
    play(say, session, "5.0")
    assert session.agenda_item is None
    play(say, session, "5.1", "5.2")
    assert "`%catchup 5.5`" in play(say, session, "5.3")


def test_one_clock_for_all_chapters(say, session):
    play(say, session, "2.0", "2.1", "2.2", "2.4")
    session.progress.saved.began = time.time() - 60 * 19
    assert "planned 4 to 19: in time" in say("%where")
    play(say, session, "5.0", "5.1")
    assert session.minutes_planned == 1 + 2 + 1 + 5 + 10 + 3
    assert "planned 22: 3 early" in say("%where")


def test_a_restart_keeps_clock_place_and_plan(say, session, shell, monkeypatch):
    play(say, session, "2.0", "2.1", "2.2", "2.4", "5.0", "5.1")
    session.progress.saved.began -= 60 * 40
    session.progress.save()
    magics.unload(shell)
    monkeypatch.setattr(class_state, "_detached", None)  # another kernel has another state
    shell.reset()
    magics.load(shell)
    again = class_state.current()
    shown = say("%plan two")
    assert "Stand where the class stands with `%catchup 5.1`" in shown and "A new class? `%plan two new`" in shown
    assert "planned 22: 18 late" in say("%where") and again.plan == session.plan
    shown = say("%catchup")
    assert "You stand at 5.1" in shown and shown.endswith("5.2 · Write y\n") and shell.user_ns["widths"] == [3, 16]
    assert again.progress.saved.caught_up == []  # the class had typed them


def test_a_late_student(say, session):
    assert "You stand at 5.1" in say("%catchup 5.1")
    assert session.shell.user_ns["widths"] and session.shell.user_ns["x"] == 5
    assert "left out" not in say("%where")


def test_catching_up_leaves_earlier_chapters_as_they_were_typed(say, session):
    play(say, session, "2.0")
    say("# 2.1 ·\nwidths = ['my', 'own']")
    play(say, session, "2.2", "2.4")
    say("%catchup 5.3")
    assert session.shell.user_ns["widths"] == ["my", "own"] and session.shell.user_ns["y"] == 5
    assert session.progress.ran_here["2.1"] == "widths = ['my', 'own']"


def test_catching_up_with_one_chapter_only(say, session):
    assert "You stand at 5.3" in say("%catchup 5.3 only")
    assert "widths" not in session.shell.user_ns
    assert "Skipped: 2.0 to 2.2 and 2.4" in say("%where").replace("2.0, 2.1 and 2.2", "2.0 to 2.2")


def test_a_step_that_the_session_leaves_out_can_be_taken(say, session, given):
    play(say, session, "2.0", "2.1")
    say("%next 2.3")
    assert given() == "# 2.3 · Print\nprint('left out')"
    assert say(given() or "# 2.3 · Print\nprint('left out')") == "left out\n"
    assert session.cells[-1].step == "2.3" and session.last_step.number == "2.1"
    assert "leaves 2.3 out. The nearest that it takes: 2.2 and 2.4." in say("%catchup 2.3")


def test_mistakes_of_all_chapters(say, session, given):
    say("%catchup 2.4")
    say("%mistake")
    assert given().startswith("# 5.2 ·")
    play(say, session, "5.0", "5.1", "5.2")
    assert "The session two plans no further mistake. Planned mistakes: 2.2 and 5.2." in say("%mistake")


def test_a_chapter_and_back(say, session):
    play(say, session, "2.0", "2.1")
    assert "Chapter 5 · Small" in say("%chapter 5") and session.chapter.number == 5
    say("%plan two")
    assert session.chapter.name == "two" and session.last_step.number == "2.1"
    assert "`%chapter 2`" in say("%plan off") and session.plan


def test_a_notebook_of_another_version_is_said(say, session):
    assert "another version of the session two" in say("%plan two 00000000")
    assert "another version" not in say(f"%plan two {session.chapter.fingerprint}")


def test_an_agenda_needs_a_session(say, session):
    say("%chapter 2")
    assert "Only a planned session has an agenda" in say("%agenda 1")


def test_a_record_says_of_each_cell_the_chapter_that_it_belongs_to(say, session, tmp_path):
    say(f"%record on {tmp_path / 'class.jsonl'}")
    say("mine = 1")
    play(say, session, "2.0", "2.1", "2.2", "2.4", "5.0", "5.1")
    say("other = 2")
    cells = read_log(tmp_path / "class.jsonl").cells
    assert [cell.chapter for cell in cells] == ["02_small"] * 5 + ["05_more"] * 3

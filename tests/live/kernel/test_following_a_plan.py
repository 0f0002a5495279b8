"""%plan: the class follows a planned session, in which a chapter is an extract."""

import time

import pytest
from made_up import play

from resnet_live.live.board.class_remote import ClassRemote
from resnet_live.live.pages.session_plan import find_session


@pytest.fixture
def planned(state):
    """The made-up chapter, of which a plan takes three steps and whose session goes on in chapter 5."""
    numbers = [step.number for step in state.chapter.steps]
    state.plan = (numbers[0], numbers[1], numbers[5], "5.1")
    return state


def test_next_goes_from_planned_step_to_planned_step(say, planned):
    for number in planned.plan[:3]:
        assert planned.next_step().number == number
        say(planned.next_step().code)
    assert planned.next_step() is None
    shown = say("%next")
    assert "was the last step of the plan in chapter 2. On: chapter 5, in its own live notebook." in shown


def test_what_the_plan_leaves_out_is_not_missing_and_takes_no_minutes(say, planned):
    say(planned.chapter.steps[0].code)
    say(planned.chapter.steps[1].code)
    say(planned.chapter.steps[5].code)
    assert planned.skipped() == [] and "Skipped" not in say("%where")
    taken = [step for step in planned.chapter.steps[1:] if step.number in planned.plan]
    assert planned.minutes_planned == sum(step.minutes for step in taken)


def test_a_planned_step_that_was_skipped_is_said(say, planned):
    say(planned.chapter.steps[0].code)
    say(planned.chapter.steps[5].code)
    assert [step.number for step in planned.skipped()] == [planned.plan[1]]


def test_a_chapter_that_the_plan_does_not_take_is_whole(state):
    state.plan = ("5.1",)
    assert state.next_step() is state.chapter.steps[0] and all(map(state.planned, state.chapter.steps))


def test_a_real_plan_and_back(say, state, monkeypatch):
    monkeypatch.delenv("RESNET_LIVE_BOOK")
    say("%chapter 2")
    shown = say("%plan pooling_to_residual")
    assert "The plan takes" in shown and "Next: 2.0" in shown
    assert state.plan and set(state.plan) <= {
        step.number for c in find_session("pooling_to_residual").chapters for step in c.steps
    }
    assert "Plans: " in say("%plan nothing") and state.plan is not None
    assert "every step" in say("%plan off") and state.plan is None


def test_the_remote_control_follows_the_plan(planned):
    remote = ClassRemote(planned, lambda: None)
    remote.press("next")
    remote.press("next")
    assert planned.queued_step == planned.plan[1]
    remote.press("peek")
    assert (remote.view()["step"]["head"], remote.view()["step"]["number"]) == ("Looking ahead", planned.plan[2])


def test_what_the_plan_leaves_out_is_not_listed_beside_what_was_skipped(say, planned):
    play(say, planned, "2.0")
    shown = play(say, planned, "2.5")
    assert "Skipped: 2.1. Nothing later needs it" in shown  # 2.2 to 2.4 are left out
    assert "Skipped: 2.1." in say("%where")


def test_a_step_that_the_plan_leaves_out_is_missed_when_a_planned_one_needs_it(say, planned):
    planned.plan = ("2.0", "2.1", "2.5", "2.7")
    play(say, planned, "2.0", "2.1")
    # 2.7 needs `net` of 2.2; 2.3 and 2.4 are left out and make nothing that it names
    assert "Skipped: 2.2. Later steps need `net` from there" in play(say, planned, "2.5")


def test_where_lists_no_step_caught_up_that_the_plan_leaves_out(say, planned):
    say("%catchup 2.5")
    assert "Run by `%catchup` only: 2.0, 2.1 and 2.5." in say("%where")


def test_mistakes_that_the_plan_leaves_out_are_not_offered(say, planned):
    say("%catchup 2.1")
    assert "Chapter 2 plans no further mistake. It plans none at all." in say("%mistake")
    assert "2.2 has not run, and it counts on it" in say("%mistake 2.3")  # asked for by its number


def test_a_planned_mistake_counts_on_planned_steps_only(say, planned):
    planned.plan = ("2.0", "2.2", "2.3")
    assert "Not run yet: 2.0 and 2.2." in say("%mistake")


PLAN = """\
title = "T"
minutes = 30
summary = "S."
[[item]]
talk = "Welcome"
minutes = 2
[[item]]
steps = "2.1-2.2"
[[item]]
discussion = "Why?"
minutes = 5
[[item]]
steps = "2.5, 2.6"
[[item]]
pause = "Coffee"
minutes = 10
[[item]]
steps = "2.8"
"""


@pytest.fixture
def session(say, state, tmp_path):
    """The made-up chapter with a session that has a discussion and a pause between its steps."""
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "small.toml").write_text(PLAN, encoding="utf-8")
    assert "The plan takes 6 steps" in say("%plan small")
    return state


def used(state, minutes):
    """As if so many minutes had passed since the first step."""
    state.progress.saved.began = time.time() - 60 * minutes


def test_discussions_and_pauses_of_the_plan_count(say, session):
    play(say, session, "2.0", "2.1", "2.2", "2.5", "2.6")
    used(session, 11)
    assert session.minutes_planned == 2 + 2 + 5 + 1 + 1
    assert "planned 11 to 21: in time" in say("%where")
    used(session, 8)
    assert "3 early" in say("%where")
    used(session, 20)  # the pause is not over yet
    assert "in time" in say("%where")
    used(session, 24)
    assert "3 late" in say("%where")
    play(say, session, "2.8")
    assert session.minutes_planned == 11 + 10 + 1
    used(session, 22)
    assert "planned 22: in time" in say("%where")
    say("%plan off")
    assert session.minutes_planned == 2 + 2 + 1 + 1 + 1 + 1 + 3 + 1


def test_what_the_class_began_with_and_caught_up_does_not_count(say, session):
    say("%catchup 2.2")
    assert session.minutes_planned == 0
    play(say, session, "2.5")
    assert session.minutes_planned == 1
    say("%catchup 2.6")
    assert session.minutes_planned == 1
    play(say, session, "2.8")
    assert session.minutes_planned == 1 + 10 + 1


def test_a_real_session_that_keeps_to_its_plan_is_in_time(say, state, monkeypatch):
    monkeypatch.delenv("RESNET_LIVE_BOOK")
    say("%chapter 2")
    say("%plan pooling_to_residual")
    begins, ends = (find_session("pooling_to_residual").step_times()[number] for number in ("2.1", "2.39"))
    state.progress.saved.first_step, state.progress.saved.last_step = "2.1", "2.39"
    used(state, ends[1] - begins[0])
    assert "in time" in say("%where")

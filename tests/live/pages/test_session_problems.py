"""What is wrong with a plan: minutes that do not add up, steps that cannot run in their order."""

import re

import pytest
from timelines import GOOD

from resnet_live.live.pages import session_plan, session_problems, session_route
from resnet_live.live.pages.session_plan import ItemKind


@pytest.mark.parametrize("session", session_plan.read_sessions(), ids=lambda session: session.name)
def test_the_sessions_of_the_course_add_up_and_can_run(session):
    assert session_problems.problems(session) == []
    assert session.cuts and session.total(ItemKind.EXERCISE) and session.total(ItemKind.PAUSE)
    taken = [step for _, step in session_route.steps_in_class(session)]
    planned = [step for step in taken if step.kind == "mistake"]
    assert len(planned) >= 4, "mistakes are the point"
    assert session.summary and session.before


def test_a_plan_whose_minutes_add_up_has_no_problem(read):
    assert session_problems.problems(read(GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes = 14", "minutes = 15", "14 minutes, 1 less than the session's 15"),
        ("minutes = 14", "minutes = 12.5", "14 minutes, 1.5 more than the session's 12.5"),
        (
            'minutes = 14\nsummary = "Short."',
            'minutes = 14\nsummary = "S."\ndiscussion_share = 0.5',
            "discussion has 2",
        ),
        ("2.1-2.2, 2.4", "2.2, 2.1, 2.4", "step 2.1 comes after 2.2"),
        ("2.1-2.2, 2.4", "2.1, 2.4, 2.4", "step 2.4 comes after 2.4"),
        (
            "2.1-2.2, 2.4",
            "2.1, 2.4, 2.5",
            r"step 2.5 needs c, which 2.3 makes. Take 2.3 as well, or put `catchup = \"2.4\"`",
        ),
        ('leave = "2.4"', 'leave = "2.1"', "with 2.1 cut, step 2.2 needs a, which 2.1 makes"),
        ("[[item]]\ndiscussion", '[[item]]\nexercise = "2.3"\nminutes = 2\n[[item]]\ndiscussion', "planned 2 times"),
        ("minutes = 14", "minutes = 60", "60 minutes without a pause"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_with_session_and_difference(read, old, new, words):
    found = "\n".join(session_problems.problems(read(GOOD.replace(old, new))))
    assert "session small: " in found and re.search(words, found), found


def test_catching_up_makes_what_was_left_out(read):
    late = GOOD.replace(
        "[[item]]\ndiscussion", '[[item]]\ncatchup = "2.4"\nminutes = 1\n[[item]]\nsteps = "2.5"\n[[item]]\ndiscussion'
    )
    session = read(late)
    assert "needs" not in "\n".join(session_problems.problems(session))


def test_a_cut_with_a_catchup_keeps_the_rest_running(read):
    assert session_problems.problems(read(GOOD.replace('leave = "2.4"', 'leave = "2.1"\ncatchup = "2.1"'))) == []

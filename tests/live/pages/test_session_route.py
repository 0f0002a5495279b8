"""The route of a session: the set-up first, what is typed in class, and each catch-up as one stop."""

from timelines import GOOD

from resnet_live.live.pages import session_route
from resnet_live.live.pages.session_route import StepMode

LATE = GOOD.replace(
    "[[item]]\ndiscussion", '[[item]]\ncatchup = "2.4"\nminutes = 1\n[[item]]\nsteps = "2.5"\n[[item]]\ndiscussion'
)


def test_the_set_up_comes_before_the_first_step_of_a_chapter(read):
    session = read(GOOD)
    assert [step.number for _, step in session_route.steps_in_class(session)] == ["2.0", "2.1", "2.2", "2.4"]
    assert [stop.mode for stop in session_route.route(session)] == [StepMode.SETUP, *[StepMode.TYPED] * 3]


def test_a_catch_up_is_one_stop_that_runs_every_step_before_it(read):
    session = read(LATE)
    *_, catchup, last = session_route.route(session)
    assert (catchup.mode, catchup.step.number) == (StepMode.CATCHUP, "2.4")
    assert [step.number for step in catchup.executed] == ["2.0", "2.1", "2.2", "2.3", "2.4"]
    assert [step.number for step in last.executed] == ["2.5"]
    assert [step.number for _, step in session_route.steps_in_class(session)] == ["2.0", "2.1", "2.2", "2.4", "2.5"]


def test_a_cut_leaves_steps_out_and_catches_up_in_their_place(read):
    stops = session_route.route(read(GOOD), leave=("2.2", "2.4"), catchup="2.4")
    assert [(stop.mode, stop.step.number) for stop in stops] == [
        (StepMode.SETUP, "2.0"),
        (StepMode.TYPED, "2.1"),
        (StepMode.CATCHUP, "2.4"),
    ]

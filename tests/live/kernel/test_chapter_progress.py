"""The class's clock, and what is remembered of values."""

from made_up import play

from resnet_live.live.kernel.chapter_progress import rough_kind


def test_the_clock_starts_after_the_setup(say, state, monkeypatch):
    play(say, state, "2.0")
    assert state.progress.minutes_used is None and state.minutes_planned == 0
    play(say, state, "2.1")
    state.progress.saved.began -= 300
    assert 5 <= state.progress.minutes_used < 5.5 and state.minutes_planned == 2
    assert "5 min after the start, planned 2: 3 late" in say("%where")
    play(say, state, "2.2")
    assert state.minutes_planned == 4


def test_steps_that_are_left_out_and_caught_up_take_no_minutes(say, state):
    play(say, state, "2.0", "2.1")
    say("%catchup 2.5")
    play(say, state, "2.6")
    assert state.minutes_planned == 2 + 1  # 2.1 and 2.6
    assert "Run by `%catchup` only: 2.2 to 2.5." in say("%where")
    say("%catchup 2.6")
    assert state.minutes_planned == 3
    play(say, state, "2.2")
    assert state.minutes_planned == 2 + 2 + 1


def test_kinds_of_things():
    assert rough_kind([1, 2]) == rough_kind([3, 4]) != rough_kind([1]) and rough_kind(1) == rough_kind(2) != rough_kind(
        "1"
    )

    class Odd:
        @property
        def shape(self):
            raise ValueError

    assert rough_kind(Odd())[2] is None

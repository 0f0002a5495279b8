"""Session plans: a timeline that counts minutes, and errors that name file, key and remedy."""

import pytest
from timelines import GOOD

from resnet_live.live.chapter import LiveError
from resnet_live.live.pages import session_plan


def test_the_two_sessions_of_ninety_minutes_take_the_chapters_they_are_about():
    about = {"pooling_to_residual": (2, 5, 6), "pytorch": (7, 8)}
    for name, numbers in about.items():
        session = session_plan.find_session(name)
        assert session.minutes == 90
        assert tuple(chapter.number for chapter in session.chapters) == numbers


def test_a_timeline_counts_steps_exercises_and_the_rest(read):
    session = read(GOOD)
    assert [minute for minute, _ in session.timeline()] == [0, 1, 7, 12]
    assert (session.begins("2.4"), session.begins("exercise 2.3"), session.begins("2.3")) == (5, 7, None)
    assert [(cut.begins, cut.minutes) for cut in session.cuts] == [(5, 2)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Small"', "title =", r"small\.toml is no TOML: .*line 2"),
        ('title = "Small"', "", "title must be a text, it is missing"),
        ("minutes = 14", "minutes = 0", "minutes must be a number above zero, it is 0"),
        ("minutes = 14", "minutes = true", "it is True"),
        ("minutes = 14", "", "minutes must be a number above zero, it is missing"),
        ("summary", "sumary", "unknown key 'sumary'. Keys: before, cut,"),
        ("minutes = 14", 'minutes = 14\nitem = "x"\n[x]\n[[y]]', "is no TOML|unknown key"),
        ("2.1-2.2, 2.4", "2.1 to 2.2", "item 2: '2.1 to 2.2' names no steps"),
        ("2.1-2.2, 2.4", "2.1-2.9", r"item 2: Chapter 2 has no step 2\.9\. Its steps go from 2\.0 to 2\.5"),
        ("2.1-2.2, 2.4", "2.4-2.1", "goes backwards"),
        ("2.1-2.2, 2.4", "7.1", "there is no chapter 7. Chapters: 2"),
        ('exercise = "2.3"', 'exercise = "2.9"', "item 3: There is no exercise '2.9'"),
        ('exercise = "2.3"', 'exercise = "2.3"\nminutes = 9', "exercise 2.3 takes 5 minutes. Give it at most"),
        ('talk = "Hello."', 'talk = "Hello."\npause = "Oh."', "item 1: it needs exactly one of .*; it has"),
        ('talk = "Hello."', 'talk = "Hello."\nnotes = "Oh."', "item 1: unknown key 'notes'"),
        ('steps = "2.1-2.2, 2.4"', 'steps = "2.1"\nminutes = 3', "item 2: the minutes of steps stand in the chapter"),
        ('leave = "2.4"', 'leave = "2.5"', "cut 1: 2.5 is not in the plan"),
        ('leave = "2.4"', 'leave = "exercise 2.1"', "cut 1: exercise 2.1 is not in the plan"),
        ('say = "Nothing is lost."', "", "cut 1: say must be a text, it is missing"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_names_file_place_and_key(read, old, new, words):
    assert old in GOOD
    with pytest.raises(LiveError, match=words) as caught:
        read(GOOD.replace(old, new, 1))
    assert "small.toml" in str(caught.value)


def test_a_plan_that_is_not_there_names_those_that_are():
    with pytest.raises(LiveError, match=r"no plan 'piano' .*Plans: half_day, pooling_to_residual, pytorch"):
        session_plan.find_session("piano")

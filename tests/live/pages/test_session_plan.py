"""Session plans: minutes that add up, steps that can run in this order, and errors that name file, key and remedy."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live.chapter import LiveError, read_chapter
from resnet_live.live.pages import session_plan

GOOD = """
title = "Small"
minutes = 14
summary = "Short."
[[item]]
talk = "Hello."
minutes = 1
[[item]]
steps = "2.1-2.2, 2.4"
[[item]]
exercise = "2.3"
[[item]]
discussion = "Why?"
minutes = 2
[[cut]]
leave = "2.4"
say = "Nothing is lost."
"""


@pytest.fixture
def chapter(tmp_path):
    sources = ["import math", "a = 1", "b = a", "c = b", "a + 1", "c"]
    cells = [
        new_code_cell(
            source, metadata={"resnet_live": {"step": f"2.{i}", "kind": "typed", "minutes": 2, "note": "Say."}}
        )
        for i, source in enumerate(sources)
    ]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *cells]), tmp_path / "02_small.ipynb")
    return read_chapter(tmp_path / "02_small.ipynb")


@pytest.fixture
def read(tmp_path, chapter):
    def read(text):
        (tmp_path / "small.toml").write_text(text, encoding="utf-8")
        return session_plan.read_session(tmp_path / "small.toml", [chapter])

    return read


@pytest.mark.parametrize("session", session_plan.read_sessions(), ids=lambda session: session.name)
def test_the_sessions_of_the_course_add_up_and_can_run(session):
    assert session_plan.problems(session) == []
    assert session.cuts and session.total("exercise") and session.total("pause")
    taken = [step for _, step in session_plan.steps(session)]
    planned = [step for step in taken if step.kind == "mistake"]
    assert len(planned) >= 4, "mistakes are the point"
    assert session.summary and session.before


def test_the_two_sessions_of_ninety_minutes_take_the_chapters_they_are_about():
    about = {"pooling_to_residual": (2, 5, 6), "pytorch": (7, 8)}
    for name, numbers in about.items():
        session = session_plan.find_session(name)
        assert session.minutes == 90
        assert tuple(chapter.number for chapter in session.chapters) == numbers


def test_a_timeline_counts_steps_exercises_and_the_rest(read):
    session = read(GOOD)
    assert session_plan.problems(session) == []
    assert [minute for minute, _ in session.timeline()] == [0, 1, 7, 12]
    assert (session.begins("2.4"), session.begins("exercise 2.3"), session.begins("2.3")) == (5, 7, None)
    assert [step.number for _, step in session_plan.steps(session)] == ["2.0", "2.1", "2.2", "2.4"]
    assert [taken.how for taken in session_plan.route(session)] == ["setup", "typed", "typed", "typed"]
    assert session.cuts[0].minutes == 2


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
    found = "\n".join(session_plan.problems(read(GOOD.replace(old, new))))
    assert "session small: " in found and re.search(words, found), found


def test_catching_up_makes_what_was_left_out(read):
    late = GOOD.replace(
        "[[item]]\ndiscussion", '[[item]]\ncatchup = "2.4"\nminutes = 1\n[[item]]\nsteps = "2.5"\n[[item]]\ndiscussion'
    )
    session = read(late)
    assert "needs" not in "\n".join(session_plan.problems(session))
    assert [t.step.number for t in session_plan.route(session)][-6:] == ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"]
    assert [step.number for _, step in session_plan.steps(session)] == ["2.0", "2.1", "2.2", "2.4", "2.5"]


def test_a_cut_with_a_catchup_keeps_the_rest_running(read):
    assert session_plan.problems(read(GOOD.replace('leave = "2.4"', 'leave = "2.1"\ncatchup = "2.1"'))) == []


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

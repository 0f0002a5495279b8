"""After which step a class can do each exercise: every exercise has a step, and a wrong line is named."""

import pytest

from resnet_live.live.chapter import LiveError, read_chapters
from resnet_live.live.pages import exercise_schedule

CHAPTERS = read_chapters()
SCHEDULE = exercise_schedule.read_schedule()


def test_every_exercise_has_a_step_of_its_chapter():
    assert exercise_schedule.schedule_problems(CHAPTERS, SCHEDULE) == []


def test_a_step_that_is_missing_or_wrong_is_named():
    wrong = {key: step for key, step in SCHEDULE.items() if key != "2.3"} | {"2.1": "2.99", "2.9": "2.1"}
    found = "\n".join(exercise_schedule.schedule_problems(CHAPTERS, wrong))
    assert "exercise 2.3 has no line" in found
    assert "exercise 2.1 comes after 2.99, and there is no such step" in found
    assert "there is no exercise 2.9" in found


def test_a_schedule_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(LiveError, match=r"exercises\.toml cannot be read"):
        exercise_schedule.read_schedule(tmp_path)
    (tmp_path / "chapters").mkdir()
    for text, words in [
        ("2.1 =", "cannot be read"),
        ('"2.1" = "3.4"', "exercise 2.1 must name a step of its own chapter"),
    ]:
        (tmp_path / "chapters" / "exercises.toml").write_text(text)
        with pytest.raises(LiveError, match=words):
            exercise_schedule.read_schedule(tmp_path)

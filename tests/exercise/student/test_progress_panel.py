"""The panel that `progress()` shows."""

from html import escape

from resnet_live.exercise import check, progress
from resnet_live.exercise.registry import exercises


def test_the_panel_lists_every_exercise():
    check("2.3", lambda x: x.mean((2, 3)))
    text = "".join(part.value for part in progress().children[1].children)
    for exercise in exercises().values():
        assert escape(f"{exercise.id} {exercise.title}") in text
    assert "✓ solved" in text

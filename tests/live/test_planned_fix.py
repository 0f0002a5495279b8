"""The step that fixes a planned mistake."""

import pytest
from made_up import step

from resnet_live.live.chapter import read_chapter, read_chapters
from resnet_live.live.planned_fix import planned_fix


@pytest.mark.parametrize(
    ("number", "fix"), [("2.1", "2.4"), ("2.3", "2.4"), ("2.2", None), ("2.4", None), ("2.5", None)]
)
def test_it_is_the_next_fix_whatever_stands_between(book, number, fix):
    chapter = read_chapter(
        book(
            step("2.0", "1", kind="setup"),
            step("2.1", "1 / 0", kind="mistake", raises=True),
            step("2.2", "2"),
            step("2.3", "1 // 0", kind="mistake", raises=True),
            step("2.4", "1 / 1", kind="fix"),
            step("2.5", "3 / 0", kind="mistake", raises=True),
        )
    )
    found = planned_fix(chapter, chapter.step(number))
    assert (found and found.number) == fix


def test_every_planned_mistake_of_the_course_has_one():
    mistakes = [(chapter, each) for chapter in read_chapters() for each in chapter.steps if each.kind == "mistake"]
    assert len(mistakes) > 20 and all(planned_fix(chapter, each) for chapter, each in mistakes)

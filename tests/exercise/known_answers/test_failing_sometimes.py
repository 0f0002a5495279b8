"""The judge can follow an answer that fails in some of its calls, and one that works once alone does not pass."""

import inspect
from collections.abc import Callable

import pytest
from test_answers import IDS, graded

from resnet_live.exercise import reference

# Numbers of the calls in which it fails, or of the modules that it makes.
WHEN = ({1}, {2}, {3}, {5}, BUT_ONE := range(2, 1000))


class Planned(RuntimeError):
    """What it raises."""


def failing(answer: Callable, when: set[int] | range, raises: bool, made: bool) -> tuple[Callable, list[bool]]:
    """The answer, which raises or gives None (`raises`) in these calls; of a class: when it is `made`, else in `forward`. And a list:
    whether each call that came failed."""
    came: list[bool] = []

    def fails() -> bool:
        came.append(len(came) + 1 in when)
        if came[-1] and raises:
            raise Planned("no")
        return came[-1]

    if not inspect.isclass(answer):
        return (lambda *args, **kwargs: None if fails() else answer(*args, **kwargs)), came

    class Failing(answer):
        def __init__(self, *args, **kwargs):
            if made:
                fails()
            super().__init__(*args, **kwargs)

        def forward(self, *args, **kwargs):
            return None if not made and fails() else super().forward(*args, **kwargs)

    return Failing, came


@pytest.mark.parametrize("raises, made", [(True, True), (True, False), (False, False)], ids=["made", "raises", "None"])
@pytest.mark.parametrize("exercise", IDS)
def test_the_judge_can_follow(exercise, raises, made):
    objects = reference.objects(exercise)
    for place, answer in enumerate(objects):
        for when in WHEN:
            other, came = failing(answer, when, raises, made)
            report = graded(exercise, (*objects[:place], other, *objects[place + 1 :]), 1)
            assert when is not BUT_ONE or not any(came) or not report.passed, report.text

"""Sentences of a page that rest on results, each with the condition that makes it true.

The cells that call these carry the tag `remove-cell`: they run when the book is built, and readers do not see them. The build sets
RESNET_LIVE_CLAIMS=strict where it has photographs: there a false claim raises FalseClaim, and no page is built. In a reader's own
run, with other images or fewer epochs, a claim may be false: then a line says so, and the notebook goes on. A true claim is silent.
"""

import os
from collections.abc import Callable
from typing import Any

from resnet_live.page.message import message
from resnet_live.questions import find_question

STRICT = "RESNET_LIVE_CLAIMS"


class FalseClaim(AssertionError):
    """A page says what its results do not show."""


def claim(sentence: str, holds: Any, **numbers: Any) -> None:
    """Check `sentence` against its results: `holds` is the condition, `numbers` are what it was worked out from.

    Raises FalseClaim, with sentence and numbers, in a build.
    """
    if bool(holds):
        return
    shown = ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}" for name, value in numbers.items()
    )
    told = f"“{sentence}” is not true of these results{': ' + shown if shown else ''}."
    if os.environ.get(STRICT, "") == "strict":
        raise FalseClaim(told)
    from IPython.display import display

    display(message(f"This page says: {told} It was written for other results than those of this run."))


def claim_answer(step: str, holds: Any, **numbers: Any) -> None:
    """Check that the right choice of the question of step `step` is right, as `claim` does; raises QuestionError, FalseClaim."""
    question = find_question(step)
    claim(f"{step}: {question.ask} {question.right}", holds, **numbers)


def error_of(function: Callable, *arguments: Any) -> str:
    """The message of the error that `function(*arguments)` raises, "" when it raises none: for claims about errors."""
    try:
        function(*arguments)
    except Exception as error:
        return str(error)
    return ""

"""Why a check did not pass, as it is told to a student, and the misconception behind it, as it is told to the instructor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """A misconception by name: `answer` is what somebody with it would have written, or the part of it that is wrong; `hint` is said
    when the student's results are the same as its results and differ from the right ones."""

    name: str
    answer: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Feedback:
    """Why a check did not pass, in plain text in which `code` stands between backticks.

    `seen`: what the answer did; `expected`: what it should have done; `given`: on which input; `hint`: what to look at again, never
    the answer itself. Empty parts are not shown. `not_filled_in`: the stub is still there; `misconception`: the name of that which
    explains it, for the instructor.
    """

    seen: str
    expected: str = ""
    given: str = ""
    hint: str = ""
    not_filled_in: bool = False
    misconception: str = ""

    def with_hint(self, hint: str) -> Feedback:
        """The same feedback with this hint, when it has none of its own yet."""
        return self if self.hint else replace(self, hint=hint)

    def explained(self, misconception: Misconception | None, otherwise: str = "") -> Feedback:
        """The same feedback with the misconception's hint and name, or with the hint `otherwise` where there is none; unless it has a
        hint of its own."""
        if self.hint or misconception is None:
            return self.with_hint(otherwise)
        return replace(self, hint=misconception.hint, misconception=misconception.name)

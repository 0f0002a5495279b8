"""Why a check did not pass, as it is told to a student."""

from __future__ import annotations

from dataclasses import dataclass, replace


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

    def with_hint(self, hint: str, misconception: str = "") -> Feedback:
        """The same feedback with this hint, when it has none of its own yet, and the name of the misconception that it is about."""
        return self if self.hint else replace(self, hint=hint, misconception=misconception)

"""Exercises: one definition each, checked at once in the notebook, observed and judged in two processes by a grader.

In a notebook: `from resnet_live.exercise import check, hint, progress, solution, use`.

- `definition`: what an exercise is. `chapters/chNN`: the definitions (texts, checks, how to judge), for trusted processes only.
- `observers/chNN`: what to draw and observe; self-contained, for the process that runs a student's code.
- `standard`, `words`: ready-made tests for checks and their words. `judging`: observation → results.
- `checking`, `report`, `panel`, `state`: the student's side. `notebooks`: solutions/ → exercises/ and `reference/`.
"""

from resnet_live.exercise.checking import CheckFailed, check, hint, solution, use

__all__ = ["CheckFailed", "check", "hint", "progress", "solution", "use"]


def __getattr__(name: str):
    if name == "progress":  # the widgets are heavy, and a grader has no use for them
        from resnet_live.exercise.panel import progress

        return progress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

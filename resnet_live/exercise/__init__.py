"""Exercises: one definition each, checked at once in the notebook, observed and judged in two processes by a grader.

In a notebook: `from resnet_live.exercise import check, hint, progress, solution, use`.

- `definition`: what an exercise is. `chapters/chNN`: the definitions (texts, checks, how to judge), for trusted processes only;
  `registry` finds them by id. `reference`: the answers, as source. `build`: solutions/ → exercises/ and `reference_answers/`.
- `observers/`: inputs, and what to observe of an answer; self-contained, for the process that runs a student's code.
- `judging/`: observation → results, with ready-made checks and their messages.
- `student/`: what a student calls and sees: check, hint, solution, use; reports; progress.
"""

from resnet_live.exercise.student.check import CheckFailed, check, hint, solution, use

__all__ = ["CheckFailed", "check", "hint", "progress", "solution", "use"]


def __getattr__(name: str):
    if name == "progress":  # the widgets are heavy, and a grader has no use for them
        from resnet_live.exercise.student.progress_panel import progress

        return progress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

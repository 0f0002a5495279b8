"""What a student calls in the notebook: `check`, `hint`, `solution`, `use`."""

import contextlib
import inspect
import io
import os
import random
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

from torch import Tensor, nn

from resnet_live import devices
from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import deserialize, serialize_observation
from resnet_live.exercise.registry import UnknownExercise, exercises, find
from resnet_live.exercise.student import progress_file
from resnet_live.exercise.student.report import CheckReport, Displayable, Note


class CheckFailed(Exception):
    """A check that did not pass, or could not be made. Its text is the report; a notebook shows no traceback of ours.

    `shown`: the frontend has the report already, so that one line is enough here.
    """

    def __init__(self, text: str, summary: str, shown: bool):
        super().__init__(text)
        self.summary, self.shown = summary, shown

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the whole report where nothing else would show it (nbmake, nbconvert)."""
        return [self.summary] if self.shown else str(self).splitlines()


def check(exercise: str, *answers: object, seed: int | None = None) -> int | None:
    """Check your answer, show a report, and stop the notebook here unless everything passed.

    `exercise`: its id, e.g. "2.3"; `answers`: the function or class that you wrote (not called); for exercises with two,
    both. The inputs are new each time; `seed` repeats those of a report. Raises CheckFailed, whose text is the report.

    Under nbgrader some points of all are returned, not raised: nbgrader takes a cell's value for its partial credit.
    """
    definition = _find(exercise)
    if problem := misuse(definition, answers):
        _stop(Note(problem, colour="error"), f"{definition.id}: the check was not made")
    seed = random.SystemRandom().randrange(2**31) if seed is None else seed
    grading = "NBGRADER_EXECUTION" in os.environ
    # a warning on stderr would cost all points there
    with contextlib.redirect_stderr(io.StringIO()) if grading else contextlib.nullcontext():
        report = make_report(definition, answers, seed, note=not grading)
    if grading and report.points and not report.passed:
        show(report)
        return report.points
    if not report.passed:
        _stop(report, report.summary)
    show(report)
    return None


def make_report(definition: Exercise, answers: tuple, seed: int, note: bool = True) -> CheckReport:
    """Observe and judge at once. With `note`, the result goes into the progress and a progress line into the report."""
    try:
        devices.settle()
    except devices.DeviceError as error:
        _stop(Note(str(error), colour="error"), f"{definition.id}: the check was not made")
    try:
        # serialized and back as on the way to a grader: both judge from the same thing
        observation = deserialize(serialize_observation(observe(definition.id, answers, seed)))
    finally:
        devices.give_back_memory()
    report = CheckReport(definition, judge(definition, observation), [])
    if not report.passed:
        report.notes.append(
            f'Stuck? `hint("{definition.id}")`. The same inputs again: add `seed={seed}` to the call of `check`.'
        )
    if note:
        progress_file.update(definition.id, best=report.points, tried=1, solved=report.passed)
        report.notes.append(progress_line(definition.chapter))
    return report


def misuse(definition: Exercise, answers: tuple) -> str:
    """What is wrong with the call of `check` itself, as a message; "" when nothing is."""
    call = f'`check("{definition.id}", {", ".join(definition.names)})`'
    if len(answers) != len(definition.names):
        wanted = f"{len(definition.names)} answer{'s' * (len(definition.names) != 1)}"
        return f"This check takes {wanted} and got {len(answers)}. Call it as {call}."
    for place, (name, answer) in enumerate(zip(definition.names, answers, strict=True)):
        if isinstance(answer, nn.Module) and not called_alike(answer, reference.objects(definition.id)[place]):
            return f"You passed a model. Pass `{name}` itself, without parentheses: {call}."
        if isinstance(answer, Tensor) or not callable(answer):
            what = "None" if answer is None else f"a {type(answer).__name__}"
            return f"You passed {what} in place of `{name}`. Pass the function or class itself, without parentheses: {call}."
        if isinstance(answer, types.ModuleType):
            return f"You passed a Python module. Call it as {call}."
    return ""


def called_alike(model: nn.Module, wanted: type | Callable) -> bool:
    """Whether a model can stand for the function `wanted`: it is called, too, and its `forward` takes as many arguments."""
    if isinstance(wanted, type):
        return False
    try:
        inspect.signature(model.forward).bind(*inspect.signature(wanted).parameters)
    except (TypeError, ValueError):
        return False
    return True


def hint(exercise: str) -> Note:
    """The next hint: the first call gives the first, every later call the second (which says more)."""
    definition = _find(exercise)
    seen = progress_file.of(definition.id).hints
    level = min(seen + 1, 2)
    progress_file.update(definition.id, hints=level)
    more = f' One more: `hint("{definition.id}")` again.' if level == 1 else ""
    return Note(f"Hint {level} of 2 for {definition.id}. {definition.hints[level - 1]}{more}")


def solution(exercise: str, anyway: bool = False) -> Note:
    """The reference answer, after you have passed; with `anyway=True` before, too, and that is noted in your progress."""
    definition = _find(exercise)
    if not progress_file.of(definition.id).solved:
        if not anyway:
            return Note(
                f'You have not passed {definition.id} yet. Take a hint first: `hint("{definition.id}")`. '
                f'`solution("{definition.id}", anyway=True)` shows the solution all the same; your progress then says so.'
            )
        progress_file.update(definition.id, shown=True)
    message = f"One solution for {definition.id}. Yours may look different and be as good."
    return Note(message, reference.source(definition.id), "ok")


def use(exercise: str, *answers: object) -> Any:
    """Your answer to an earlier exercise if it passes its check, else the reference's, with a line that says so.

    Takes the answers as `check` does (none at all, when you have not written it in this notebook) and returns one object, or a tuple
    for an exercise with two.
    """
    definition = _find(exercise)
    good = False
    if answers and not misuse(definition, answers):
        good = make_report(definition, answers, random.SystemRandom().randrange(2**31), note=False).passed
    if not good:
        answers = reference.objects(definition.id)
        show(
            Note(
                f"From here on, `{', '.join(definition.names)}` is the reference's, not yours: {definition.id} has not passed."
            )
        )
    return answers[0] if len(answers) == 1 else answers


def progress_line(chapter: int) -> str:
    """Points so far: in this chapter and in all."""
    saved = progress_file.load()

    def points(chosen: list[Exercise]) -> str:
        got = sum(min(saved[e.id].best, e.points) for e in chosen if e.id in saved)
        return f"{got} of {sum(e.points for e in chosen)}"

    known = list(exercises().values())
    here = points([exercise for exercise in known if exercise.chapter == chapter])
    return f"Progress: chapter {chapter}: {here} points; all chapters: {points(known)}."


def show(thing: Displayable) -> None:
    """Show it at once: HTML in a notebook, text elsewhere."""
    if _shell() is not None:
        from IPython.display import display

        display(thing)
        return
    try:
        print(thing)
    except UnicodeEncodeError:  # a console without ✓, as on Windows with code page 1252
        encoding = sys.stdout.encoding
        print(str(thing).encode(encoding, errors="replace").decode(encoding))


def _stop(thing: Displayable, summary: str) -> NoReturn:
    visible = somebody_watches()
    if visible:
        show(thing)
    raise CheckFailed(str(thing), summary, visible) from None


def somebody_watches() -> bool:
    """A frontend with a person before it shows outputs; a runner (nbmake, nbconvert) prints only the error's text.

    Runners tell the kernel that nobody can type an answer (`allow_stdin` is false); JupyterLab, VS Code and Colab do not.
    """
    shell = _shell()
    if shell is None:
        return False
    kernel = getattr(shell, "kernel", None)
    return kernel is None or bool(getattr(kernel, "_allow_stdin", True))


def _shell():
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def _find(exercise: str) -> Exercise:
    try:
        return find(exercise)
    except UnknownExercise as error:
        _stop(Note(str(error), colour="error"), "no such exercise")

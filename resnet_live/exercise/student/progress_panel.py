"""`progress()`: all exercises with their state, as a widget that works without a kernel too."""

from html import escape

import ipywidgets as w

from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import exercises
from resnet_live.exercise.student import progress_file
from resnet_live.exercise.student.progress_file import Progress
from resnet_live.exercise.student.report import STYLE
from resnet_live.palette import css


def progress() -> w.Widget:
    """A panel with one part for each chapter: its points, and a row for each exercise: state, points, hints taken, minutes."""
    saved = progress_file.load()
    chapters: dict[int, list[Exercise]] = {}
    for exercise in exercises().values():
        chapters.setdefault(exercise.chapter, []).append(exercise)
    parts = [w.HTML(_table(chosen, saved)) for chosen in chapters.values()]
    titles = [f"Chapter {number}: {_points(chosen, saved)} points" for number, chosen in chapters.items()]
    every = [exercise for chosen in chapters.values() for exercise in chosen]
    solved = sum(saved.get(exercise.id, Progress()).solved for exercise in every)
    head = f"{solved} of {len(every)} exercises solved, {_points(every, saved)} points."
    unsolved = (i for i, chosen in enumerate(chapters.values()) if not all(_solved(e, saved) for e in chosen))
    accordion = w.Accordion(children=parts, titles=titles, selected_index=next(unsolved, 0))
    return w.VBox([w.HTML(f"{STYLE}<p class='rl-check' aria-live='polite'>{head}</p>"), accordion])


def _solved(exercise: Exercise, saved: dict[str, Progress]) -> bool:
    return saved.get(exercise.id, Progress()).solved


def _points(chosen: list[Exercise], saved: dict[str, Progress]) -> str:
    got = sum(min(saved.get(exercise.id, Progress()).best, exercise.points) for exercise in chosen)
    return f"{got} of {sum(exercise.points for exercise in chosen)}"


def _state(reached: Progress) -> tuple[str, str]:
    """(colour, state as a text) of an exercise."""
    if reached.solved:
        return "ok", "✓ solved" + (", after seeing the solution" if reached.shown else "")
    if reached.tried:
        return "silent", "begun" + (", solution seen" if reached.shown else "")
    return "neutral", "solution seen" if reached.shown else "not tried"


def _table(chosen: list[Exercise], saved: dict[str, Progress]) -> str:
    rows = ""
    for exercise in chosen:
        reached = saved.get(exercise.id, Progress())
        colour, state = _state(reached)
        cells = [
            f"{min(reached.best, exercise.points)} of {exercise.points}",
            f"{reached.hints} of 2",
            str(exercise.minutes),
        ]
        rows += f"<tr><th scope='row' style='text-align:left'>{exercise.id} {escape(exercise.title)}</th>"
        rows += f"<td style='color:{css(colour)};text-align:left'>{state}</td>"
        rows += "".join(f"<td style='text-align:right'>{cell}</td>" for cell in cells) + "</tr>"
    names = ("exercise", "state", "points", "hints", "minutes")
    head = "".join(
        f"<th scope='col' style='text-align:{'left' if i < 2 else 'right'}'>{name}</th>" for i, name in enumerate(names)
    )
    style = "color:inherit;border-spacing:.8rem .2rem"
    return f"<div class='rl-check' style='overflow-x:auto'><table style='{style}'><thead><tr>{head}</tr></thead>{rows}</table></div>"

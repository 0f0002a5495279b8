"""`progress()`: all exercises with their state, as a widget that works without a kernel too."""

from html import escape

import ipywidgets as w

from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import exercises
from resnet_live.exercise.student import progress_file
from resnet_live.exercise.student.report import STYLE
from resnet_live.palette import css


def progress() -> w.Widget:
    """A panel with one part for each chapter: its points, and a row for each exercise: state, points, hints taken, minutes."""
    standings = progress_file.load()
    chapters: dict[int, list[Exercise]] = {}
    for exercise in exercises().values():
        chapters.setdefault(exercise.chapter, []).append(exercise)
    parts = [w.HTML(_table(chosen, standings)) for chosen in chapters.values()]
    titles = [f"Chapter {number}: {_points(chosen, standings)} points" for number, chosen in chapters.items()]
    every = [exercise for chosen in chapters.values() for exercise in chosen]
    solved = sum(standings.get(exercise.id, progress_file.Standing()).solved for exercise in every)
    head = f"{solved} of {len(every)} exercises solved, {_points(every, standings)} points."
    unsolved = (i for i, chosen in enumerate(chapters.values()) if not all(_solved(e, standings) for e in chosen))
    accordion = w.Accordion(children=parts, titles=titles, selected_index=next(unsolved, 0))
    return w.VBox([w.HTML(f"{STYLE}<p class='rl-check' aria-live='polite'>{head}</p>"), accordion])


def _solved(exercise: Exercise, standings: dict) -> bool:
    return standings.get(exercise.id, progress_file.Standing()).solved


def _points(chosen: list[Exercise], standings: dict) -> str:
    got = sum(min(standings.get(exercise.id, progress_file.Standing()).best, exercise.points) for exercise in chosen)
    return f"{got} of {sum(exercise.points for exercise in chosen)}"


def words(exercise: Exercise, standing: progress_file.Standing) -> tuple[str, str]:
    """(colour, state in words) of an exercise."""
    if standing.solved:
        return "ok", "✓ solved" + (", after seeing the solution" if standing.shown else "")
    if standing.tried:
        return "silent", "begun" + (", solution seen" if standing.shown else "")
    return "neutral", "solution seen" if standing.shown else "not tried"


def _table(chosen: list[Exercise], standings: dict) -> str:
    rows = ""
    for exercise in chosen:
        standing = standings.get(exercise.id, progress_file.Standing())
        colour, told = words(exercise, standing)
        cells = [
            f"{min(standing.best, exercise.points)} of {exercise.points}",
            f"{standing.hints} of 2",
            str(exercise.minutes),
        ]
        rows += f"<tr><th scope='row' style='text-align:left'>{exercise.id} {escape(exercise.title)}</th>"
        rows += f"<td style='color:{css(colour)};text-align:left'>{told}</td>"
        rows += "".join(f"<td style='text-align:right'>{cell}</td>" for cell in cells) + "</tr>"
    names = ("exercise", "state", "points", "hints", "minutes")
    head = "".join(
        f"<th scope='col' style='text-align:{'left' if i < 2 else 'right'}'>{name}</th>" for i, name in enumerate(names)
    )
    style = "color:inherit;border-spacing:.8rem .2rem"
    return f"<div class='rl-check' style='overflow-x:auto'><table style='{style}'><thead><tr>{head}</tr></thead>{rows}</table></div>"

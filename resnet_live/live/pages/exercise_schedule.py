"""When a class can do each exercise: after which step, from `sessions/chapters/exercises.toml`."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from resnet_live.live.chapter import Chapter, LiveError
from resnet_live.live.pages.session_plan import sessions_folder

FILE = "chapters/exercises.toml"


def read_schedule(folder: Path | None = None) -> dict[str, str]:
    """Exercise → step after which a class can do it, from `sessions/chapters/exercises.toml`. Raises LiveError."""
    file = (folder or sessions_folder()) / FILE
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LiveError(f"{FILE} cannot be read: {error}") from error
    for exercise, step in found.items():
        if not (
            isinstance(step, str) and re.fullmatch(r"\d+\.\d+", step) and step.split(".")[0] == exercise.split(".")[0]
        ):
            raise LiveError(
                f"{FILE}: exercise {exercise} must name a step of its own chapter, like '2.9'; it is {step!r}."
            )
    return found


def schedule_problems(chapters: list[Chapter], schedule: dict[str, str]) -> list[str]:
    """A message for each exercise of these chapters without a step, and for each line that names no step or no exercise."""
    from resnet_live.exercise.registry import exercises

    steps = {step.number for chapter in chapters for step in chapter.steps}
    numbers = {chapter.number for chapter in chapters}
    found = [
        f"{FILE}: exercise {exercise.id} has no line. Say after which step a class can do it."
        for exercise in exercises().values()
        if exercise.chapter in numbers and exercise.id not in schedule
    ]
    for exercise, step in schedule.items():
        if exercise not in exercises():
            found.append(f"{FILE}: there is no exercise {exercise}. Take the line out.")
        elif int(exercise.split(".")[0]) in numbers and step not in steps:
            found.append(f"{FILE}: exercise {exercise} comes after {step}, and there is no such step.")
    return found


@dataclass(frozen=True)
class Pause:
    """An exercise in class: its `id`, `title`, `minutes`, and the exercises that it `needs`."""

    id: str
    title: str
    minutes: float
    needs: tuple[str, ...]


def pauses(chapter: Chapter, schedule: dict[str, str]) -> dict[str, list[Pause]]:
    """Step → the exercises after it, in a chapter; an exercise without a step of the chapter stands at the end."""
    from resnet_live.exercise.registry import exercises

    found: dict[str, list[Pause]] = {}
    for exercise in exercises().values():
        if exercise.chapter == chapter.number:
            step = chapter.find(schedule.get(exercise.id)) or chapter.steps[-1]
            pause = Pause(exercise.id, exercise.title, exercise.minutes, exercise.needs)
            found.setdefault(step.number, []).append(pause)
    return found

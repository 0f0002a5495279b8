"""Every exercise by its id, from the definitions in `chapters/`."""

import difflib
import functools
import importlib
import pkgutil

from resnet_live.exercise import chapters
from resnet_live.exercise.definition import Exercise


class UnknownExercise(LookupError):
    """There is no exercise with this id."""


@functools.cache
def exercises() -> dict[str, Exercise]:
    """All exercises by id, in the order of chapters and numbers."""
    names = sorted(found.name for found in pkgutil.iter_modules(chapters.__path__) if found.name.startswith("ch"))
    modules = [importlib.import_module(f"{chapters.__name__}.{name}") for name in names]
    return {exercise.id: exercise for module in modules for exercise in module.EXERCISES}


def find(exercise: str) -> Exercise:
    """The exercise with this id, e.g. "2.3". Raises UnknownExercise, which names the nearest ones."""
    known = exercises()
    if exercise in known:
        return known[exercise]
    near = difflib.get_close_matches(str(exercise), known, n=3, cutoff=0.5) or list(known)
    raise UnknownExercise(f"There is no exercise {exercise!r}. There are, for example: {', '.join(near[:8])}.")


def all_needs(exercise: Exercise) -> list[Exercise]:
    """The exercises that this one needs, with what those need, in the order in which they can be defined."""
    found: list[Exercise] = []
    for need in map(find, exercise.needs):
        found += [*all_needs(need), need]
    return list({one.id: one for one in found}.values())

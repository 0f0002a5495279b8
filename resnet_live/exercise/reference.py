"""The reference answers, as source. They come from `solutions/`; `resnet-live exercises build` writes them into
`reference_answers/chNN.json` beside this file, so that an installed package has them without the repository."""

import functools
import json
import linecache
from pathlib import Path

from resnet_live.exercise.registry import find

FOLDER = Path(__file__).parent / "reference_answers"


@functools.cache
def chapter(number: int) -> dict:
    """{"notebook": its name, "setup": source of the imports, "answers": {exercise: source}, "exercises": {exercise:
    fingerprints of what a student is given}}. Raises FileNotFoundError."""
    return json.loads((FOLDER / f"ch{number:02d}.json").read_text(encoding="utf-8"))


def source(exercise: str) -> str:
    """The reference answer's source, without the setup."""
    return chapter(find(exercise).chapter)["answers"][exercise]


def setup(exercise: str) -> str:
    """The imports that the exercise's notebook begins with."""
    return chapter(find(exercise).chapter)["setup"]


def objects(exercise: str) -> tuple:
    """The reference answers themselves, in the order of the definition's names; what they need comes from the references too."""
    definition = find(exercise)
    space: dict = {"__name__": f"reference {exercise}"}
    exec(compile(setup(exercise), "<setup>", "exec"), space)
    for need in definition.needs:
        space |= dict(zip(find(need).names, objects(need), strict=True))
    text, name = source(exercise), f"<reference {exercise}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    exec(compile(text, name, "exec"), space)
    return tuple(space[wanted] for wanted in definition.names)

"""What counts in a step: read from the metadata of its cell. Everything that stands not here is free."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

KEYS = ("checks", "answer", "free", "same", "expect")
EXPECT_KEYS = ("value", "error", "says")


@dataclass(frozen=True)
class Expectation:
    """What `%check` looks at in a step, as expressions in the names of the notebook.

    `checks`: the id of the exercise whose judge judges what the step writes; `answer`: what is handed to it, "" for the
    exercise's own names; `free`: keys of its checks that do not count here. `same`: (expression, hint) pairs; the expression must
    give with the user's names what it gives with the chapter's, `filled(module)` being a copy with agreed weights (see
    `compare_outputs`). `value`: what the step shows, with None for what is free. `error`: the name of the planned exception;
    `says`: parts of messages, one of which its message holds.
    """

    checks: str = ""
    answer: str = ""
    free: tuple[str, ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    value: str = ""
    error: str = ""
    says: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.checks or self.same or self.value or self.error)


def read_expectation(meta: Mapping) -> Expectation:
    """The expectation in `meta`, a cell's `resnet_live` metadata. Raises ValueError, which says what is wrong."""
    expect = meta.get("expect", {})
    _require(isinstance(expect, Mapping), "expect must be an object")
    unknown = [key for key in expect if key not in EXPECT_KEYS]
    _require(not unknown, f"expect has {', '.join(unknown)}; there are {', '.join(EXPECT_KEYS)}")
    same = meta.get("same", {})
    _require(isinstance(same, Mapping), "same must be an object: expression to hint")
    found = Expectation(
        checks=_text(meta, "checks"),
        answer=_text(meta, "answer"),
        free=_texts(meta, "free"),
        same=tuple((_expression(str(text), "same"), str(hint)) for text, hint in same.items()),
        value=_expression(_text(expect, "value"), "expect.value"),
        error=_text(expect, "error"),
        says=_texts(expect, "says"),
    )
    _expression(found.answer, "answer")
    _require(bool(found.checks) or not (found.free or found.answer), "free and answer go with checks")
    _require(bool(found.error) or not found.says, "says goes with error")
    return found


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _text(meta: Mapping, key: str) -> str:
    value = meta.get(key, "")
    _require(isinstance(value, str), f"{key} must be a text")
    return value


def _texts(meta: Mapping, key: str) -> tuple[str, ...]:
    value = meta.get(key, [])
    _require(isinstance(value, list) and all(isinstance(one, str) for one in value), f"{key} must be a list of texts")
    return tuple(value)


def _expression(text: str, key: str) -> str:
    try:
        if text:
            ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{key} is no Python expression: {text}") from error
    return text

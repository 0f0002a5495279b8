"""One question with its choices, read from the chapter's file and checked."""

import ast
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_QUESTION_KEYS, _CHOICE_KEYS = {"ask", "right", "sure", "choices"}, {"text", "why"}


class QuestionError(ValueError):
    """A question that does not exist, or a file of questions that is not as it should be; the text says where."""


@dataclass(frozen=True)
class Choice:
    """An answer that can be chosen, and the reason that is shown when it is."""

    text: str
    why: str


@dataclass(frozen=True)
class Question:
    """`step`: number of the chapter's step that asks it; `right`: text of the right choice, None where the page works it out;
    `sure`: why no result can change that, "" where one could: then a claim of the page checks it."""

    step: str
    ask: str
    choices: tuple[Choice, ...]
    right: str | None = None
    sure: str = ""

    def answered(self, right: str | None = None, values: Mapping[str, Any] | None = None) -> "Question":
        """The question as a page asks it: with its right choice known and the page's `values` put in for `{name}`.

        Raises QuestionError when the right choice is given twice or not at all, is none of the choices, or a value is missing.
        """
        if (right is None) == (self.right is None):
            problem = (
                "the page must give the right choice"
                if right is None
                else "the file says already which choice is right"
            )
            raise QuestionError(f"Question {self.step}: {problem}.")
        right = right or self.right
        texts = [choice.text for choice in self.choices]
        if right not in texts:
            raise QuestionError(
                f"Question {self.step}: {right!r} is none of its choices: {', '.join(map(repr, texts))}."
            )
        if not values:
            return replace(self, right=right)
        try:
            choices = tuple(Choice(choice.text, choice.why.format_map(values)) for choice in self.choices)
            return replace(self, ask=self.ask.format_map(values), choices=choices, right=right)
        except (KeyError, IndexError, ValueError) as error:
            raise QuestionError(
                f"Question {self.step}: its text needs a value that the page does not give: {error}."
            ) from None


def find_question(step: str) -> Question:
    """The question that step `step`, e.g. "2.5", asks. Raises QuestionError."""
    chapter = step.split(".")[0]
    questions = chapter_questions(int(chapter)) if chapter.isdigit() else {}
    if step not in questions:
        known = (
            f"Chapter {chapter} asks {', '.join(questions)}"
            if questions
            else f"There are no questions for chapter {chapter}"
        )
        raise QuestionError(f"There is no question {step!r}. {known}.")
    return questions[step]


def question_file(chapter: int, folder: Path = FOLDER) -> Path:
    """Where the questions of a chapter stand; a chapter that asks none has no such file."""
    return folder / f"ch{chapter:02}.toml"


@functools.cache
def chapter_questions(chapter: int, folder: Path = FOLDER) -> dict[str, Question]:
    """All questions of a chapter by step, in the order of the file; {} without a file. Raises QuestionError."""
    file = question_file(chapter, folder)
    if not file.exists():
        return {}
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{file.name} is no TOML: {error}") from None
    return {step: _question(file.name, chapter, step, table) for step, table in tables.items()}


def _question(file: str, chapter: int, step: str, table: Any) -> Question:
    where = f"{file}, {step}"
    if not step.startswith(f"{chapter}."):
        raise QuestionError(f"{where}: the number does not belong to chapter {chapter}.")
    _check_keys(where, table, _QUESTION_KEYS, optional=frozenset({"right", "sure"}))
    if not isinstance(table["choices"], list) or len(table["choices"]) < 2:
        raise QuestionError(f"{where}: a question has at least two choices.")
    for number, choice in enumerate(table["choices"], start=1):
        _check_keys(f"{where}, choice {number}", choice, _CHOICE_KEYS)
    choices = tuple(Choice(**choice) for choice in table["choices"])
    texts = [choice.text for choice in choices]
    if len(set(texts)) < len(texts):
        raise QuestionError(f"{where}: a choice stands twice.")
    right = table.get("right")
    if right is not None and right not in texts:
        raise QuestionError(
            f"{where}: the right choice {right!r} is none of the choices: {', '.join(map(repr, texts))}."
        )
    return Question(step, table["ask"], choices, right, table.get("sure", ""))


def _check_keys(where: str, table: Any, keys: set[str], optional: frozenset[str] = frozenset()) -> None:
    if not isinstance(table, dict):
        raise QuestionError(f"{where}: here must be a table with {', '.join(sorted(keys))}.")
    for key in sorted(keys - table.keys() - optional):
        raise QuestionError(f"{where}: {key} is missing.")
    for key in sorted(table.keys() - keys):
        raise QuestionError(f"{where}: {key} has no meaning here; known are {', '.join(sorted(keys))}.")
    for key in sorted(keys & table.keys() - {"choices"}):
        if not isinstance(table[key], str) or not table[key].strip():
            raise QuestionError(f"{where}: {key} must be a text.")


def asked_by(source: str) -> Question | None:
    """The question that a cell asks: the code holds `predict("2.5")` or `widgets.predict("2.5", …)`; None for any other cell.

    Raises QuestionError when there is no such question.
    """
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    except SyntaxError:
        return None
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "predict" and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            return find_question(call.args[0].value)
    return None

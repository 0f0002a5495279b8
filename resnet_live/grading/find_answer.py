"""Find the answer to an exercise in a student's notebooks: the definition, and everything else of the student's that it uses.

What a student wrote beside it (plots, training, experiments, other answers) is left out, and so is a statement outside all functions
that changes something imported: an answer is graded by itself, in a clean notebook.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from resnet_live.exercise.definition import Exercise
from resnet_live.grading.collect import Student
from resnet_live.grading.gather_answer import Answer, asks_the_course, gather
from resnet_live.grading.statements import ParsedNotebook, Statement, called, is_stub, root, statement_of
from resnet_live.grading.status import Status


@dataclass(frozen=True)
class NoAnswer:
    """Why there is nothing to grade."""

    status: Status
    message: str


def find(exercise: Exercise, student: Student, parsed: list[ParsedNotebook], stem: str) -> Answer | NoAnswer:
    """The student's answer to an exercise.

    `parsed`: the student's readable notebooks; `stem`: the name that the exercise's notebook is given out under. Where several
    notebooks answer it, one that calls its `check` counts first, then that name. Where one notebook defines a name several times,
    what its last call of `check` for this exercise would see is taken; and what that is given, under whatever name.
    """
    attempts: list[tuple[ParsedNotebook, dict[str, list[Statement]]]] = []
    has_stub = False
    for notebook in (_as_checked(one, exercise) for one in parsed):
        found = {name: _definitions(notebook, name, bool(check_calls(notebook, exercise))) for name in exercise.names}
        written = {
            name: [s for s in statements if _is_filled_in(name, s, notebook)] for name, statements in found.items()
        }
        if any(written.values()):
            attempts.append((notebook, written))
        elif any(found.values()):
            has_stub = True
    if attempts:
        complete = max(sum(map(bool, written.values())) for _, written in attempts)
        attempts = [attempt for attempt in attempts if sum(map(bool, attempt[1].values())) == complete]
        attempts.sort(key=lambda attempt: (not check_calls(attempt[0], exercise), attempt[0].notebook.stem != stem))
        notebook, written = attempts[0]
        answer = _answer(exercise, notebook, written)
        if len(attempts) > 1:
            others = ", ".join(other.notebook.name for other, _ in attempts[1:])
            note = f"{notebook.notebook.name} was graded; {others} answers {exercise.id} too"
            return replace(answer, notes=(*answer.notes, note))
        return answer
    if reason := _in_broken_cell(exercise, parsed):
        return NoAnswer(Status.ERROR, reason)
    if has_stub:
        return NoAnswer(Status.NOT_ATTEMPTED, "The stub was not filled in.")
    unreadable = [n for n in student.notebooks if n.problem and (n.stem == stem or n.stem.startswith(stem[:3]))]
    if unreadable:
        return NoAnswer(Status.ERROR, f"{unreadable[0].name} cannot be read: {unreadable[0].problem}.")
    names = " or ".join(f"`{name}`" for name in exercise.names)
    where = "in the notebooks" if student.notebooks else "because there is no notebook"
    others = "".join(f" {n.name} could not be read: {n.problem}." for n in student.notebooks if n.problem)
    return NoAnswer(Status.MISSING, f"No {names} {where}.{others}")


def _definitions(parsed: ParsedNotebook, name: str, checked: bool) -> list[Statement]:
    """Statements that could be the answer: they bind the name, and not by asking the course for it. An import is one only where the
    notebook has it `checked`: elsewhere it is what another answer uses."""
    found = [s for s in parsed.statements if name in s.defs and not asks_the_course(s.node)]
    return [s for s in found if not s.is_import] or (found if checked else [])


def _is_filled_in(name: str, statement: Statement, parsed: ParsedNotebook) -> bool:
    """A class that looks like a stub may get its methods from other cells, whether these are defined or assigned there."""
    return not is_stub(statement.node) or any(
        name in other.changes and not is_stub(other.node) for other in parsed.statements
    )


def check_calls(parsed: ParsedNotebook, exercise: Exercise) -> list[int]:
    """The indices of the statements that call `check` for this exercise."""
    return parsed.check_calls.get(exercise.id, [])


def _as_checked(parsed: ParsedNotebook, exercise: Exercise) -> ParsedNotebook:
    """The notebook, with the exercise's names for what its last call of `check` is given: of `check("2.1", mine)` that is `mine`.

    Only at the top level, where the argument's names are the notebook's; and not where the answer is called to make the argument
    (`check("2.5", AnySizeNet())`): of that slip `check` tells the student.
    """
    checks = check_calls(parsed, exercise)
    check = parsed.statements[checks[-1]] if checks else None
    if check is None or not isinstance(check.node, (ast.Expr, ast.Assign, ast.Assert)):
        return parsed
    given = [node.args for node in check.nodes if isinstance(node, ast.Call) and called(node) == "check" and node.args]
    values = next(args[1:] for args in reversed(given) if getattr(args[0], "value", None) == exercise.id)
    spread = any(isinstance(value, ast.Starred) for value in values)
    if (len(values) != len(exercise.names) and not spread) or list(map(ast.unparse, values)) == list(exercise.names):
        return parsed
    source = f"{', '.join(exercise.names)}, = {', '.join(map(ast.unparse, values))},"
    renaming = statement_of(check.index, check.cell, source, ast.parse(source).body[0])
    above = [s.node for s in parsed.statements[: check.index] if s.defs & renaming.refs]
    made = [*values, *(node.value for node in above if isinstance(node, ast.Assign))]
    called_for_it = {root(one) for one in made if isinstance(one, ast.Call)}
    known = {name for statement in parsed.statements for name in statement.defs}
    if called_for_it & set(exercise.names) or not renaming.refs <= known:
        return parsed
    below = (replace(statement, index=statement.index + 1) for statement in parsed.statements[check.index :])
    return replace(parsed, statements=(*parsed.statements[: check.index], renaming, *below))


def _in_broken_cell(exercise: Exercise, parsed: list[ParsedNotebook]) -> str:
    """Where the answer seems to stand in a cell that is no Python: why it is none."""
    for notebook in parsed:
        for cell in notebook.broken:
            for name in exercise.names:
                if any(head in cell.source for head in (f"def {name}", f"class {name}", f"{name} =")):
                    return f"{notebook.notebook.name}, {cell.reason}."
    return ""


def _answer(exercise: Exercise, parsed: ParsedNotebook, written: dict[str, list[Statement]]) -> Answer:
    """The versions of the exercise's names that its last check sees, with what they need."""
    checks = check_calls(parsed, exercise)
    horizon = max(checks) if checks else len(parsed.statements)
    chosen = []
    for found in filter(None, written.values()):
        before = [s for s in found if s.index <= horizon]  # `try: def …; check(…)` is one statement
        # without a check to go by, `Net = Net()` far below is an experiment and not the answer
        chosen.append(before[-1] if checks and before else ([s for s in found if s.is_definition] or found)[-1])
    if any(s.index > horizon for s in chosen):
        horizon = len(parsed.statements)
    return gather(exercise, parsed, chosen, horizon)

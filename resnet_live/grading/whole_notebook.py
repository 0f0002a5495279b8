"""The second way to an answer: the notebook's own cells in their order, up to where the answer is checked.

What the student saw is what runs: helpers, star imports and classes that are put together over several cells have the order and the
company that they had. What the policy refuses does not run, wherever it stands; a package that is missing, and an error, cost the cell
alone; training and downloads are cut short.
"""

from __future__ import annotations

import ast
from pathlib import Path

from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import all_needs, exercises, find
from resnet_live.grading import policy
from resnet_live.grading.assemble import Assembled, AssembledCell, Origin, stacked, written
from resnet_live.grading.gather_answer import COURSE, Answer, is_of_the_course
from resnet_live.grading.statements import ParsedNotebook, Statement

# What one cell may take, and the part of the run's time that all of them may take.
CELL_SECONDS, SHARE = 5.0, 0.5
# What runs before the observation.
LAST = "_clock(False)\n"

# `use` gives the student's own answer where it is right by itself, else the reference's; see `used`.
STAND_INS = """
def _stand_ins(sources, names, right, seconds, left):
    import signal, time, types
    compiled, execute, made = compile, exec, {{}}

    class OutOfTime(BaseException):
        pass

    def nothing(*args, **kwargs):
        return None

    def use(exercise, *answers):
        if answers and exercise in right:
            found = answers
        elif exercise in sources:
            if exercise not in made:
                space = {{"__name__": "__main__"}}
                execute(compiled(sources[exercise], f"<reference {{exercise}}>", "exec"), space)
                made[exercise] = tuple(space[name] for name in names[exercise])
            found = made[exercise]
        else:
            found = answers or (nothing,)
        return found[0] if len(found) == 1 else found

    def ring(*signal):
        raise OutOfTime("cut short: what defines the answer is enough here")

    began = [None]

    def clock(on=True):
        now = time.monotonic()
        if began[0] is not None:
            left[0] -= now - began[0]
        began[0] = now if on else None
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, ring)
            signal.setitimer(signal.ITIMER_REAL, max(0.2, min(seconds, left[0])) if on else 0)

    course = types.SimpleNamespace(check=nothing, hint=nothing, progress=nothing, solution=nothing, use=use)
    return course, clock


_course, _clock = _stand_ins({sources!r}, {names!r}, {right!r}, {seconds!r}, [{left!r}])
del _stand_ins
"""


def assemble_whole(
    exercise: Exercise,
    answer: Answer,
    right: set[str],
    home: Path,
    seed: int,
    device: str,
    hidden: list[Path],
    timeout: float,
    jobs: int = 1,
) -> Assembled:
    """Write the notebook in which the answer runs as it does in the student's: see `cells_of_notebook` and `written`."""
    cells = cells_of_notebook(exercise, answer, right, timeout)
    return written(exercise, cells, home, seed, device, hidden, LAST, jobs)


def cells_of_notebook(exercise: Exercise, answer: Answer, right: set[str], timeout: float) -> list[AssembledCell]:
    """The cells of the notebook in which the answer runs as it does in the student's.

    `right`: ids of those in `used` that the student's own answers solve; `timeout`: seconds for the run.
    """
    needs = [need.id for need in used(exercise, answer.parsed)]
    setup = "\n".join(dict.fromkeys(reference.setup(one) for one in [exercise.id, *needs]))
    sources = {need: f"{setup}\n{_with_needs(need)}" for need in needs}
    names = {need: find(need).names for need in needs}
    course = STAND_INS.format(
        sources=sources, names=names, right=sorted(right), seconds=CELL_SECONDS, left=SHARE * timeout
    )
    return [AssembledCell(Origin.COURSE, course), *cells_of(exercise, answer)]


def used(exercise: Exercise, parsed: ParsedNotebook) -> list[Exercise]:
    """What the notebook may have from `use`: what the exercise needs, and what it asks for of earlier ones. References of later
    ones may rest on the answer that is graded."""
    needs, known = all_needs(exercise), list(exercises().values())
    earlier = known[: known.index(exercise)]
    return [*needs, *(one for one in earlier if one.id in parsed.use_calls and one not in needs)]


def cells_of(exercise: Exercise, answer: Answer) -> list[AssembledCell]:
    """The notebook's cells up to where the answer is checked, without the statements that the policy refuses."""
    refused = policy.refused(answer.parsed.statements)
    cells: list[AssembledCell] = []
    for statement in answer.parsed.statements:
        if statement.index > answer.horizon:
            break
        if (source := _source(statement, exercise, answer)) is None or _is_refused(statement, refused):
            continue
        above = cells.pop().source if cells and cells[-1].number == statement.cell else "_clock()"
        cells.append(AssembledCell(Origin.STUDENT, stacked(above, statement, source), statement.cell, may_fail=True))
    return cells


def _is_refused(statement: Statement, refused: dict[int, list[str]]) -> bool:
    return statement.index in refused and not is_of_the_course(statement.node)


def _source(statement: Statement, exercise: Exercise, answer: Answer) -> str | None:
    """The statement as it runs here; None when it is left out."""
    if is_of_the_course(statement.node):
        return _stand_in(statement.node)
    rebinds = statement.defs & set(exercise.names) and statement.index > max(answer.chosen, default=statement.index)
    if rebinds:
        # `Net = Net()` below the answer is an experiment
        return None
    if statement.is_import and not statement.is_future:
        return f"try:\n    {ast.unparse(statement.node)}\nexcept ImportError:\n    pass"
    return statement.source


def _stand_in(node: ast.stmt) -> str | None:
    """What an import from the course gives here."""
    if isinstance(node, ast.ImportFrom):
        alias = node.names[0]
        if alias.name == "*" and node.module == "resnet_live.exercise":
            return "\n".join(f"{name} = _course.{name}" for name in COURSE)
        if alias.name in COURSE:
            return f"{alias.asname or alias.name} = _course.{alias.name}"
        if alias.name == "exercise":
            return f"{alias.asname or alias.name} = _course"
    elif isinstance(node, ast.Import) and node.names[0].name == "resnet_live.exercise":
        name = node.names[0].asname
        return f"{name} = _course" if name else "resnet_live = __import__('types').SimpleNamespace(exercise=_course)"
    return None


def _with_needs(exercise: str) -> str:
    """The reference answer behind those that it needs."""
    return "\n\n".join(reference.source(one.id) for one in [*all_needs(find(exercise)), find(exercise)])

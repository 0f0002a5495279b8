"""From the statements that define an answer to all of the student's statements that it needs, in an order in which they run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import all_needs
from resnet_live.grading import policy
from resnet_live.grading.statements import ParsedNotebook, Statement, called, is_stub, owner

COURSE = ("check", "hint", "progress", "solution", "use")
# A bare call of an imported module's function (`F.relu(x)`, to see it) leaves the module as it was, but where its name begins so.
CHANGING = (
    "set",
    "use_",
    "register",
    "append",
    "insert",
    "extend",
    "update",
    "reload",
    "patch",
    "add",
    "remove",
    "pop",
)


@dataclass(frozen=True)
class Answer:
    """What is to be graded: the student's statements in the order in which they run.

    `parsed`: the notebook; `needs_at`: how many of them run before what the exercise needs from others is defined; `missing`: names of
    the exercise that the notebook does not define; `notes`: what was left out, or chosen, for the reader; `horizon`: index of the
    notebook's statement at which the answer is checked; `chosen`: indices of those that define the exercise's names; `plain()`: as far
    as can be read, cutting the answer out has not changed what it means. A right answer is not asked.
    """

    parsed: ParsedNotebook
    statements: tuple[Statement, ...]
    needs_at: int = 0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    horizon: int = 0
    chosen: frozenset[int] = frozenset()
    plain: Callable[[], bool] = lambda: False

    @property
    def notebook(self) -> str:
        """The notebook's name."""
        return self.parsed.notebook.name

    @cached_property
    def problems(self) -> list[str]:
        """Why it is not run; see `policy.problems`."""
        return policy.problems(self.statements)


def gather(exercise: Exercise, parsed: ParsedNotebook, chosen: list[Statement], horizon: int) -> Answer:
    """The answer that the `chosen` statements define, with what it needs of its notebook.

    `horizon`: index of the statement at which the answer is checked; what stands below counts only where nothing above does.
    """
    return _Gathering(exercise, parsed, chosen, horizon).answer()


def asks_the_course(node: ast.stmt) -> bool:
    """Is it an assignment from `use(…)` and the like, or from several of them?"""
    value = getattr(node, "value", None)
    parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    return bool(parts) and all(isinstance(part, ast.Call) and called(part) in COURSE for part in parts)


class _Gathering:
    def __init__(self, exercise: Exercise, parsed: ParsedNotebook, chosen: list[Statement], horizon: int):
        self.exercise, self.parsed, self.chosen, self.horizon = exercise, parsed, chosen, horizon
        self.own = {name for s in parsed.statements if not s.is_import for name in s.defs}
        self.included: dict[int, Statement] = {}
        self.left_out: list[Statement] = []
        # names that come from the references, or from the student's own answers where those are right
        self.given = {name for need in all_needs(exercise) for name in need.names}
        # index of the last statement that sets one of them: imports above it do not replace them
        self.given_at = -1
        self.replaced: dict[str, Statement] = {}
        for name in sorted(self.given):
            for statement in self._binding(name, and_course=True):
                if statement.index <= horizon and statement.is_import:
                    self.replaced[name] = statement
                elif statement.index <= horizon:
                    self.replaced.pop(name, None)
                    self.given_at = max(self.given_at, statement.index)
        self.given -= set(self.replaced)

    def answer(self) -> Answer:
        waiting = list(self.exercise.names)
        seen = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name in self.given:
                continue
            seen.add(name)
            for statement in self._about(name):
                if statement.index not in self.included:
                    self.included[statement.index] = statement
                    waiting += statement.refs | statement.later_refs
                    # what a decorator adds to a class may be called as parts of other classes are: `forward`
                    if name not in statement.changes:
                        waiting += statement.defs
        defs = {name for s in self.included.values() for name in s.defs}
        refs = {name for s in self.included.values() for name in s.refs | s.later_refs}
        unknown = refs - defs - self.given - set(dir(builtins))
        for statement in self.parsed.statements:
            # one below `use(…)` may replace what that gave
            replaces = refs & self.given and 0 <= self.given_at < statement.index <= self.horizon
            if statement.is_star_import and (unknown or replaces) and not is_of_the_course(statement.node):
                self.included[statement.index] = statement
        if self.included:
            # what Python is told of how to read the cells holds for all below
            last = max(self.included)
            self.included |= {s.index: s for s in self.parsed.statements if s.is_future and s.index < last}
        missing = tuple(name for name in self.exercise.names if name not in defs)
        notes = [f"left out cell {s.cell}, which changes {', '.join(sorted(s.changes & seen))}" for s in self.left_out]
        above, below = self._ordered()
        return Answer(
            self.parsed,
            (*above, *below),
            len(above),
            missing,
            tuple(dict.fromkeys(notes)),
            self.horizon,
            frozenset(s.index for s in self.chosen),
            lambda: not (missing or notes or unknown) and self._is_plain(refs | defs),
        )

    def _is_plain(self, names: set[str]) -> bool:
        """Is each of these names bound once, changed nowhere, passed on to no other statement, and none of them given by the course or
        by a star import?"""
        statements = self.parsed.statements
        bound = [name for s in statements if not is_stub(s.node) for name in s.defs & names]
        given = {name for need in all_needs(self.exercise) for name in need.names}
        own = {name for s in self.included.values() if not s.is_import for name in s.defs}
        return (
            len(set(bound)) == len(bound)
            and not any(self._changes(s, names) or s.is_star_import for s in statements)
            and not any(s.defs & given & names for s in statements if not asks_the_course(s.node))
            and not any(own & _passed_on(s.node) for s in statements if s.index not in self.included)
        )

    def _changes(self, statement: Statement, names: set[str]) -> bool:
        """Does it change one of them?"""
        changed = statement.changes & names
        return bool(changed & self.own or (changed and _changes_imports(statement.node)))

    def _binding(self, name: str, and_course: bool = False) -> list[Statement]:
        """The statements that bind a name; those that ask the course for it only with `and_course`."""
        binding = [s for s in self.parsed.statements if name in s.defs and (and_course or not asks_the_course(s.node))]
        return [s for s in binding if not (s.is_import and is_of_the_course(s.node))]

    def _about(self, name: str) -> Iterator[Statement]:
        """The statements that make `name` what it is where the answer is checked."""
        if name in self.replaced:
            yield self.replaced[name]
            return
        binding = self._binding(name)
        before = [s for s in binding if s.index <= self.horizon]
        if name in self.exercise.names:
            mine = [s for s in self.chosen if name in s.defs]
            last = max((m.index for m in mine), default=-1)
            before = [s for s in before if not is_stub(s.node) and s.index <= last]
            binding = mine
        yield from before or binding
        for statement in self.parsed.statements:
            if name not in statement.changes or (statement.index > self.horizon and before):
                continue
            if name in self.own:
                yield statement
            elif not statement.is_definition and _changes_imports(statement.node):
                self.left_out.append(statement)

    def _ordered(self) -> tuple[list[Statement], list[Statement]]:
        """In the notebook's order, but what a statement needs at once comes before it (cells get moved): (imports above what the
        course gives, the rest)."""
        done: dict[int, Statement] = {}
        going: set[int] = set()

        def put(statement: Statement) -> None:
            if statement.index in done or statement.index in going:
                return
            going.add(statement.index)
            for name in sorted(statement.refs):
                makers = [s for _, s in sorted(self.included.items()) if name in s.defs]
                if makers and not any(s.index in done for s in makers) and makers[0].index > statement.index:
                    put(makers[0])
            done[statement.index] = statement

        # imports first: a student may have put them last
        everything = [s for _, s in sorted(self.included.items())]
        imports = [s for s in everything if s.is_import]
        above = [s for s in imports if s.index < self.given_at and not s.defs & set(self.replaced)]
        for statement in [*above, *imports, *everything]:
            put(statement)
        return list(done.values())[: len(above)], list(done.values())[len(above) :]


def _changes_imports(node: ast.stmt) -> bool:
    """May it change what was imported, where it does something with it?"""
    call = node.value if isinstance(node, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    return not isinstance(function, ast.Attribute) or function.attr.startswith(CHANGING)


def _passed_on(node: ast.AST) -> set[str]:
    """The names that the code does more with than to call them, to look at their parts, or to have them checked: it passes them on, or
    calls their methods (`layers.append(…)`)."""
    if isinstance(node, ast.Call):
        parts: list[ast.AST] = (
            [] if called(node) in COURSE else [*node.args, *(keyword.value for keyword in node.keywords)]
        )
        parts += [] if isinstance(node.func, ast.Name) else [owner(node.func)]
        return set().union(*map(_passed_on, parts))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return set()
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    return set().union(*map(_passed_on, ast.iter_child_nodes(node)))


def is_of_the_course(node: ast.stmt) -> bool:
    """Is it an import from this package alone?"""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] == "resnet_live"
    return isinstance(node, ast.Import) and all(alias.name.split(".")[0] == "resnet_live" for alias in node.names)

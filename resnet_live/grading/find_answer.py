"""Find the answer to an exercise in a student's notebook: the definition, and everything else of the student's that it uses.

What a student wrote beside it (plots, training, experiments, other answers) is left out, and so is a statement outside all functions
that changes something imported: an answer is marked by itself, in a clean notebook.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

from resnet_live.exercise.definition import Exercise
from resnet_live.grading.collect import Notebook, Student

COURSE = ("check", "hint", "progress", "solution", "use")
# Cell magics behind which ordinary code follows.
TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a notebook.

    `binds`: names it sets; `changes`: names whose objects it changes (`Net.forward = …`, `layers.append(…)`); `now`, `later`: names it
    needs when it runs, and when functions in it are called.
    """

    place: int
    cell: int
    source: str
    node: ast.stmt
    binds: frozenset[str]
    changes: frozenset[str]
    now: frozenset[str]
    later: frozenset[str]

    @property
    def imports(self) -> bool:
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def imports_everything(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"


@dataclass(frozen=True)
class Parsed:
    """A notebook as statements; `broken`: cells that are no Python, with the reason."""

    notebook: Notebook
    statements: tuple[Statement, ...]
    broken: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is to be marked: the student's statements in the order in which they run.

    `missing`: names of the exercise that the notebook does not define; `notes`: what was left out, or chosen, in words.
    """

    notebook: str
    statements: tuple[Statement, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class NoAnswer:
    """Why there is nothing to mark: `status` is one of results' statuses."""

    status: str
    message: str


def parse(notebook: Notebook) -> Parsed:
    """Take a notebook's code cells apart into statements."""
    statements: list[Statement] = []
    broken = []
    for cell in notebook.cells:
        source = _plain(cell.source)
        try:
            tree = ast.parse(source)
            # compiled, not run: finds what the parser lets through (`return` outside a function)
            compile(tree, f"<cell {cell.number}>", "exec", dont_inherit=True)
            for node in tree.body:
                statements.append(_statement(len(statements), cell.number, source, node))
        except Exception as error:  # mostly SyntaxError; whatever it is, it costs this cell and not the class
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            words = getattr(error, "msg", None) or str(error) or "too deeply nested"
            broken.append((cell.number, cell.source, f"cell {cell.number}{line}: {type(error).__name__}: {words}"))
    return Parsed(notebook, tuple(statements), tuple(broken))


def find(exercise: Exercise, student: Student, parsed: list[Parsed], stem: str) -> Answer | NoAnswer:
    """The student's answer to an exercise.

    `parsed`: the student's readable notebooks; `stem`: the name that the exercise's notebook is given out under. Where several
    notebooks answer it, one that calls its `check` counts first, then that name. Where one notebook defines a name several times,
    what its last call of `check` for this exercise would see is taken.
    """
    attempts, stubs = [], []
    for one in parsed:
        bound = {name: _definitions(one, name) for name in exercise.names}
        written = {name: [s for s in found if not is_stub(s.node)] for name, found in bound.items()}
        if any(written.values()):
            attempts.append((one, written))
        elif any(bound.values()):
            stubs.append(one)
    if attempts:
        complete = max(sum(map(bool, written.values())) for _, written in attempts)
        attempts = [attempt for attempt in attempts if sum(map(bool, attempt[1].values())) == complete]
        attempts.sort(key=lambda attempt: (not _checks(attempt[0], exercise), attempt[0].notebook.stem != stem))
        one, written = attempts[0]
        answer = _answer(exercise, one, written)
        if len(attempts) > 1:
            others = ", ".join(other.notebook.name for other, _ in attempts[1:])
            note = f"{one.notebook.name} was marked; {others} answers {exercise.id} too"
            return Answer(answer.notebook, answer.statements, answer.missing, (*answer.notes, note))
        return answer
    if fault := _in_broken_cell(exercise, parsed):
        return NoAnswer("error", fault)
    if stubs:
        return NoAnswer("not attempted", "The stub was not filled in.")
    unreadable = [n for n in student.notebooks if n.problem and (n.stem == stem or n.stem.startswith(stem[:3]))]
    if unreadable:
        return NoAnswer("error", f"{unreadable[0].name} cannot be read: {unreadable[0].problem}.")
    names = " or ".join(f"`{name}`" for name in exercise.names)
    where = "in the notebooks" if student.notebooks else "because there is no notebook"
    return NoAnswer("missing", f"No {names} {where}.")


def is_stub(node: ast.AST) -> bool:
    """A function or class in which nothing was filled in: every function of it ends in a bare `raise NotImplementedError`, or
    is empty."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        body = [one for one in node.body if not _is_docstring(one)]
        if body and _raises_stub(body[-1]):
            # a line left standing behind the student's own `return` does no harm
            return not any(isinstance(inner, ast.Return) for one in body for inner in ast.walk(one))
        return all(isinstance(one, ast.Pass) or _is_ellipsis(one) for one in body)
    if isinstance(node, ast.ClassDef):
        functions = [one for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
        rest = [one for one in node.body if one not in functions and not _is_docstring(one)]
        empty = all(isinstance(one, ast.Pass) or _is_ellipsis(one) for one in rest)
        stubs = [is_stub(one) for one in functions]
        plain = all(ast.unparse(base).split(".")[-1] == "Module" for base in node.bases)
        return empty and (all(stubs) if functions else plain)
    return False


# ---- Choosing ----


def _definitions(one: Parsed, name: str) -> list[Statement]:
    """Statements that could be the answer: they bind the name, and not by asking the course for it."""
    found = [s for s in one.statements if name in s.binds and not _asks_the_course(s.node)]
    defined = [s for s in found if not s.imports]
    return defined or found


def _asks_the_course(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Call) and _called(value) in COURSE


def _called(call: ast.Call) -> str:
    function = call.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _checks(one: Parsed, exercise: Exercise) -> list[int]:
    """The places of the calls of `check` for this exercise."""
    return [
        statement.place
        for statement in one.statements
        for node in ast.walk(statement.node)
        if isinstance(node, ast.Call)
        and _called(node) == "check"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == exercise.id
    ]


def _in_broken_cell(exercise: Exercise, parsed: list[Parsed]) -> str:
    for one in parsed:
        for _, source, reason in one.broken:
            for name in exercise.names:
                if any(head in source for head in (f"def {name}", f"class {name}", f"{name} =")):
                    return f"{one.notebook.name}, {reason}."
    return ""


def _answer(exercise: Exercise, one: Parsed, written: dict[str, list[Statement]]) -> Answer:
    checks = _checks(one, exercise)
    horizon = max(checks) if checks else len(one.statements)
    chosen = []
    for found in filter(None, written.values()):
        before = [s for s in found if s.place < horizon]
        defined = [s for s in found if isinstance(s.node, (ast.FunctionDef, ast.ClassDef))]
        # without a check to go by, `Net = Net()` far below is an experiment and not the answer
        chosen.append(before[-1] if checks and before else (defined or found)[-1])
    if any(s.place > horizon for s in chosen):
        horizon = len(one.statements)
    return _Gathering(exercise, one, chosen, horizon).answer()


class _Gathering:
    """Collects the statements that the chosen ones need."""

    def __init__(self, exercise: Exercise, one: Parsed, chosen: list[Statement], horizon: int):
        self.exercise, self.one, self.chosen, self.horizon = exercise, one, chosen, horizon
        self.given = set(exercise_names(exercise))
        self.own = {n for s in one.statements if not s.imports for n in s.binds}
        self.included: dict[int, Statement] = {}
        self.left_out: list[Statement] = []

    def answer(self) -> Answer:
        waiting = list(self.exercise.names)
        seen = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name in self.given:
                continue
            seen.add(name)
            for statement in self._about(name):
                if statement.place not in self.included:
                    self.included[statement.place] = statement
                    waiting += statement.now | statement.later | statement.binds
        bound = {name for s in self.included.values() for name in s.binds}
        wanted = {name for s in self.included.values() for name in s.now | s.later}
        if wanted - bound - self.given - set(dir(builtins)):
            for statement in self.one.statements:
                if statement.imports_everything and not _is_the_course_s(statement.node):
                    self.included[statement.place] = statement
        missing = tuple(name for name in self.exercise.names if name not in bound)
        notes = [f"left out cell {s.cell}, which changes {', '.join(sorted(s.changes & seen))}" for s in self.left_out]
        return Answer(self.one.notebook.name, tuple(self._ordered()), missing, tuple(dict.fromkeys(notes)))

    def _about(self, name: str) -> Iterator[Statement]:
        """The statements that make `name` what it is where the answer is checked."""
        binding = [s for s in self.one.statements if name in s.binds and not _asks_the_course(s.node)]
        binding = [s for s in binding if not (s.imports and _is_the_course_s(s.node))]
        before = [s for s in binding if s.place <= self.horizon]
        if name in self.exercise.names:
            mine = [s for s in self.chosen if name in s.binds]
            before = [s for s in before if not is_stub(s.node) and s.place <= max((m.place for m in mine), default=-1)]
            binding = mine
        yield from before or binding
        for statement in self.one.statements:
            if name not in statement.changes or (statement.place > self.horizon and before):
                continue
            if name in self.own:
                yield statement
            else:
                self.left_out.append(statement)

    def _ordered(self) -> list[Statement]:
        """In the notebook's order, but what a statement needs at once comes before it (cells get moved)."""
        done: dict[int, Statement] = {}
        going: set[int] = set()

        def put(statement: Statement) -> None:
            if statement.place in done or statement.place in going:
                return
            going.add(statement.place)
            for name in sorted(statement.now):
                makers = [s for _, s in sorted(self.included.items()) if name in s.binds]
                if makers and not any(s.place in done for s in makers) and makers[0].place > statement.place:
                    put(makers[0])
            done[statement.place] = statement

        # imports first: a student may have put them last
        everything = [s for _, s in sorted(self.included.items())]
        for statement in [s for s in everything if s.imports] + [s for s in everything if not s.imports]:
            put(statement)
        return list(done.values())


def exercise_names(exercise: Exercise) -> list[str]:
    """The names that come from the references: those of the exercises that this one needs, and of what they need."""
    from resnet_live.exercise.registry import find as definition

    names = []
    for need in exercise.needs:
        needed = definition(need)
        names += [*exercise_names(needed), *needed.names]
    return names


def _is_the_course_s(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] == "resnet_live"
    return isinstance(node, ast.Import) and all(alias.name.split(".")[0] == "resnet_live" for alias in node.names)


# ---- Statements and their names ----


def _plain(source: str) -> str:
    """A cell as Python: magics and shell lines become calls, as IPython does it."""
    lines = source.split("\n")
    while lines and (not lines[0].strip() or lines[0].startswith(TRANSPARENT)):
        lines.pop(0)
    text = "\n".join(lines) + "\n"
    try:
        ast.parse(text)
        return text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        return TransformerManager().transform_cell(text)
    except Exception:  # whatever it stumbles over, the parser will say it better
        return text


def _statement(place: int, cell: int, text: str, node: ast.stmt) -> Statement:
    lines = text.split("\n")
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    if first == node.lineno and (node.col_offset or _shares_last_line(node, lines)):
        source = ast.unparse(node)  # several statements on one line
    else:
        source = "\n".join(lines[first - 1 : node.end_lineno])
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        return Statement(place, cell, source, node, frozenset(), frozenset(), frozenset(), frozenset())
    table = symtable.symtable(ast.unparse(node), "<cell>", "exec")
    binds, now, later = set(), set(), set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            binds.add(symbol.get_name())
        if symbol.is_referenced():
            now.add(symbol.get_name())
    for child in table.get_children():
        _collect(child, binds, now, later)
    changes = frozenset(_changed(node)) - binds
    return Statement(place, cell, source, node, frozenset(binds), changes, frozenset(now | changes), frozenset(later))


def _shares_last_line(node: ast.stmt, lines: list[str]) -> bool:
    rest = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode(errors="replace").strip()
    return bool(rest) and not rest.startswith("#")


def _collect(table: symtable.SymbolTable, binds: set, now: set, later: set) -> None:
    """Global names that an inner scope uses; the body of a class runs at once, that of a function later."""
    at_once = table.get_type() == "class" or table.get_name() in ("listcomp", "setcomp", "dictcomp", "genexpr")
    for symbol in table.get_symbols():
        if symbol.is_global():
            if symbol.is_referenced():
                (now if at_once else later).add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                binds.add(symbol.get_name())
    for child in table.get_children():
        _collect(child, binds, now if at_once else later, later)


def _changed(node: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement changes when it runs."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        # fastcore's `@patch def forward(self: Net, x)`
        if any(root(one) in ("patch", "patch_to") for one in node.decorator_list):
            first = node.args.args[0].annotation if node.args.args else None
            names = [first, *(arg for one in node.decorator_list if isinstance(one, ast.Call) for arg in one.args)]
            yield from (name for one in names if one is not None and (name := root(one)))
        return
    if isinstance(node, ast.ClassDef):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and (name := root(call.func)):
            yield name
        if _called(call) in ("setattr", "delattr") and call.args and (name := root(call.args[0])):
            yield name
        return
    targets = list(getattr(node, "targets", []))
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets.append(node.target)
    for target in targets:
        for one in ast.walk(target):
            if isinstance(one, (ast.Attribute, ast.Subscript)) and (name := root(one)):
                yield name
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield from _changed(child)


def root(node: ast.AST) -> str:
    """The name that an expression such as `a.b[0].c` begins with, or ""."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def _raises_stub(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) and not node.exc.args else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"

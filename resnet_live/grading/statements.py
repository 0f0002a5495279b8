"""A student's notebook as statements: what each defines, changes and refers to. Read from the code, without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from IPython.core.inputtransformer2 import TransformerManager

from resnet_live.code_names import names_of
from resnet_live.grading.notebook_file import Notebook
from resnet_live.grading.scopes import Scope, owners

# Cell magics behind which ordinary code follows.
TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")
# The cell magic that makes a module of the code below it.
MODULE = re.compile(r"\s*%%(?:writefile|file) +(?:-a +|--append +)?(\w+)\.py *\n")
# A line magic behind which ordinary code follows on its line.
TIMED = re.compile(r"^(\s*)%time +", re.MULTILINE)
# What IPython turns other magics and shell lines into: methods of `get_ipython()`.
MAGICS = ("run_line_magic", "run_cell_magic", "system")


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a notebook.

    `index`: among the notebook's statements; `cell`: number of its cell; `defs`: names that it binds; `changes`: names whose objects
    it changes (`Net.forward = …`, `layers.append(…)`); `refs`: names that it needs when it runs; `later_refs`: names that functions
    in it need when they are called.
    """

    index: int
    cell: int
    source: str
    node: ast.stmt
    defs: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()
    later_refs: frozenset[str] = frozenset()

    # An answer is looked at for each exercise that needs it, and its notebook for each that loses points.
    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of its tree."""
        return tuple(ast.walk(self.node))

    @cached_property
    def owners(self) -> dict[ast.Name, Scope]:
        """Which names are a function's own; see `scopes.owners`."""
        return owners(self.node)

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def is_star_import(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_future(self) -> bool:
        """Does it change how Python reads the code below it? It stands first, in a notebook in its cell."""
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"

    @property
    def is_definition(self) -> bool:
        return isinstance(self.node, (ast.FunctionDef, ast.ClassDef))


@dataclass(frozen=True)
class BrokenCell:
    """A cell that is no Python, with the `reason` for the reader."""

    number: int
    source: str
    reason: str


@dataclass(frozen=True)
class ParsedNotebook:
    """A notebook as statements."""

    notebook: Notebook
    statements: tuple[Statement, ...]
    broken: tuple[BrokenCell, ...] = ()

    @cached_property
    def check_calls(self) -> dict[str, list[int]]:
        """By what `check` is called with first: the indices of the statements that call it. Every exercise asks for them."""
        return self._calls("check")

    @cached_property
    def use_calls(self) -> dict[str, list[int]]:
        """The same for `use`."""
        return self._calls("use")

    def _calls(self, name: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for statement in self.statements:
            for node in statement.nodes:
                if isinstance(node, ast.Call) and called(node) == name and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        found.setdefault(first.value, []).append(statement.index)
        return found


def parse(notebook: Notebook) -> ParsedNotebook:
    """Take a notebook's code cells apart into statements. Modules that it writes and imports from are taken for cells of it."""
    statements: list[Statement] = []
    broken: list[BrokenCell] = []
    modules = _own_modules(notebook)
    for cell in notebook.cells:
        source = _as_python(cell.source, modules)
        try:
            tree = ast.parse(source)
            # compiled, not run: finds what the parser lets through (`return` outside a function)
            compile(tree, f"<cell {cell.number}>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            for node, differs in [part for one in tree.body for part in _simplified(one, modules)]:
                lines = ast.unparse(node) if differs else _lines(source.split("\n"), node)
                statements.append(statement_of(len(statements), cell.number, lines, node))
        except Exception as error:  # mostly SyntaxError; whatever it is, it costs this cell and not the class
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            text = getattr(error, "msg", None) or str(error) or "too deeply nested"
            reason = f"cell {cell.number}{line}: {type(error).__name__}: {text}"
            broken.append(BrokenCell(cell.number, cell.source, reason))
    return ParsedNotebook(notebook, tuple(statements), tuple(broken))


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


def root(node: ast.AST) -> str:
    """The name that an expression such as `a.b[0].c` begins with, or ""."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def owner(node: ast.AST) -> ast.AST:
    """What `a.b["c"].d` is a part of: `a`; of `f(x).d` that is the call."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node


def called(call: ast.Call) -> str:
    """The last part of the name that is called: "check" of `check(…)` and of `course.check(…)`."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


# ---- Cells ----


def _own_modules(notebook: Notebook) -> frozenset[str]:
    """The names of modules that a cell writes and from which another imports: what is only saved is no part of the notebook."""
    written = {match[1] for cell in notebook.cells if (match := MODULE.match(cell.source))}
    imports = {name: re.compile(rf"^\s*from +{name} +import\b", re.MULTILINE) for name in written}
    return frozenset(name for name, one in imports.items() if any(one.search(cell.source) for cell in notebook.cells))


def _as_python(source: str, modules: frozenset[str]) -> str:
    """A cell as Python: magics and shell lines become calls, as IPython does it. `modules`: see `_own_modules`."""
    if (match := MODULE.match(source)) and match[1] in modules:
        source = source[match.end() :]
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
        return TransformerManager().transform_cell(TIMED.sub(r"\1", text))
    except Exception:  # whatever it stumbles over, the parser will say it better
        return text


def _simplified(node: ast.stmt, modules: frozenset[str]) -> list[tuple[ast.stmt, bool]]:
    """A statement without what no answer needs, in parts where they can stand alone; each with: does it differ from its lines?

    Magics and shell lines do nothing. An import of several modules becomes one statement for each, so that a package that is missing
    costs only what needs it. What comes from the notebook's own `modules` is there, but may be called otherwise.
    """
    parts: list[ast.stmt] = []
    if isinstance(node, ast.ImportFrom) and node.module in modules and not node.level:
        renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname not in (None, alias.name)]
        return [(ast.copy_location(ast.parse(one).body[0], node), True) for one in renamed]
    if isinstance(node, ast.Import):
        parts = [ast.Import([alias]) for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        parts = [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    if len(parts) > 1:
        return [(ast.fix_missing_locations(ast.copy_location(part, node)), True) for part in parts]
    magics = _Magics()
    return [(magics.visit(node), magics.found)]


class _Magics(ast.NodeTransformer):
    """Puts `pass` in place of the calls into which IPython turns magics and shell lines. One whose result is used stays."""

    found = False

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        function = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr in MAGICS and root(function) == "get_ipython":
            self.found = True
            return ast.copy_location(ast.Pass(), node)
        return node


# ---- Names ----


def statement_of(index: int, cell: int, source: str, node: ast.stmt) -> Statement:
    """What a statement defines, changes and refers to."""
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        return Statement(index, cell, source, node)
    names = names_of([node])
    # a function that is called may bind names of the notebook
    defs = names.defs | {name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names}
    changes = frozenset(_changed(node)) - defs
    later = frozenset[str]().union(*names.refs_later.values())
    return Statement(index, cell, source, node, frozenset(defs), changes, changes | names.refs_now, later)


def _lines(lines: list[str], node: ast.stmt) -> str:
    """The statement's own lines; taken from its tree where it shares a line with another."""
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    rest = lines[last - 1].encode()[node.end_col_offset :].decode(errors="replace").strip()
    if first == node.lineno and (node.col_offset or (rest and not rest.startswith("#"))):
        return ast.unparse(node)
    return "\n".join(lines[first - 1 : last])


def _changed(node: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement changes when it runs."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from _changed_by_decorators(node)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and (name := root(call.func)):
            yield name
        if called(call) in ("setattr", "delattr") and call.args and (name := root(call.args[0])):
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


def _changed_by_decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
    """Classes to which a decorator may add the definition: `@add_to_class(Net)`, fastcore's `@patch def forward(self: Net, x)`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            yield from (argument.id for argument in decorator.args if isinstance(argument, ast.Name))
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = function.attr if isinstance(function, ast.Attribute) else root(function)
        if last.startswith("patch") and not isinstance(node, ast.ClassDef) and node.args.args:
            annotation = node.args.args[0].annotation
            yield from (one.id for one in ast.walk(annotation or ast.Pass()) if isinstance(one, ast.Name))


# ---- Stubs ----


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def _raises_stub(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) and not node.exc.args else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"

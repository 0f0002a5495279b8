"""What a piece of Python does with names, statement by statement: read from its code, without running it."""

import ast
import symtable
from dataclasses import dataclass, field

_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


def names_of(statements: list[ast.stmt]) -> "CellNames":
    """What the statements of a cell do with names, in their order."""
    names = CellNames()
    names.add_block(statements)
    return names


def assigned(statements: list[ast.stmt]) -> set[str]:
    """The names bound by assignment, `def` or `class`, outside functions. Imports and loop variables are left out."""
    names = set()
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                names |= _stored(target)
        else:
            names |= assigned(_children(node))
    return names


def _children(node: ast.stmt) -> list[ast.stmt]:
    """The statements inside a compound statement."""
    inner = [*getattr(node, "body", []), *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
    return inner + [child for part in getattr(node, "handlers", getattr(node, "cases", [])) for child in part.body]


def _stored(target: ast.AST | None) -> set[str]:
    """The plain names that a target binds: a and b of `a, b = …`, none of `a.b = …`."""
    nodes = ast.walk(target) if target else ()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def patched_class(node: ast.stmt) -> str:
    """The class that fastai's `@patch` puts this method into; "" when it is none."""
    if not isinstance(node, ast.FunctionDef) or not node.args.args:
        return ""
    patched = any(isinstance(mark, ast.Name) and mark.id == "patch" for mark in node.decorator_list)
    first = node.args.args[0].annotation
    return first.id if patched and isinstance(first, ast.Name) else ""


@dataclass
class CellNames:
    """What a cell does with names, as a compiler sees it.

    `defs`: the names that it binds; `refs_now`: those that it reads before it has bound them; `refs_later`: for each function or
    class of the cell, what its body reads from outside when it runs.
    """

    defs: set[str] = field(default_factory=set)
    refs_now: set[str] = field(default_factory=set)
    refs_later: dict[str, set[str]] = field(default_factory=dict)

    @property
    def refs(self) -> set[str]:
        """The names that the cell needs from cells before it."""
        # A function that its own cell does not use runs after it: what the cell binds anywhere is there by then.
        return self.refs_now | (set().union(*self.refs_later.values()) - self.defs)

    def add_block(self, statements: list[ast.stmt]) -> None:
        """Statements that run one after the other."""
        for node in statements:
            if isinstance(node, ast.For | ast.AsyncFor):
                self.add_code(node.iter)
                self.defs |= _stored(node.target)
                self.add_block([*node.body, *node.orelse])
            elif isinstance(node, ast.While | ast.If):
                self.add_code(node.test)
                self.add_block([*node.body, *node.orelse])
            elif isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    self.add_code(item.context_expr)
                    self.defs |= _stored(item.optional_vars)
                self.add_block(node.body)
            elif isinstance(node, ast.Try | ast.TryStar):
                for handler in node.handlers:
                    if handler.type is not None:
                        self.add_code(handler.type)
                self.defs |= {handler.name for handler in node.handlers if handler.name}
                self.add_block(_children(node))
            else:
                if isinstance(node, ast.AugAssign):
                    self.add_refs(_stored(node.target))
                self.add_code(node)

    def add_code(self, node: ast.AST) -> None:
        """A statement or expression without statements of its own outside functions and classes."""
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
        now, later = _scopes(table, runs_now=True)
        self.add_refs(now)
        self.defs |= {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        name = getattr(node, "name", "")  # a lambda has none: it may run at any time, with what is there then
        self.refs_later[name] = self.refs_later.get(name, set()) | later

    def add_refs(self, names: set[str]) -> None:
        """Names read now; a function or class of this cell among them may be called, and then reads its own."""
        reached: set[str] = set()
        while names - reached:
            reached |= names
            names = set().union(*(self.refs_later.get(name, set()) for name in reached))
        self.refs_now |= reached - self.defs


def _scopes(table: symtable.SymbolTable, runs_now: bool) -> tuple[set[str], set[str]]:
    """The cell's names that the code of a scope, and of those inside it, reads: when it stands there, and when called."""
    top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    now, later = (names, set()) if runs_now else (set(), names)
    for child in table.get_children():
        inner = _scopes(child, runs_now and (child.get_type() == "class" or child.get_name() in _COMPREHENSIONS))
        now, later = now | inner[0], later | inner[1]
    return now, later

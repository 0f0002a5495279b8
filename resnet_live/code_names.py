"""What a piece of Python does with names, statement by statement: read from its code, without running it."""

import ast
import symtable
from dataclasses import dataclass, field

_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


def read(statements: list[ast.stmt]) -> "Flow":
    """What the statements of a cell do with names, in their order."""
    flow = Flow()
    flow.block(statements)
    return flow


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


@dataclass
class Flow:
    """What a cell does with names, statement by statement.

    `bound`: binds; `at_once`: reads before it has bound them; `later`: for each function or class of the cell, what its
    body reads from outside when it runs.
    """

    bound: set[str] = field(default_factory=set)
    at_once: set[str] = field(default_factory=set)
    later: dict[str, set[str]] = field(default_factory=dict)

    @property
    def needed(self) -> set[str]:
        # A function that its own cell does not use runs after it: what the cell binds anywhere is there by then.
        return self.at_once | (set().union(*self.later.values()) - self.bound)

    def block(self, statements: list[ast.stmt]) -> None:
        for node in statements:
            if isinstance(node, ast.For | ast.AsyncFor):
                self.code(node.iter)
                self.bound |= _stored(node.target)
                self.block([*node.body, *node.orelse])
            elif isinstance(node, ast.While | ast.If):
                self.code(node.test)
                self.block([*node.body, *node.orelse])
            elif isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    self.code(item.context_expr)
                    self.bound |= _stored(item.optional_vars)
                self.block(node.body)
            elif isinstance(node, ast.Try | ast.TryStar):
                self.bound |= {handler.name for handler in node.handlers if handler.name}
                self.block(_children(node))
            else:
                if isinstance(node, ast.AugAssign):
                    self.reads(_stored(node.target))
                self.code(node)

    def code(self, node: ast.AST) -> None:
        """A statement or expression without statements of its own outside functions and classes."""
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
        now, later = _scopes(table, runs_now=True)
        self.reads(now)
        self.bound |= {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        name = getattr(node, "name", "")  # a lambda has none: it may run at any time, with what is there then
        self.later[name] = self.later.get(name, set()) | later

    def reads(self, names: set[str]) -> None:
        """Names read now; a function or class of this cell among them may be called, and then reads its own."""
        reached = set()
        while names - reached:
            reached |= names
            names = set().union(*(self.later.get(name, set()) for name in reached))
        self.at_once |= reached - self.bound


def _scopes(table: symtable.SymbolTable, runs_now: bool) -> tuple[set[str], set[str]]:
    """The cell's names that the code of a scope, and of those inside it, reads: when it stands there, and when called."""
    top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    now, later = (names, set()) if runs_now else (set(), names)
    for child in table.get_children():
        inner = _scopes(child, runs_now and (child.get_type() == "class" or child.get_name() in _COMPREHENSIONS))
        now, later = now | inner[0], later | inner[1]
    return now, later

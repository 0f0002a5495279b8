"""What an answer is not run with: constructs that reach around it, into the interpreter, PyTorch's insides or the grader.

Which they are stands in `in_kernel/deny_list.py`, each with its cheat. This reads the source only, and cannot see through everything;
it keeps the plain attempts out and says in which line they are. What gets past it meets `in_kernel/guard.py` and the sandbox.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from resnet_live.grading.in_kernel import deny_list
from resnet_live.grading.in_kernel.deny_list import AMBIGUOUS, ATTRIBUTES, INSIDES, MODULES, NAMES
from resnet_live.grading.scopes import Scope
from resnet_live.grading.statements import Statement, owner, root

ALLOWED = {module: frozenset(names.split()) for module, names in deny_list.ALLOWED.items()}
SETTINGS = {"backends", "rcParams", "environ"}


def problems(statements: tuple[Statement, ...]) -> list[str]:
    """What stands in these statements that an answer is not run with, one line each: "cell 4, line 2: `sys._getframe`"."""
    return list(dict.fromkeys(line for found in refused(statements).values() for line in found))


def refused(statements: tuple[Statement, ...]) -> dict[int, list[str]]:
    """The same by the index of the statement; those with which nothing is wrong are left out."""
    imported = _imported(statements)
    deleted = {name for statement in statements for name in _deleted(statement)}
    defined: set[str] = set()
    found: dict[int, list[str]] = {}
    for statement in statements:
        names = _Names(imported, statement.owners, frozenset(defined - deleted))
        first = statement.node.lineno
        for node, what in _findings(statement, names):
            line = getattr(node, "lineno", first) - first + 1
            message = f"cell {statement.cell}, line {line} of the statement: {what}"
            found.setdefault(statement.index, []).append(message)
        if isinstance(statement.node, (ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            defined |= statement.defs
    return found


@dataclass(frozen=True)
class _Names:
    """What the names of one statement stand for.

    `imported`: names of something imported → its dotted path; `owners`: which names are a function's own; `defined`: names that the
    statements above have surely bound.
    """

    imported: dict[str, str]
    owners: dict[ast.Name, Scope]
    defined: frozenset[str]

    def is_built_in(self, node: ast.Name) -> bool:
        """May the name be the built-in function?"""
        return node not in self.owners and node.id not in self.defined

    def origin(self, node: ast.AST) -> str | None:
        """The dotted path of the imported thing that the expression begins with, if it may be one."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return None
        scope = self.owners.get(node)
        if scope is None or node.id in scope.imported or any(map(self._mentions_an_import, scope.bindings[node.id])):
            return self.imported.get(node.id)
        return None

    def _mentions_an_import(self, node: ast.AST) -> bool:
        """Is something imported in it, other than a function that is called?"""
        if isinstance(node, ast.Name):
            return node.id in self.imported
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)) and root(node.func):
            return any(map(self._mentions_an_import, [*node.args, *(keyword.value for keyword in node.keywords)]))
        return any(map(self._mentions_an_import, ast.iter_child_nodes(node)))


def _deleted(statement: Statement) -> Iterator[str]:
    """Names that the code may unbind again."""
    for node in statement.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _imported(statements: tuple[Statement, ...]) -> dict[str, str]:
    """Names that stand for something imported → the dotted path it came from; also `t = torch` and `F = nn.functional`."""
    names: dict[str, str] = {}
    for statement in statements:
        for node in statement.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    # what the notebook's own setup cell gives
    names = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy", "math": "math"} | names
    for statement in statements:
        for node in statement.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
                origin = root(node.value)
                if origin in names and not any(isinstance(inner, ast.Call) for inner in ast.walk(node.value)):
                    for target in node.targets:
                        if isinstance(target, ast.Name):
                            names.setdefault(target.id, names[origin])
    return names


def _findings(statement: Statement, names: _Names) -> Iterator[tuple[ast.AST, str]]:
    for node in statement.nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _import(node)
        elif isinstance(node, ast.Name) and node.id in NAMES and names.is_built_in(node):
            yield node, f"`{node.id}`"
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, names)
        elif isinstance(node, ast.Call):
            yield from _call(node, names)
        stored = isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del))
        if stored and names.origin(node) and not _is_call(node) and not SETTINGS & set(_chain(node)):
            yield node, f"it changes `{ast.unparse(node)}`"


def _import(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.ImportFrom):
        module = (node.module or "").split(".")
        if node.level:
            yield node, "a relative import"
        for alias in node.names:
            path = [*module, alias.name]
            refused = module[0] in MODULES and path[1] not in ALLOWED.get(module[0], ())
            if refused or _inside(path) or alias.name in ATTRIBUTES:
                yield node, f"`{'.'.join(path)}`"
        return
    for alias in node.names:
        path = alias.name.split(".")
        # `import os` alone: its parts are looked at where they are used
        allowed = path[0] in ALLOWED and (len(path) == 1 or path[1] in ALLOWED[path[0]])
        if (path[0] in MODULES and not allowed) or _inside(path):
            yield node, f"`import {alias.name}`"


def _inside(path: list[str]) -> bool:
    return not INSIDES.keys().isdisjoint(path)


def _attribute(node: ast.Attribute, names: _Names) -> Iterator[tuple[ast.AST, str]]:
    if node.attr in ATTRIBUTES:
        yield node, f"`{node.attr}`"
        return
    origin = names.origin(node)
    if node.attr in ("__setattr__", "__delattr__") and (origin or root(node) in ("object", "type")):
        yield node, f"`{ast.unparse(node)}`"
        return
    if origin is None:
        return
    base = origin if isinstance(node.value, ast.Name) else None
    if base in MODULES:
        if node.attr not in ALLOWED.get(base, ()):
            yield node, f"`{base}.{node.attr}`"
    elif node.attr == "__dict__" or (not _is_call(node.value) and node.attr in {*INSIDES, *MODULES} - AMBIGUOUS):
        yield node, f"`{ast.unparse(node)}`"


def _call(node: ast.Call, names: _Names) -> Iterator[tuple[ast.AST, str]]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "vars" and not node.args:
        yield node, "`vars()`"
    if name not in ("getattr", "setattr", "delattr", "vars") or not node.args:
        return
    target = node.args[0]
    origin = names.origin(target)
    of_import = isinstance(target, (ast.Name, ast.Attribute)) and origin is not None
    if name != "getattr" and of_import:
        yield node, f"`{name}` on `{ast.unparse(target)}`"
    elif name != "vars" and len(node.args) > 1:
        key = node.args[1]
        if isinstance(key, ast.Constant) and (
            key.value in ATTRIBUTES or (of_import and (key.value in INSIDES or key.value in MODULES))
        ):
            yield node, f"`{name}(…, {key.value!r})`"
        elif not isinstance(key, ast.Constant) and name == "getattr" and origin in MODULES:
            yield node, f"`getattr` on `{ast.unparse(target)}`"


def _chain(node: ast.AST) -> list[str]:
    parts = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        parts += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return parts


def _is_call(node: ast.AST) -> bool:
    """Does the expression go through a call? Then what it reaches is a result, not the imported thing itself."""
    return isinstance(owner(node), ast.Call)

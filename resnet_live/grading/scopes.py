"""Which function a name belongs to: a parameter called `input` is not the built-in function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Scope:
    """The names that a function, lambda, comprehension or class binds itself.

    `bindings`: name → the expressions that it is bound to, as far as they can be seen; `imported`: names that it imports; `is_class`:
    what it binds is not seen by functions inside it, and may be the module's or a built-in name before it is bound.
    """

    is_class: bool = False
    bindings: dict[str, list[ast.expr]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    def bind(self, name: str, value: ast.expr | None = None) -> None:
        """Note that `name` is bound here, to `value` if that is known."""
        self.bindings.setdefault(name, []).extend([value] if value is not None else [])


def owners(tree: ast.AST) -> dict[ast.Name, Scope]:
    """For each name in the code that belongs to a function: that function's scope. Names of the module, of a class and built-in ones
    are left out."""
    found: dict[ast.Name, Scope] = {}
    _visit(tree, (), found)
    return found


def _visit(node: ast.AST, scopes: tuple[Scope, ...], found: dict[ast.Name, Scope]) -> None:
    if isinstance(node, ast.Name):
        if owner := _owner(node.id, scopes):
            found[node] = owner
        return
    outer = tuple(scope for scope in scopes if not scope.is_class)
    if isinstance(node, Function):
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        inner = _of_function(node.args, body)
        for child in ast.iter_child_nodes(node):
            # decorators, annotations and defaults belong to the outside
            _visit(child, (*outer, inner) if child in body else scopes, found)
    elif isinstance(node, ast.ClassDef):
        inner = Scope(is_class=True)
        for child in node.body:
            _collect(child, inner)
        for child in ast.iter_child_nodes(node):
            _visit(child, (*outer, inner) if child in node.body else scopes, found)
    elif isinstance(node, Comprehension):
        inner = Scope()
        for generator in node.generators:
            for name in _stored(generator.target):
                inner.bind(name, generator.iter)
        first = node.generators[0].iter
        _visit(first, scopes, found)
        for child in ast.iter_child_nodes(node):
            if child is node.generators[0]:
                for part in (node.generators[0].target, *node.generators[0].ifs):
                    _visit(part, (*outer, inner), found)
            else:
                _visit(child, (*outer, inner), found)
    else:
        for child in ast.iter_child_nodes(node):
            _visit(child, scopes, found)


def _owner(name: str, scopes: tuple[Scope, ...]) -> Scope | None:
    for scope in reversed(scopes):
        if name in scope.declared_global:
            return None
        if name in scope.bindings and name not in scope.declared_nonlocal:
            return None if scope.is_class else scope
    return None


def _of_function(arguments: ast.arguments, body: list[ast.stmt] | list[ast.expr]) -> Scope:
    scope = Scope()
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for one, default in [*zip(positional, defaults, strict=True), *keywords]:
        scope.bind(one.arg, default)
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            scope.bind(rest.arg)
    for node in body:
        _collect(node, scope)
    return scope


def _collect(node: ast.AST, scope: Scope) -> None:
    """What the code of one function binds; functions and classes inside it bind for themselves."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        scope.bind(node.name)
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            scope.bind(name)
            scope.imported.add(name)
    elif isinstance(node, ast.Global):
        scope.declared_global |= set(node.names)
    elif isinstance(node, ast.Nonlocal):
        scope.declared_nonlocal |= set(node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        scope.bind(node.name)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        scope.bind(node.rest)
    for target, value in _bound(node):
        for name in _stored(target):
            scope.bind(name, value)
    for child in ast.iter_child_nodes(node):
        if isinstance(node, Comprehension) and isinstance(child, ast.comprehension):
            # its targets are its own; a `:=` in it binds here
            for part in (child.iter, *child.ifs):
                _collect(part, scope)
        else:
            _collect(child, scope)


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """(target, value) of what a statement or `:=` binds."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.Delete):
        yield from ((target, None) for target in node.targets)


def _stored(target: ast.AST) -> set[str]:
    nodes = (node for node in ast.walk(target) if isinstance(node, ast.Name))
    return {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}

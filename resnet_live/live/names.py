"""Which names a cell makes and which it needs from cells before it, read from its code without running it."""

import ast
import builtins
import symtable
from functools import lru_cache

from resnet_live.live.chapter import Chapter, Step


@lru_cache(maxsize=1024)
def made(source: str) -> frozenset[str]:
    """The names that `source` binds at top level, apart from those of `import *`. Code that is no Python makes none."""
    names = set()
    for statement in _statements(source):
        names |= _made_by(statement)
    return frozenset(names)


@lru_cache(maxsize=1024)
def needed(source: str) -> frozenset[str]:
    """The names that `source` uses, in functions too, and does not make itself before; without Python's own."""
    have, wanted = set(), set()
    for statement in _statements(source):
        wanted |= _used_by(statement) - have - _targets(statement)
        have |= _made_by(statement)
    return frozenset(wanted - set(dir(builtins)))


def all_of(source: str) -> bool:
    """Whether `source` holds an `import *`, so that it makes names that cannot be read from it."""
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for statement in _statements(source)
        for node in ast.walk(statement)
    )


def made_by(step: Step) -> frozenset[str]:
    """The names that there are after `step`. A step that is planned to fail makes those of all lines but its last statement."""
    if not step.raises:
        return made(step.source)
    return frozenset().union(*(_made_by(statement) for statement in _statements(step.source)[:-1]))


def maker(chapter: Chapter, name: str, position: int) -> Step | None:
    """The step that made `name` last before `position`, the place of a step; None when none did.

    A name that steps need and none spells out comes from the last `import *` before `position`.
    """
    before = chapter.steps[:position]
    for step in reversed(before):
        if name in made_by(step):
            return step
    made_after = any(name in made_by(step) for step in chapter.steps[position:])
    if made_after or not any(name in needed(step.source) for step in chapter.steps):
        return None
    return next((step for step in reversed(before) if all_of(step.source)), None)


def needed_later(chapter: Chapter, name: str, position: int) -> Step | None:
    """The first step from `position` on that needs `name`, unless another step makes it anew before; else None."""
    for step in chapter.steps[position:]:
        if name in needed(step.source):
            return step
        if name in made_by(step):
            return None
    return None


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError):
        return []


def _table(statement: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(statement), "<cell>", "exec")


def _made_by(statement: ast.stmt) -> set[str]:
    symbols = _table(statement).get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def _used_by(statement: ast.stmt) -> set[str]:
    used, tables = set(), [_table(statement)]
    outermost = tables[0]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table is outermost or symbol.is_global()):
                used.add(symbol.get_name())
    return used


def _targets(statement: ast.stmt) -> set[str]:
    """What the head of a compound statement binds before its body runs; a function or class may use its own name."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    bound = set()
    for node in ast.walk(statement):
        parts = []
        if isinstance(node, ast.For | ast.AsyncFor):
            parts = [node.target]
        elif isinstance(node, ast.withitem) and node.optional_vars:
            parts = [node.optional_vars]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        bound |= {name.id for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)}
    return bound

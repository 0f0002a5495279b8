"""Names of the cells of a chapter: defs (made there), refs (needed from before), live-out (needed after), read from the code."""

import ast
import builtins
from functools import lru_cache

from resnet_live import code_names
from resnet_live.live.chapter import Chapter, Step


@lru_cache(maxsize=1024)
def defs(source: str) -> frozenset[str]:
    """The names that `source` binds at top level, apart from those of `import *`. Code that is no Python makes none."""
    return frozenset(code_names.names_of(_statements(source)).defs)


@lru_cache(maxsize=1024)
def refs(source: str) -> frozenset[str]:
    """The names that `source` uses, in functions too, and does not make itself before; without Python's own."""
    return frozenset(code_names.names_of(_statements(source)).refs - set(dir(builtins)))


def live_out(sources: list[str]) -> list[set[str]]:
    """For each cell the names assigned or defined there that a later cell needs before any other cell makes them anew.

    Raises SyntaxError when a cell is no Python.
    """
    cells = [ast.parse(source).body for source in sources]
    names, found = [code_names.names_of(cell) for cell in cells], []
    for place, cell in enumerate(cells):
        alive, live = code_names.assigned(cell), set()
        for later in names[place + 1 :]:
            live |= alive & later.refs
            alive -= later.defs
        found.append(live)
    return found


def imports_all(source: str) -> bool:
    """Whether `source` holds an `import *`, so that it makes names that cannot be read from it."""
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for statement in _statements(source)
        for node in ast.walk(statement)
    )


def defs_of(step: Step) -> frozenset[str]:
    """The names that there are after `step`. A step that is planned to fail makes those of all lines but its last statement."""
    if not step.raises:
        return defs(step.source)
    return frozenset(code_names.names_of(_statements(step.source)[:-1]).defs)


def defining_step(chapter: Chapter, name: str, position: int) -> Step | None:
    """The step that made `name` last before `position`, the place of a step; None when none did.

    A name that steps need and none spells out comes from the last `import *` before `position`.
    """
    before = chapter.steps[:position]
    for step in reversed(before):
        if name in defs_of(step):
            return step
    made_after = any(name in defs_of(step) for step in chapter.steps[position:])
    if made_after or not any(name in refs(step.source) for step in chapter.steps):
        return None
    return next((step for step in reversed(before) if imports_all(step.source)), None)


def next_use(chapter: Chapter, name: str, position: int) -> Step | None:
    """The first step from `position` on that needs `name`, unless another step makes it anew before; else None."""
    for step in chapter.steps[position:]:
        if name in refs(step.source):
            return step
        if name in defs_of(step):
            return None
    return None


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError):
        return []

"""Names that somebody chose for what a step makes: found, so that another name is no mistake."""

import ast
from types import ModuleType
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.chapter import Step
from resnet_live.live.check import chapter_slice
from resnet_live.live.kernel.capture import ExecutedCell


def names_made(cells: list[ExecutedCell]) -> set[str]:
    """The names that the cells make, and the classes into which they patch methods."""
    return {name for cell in cells for name in step_names.defs(cell.source)} | {
        node.annotation.id
        for cell in cells
        for node in ast.walk(_parsed(cell.source))
        if isinstance(node, ast.arg) and node.arg == "self" and isinstance(node.annotation, ast.Name)
    }


def _parsed(source: str) -> ast.AST:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):  # with a magic in it, or no Python
        return ast.Module([], [])


def other_names(step: Step, name: str, cells: list[ExecutedCell], namespace: dict[str, Any]) -> list[str]:
    """What the cells of `step` make and may be their `name`, the last made first; nothing when they make `name` itself."""
    if name in names_made(cells):
        return []
    written = chapter_slice.is_written(step, {name})
    found = [
        own
        for cell in cells
        for own in sorted(step_names.defs(cell.source), key=cell.source.rfind)
        if own in namespace and own not in step_names.defs_of(step) and not isinstance(namespace[own], ModuleType)
    ]
    return [own for own in reversed(dict.fromkeys(found)) if _is_code(namespace[own]) == written]


def _is_code(value: Any) -> bool:
    """Whether a value is a class, a function, or made of one: no network, no number."""
    return isinstance(value, type) or (callable(value) and not hasattr(value, "named_parameters"))

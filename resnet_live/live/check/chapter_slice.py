"""The part of a chapter's code that some names rest on, run in a namespace of its own: what they should be."""

import ast
from collections.abc import Set
from typing import Any

from resnet_live import code_names
from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step


def chapter_namespace(chapter: Chapter, position: int, names: Set[str]) -> dict[str, Any]:
    """What `names` are in the chapter after the step at `position`: only what makes them is run, and the imports.

    Raises whatever the code raises.
    """
    statements = [node for step in chapter.steps[: position + 1] for node in _statements(step)]
    imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    return _run([*imports, *_needed(statements, names)], {})


def step_on(namespace: dict[str, Any], step: Step, names: Set[str]) -> dict[str, Any] | None:
    """`namespace` with `names` as the step makes them there, in a copy; None when it makes none of them.

    Raises whatever the code raises.
    """
    statements = _needed(_statements(step), names)
    if any(_filled_in(node) and _filled_in(node) not in step_names.defs_of(step) for node in statements):
        return None  # it would change what the user has
    patched = {name for node in statements if (name := code_names.patched_class(node))}
    # What is patched into a class must not change that of the user: a class of its own inherits from it.
    own = {name: type(name, (namespace[name],), {}) for name in patched if isinstance(namespace.get(name), type)}
    return _run(statements, namespace | own) if statements and own.keys() == patched else None


def is_written(step: Step, names: Set[str]) -> bool:
    """Whether one of `names` is that of a function or class in the step."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names for node in _statements(step))


def _statements(step: Step) -> list[ast.stmt]:
    body = ast.parse(step.source).body
    return body[:-1] if step.raises else body


def _needed(statements: list[ast.stmt], names: Set[str]) -> list[ast.stmt]:
    """The statements that bind `names`, and those that these rest on, in their order. Imports are left out."""
    needed, taken = set(names), []
    for node in reversed(statements):
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        found = code_names.names_of([node])
        changed = code_names.patched_class(node) or _filled_in(node)
        if changed in needed if changed else found.defs & needed:
            needed = needed | found.refs if changed else (needed - found.defs) | found.refs
            taken.append(node)
    return taken[::-1]


def _filled_in(node: ast.stmt) -> str:
    """The name whose part the statement sets (`table["ms"] = …`); "" when it sets none."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    inner = target.value if isinstance(target, ast.Subscript | ast.Attribute) else None
    return inner.id if isinstance(inner, ast.Name) else ""


def _run(statements: list[ast.stmt], namespace: dict[str, Any]) -> dict[str, Any]:
    space = {**namespace, "__name__": "__main__"}
    exec(compile(ast.Module(statements, []), "<chapter>", "exec"), space)
    return space

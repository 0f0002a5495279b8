"""How later steps use a name: how they call it, and which of its attributes they read. Found in the code, without running it."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step


@dataclass(frozen=True)
class LaterCall:
    """A call in step `step`: as written, the number of positional arguments, the keywords."""

    step: str
    text: str
    positional: int
    keywords: tuple[str, ...]

    def fits(self, signature: inspect.Signature) -> bool:
        """Whether a callable of this signature can be called so."""
        try:
            signature.bind(*[None] * self.positional, **dict.fromkeys(self.keywords))
        except TypeError:
            return False
        return True


def calls(chapter: Chapter, name: str, position: int) -> list[LaterCall]:
    """The calls of `name` in the steps from `position` on, as long as no step defines it anew. Calls with * or ** are left out."""
    found = []
    for step in _steps(chapter, name, position):
        for node in _free(ast.parse(step.source), name):
            if isinstance(node, ast.Call) and _is(node.func, name):
                starred = any(isinstance(part, ast.Starred) for part in node.args)
                keywords = tuple(part.arg for part in node.keywords if part.arg is not None)
                if not starred and len(keywords) == len(node.keywords):
                    found.append(LaterCall(step.number, ast.unparse(node), len(node.args), keywords))
    return found


def attributes(chapter: Chapter, name: str, position: int) -> set[str]:
    """The attributes of `name` that the steps from `position` on read, as long as no step defines it anew."""
    return {
        node.attr
        for step in _steps(chapter, name, position)
        for node in _free(ast.parse(step.source), name)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _is(node.value, name)
    }


def _steps(chapter: Chapter, name: str, position: int) -> list[Step]:
    steps = []
    for step in chapter.steps[position:]:
        redefined = name in step_names.defs_of(step)
        if not redefined or name in step_names.refs(step.source):
            steps.append(step)
        if redefined:
            break
    return steps


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _free(node: ast.AST, name: str) -> Iterator[ast.AST]:
    """The nodes below `node` where `name` means the notebook's: not in functions that have their own of that name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and name in _own(child):
            continue
        yield child
        yield from _free(child, name)


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    own = {argument.arg for argument in listed if argument}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
    return own

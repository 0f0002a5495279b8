"""The attributes that a class of a step has and that later steps of the plan read."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step


@dataclass(frozen=True)
class LaterAttribute:
    """An attribute of the class `owner`, and the first later step that reads it."""

    owner: str
    name: str
    step: str


def later_attributes(chapter: Chapter, position: int, planned: Callable[[Step], bool]) -> list[LaterAttribute]:
    """What the planned steps after `position` read of the attributes that the classes of that step set in their `__init__`.

    Steps count up to the one that writes the class anew.
    """
    found: dict[str, LaterAttribute] = {}
    for node in _classes(chapter.steps[position]):
        starts = [inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == "__init__"]
        own = set().union(*map(_set_on_self, starts)) - _of_torch()  # `.weight` may be that of any layer
        for step in chapter.steps[position + 1 :]:
            if node.name in step_names.defs_of(step):
                break
            own -= set().union(*map(_set_on_self, _classes(step)))  # from here on they may be another class's
            for each in ast.walk(ast.parse(step.source)) if planned(step) else ():
                if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load) and each.attr in own:
                    found.setdefault(each.attr, LaterAttribute(node.name, each.attr, step.number))
    return list(found.values())


@cache
def _of_torch() -> frozenset[str]:
    """The attributes that PyTorch's own layers and tensors have."""
    from torch import Tensor, nn

    return frozenset().union(*map(dir, (Tensor, nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.Linear(1, 1))))


def _classes(step: Step) -> list[ast.ClassDef]:
    return [node for node in ast.parse(step.source).body if isinstance(node, ast.ClassDef)]


def _set_on_self(tree: ast.AST) -> set[str]:
    """The attributes of `self` that a piece of code sets."""
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    return {node.attr for node in stored if isinstance(node.value, ast.Name) and node.value.id == "self"}


def example_call(chapter: Chapter, position: int, name: str) -> str:
    """The first call of `name` from `position` on that needs nothing but literals, "" when there is none."""
    for step in chapter.steps[position:]:
        for node in ast.walk(ast.parse(step.source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                parts = [*node.args, *(keyword.value for keyword in node.keywords)]
                if all(isinstance(inner, _LITERAL) for part in parts for inner in ast.walk(part)):
                    return ast.unparse(node)
    return ""


_LITERAL = ast.Constant | ast.List | ast.Tuple | ast.UnaryOp | ast.USub | ast.Load

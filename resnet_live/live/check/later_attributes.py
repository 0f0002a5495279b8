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
    for node in ast.parse(chapter.steps[position].source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        starts = [inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == "__init__"]
        set_there = [each for start in starts for each in _attributes(start) if isinstance(each.ctx, ast.Store)]
        own = {each.attr for each in set_there if _is_self(each)} - _of_torch()  # `.weight` may be that of any layer
        for step in chapter.steps[position + 1 :]:
            if node.name in step_names.defs_of(step):
                break
            own -= _set_by_classes(ast.parse(step.source))  # from here on they may be another class's
            if not planned(step):
                continue
            for each in _read(ast.parse(step.source)):
                if each in own:
                    found.setdefault(each, LaterAttribute(node.name, each, step.number))
    return list(found.values())


@cache
def _of_torch() -> frozenset[str]:
    """The attributes that PyTorch's own layers and tensors have."""
    from torch import Tensor, nn

    return frozenset().union(*map(dir, (Tensor, nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.Linear(1, 1))))


def _set_by_classes(tree: ast.Module) -> set[str]:
    """The attributes of `self` that the classes of a step set."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        each.attr
        for node in classes
        for each in _attributes(node)
        if _is_self(each) and isinstance(each.ctx, ast.Store)
    }


def _read(tree: ast.AST) -> list[str]:
    """The attributes that are read, without those of `self` in a class that sets them itself."""
    own = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for each in _attributes(node)
        if _is_self(each) and each.attr in {a.attr for a in _attributes(node) if isinstance(a.ctx, ast.Store)}
    }
    return [each.attr for each in _attributes(tree) if isinstance(each.ctx, ast.Load) and id(each) not in own]


def _attributes(tree: ast.AST) -> list[ast.Attribute]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]


def _is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


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

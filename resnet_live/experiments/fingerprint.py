"""What a part of an experiment rests on: its function, the modules that this one imports, its arguments."""

import ast
import hashlib
import importlib.util
import sys
from functools import partial
from pathlib import Path

# Of the package, only what decides about a result: the text of a page or a figure does not.
COUNTED = ("resnet_live.experiments", "resnet_live.data", "resnet_live.models", "resnet_live.training.loop")
NOT_COUNTED = ("resnet_live.experiments.record", "resnet_live.experiments.fingerprint")


def fingerprint(part, data=None) -> str:
    """Eight hex digits over the code that `part` (a callable, or a `partial` of one) rests on, and over its arguments.

    It changes when the module that defines the function changes, or any module of the package's experiments, data or
    models that it imports, directly or not; and with each argument. `data` among the arguments does not count: images have a
    checksum of their own. Arguments that are functions or classes count by name and by their module.
    """
    modules: set[str] = set()
    words = _describe(part, data, modules)
    digest = hashlib.sha256(words.encode())
    for name in sorted(_closure(modules)):
        digest.update(name.encode() + Path(sys.modules[name].__file__).read_bytes())
    return digest.hexdigest()[:8]


def _describe(value, data, modules: set[str]) -> str:
    """`value` in words that stay the same from run to run; the modules that define functions in it go into `modules`."""
    if value is data and data is not None:
        return "data"
    if isinstance(value, partial):
        inside = (value.func, *value.args, *(item for pair in sorted(value.keywords.items()) for item in pair))
        return f"partial({', '.join(_describe(item, data, modules) for item in inside)})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_describe(item, data, modules) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_describe(item, data, modules)}' for key, item in value.items())}}}"
    if callable(value):
        modules.add(value.__module__)
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def _closure(names: set[str]) -> set[str]:
    """The counted modules among `names` and all counted modules that these import."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name.startswith(COUNTED) and name not in NOT_COUNTED:
            found.add(name)
            waiting += _imports(name)
    return found


def _imports(name: str) -> list[str]:
    """The modules that module `name` imports anywhere in its text."""
    found = []
    for node in _nodes(name):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [_origin(node.module, alias.name) for alias in node.names]
    return found


def _origin(module: str, name: str) -> str:
    """The module that `from module import name` takes `name` from; a package's `__init__` only hands on what others define."""
    if not module.startswith(COUNTED) or not hasattr(importlib.import_module(module), "__path__"):
        return module
    if importlib.util.find_spec(f"{module}.{name}"):
        return f"{module}.{name}"
    handed_on = [
        node.module
        for node in _nodes(module)
        if isinstance(node, ast.ImportFrom) and name in [alias.asname or alias.name for alias in node.names]
    ]
    return _origin(handed_on[0], name) if handed_on else module


def _nodes(name: str):
    return ast.walk(ast.parse(Path(importlib.import_module(name).__file__).read_text(encoding="utf-8")))

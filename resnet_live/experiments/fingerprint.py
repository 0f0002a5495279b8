"""What a part of an experiment rests on: its function, the modules that this one imports, its arguments."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from resnet_live.import_closure import import_closure

PACKAGE = Path(__file__).parents[1]
# How a result is kept decides nothing about it.
NOT_COUNTED = ("resnet_live.experiments.record", "resnet_live.experiments.fingerprint")


def fingerprint(part: Callable, data: object = None, package: Path = PACKAGE) -> str:
    """Eight hex digits over the code that `part` (a callable, or a `partial` of one) rests on, and over its arguments.

    It changes when the module of `package` that defines the function changes, or any module of it that this one imports,
    directly or not; and with each argument. `data` among the arguments does not count: images have a checksum of their own.
    Arguments that are functions or classes count by name and by their module.
    """
    modules: set[str] = set()
    words = _describe(part, data, modules)
    digest = hashlib.sha256(words.encode())
    for file in sorted(import_closure(modules, package, NOT_COUNTED)):
        digest.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def _describe(value: object, data: object, modules: set[str]) -> str:
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
    if isinstance(value, Path):  # fastai gives paths another repr
        return f"Path({value.as_posix()!r})"
    if callable(value):
        modules.add(value.__module__)
        return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"
    return repr(value)

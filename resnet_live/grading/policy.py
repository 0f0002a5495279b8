"""What an answer is not run with: constructs that reach around it, into the interpreter, PyTorch's insides or the grader.

None of the exercises asks for them. This reads the source only, and cannot see through everything; it keeps the plain attempts out and
says in which line they are. What gets past it meets `in_kernel/guard.py` and the sandbox.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from resnet_live.grading.statements import Statement, root

_MODULES = """_ctypes _io _thread _xxsubinterpreters asyncio atexit builtins cffi code codeop concurrent ctypes dis faulthandler
gc http importlib inspect ipykernel IPython jupyter_client in_kernel marshal mmap multiprocessing nbclient nbformat nbgrader
nbmake os posix psutil pty pytest requests resnet_live resource runpy signal site socket socketserver ssl subprocess sys
sysconfig threading traceback tracemalloc urllib zmq"""
MODULES = frozenset(_MODULES.split())
# Of those, what an honest answer may use.
_ALLOWED = {
    "os": "path makedirs mkdir replace rename remove unlink fsync fspath sep getcwd PathLike cpu_count",
    "sys": "maxsize float_info stdout stderr version version_info getsizeof",
    "gc": "collect",
    "inspect": "signature Parameter isclass isfunction",
    "IPython": "display",
}
ALLOWED = {module: frozenset(names.split()) for module, names in _ALLOWED.items()}
# Names that are modules of those, and parts of other packages too (`scipy.signal`).
AMBIGUOUS = {"signal", "resource", "code", "dis", "http"}
_NAMES = "__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec get_ipython globals input locals"
NAMES = frozenset(_NAMES.split())
_ATTRIBUTES = """__base__ __bases__ __builtins__ __closure__ __code__ __defaults__ __func__ __getattribute__ __globals__ __import__
__kwdefaults__ __loader__ __mro__ __reduce__ __reduce_ex__ __self__ __spec__ __subclasses__ __traceback__ __wrapped__
_disable_profiler _disable_profiler_legacy _enable_profiler _enable_profiler_legacy _enable_record_function
_set_empty_test_observer ag_frame cell_contents cr_frame f_back f_builtins f_code f_globals f_locals
gi_frame tb_frame CodeType FunctionType _getframe _current_frames settrace setprofile addaudithook"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
# Parts of an imported package that look at or steer other people's calls.
INSIDES = frozenset(
    (
        "_C",
        "_dynamo",
        "_library",
        "library",
        "overrides",
        "_python_dispatch",
        "profiler",
        "profiler_legacy",
        "ctypeslib",
    )
)
SETTINGS = {"backends", "rcParams"}


def problems(statements: tuple[Statement, ...]) -> list[str]:
    """What stands in these statements that an answer is not run with, one line each: "cell 4, line 2: `sys._getframe`"."""
    imported = _imported(statements)
    found = []
    for statement in statements:
        first = statement.node.lineno
        for node, what in _findings(statement.node, imported):
            line = getattr(node, "lineno", first) - first + 1
            found.append(f"cell {statement.cell}, line {line} of the statement: {what}")
    return list(dict.fromkeys(found))


def _imported(statements: tuple[Statement, ...]) -> dict[str, str]:
    """Names that stand for something imported → the dotted path it came from; also `t = torch` and `F = nn.functional`."""
    names: dict[str, str] = {}
    for statement in statements:
        for node in ast.walk(statement.node):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    # what the notebook's own setup cell gives
    names = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy", "math": "math"} | names
    for statement in statements:
        for node in ast.walk(statement.node):
            if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
                origin = root(node.value)
                if origin in names and not any(isinstance(inner, ast.Call) for inner in ast.walk(node.value)):
                    for target in node.targets:
                        if isinstance(target, ast.Name):
                            names.setdefault(target.id, names[origin])
    return names


def _findings(tree: ast.AST, imported: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _import(node)
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield node, f"`{node.id}`"
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, imported)
        elif isinstance(node, ast.Call):
            yield from _call(node, imported)
        stored = isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del))
        if stored and root(node) in imported and not _is_call(node) and not SETTINGS & set(_chain(node)):
            yield node, f"it changes `{ast.unparse(node)}`"


def _import(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.ImportFrom):
        module = (node.module or "").split(".")
        if node.level:
            yield node, "a relative import"
        for alias in node.names:
            path = [*module, alias.name]
            refused = module[0] in MODULES and path[1] not in ALLOWED.get(module[0], ())
            if refused or INSIDES & set(path) or alias.name in ATTRIBUTES:
                yield node, f"`{'.'.join(path)}`"
        return
    for alias in node.names:
        path = alias.name.split(".")
        # `import os` alone: its parts are looked at where they are used
        allowed = path[0] in ALLOWED and (len(path) == 1 or path[1] in ALLOWED[path[0]])
        if (path[0] in MODULES and not allowed) or INSIDES & set(path):
            yield node, f"`import {alias.name}`"


def _attribute(node: ast.Attribute, imported: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    if node.attr in ATTRIBUTES:
        yield node, f"`{node.attr}`"
        return
    origin = imported.get(root(node))
    if node.attr in ("__setattr__", "__delattr__") and (origin or root(node) in ("object", "type")):
        yield node, f"`{ast.unparse(node)}`"
        return
    if origin is None:
        return
    base = imported.get(node.value.id) if isinstance(node.value, ast.Name) else None
    if base in MODULES:
        if node.attr not in ALLOWED.get(base, ()):
            yield node, f"`{base}.{node.attr}`"
    elif node.attr == "__dict__" or (not _is_call(node.value) and node.attr in INSIDES | MODULES - AMBIGUOUS):
        yield node, f"`{ast.unparse(node)}`"


def _call(node: ast.Call, imported: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in ("getattr", "setattr", "delattr", "vars") or not node.args:
        return
    target = node.args[0]
    of_import = isinstance(target, (ast.Name, ast.Attribute)) and root(target) in imported
    if name != "getattr" and of_import:
        yield node, f"`{name}` on `{ast.unparse(target)}`"
    elif name != "vars" and len(node.args) > 1:
        key = node.args[1]
        if isinstance(key, ast.Constant) and (
            key.value in ATTRIBUTES or (of_import and key.value in INSIDES | MODULES)
        ):
            yield node, f"`{name}(…, {key.value!r})`"
        elif not isinstance(key, ast.Constant) and name == "getattr" and imported.get(root(target)) in MODULES:
            yield node, f"`getattr` on `{ast.unparse(target)}`"


def _chain(node: ast.AST) -> list[str]:
    parts = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        parts += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return parts


def _is_call(node: ast.AST) -> bool:
    """Does the expression go through a call? Then what it reaches is a result, not the imported thing itself."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return isinstance(node, ast.Call)

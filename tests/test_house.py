"""The house rules of the package: what stands where, how long a file is, which names are taken, what is annotated."""

import ast
import functools
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "resnet_live"
FILES = {path.relative_to(ROOT).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
LONGEST = 400  # lines of a module; the definitions of a chapter's exercises are a list and may be longer


@functools.cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


def test_no_file_name_stands_twice():
    places = defaultdict(list)
    for name in FILES:
        if not name.endswith("__init__.py"):
            places[Path(name).name].append(name)
    assert [found for found in places.values() if len(found) > 1] == []


def test_no_test_file_name_stands_twice():
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []  # pytest cannot import two of one name


def test_no_class_name_stands_for_two_things():
    places = defaultdict(list)
    for name in FILES:
        for node in tree_of(name).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert {found: where for found, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("name", FILES)
def test_a_module_is_short(name):
    if "/exercise/chapters/" not in name:
        assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_import_goes_in_a_circle():
    imports = {name: _imports(name, tree_of(name)) for name in FILES}
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in imports[name]:
                walk(other, [*trail, name])
            done.add(name)

    for name in imports:
        walk(name, [])


@pytest.mark.parametrize("name", FILES)
def test_public_functions_are_annotated(name):
    missing = []
    for owner, function in _public_functions(tree_of(name)):
        parameters = function.args
        named = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
        named += [one for one in (parameters.vararg, parameters.kwarg) if one]
        if owner and named and named[0].arg in ("self", "cls"):
            named = named[1:]
        label = f"{owner}.{function.name}" if owner else function.name
        missing += [f"{label}({one.arg})" for one in named if one.annotation is None]
        if function.returns is None and function.name != "__init__":
            missing.append(f"{label}() ->")
    assert missing == []


def _public_functions(tree: ast.Module):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield "", node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and (not inner.name.startswith("_") or inner.name == "__init__"):
                    yield node.name, inner


def _imports(name: str, tree: ast.Module) -> set[str]:
    """The files of the package that a file imports anywhere in its text. A package's `__init__` counts where it is named itself."""
    found = set()
    package = list(Path(name).with_suffix("").parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= {_file(alias.name)}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                found |= {_file(f"{module}.{alias.name}") or _file(module)}
    return found - {None, name}


def _file(module: str) -> str | None:
    path = module.replace(".", "/")
    for candidate in (f"{path}.py", f"{path}/__init__.py"):
        if candidate in FILES:
            return candidate
    return None

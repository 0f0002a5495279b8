"""What the code imports is declared, and each declared version is pinned once."""

import ast
import functools
import importlib.metadata
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
# What `make book` and the commands run: these folders and files may not need the packages of an extra.
FOR_READERS = ("resnet_live", "book", "exercises", "solutions", "tools/sphinx_ext", "tools/build_book.py")
FOR_CONTRIBUTORS = ("tests", "tools", "benchmarks")
WRITTEN_BY_A_TEST = {"tiny"}
distributions = functools.cache(importlib.metadata.packages_distributions)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines) -> dict[str, str]:
    """Name to version of lines `name==version; marker`."""
    found = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, version = line.split(";")[0].strip().split("==")
            assert canonical(name) not in found, f"{name} is pinned twice"
            found[canonical(name)] = version
    return found


def runtime() -> dict[str, str]:
    return pins((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())


def extras() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return pins(line for lines in project["optional-dependencies"].values() for line in lines)


def source(file: Path) -> str:
    """The Python code of a file or a notebook; cells of magics count as empty."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return text
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join(cells).splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


@functools.cache
def imported(file: Path) -> set[str]:
    """The first part of each module's name that the file imports, wherever the import stands."""
    nodes = list(ast.walk(ast.parse(source(file))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module}
    return {name.split(".")[0] for name in names}


def files_below(*places: str) -> list[Path]:
    found = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.ipynb")]
    return sorted(file for file in found if ".ipynb_checkpoints" not in file.parts)


def with_neighbours(files: list[Path]) -> list[Path]:
    """`files`, and the scripts of tools/ that they import, and those that these import."""
    found, waiting = [], list(files)
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.append(file)
            waiting += [near for name in imported(file) if (near := ROOT / "tools" / f"{name}.py").is_file()]
    return found


def parts_beside(file: Path) -> set[str]:
    """Modules that a program which runs by itself finds beside it, with no package around it."""
    kernels, grading = ROOT / "resnet_live" / "kernels", ROOT / "resnet_live" / "grading"
    places = {kernels: [kernels], grading / "forge": [kernels, grading / "forge", grading / "in_kernel"]}
    return {near.stem for place in places.get(file.parent, []) for near in place.glob("*.py")}


def undeclared(files: list[Path], declared: dict[str, str]) -> list[str]:
    """`file: module` of each import of a package that is not in `declared`."""
    ours = (
        {"resnet_live"}
        | WRITTEN_BY_A_TEST
        | {part for file in files_below(*FOR_CONTRIBUTORS) for part in (file.stem, file.parent.name)}
    )
    problems = []
    for file in files:
        for module in sorted(imported(file) - ours - parts_beside(file) - set(sys.stdlib_module_names)):
            packages = {canonical(name) for name in distributions().get(module, [])}
            if not packages & set(declared):
                needs = " or ".join(sorted(packages)) or "a package that is not installed"
                problems.append(f"{file.relative_to(ROOT).as_posix()}: {module} (declare {needs})")
    return problems


def test_what_readers_run_needs_only_the_requirements():
    files = with_neighbours(files_below(*FOR_READERS))
    assert len(files) > 100 and ROOT / "tools" / "check_links.py" in files
    assert undeclared(files, runtime()) == []


def test_what_contributors_run_needs_the_requirements_and_the_extras():
    files = files_below(*FOR_CONTRIBUTORS)
    assert len(files) > 100
    assert undeclared(files, runtime() | extras()) == []


@pytest.mark.parametrize("module", ["yaml", "PIL", "sphinx"])
def test_a_package_that_is_not_declared_is_found(module, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "part.py").write_text(f"import os\n\ndef use():\n    from {module} import x\n", encoding="utf-8")
    assert f"part.py: {module} " in undeclared([tmp_path / "part.py"], {"numpy": "1"})[0]


def test_pinned_versions_agree():
    constraints = pins((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert not constraints.keys() & runtime().keys()
    assert {name: version for name, version in extras().items() if constraints.get(name, version) != version} == {}


def test_every_package_takes_the_oldest_python_that_we_take():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (oldest,) = re.findall(r">=\s*(\d+\.\d+)$", project["requires-python"])
    refusing = {
        f"{package.metadata['Name']} {package.version}: {wanted}"
        for package in importlib.metadata.distributions()
        if (wanted := package.metadata.get("Requires-Python")) and not SpecifierSet(wanted).contains(f"{oldest}.0")
    }
    assert refusing == set()

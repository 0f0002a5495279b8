"""Which files of a package a module or a notebook rests on: the closure of its imports, read from the text; nothing is imported."""

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


def import_closure(roots: Iterable[str | Path], package: Path, leave_out: Iterable[str] = ()) -> frozenset[Path]:
    """The files of the package in the folder `package` that `roots` import, directly or not, anywhere in their text.

    `roots`: dotted names of modules, and paths of Python files and notebooks; those of the package are part of the answer, names
    of other packages are passed over. `leave_out`: names of modules that are neither counted nor followed.

    `from package import name` leads to the module that defines `name`: an `__init__` that only passes it on does not count. One
    that defines it counts with all that it imports, and so does a package that is imported as a whole. Names of modules that are
    put together when the code runs are not seen. Raises ModuleNotFoundError for a root of the package that there is not.
    """
    files = _Package(package)
    left_out = {files.file(name) for name in leave_out}
    found: set[Path] = set()
    waiting = [file for root in roots for file in files.root(root)]
    while waiting:
        file = waiting.pop()
        if file not in found and file not in left_out:
            found.add(file)
            waiting += files.imported_by(file)
    return frozenset(file for file in found if file.is_relative_to(package))


def with_initialisers(files: Iterable[Path], package: Path) -> frozenset[Path]:
    """`files` of the package, and the `__init__.py` of each folder on the way to them: Python runs these too."""
    found = set(files)
    for file in list(found):
        folders = [folder for folder in file.parents if folder.is_relative_to(package)]
        found |= {init for folder in folders if (init := folder / "__init__.py").is_file()}
    return frozenset(found)


@dataclass(frozen=True)
class _Import:
    """`from module import name`, at so many dots; `name` is None for `import module`. `bound`: the name that it then has."""

    module: str
    name: str | None
    bound: str
    dots: int = 0


class _Package:
    """The package in `folder`: where its modules are, and what they import."""

    def __init__(self, folder: Path):
        self.folder = folder

    def file(self, module: str) -> Path | None:
        """The file of a module of this package, by its dotted name; None when there is none."""
        first, *inner = module.split(".")
        if first != self.folder.name:
            return None
        path = self.folder.joinpath(*inner)
        candidates = (path.with_name(f"{path.name}.py"), path / "__init__.py")
        return next((file for file in candidates if file.is_file() and file.is_relative_to(self.folder)), None)

    def root(self, root: str | Path) -> list[Path]:
        if isinstance(root, Path):
            return [root]
        file = self.file(root)
        if file is None and root.split(".")[0] == self.folder.name:
            raise ModuleNotFoundError(f"{self.folder} holds no module {root}.")
        return [file] if file else []

    def imported_by(self, file: Path) -> list[Path]:
        """The files that the code in `file` imports itself."""
        return [origin for each in _imports(file) if (origin := self._origin(*self._target(each, file)))]

    def _target(self, each: _Import, file: Path) -> tuple[str, str | None]:
        """The module that is meant, with its whole name, and the name that is taken from it."""
        if not each.dots:
            return each.module, each.name
        if not file.is_relative_to(self.folder):
            return "", None
        folder = list(file.relative_to(self.folder.parent).parts[: -each.dots])
        return ".".join([*folder, each.module] if each.module else folder), each.name

    def _origin(self, module: str, name: str | None, passed: frozenset[Path] = frozenset()) -> Path | None:
        """The file that `from module import name` rests on; None for another package's."""
        file = self.file(module)
        if file is None or file.name != "__init__.py" or name in (None, "*"):
            return file
        submodule = self.file(f"{module}.{name}")
        if submodule is not None or file in passed:
            return submodule or file
        for each in _imports(file):
            if each.bound == name:  # passed on
                return self._origin(*self._target(each, file), passed | {file}) or file
        return file


def _imports(file: Path) -> list[_Import]:
    text = file.read_text(encoding="utf-8")
    return [each for code in (_cells(text) if file.suffix == ".ipynb" else [text]) for each in _imports_in(code)]


def _cells(notebook: str) -> Iterator[str]:
    """The code cells of a notebook without the lines that are no Python: magics and commands."""
    for cell in json.loads(notebook)["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            yield "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


@lru_cache(maxsize=1024)
def _imports_in(code: str) -> tuple[_Import, ...]:
    found = []
    for node in _nodes(code):
        if isinstance(node, ast.Import):
            found += [_Import(alias.name, None, alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [_Import(module, alias.name, alias.asname or alias.name, node.level) for alias in node.names]
    return tuple(found)


def _nodes(code: str) -> Iterator[ast.AST]:
    """The nodes of `code`; of code with a syntax error, as a chapter may show one, those of its lines that import."""
    try:
        yield from ast.walk(ast.parse(code))
    except (SyntaxError, ValueError):
        lines = [line.strip() for line in code.splitlines() if line.strip().startswith(("import ", "from "))]
        if lines != [code]:
            for line in lines:
                yield from _nodes(line)

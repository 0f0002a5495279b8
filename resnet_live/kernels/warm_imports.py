"""What the warm process imports, and what a notebook would have seen of it.

Part of the program `warm_process`: the standard library only.
"""

import builtins
import importlib
import importlib.abc
import importlib.util
import os
import random
import runpy
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

# Imported before the first cell in every kernel, so nothing of it shows.
OF_THE_KERNEL = ("ipykernel", "IPython")
INLINE = "module://matplotlib_inline.backend_inline"


class ZMQInteractiveShell:
    """Stands for the notebook's shell while libraries are imported: fastcore and fastprogress ask then, once and for all,
    whether they are in a notebook, by the name of the class."""


@dataclass
class FirstImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """What a notebook sees of the first import of a package, once more for the kernel's own first import of it.

    `package`: hidden until then; `words`: how many times the import has drawn 32 bits from Python's global generator, which a
    notebook may have seeded before; `warnings`: (message, category, file, line, module) of each that it showed. A finder and
    loader for `sys.meta_path`.
    """

    package: str
    words: int
    warnings: list[tuple]
    hidden: dict[str, ModuleType] = field(default_factory=dict)

    def hide(self) -> None:
        """Let the package look as if it had not been imported."""
        names = [name for name in sys.modules if name == self.package or name.startswith(f"{self.package}.")]
        self.hidden = {name: sys.modules.pop(name) for name in names}
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Found here: the package, and nothing else."""
        if name != self.package:
            return None
        return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The package as it was imported."""
        self.spec = self.hidden[self.package].__spec__
        return self.hidden[self.package]

    def exec_module(self, module: Any) -> None:
        """Its modules are there again, and what the import does is done."""
        module.__spec__ = self.spec
        module.__loader__ = self.spec and self.spec.loader
        sys.meta_path.remove(self)
        sys.modules.update(self.hidden)
        for _ in range(self.words):
            random.getrandbits(32)
        for message, category, file, line, name in self.warnings:
            warnings.warn_explicit(message, category, file, line, module=name)


@dataclass(frozen=True)
class Imported:
    """What the imports have settled: the number of threads that PyTorch has by itself, and the variables that they have set, with
    `temporary`, the folder that some of these name; `first`: packages whose import shows; `pools`: threadpoolctl's controller of the
    libraries that are loaded, None without it."""

    threads: int
    variables: dict[str, str]
    temporary: str
    first: list[FirstImport]
    pools: Any


def preload(modules: list[str]) -> Imported:
    """Import `modules`."""
    # a file of the standard library alone, and the package itself is not imported here
    grammar = runpy.run_path(str(Path(__file__).resolve().parents[1] / "late_grammar.py"))
    grammar["put_off_grammar"]()
    # Read when Matplotlib is imported. The inline backend itself needs a kernel, and is loaded there.
    os.environ["MPLBACKEND"] = INLINE
    before = set(os.environ)
    vars(builtins)["get_ipython"] = ZMQInteractiveShell
    threads, first = 0, []
    try:
        for module in modules:
            seen = watch(module)
            if (seen.words or seen.warnings) and seen.package not in OF_THE_KERNEL:
                first.append(seen)
            if module == "torch":
                torch = sys.modules["torch"]
                # A parallel operation before the fork hangs every one after it: the pool's threads do not come along.
                threads = torch.get_num_threads()
                torch.set_num_threads(1)
    finally:
        del vars(builtins)["get_ipython"]
    added = {name: value for name, value in os.environ.items() if name not in before}
    # It looks through all libraries that are loaded: once here, not twice in every kernel.
    pools = sys.modules["threadpoolctl"].ThreadpoolController() if "threadpoolctl" in sys.modules else None
    return Imported(threads, added, tempfile.gettempdir(), first, pools)


def watch(module: str) -> FirstImport:
    """Import a module, and see what a notebook would see of it."""
    shown: list[tuple] = []
    usual, warnings.showwarning = warnings.showwarning, lambda *told, **_: shown.append(told[:4])
    random.seed(0)
    try:
        importlib.import_module(module)
    finally:
        warnings.showwarning = usual
    words, again, state = 0, random.Random(0), random.getstate()
    while again.getstate() != state and words < 10_000:  # more: it has seeded the generator itself
        again.getrandbits(32)
        words += 1
    names = {getattr(loaded, "__file__", None): name for name, loaded in list(sys.modules.items())}
    told = [(*warning, names.get(warning[2])) for warning in shown]
    return FirstImport(module.partition(".")[0], 0 if words == 10_000 else words, told)

"""The installed packages against the pins, looked up in their metadata; nothing is imported."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from resnet_live.doctor.diagnosis import INSTALL, Diagnosis, Use, fine, note, problem, repository

# What only some uses need; whatever is not named here is needed for all.
ONLY_FOR = {
    "docutils": (Use.READ,),
    "jupyter-book": (Use.READ,),
    "jupyter-cache": (Use.READ,),
    "jupyterlab": (Use.SOLVE, Use.TEACH),
    "nbmake": (Use.GRADE,),
    "pybtex": (Use.READ,),
    "pyyaml": (Use.READ,),
    "sphinx": (Use.READ,),
}
# Packages whose module is called otherwise.
MODULES = {"beautifulsoup4": "bs4", "ipython": "IPython", "pillow": "PIL", "pyyaml": "yaml", "scikit-learn": "sklearn"}
AGAIN = "Install it again: python -m pip install --force-reinstall --no-deps {}"
NAMED = 6  # packages that a line names


def look() -> list[Diagnosis]:
    """Missing, incomplete and other versions; whether torch and torchvision fit; files that take a package's place."""
    wanted = pins()
    if not wanted:
        return [problem("Packages", "the pins are not to be found", INSTALL)]
    have = {name: version_of(name) for name in wanted}
    missing = [name for name, version in have.items() if version is None]
    found = []
    if missing:
        stops = {use for name in missing for use in ONLY_FOR.get(name, tuple(Use))}
        found.append(problem("Packages", f"missing: {_some(missing)}", INSTALL, *(use for use in Use if use in stops)))
    for name in (name for name in wanted if name not in missing):
        found += _incomplete(name, wanted[name])
    found += _versions(wanted, have) + _torchvision(have) + _shadows(wanted)
    whole = len(wanted) - len(missing)
    return found or [fine("Packages", f"all {whole} are there, in the pinned versions")]


def pins(constraints: bool = False) -> dict[str, str]:
    """Name to pinned version: of requirements.txt, with `constraints` of constraints.txt; without a repository of the metadata."""
    root = repository()
    if root:
        file = root / ("constraints.txt" if constraints else "requirements.txt")
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    else:
        try:
            lines = [] if constraints else importlib.metadata.requires("resnet-live") or []
        except importlib.metadata.PackageNotFoundError:
            lines = []
    parsed = (re.match(r"([\w.-]+)==([^\s;]+)\s*(?!;)$", line.strip()) for line in lines)
    return {one.group(1).lower().replace("_", "-"): one.group(2) for one in parsed if one}


def version_of(name: str) -> str | None:
    """The installed version, without its local part (`+cpu`); None when the package is not there."""
    try:
        return (importlib.metadata.version(name) or "?").split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def module_folder(name: str) -> Path | None:
    """Where a package's module lies, as an import would find it; None when there is none."""
    # not importlib.util.find_spec: that answers from what is imported already
    spec = PathFinder.find_spec(MODULES.get(name, name.replace("-", "_")), sys.path)
    return Path(spec.origin).parent if spec and spec.origin else None


def torch_facts() -> dict[str, str]:
    """`__version__` and `cuda` as torch's file version.py has them (without quotes); empty when there is no such file."""
    folder = module_folder("torch")
    try:
        text = (folder / "version.py").read_text(encoding="utf-8") if folder else ""
    except OSError:
        return {}
    return {name: value.strip("'\"") for name, value in re.findall(r"^(\w+)(?::[^=\n]+)? = (\S+)$", text, re.MULTILINE)}


def _incomplete(name: str, version: str) -> list[Diagnosis]:
    """A package that is listed as installed, and is not whole."""
    stops, remedy = ONLY_FOR.get(name, tuple(Use)), AGAIN.format(f"{name}=={version}")
    folder = module_folder(name)
    if folder is None:
        return [problem(name, "listed as installed, but its files are gone", remedy, *stops)]
    if name == "torch":
        listed, facts = importlib.metadata.version("torch"), torch_facts()
        if not (list(folder.glob("_C*.so")) + list(folder.glob("_C*.pyd"))):
            return [problem(name, f"not whole: its compiled part is missing from {folder}", remedy)]
        if facts.get("__version__", "").split("+")[0] != listed.split("+")[0]:
            says = f"half replaced: listed as {listed}, its files are of {facts.get('__version__', 'no version')}"
            return [problem(name, says, remedy)]
    elif lost := _lost(name):
        return [problem(name, f"not whole: its compiled part {lost} is gone", remedy, *stops)]
    return []


def _lost(name: str) -> str | None:
    """The first compiled file that the package's own list names and that is not there; None when all are, or there is no list."""
    package = importlib.metadata.distribution(name)
    files = (line.split(",")[0] for line in (package.read_text("RECORD") or "").splitlines())
    compiled = (file for file in files if file.endswith((".so", ".pyd")))
    return next((file for file in compiled if not Path(str(package.locate_file(file))).exists()), None)


def _versions(wanted: dict[str, str], have: dict[str, str | None]) -> list[Diagnosis]:
    """Packages in other versions than the pinned ones."""
    found = []
    if (have.get("jupyter-book") or "1").split(".")[0] != "1":
        says = f"{have['jupyter-book']}, which cannot build this book: it is of Jupyter Book 1"
        remedy = f"python -m pip install jupyter-book=={wanted['jupyter-book']}"
        found.append(problem("jupyter-book", says, remedy, Use.READ))
        have = {**have, "jupyter-book": None}
    below = {name: version for name, version in pins(constraints=True).items() if name not in wanted}
    pinned = {**below, **wanted}
    installed = {**{name: version_of(name) for name in below}, **have}
    other = [
        f"{name} {version} (pinned {pinned[name]})"
        for name, version in installed.items()
        if version and version != pinned[name].split("+")[0]
    ]
    if other:
        found.append(note("Versions", f"other than pinned: {_some(other)}", INSTALL))
    return found


def _torchvision(have: dict[str, str | None]) -> list[Diagnosis]:
    """torchvision loads only with the very torch that it was compiled for, which its metadata name."""
    if not have.get("torch") or not have.get("torchvision"):
        return []
    for line in importlib.metadata.requires("torchvision") or []:
        found = re.match(r"torch\s*\(?==\s*([\d.]+)", line)
        if found and found.group(1) != have["torch"]:
            says = f"{have['torchvision']} was compiled for torch {found.group(1)}, and torch is {have['torch']}"
            return [problem("torchvision", says, INSTALL)]
    return []


def _shadows(wanted: dict[str, str]) -> list[Diagnosis]:
    """Files in the folders of the notebooks that an import would take for a package."""
    root = repository()
    folders = dict.fromkeys([Path.cwd(), *(root / name for name in ("book", "exercises", "live") if root)])
    taken = set(getattr(sys, "stdlib_module_names", ())) | {
        MODULES.get(name, name.replace("-", "_")) for name in wanted
    }
    files = [file for folder in folders if folder.is_dir() for file in folder.glob("*.py") if file.stem in taken]
    if not files:
        return []
    says = f"an import finds this before the package of that name: {_some([str(file) for file in files])}"
    return [problem("File names", says, "Rename it.", Use.READ, Use.SOLVE, Use.TEACH)]


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")

"""Renew all pins: requirements.txt, the extras of pyproject.toml and constraints.txt, and show what has changed.

    python tools/renew_pins.py [--check]

The newest releases that fit together are asked of the package index by `pip install --dry-run`: nothing is installed. `--check` shows
what would change, and changes nothing. `HELD` says what stays below a version, and why.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Not the newest: what the book's tools cannot work with yet.
HELD = {
    "jupyter-book": "<2",  # Jupyter Book 2 is another program: see CONTRIBUTING.md
    "sphinx": "<8",  # Jupyter Book 1 asks for 7
    "docutils": "<0.22",  # and this Sphinx for that
    "pytest": "<9.2",  # pytest-xdist 3.8.0 forgets its groups with it, without a word: pytest-xdist#1386
}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\"']+)", re.MULTILINE)
# GPU libraries follow from torch's own pin, and are only in some builds of it; what installs is not installed.
NOT_PINNED = ("nvidia-", "cuda-", "triton", "pip", "setuptools", "wheel", "resnet-live")


def main(arguments: list[str]) -> int:
    """Exit code 1 with the installer's words when no set of releases fits together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(arguments).check
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "pyproject.toml")}
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (oldest,) = re.findall(r'requires-python = ">=([\d.]+)"', texts["pyproject.toml"])
    if oldest != ".".join(map(str, sys.version_info[:2])):
        print(
            f"Run this with Python {oldest}, the oldest that the course takes: some releases are for newer ones only.",
            file=sys.stderr,
        )
        print(f"make PYTHON=python{oldest} pins", file=sys.stderr)
        return 1
    direct = {**named(texts["requirements.txt"]), **extras(texts["pyproject.toml"])}
    found = resolve(list(direct))
    if found is None:
        return 1
    old = {**named(constraints), **direct}
    below = {name: version for name, version in found.items() if name not in named(texts["requirements.txt"])}
    print("\n".join(changes(old, found)) or "Every pin is the newest already.")
    if not check:
        for name, text in texts.items():
            (ROOT / name).write_text(renewed(text, found), encoding="utf-8")
        head = [line for line in constraints.splitlines() if line.startswith("#")]
        # a package of another system (a marker) is not found here, and keeps its pin
        kept = {name: version for name, version in named(constraints).items() if name in direct and name not in found}
        lines = [f"{name}=={version}" for name, version in sorted({**kept, **below}.items())]
        (ROOT / "constraints.txt").write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    return 0


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(text: str) -> dict[str, str]:
    """Canonical name to version of the lines `name==version`."""
    return {canonical(found["name"]): found["version"] for found in PIN.finditer(text)}


def extras(project: str) -> dict[str, str]:
    """The same for the quoted pins of pyproject.toml."""
    return {canonical(name): version for name, version in re.findall(r"[\"']([\w.-]+)==([^\s;\"']+)", project)}


def renewed(text: str, found: dict[str, str]) -> str:
    """`text` with the version of each pin that was found; everything else stays as it is."""

    def other(match: re.Match[str]) -> str:
        version = found.get(canonical(match["name"]), match["version"])
        return f"{match['before']}{match['name']}=={version}"

    return re.sub(r"(?P<before>^|[\"'])(?P<name>[\w.-]+)==(?P<version>[^\s;\"']+)", other, text, flags=re.MULTILINE)


def changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """A line for each package that comes, goes or changes."""
    lines = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before and after and before != after:
            lines.append(f"{name} {before} -> {after}")
        elif not before:
            lines.append(f"{name} {after} (new)")
        elif not after:
            lines.append(f"{name} {before} (no longer needed, or not for this system)")
    return lines


def resolve(names: list[str]) -> dict[str, str] | None:
    """The newest releases of `names`, and of all that they need, that fit together; None when there are none."""
    with tempfile.TemporaryDirectory() as folder:
        report, wanted = Path(folder) / "report.json", Path(folder) / "wanted.txt"
        wanted.write_text("\n".join(name + HELD.get(name, "") for name in names), encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        command = [*pip, "--disable-pip-version-check", "--report", str(report), "-r", str(wanted)]
        if index := os.environ.get("TORCH_INDEX"):
            command += ["--extra-index-url", index]
        if subprocess.run(command, check=False).returncode != 0:
            return None
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    found = {canonical(one["metadata"]["name"]): one["metadata"]["version"].split("+")[0] for one in installed}
    return {name: version for name, version in found.items() if not name.startswith(NOT_PINNED)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The interpreter, and whether PyTorch is published for this system."""

from __future__ import annotations

import platform
import sys
import sysconfig
from pathlib import Path

from resnet_live.doctor.diagnosis import Diagnosis, Use, fine, note, problem

OLDEST, NEWEST = (3, 11), (3, 14)  # NEWEST: for which the pinned packages are published
OLDEST_MACOS = 14  # the same


def look() -> list[Diagnosis]:
    """Version, word size and system of the interpreter that runs this."""
    version = sys.version_info[:3]
    words = f"{'.'.join(map(str, version))}, {sys.executable}"
    if version[:2] < OLDEST:
        remedy = (
            "Install Python 3.11 or newer and name it: make PYTHON=python3.12 book, or python3.12 tools/install.py."
        )
        return [problem("Python", f"{words}: 3.11 or newer is needed", remedy)]
    if sys.maxsize < 2**32:
        return [problem("Python", f"{words}: a 32-bit build, and PyTorch is 64-bit", "Install a 64-bit Python.")]
    if version[:2] > NEWEST:
        remedy = "Where packages cannot be installed, take Python 3.11 to 3.14."
        found = [note("Python", f"{words}: newer than the pinned packages were published for", remedy)]
    else:
        found = [fine("Python", words)]
    return found + _moved() + _system()


def _moved() -> list[Diagnosis]:
    """Commands of an environment name its Python by its whole path: after the folder has been moved none starts."""
    try:
        with Path(sys.executable).with_name("jupyter").open(encoding="utf-8", errors="replace") as script:
            first = script.readline()
    except OSError:
        return []
    program = first[2:].strip()
    if not first.startswith("#!/") or Path(program.split(" ")[0]).exists():
        return []
    says = f"the environment was moved or copied: its commands (jupyter, resnet-live) ask for {program}, which is gone"
    remedy = "Delete the environment, and run: python tools/install.py (or: make book)."
    return [problem("Environment", says, remedy, Use.SOLVE, Use.TEACH, Use.GRADE, Use.RECORD)]


def _system() -> list[Diagnosis]:
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        remedy = "On an Apple silicon Mac install a Python for arm64; on an Intel Mac work in a container."
        return [problem("System", "a Python for Intel Macs, for which PyTorch is no longer published", remedy)]
    if sys.platform == "darwin" and 0 < _macos() < OLDEST_MACOS:
        says = f"macOS {platform.mac_ver()[0]}, for which the pinned PyTorch is not published"
        return [problem("System", says, f"Update to macOS {OLDEST_MACOS} or newer.")]
    if "musl" in str(sysconfig.get_config_var("SOABI")):
        remedy = "Take a system with glibc: Debian, Ubuntu, Fedora, or an image python:3.12-slim."
        return [problem("System", "Linux with musl (Alpine), for which PyTorch is not published", remedy)]
    return [fine("System", f"{platform.system()} {platform.release()}, {platform.machine()}")]


def _macos() -> int:
    """The major version of macOS; 0 where it does not say."""
    return int(platform.mac_ver()[0].split(".")[0] or 0)

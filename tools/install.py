"""Install ResNet Live into a virtual environment: with uv where there is one, else with pip.

    python tools/install.py                            what readers, students and the book's build need
    python tools/install.py --extras dev,instructor    and what the tests and instructors need

Needs nothing but Python. PyTorch's build follows the machine: without a GPU the CPU build, from PyTorch's own index; the
variable TORCH_INDEX names another index. Where that index does not answer, the default one is taken.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTORCH = "https://download.pytorch.org/whl"
CPU_BUILD = f"{PYTORCH}/cpu"
SECONDS_TO_ANSWER = 5
PINS = ["-c", "requirements.txt", "-c", "constraints.txt"]


@dataclass(frozen=True)
class Phase:
    """One command of the installation: the line shown before it, and the line shown when one can do without it."""

    says: str
    command: list[str]
    otherwise: str = ""


def main() -> int:
    """Parse the command line, install, and return the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may try to run this file
        return fail(f"ResNet Live needs Python 3.11 or newer, and this is {platform.python_version()}.", other_python())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment, made when missing")
    parser.add_argument("--extras", default="", help="of pyproject.toml, with commas between them")
    parser.add_argument("--installer", choices=["uv", "pip"], help="(uv where there is one, else pip)")
    options = parser.parse_args()
    uv = shutil.which("uv") if options.installer != "pip" else None
    if options.installer == "uv" and not uv:
        return fail("There is no uv here.", "Install it (pip install uv), or leave the choice of installer out.")
    python = make_environment(options.venv.absolute(), uv)
    if python is None:
        return fail(
            f"The virtual environment {options.venv} could not be made.",
            f"On Debian or Ubuntu: apt install python3-venv. {other_python()}",
        )
    for phase in phases(python, uv, options.extras, os.environ.get("TORCH_INDEX", "")):
        print(phase.says, flush=True)
        if phase.command and subprocess.run(phase.command, cwd=ROOT).returncode != 0:
            if not phase.otherwise:
                return fail("Installing failed: see the message above.", remedy(uv))
            print(phase.otherwise, flush=True)
    return 0


def fail(what: str, remedy: str) -> int:
    """Say on stderr what is wrong and what to do; the exit code."""
    print(f"{what}\n{remedy}", file=sys.stderr)
    return 1


def other_python() -> str:
    return "Name another Python with: make PYTHON=python3.12 book"


def remedy(uv: str | None) -> str:
    """What a user can do when the installer has given up."""
    if uv:
        again = "To try pip in its place: make INSTALLER=pip book, or python tools/install.py --installer pip."
        return f"{again} Without a network, put wheels in a folder and set UV_FIND_LINKS to it."
    return (
        "Run the same command again to go on. Without a network, put wheels in a folder and set PIP_FIND_LINKS to it."
    )


def make_environment(venv: Path, uv: str | None) -> Path | None:
    """The interpreter of `venv`, which is made when it is not there; None when that failed."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists():
        return python
    print(f"Making the virtual environment {venv} with Python {platform.python_version()}: some seconds.", flush=True)
    ways = [[uv, "venv", "--quiet", "--seed", "--clear", "--python", sys.executable, str(venv)]] if uv else []
    for command in [*ways, [sys.executable, "-m", "venv", "--clear", str(venv)]]:
        if subprocess.run(command).returncode == 0:
            return python
    shutil.rmtree(venv, ignore_errors=True)  # half an environment would pass for a whole one the next time
    return None


def phases(python: Path, uv: str | None, extras: str, torch_index: str) -> list[Phase]:
    """What is to be run, in order. `torch_index`: where PyTorch comes from, empty to choose by the machine."""
    with_pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    install = [uv, "pip", "install", "--python", str(python)] if uv else with_pip
    first = [] if installed(python, "torch") else pytorch(install, bool(uv), torch_index)
    size = f", and {default_build()}" if not installed(python, "torch") and not any(p.command for p in first) else ""
    if extras:
        says = f"Installing the packages of {extras.replace(',', ' and ')} with {name(uv)}: about 100 MB."
        return [*first, Phase(says, [*install, "-c", "constraints.txt", "-e", f".[{extras}]"])]
    says = f"Installing the pinned packages with {name(uv)}: about 250 MB{size}."
    return [*first, Phase(says, [*install, "-r", "requirements.txt", "-c", "constraints.txt", "-e", "."])]


def pytorch(install: list[str], by_uv: bool, index: str) -> list[Phase]:
    """The phase that installs PyTorch from another index than the default one; a line alone where that does not answer."""
    packages = [line for line in requirements() if line.startswith(("torch==", "torchvision=="))]
    wanted = index or (PYTORCH if by_uv else CPU_BUILD if default_build_is_large() and not has_gpu() else "")
    if not wanted:
        return []
    otherwise = f"No PyTorch from {wanted}: the default index is used instead, {default_build()}."
    if not answers(wanted):
        return [Phase(otherwise, [])]
    if by_uv and not index:
        says = "Installing PyTorch's build for this machine with uv: about 200 MB without a GPU, 3 GB with one."
        return [Phase(says, [*install, "--torch-backend=auto", *packages, *PINS], otherwise)]
    size = "about 200 MB" if wanted.endswith("/cpu") else "200 MB to 3 GB"
    # Without what it needs in turn: that comes with the pinned packages, from the default index.
    return [
        Phase(
            f"Installing PyTorch from {wanted}: {size}.",
            [*install, "--index-url", wanted, "--no-deps", *packages],
            otherwise,
        )
    ]


def requirements() -> list[str]:
    return (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")


def name(uv: str | None) -> str:
    return "uv" if uv else "pip"


def default_build_is_large() -> bool:
    """Whether the default index has PyTorch with CUDA for this system."""
    return sys.platform == "linux"


def default_build() -> str:
    return "about 3 GB of PyTorch with CUDA" if default_build_is_large() else "about 200 MB of PyTorch"


def has_gpu() -> bool:
    """Whether an NVIDIA GPU's driver is there."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def installed(python: Path, package: str) -> bool:
    """Whether the environment of `python` has the pinned version of `package`, whichever build of it."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    found = subprocess.run([str(python), "-c", code], capture_output=True, text=True).stdout.strip()
    return f"{package}=={found.split('+')[0]}" in requirements()


def answers(index: str) -> bool:
    """Whether somebody answers at `index`, whatever the answer; a folder always does."""
    if not index.startswith(("http://", "https://")):
        return True
    try:
        urllib.request.urlopen(index.rstrip("/") + "/", timeout=SECONDS_TO_ANSWER).close()
    except urllib.error.HTTPError:
        return True
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLCertVerificationError)  # the installer may know the certificate
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

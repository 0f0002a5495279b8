"""What students' code can be shut off from on this machine: found out by trying. The best of these that works is taken:

- bubblewrap, or namespaces made by `in_kernel/launch.py` itself: a network and processes of its own, and no files but Python, its
  libraries and the folder of the run;
- a namespace for the network alone (in containers that mask parts of /proc);
- what there is: a clean environment, limits, and the watch that `sandbox` keeps.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

MEMORY_BYTES = 4_000_000_000
MOST_SCRATCH_BYTES = 64_000_000  # of a folder in memory, as `launch.py` makes them
LAUNCH = Path(__file__).parent / "in_kernel" / "launch.py"
# Of the system, what programs look for. Not the whole of /etc: it holds what others shall not read.
_SYSTEM = """/usr /bin /sbin /lib /lib32 /lib64 /libx32 /nix/store /gnu/store /sys/devices/system /etc/ld.so.cache /etc/ld.so.conf
/etc/ld.so.conf.d /etc/alternatives /etc/fonts /etc/ssl/certs /etc/ssl/openssl.cnf /etc/localtime /etc/timezone /etc/passwd /etc/group
/etc/nsswitch.conf /etc/mime.types /etc/OpenCL"""
SYSTEM = tuple(_SYSTEM.split())


class Engine(StrEnum):
    """What shuts a run off. The value is its name in reports."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    NETWORK = "a namespace for the network alone"
    NONE = "no namespaces"


@dataclass(frozen=True)
class VisibleFiles:
    """The files that a run sees: what lies deeper wins, and all else is not there."""

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Isolation:
    """What could be shut off here. `limits`: are there limits on what a process uses; `summary`: for the reader."""

    engine: Engine = Engine.NONE
    limits: bool = False
    summary: str = ""

    @property
    def forked(self) -> Isolation | None:
        """What shuts off a process that has been forked, no less than this; None where that cannot be. Bubblewrap starts programs:
        namespaces take its place."""
        if not self.limits:
            return None
        return tried(Engine.NAMESPACES) if self.engine is Engine.BUBBLEWRAP else self

    @property
    def hides(self) -> bool:
        """Does a run see no files but its view?"""
        return self.engine in (Engine.BUBBLEWRAP, Engine.NAMESPACES)

    def command(self, launch: Path, limits: Path, view: VisibleFiles, most: dict[str, int | None]) -> list[str]:
        """What stands before the command of a run: it writes the file `limits`. `launch`: where launch.py lies for the run; `most`:
        its memory, CPU seconds and processes."""
        if not self.limits:
            return []
        own, made = self._own(view)
        limits.write_text(json.dumps(most | {"own_network": own, "view": made}), encoding="utf-8")
        inside = [sys.executable, "-I", str(launch), str(limits)]
        return [*bubblewrap(view), *inside] if self.engine is Engine.BUBBLEWRAP else inside

    def inside(self, view: VisibleFiles, most: dict[str, int | None]) -> dict[str, Any] | None:
        """The limits by which `launch.confine` shuts off a process as `forked` says; None where that cannot be."""
        found = self.forked
        if found is None:
            return None
        own, made = found._own(view)
        return most | {"own_network": own, "view": made}

    def _own(self, view: VisibleFiles) -> tuple[bool, dict[str, Any] | None]:
        """For `launch.py`: does it make a network, and with what view of the files."""
        own = self.engine in (Engine.NAMESPACES, Engine.NETWORK)
        return own, asdict(view) if self.engine is Engine.NAMESPACES else None


@functools.cache
def isolation() -> Isolation:
    """The best that works here: found out by trying."""
    return next(found for engine in Engine if (found := tried(engine)))


@functools.cache
def tried(engine: Engine) -> Isolation | None:
    """The isolation by this engine; None where it does not work."""
    limits = os.name == "posix" and sys.platform != "darwin"
    common = "a clean environment, a home of its own" + (
        f", {MEMORY_BYTES // 10**9} GB of memory (no limit on it with a GPU) and limits on all else" if limits else ""
    )
    if engine is Engine.NONE:
        shut = "NOT shut off: network, files and processes of this machine (no namespaces here)"
        return Isolation(engine, limits, f"{common}. {shut}")
    if sys.platform != "linux" or (engine is Engine.BUBBLEWRAP and not shutil.which("bwrap")):
        return None
    shut = f"own network, own processes, no files but Python and the run's own; {common}"
    if engine is Engine.NETWORK:
        shut = f"own network; {common}. NOT shut off: files and processes of this machine (no mount namespaces here)"
    found = Isolation(engine, True, f"{engine}: {shut}")
    return found if _works(found) else None


def view_of(writable: list[Path], hidden: list[Path], devices: bool = False) -> VisibleFiles:
    """What a run may see: Python with its packages, the libraries that this process uses, these folders, and nothing hidden.

    `devices`: those of NVIDIA's cards too.
    """
    found = [*SYSTEM, *_python(), *(["/sys"] if devices else [])]
    nodes = sorted(str(path) for path in Path("/dev").glob("nvidia*")) if devices else []
    return VisibleFiles(
        tuple(path for path in dict.fromkeys(found) if os.path.lexists(path)),
        tuple(map(str, writable)),
        tuple(map(str, hidden)),
        tuple(nodes),
    )


@functools.cache
def _python() -> tuple[str, ...]:
    """Where Python, its packages and the libraries that they load lie; not what only this process has on its path."""
    command = [sys.executable, "-I", "-c", "import json, sys; print(json.dumps(sys.path))"]
    path = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    # the package itself is on it where it is installed from a checkout: no run needs that
    ours = Path(__file__).resolve().parents[2]
    folders = [sys.prefix, sys.base_prefix, *(one for one in path if one and Path(one).resolve() != ours)]
    folders += [*os.environ.get("LD_LIBRARY_PATH", "").split(":"), os.environ.get("CUDA_HOME", "")]
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        file = line.split(maxsplit=5)[-1]
        if file.startswith("/") and ".so" in Path(file).suffixes:
            folders.append(str(Path(file).parent))
    found: list[str] = []
    named = dict.fromkeys(filter(os.path.isabs, folders))  # thousands of lines name some dozens of folders
    for folder in [one for name in named for one in (name, os.path.realpath(name))]:
        if not any(Path(folder).is_relative_to(known) for known in (*SYSTEM, *found)) and folder != "/":
            found.append(folder)
    return tuple(found)


def bubblewrap(view: VisibleFiles) -> list[str]:
    """The call of bubblewrap for a view."""
    options = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    options += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        options += ["--size", str(MOST_SCRATCH_BYTES), "--tmpfs", folder]
    parts = [(path, "--ro-bind") for path in view.readable] + [(path, "--bind") for path in view.writable]
    parts += [(path, "--dev-bind") for path in view.devices] + [(path, "") for path in view.hidden]
    for path, how in sorted(parts, key=lambda part: part[0].count("/")):
        if how and os.path.islink(path) and how == "--ro-bind":
            options += ["--symlink", os.readlink(path), path]
        elif how:
            options += [how, path, path]
        elif any(Path(path).is_relative_to(one) for one in (*view.readable, *view.writable)):
            options += ["--size", "4096", "--tmpfs", path] if os.path.isdir(path) else ["--ro-bind", os.devnull, path]
    return [*options, "--remount-ro", "/", "--"]


def _works(how: Isolation) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for part in ("run", "secret"):
            (folder / part).mkdir()
        launch = Path(shutil.copy(LAUNCH, folder / "run"))
        view = view_of([folder / "run"], [])
        most: dict[str, int | None] = dict.fromkeys(("memory", "cpu", "processes"))
        command = how.command(launch, folder / "run" / "limits.json", view, most)
        seen = f"""import os, sys
try:
    import numpy, zmq  # they load libraries
except ModuleNotFoundError:
    pass
sys.exit(os.path.exists({str(folder / "secret")!r}))"""
        try:
            command += [sys.executable, "-c", seen]
            done = subprocess.run(command, capture_output=True, cwd=folder / "run", timeout=60)
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0 or (how.engine is Engine.NETWORK and done.returncode == 1 and not done.stderr)

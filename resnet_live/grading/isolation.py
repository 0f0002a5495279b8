"""What students' code can be shut off from on this machine: found out by trying. Standard library only."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

NAMESPACES = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
NETWORK = ("--user", "--map-root-user", "--net")
MEMORY_BYTES = 4_000_000_000
LAUNCH = Path(__file__).parent / "in_kernel" / "launch.py"


@dataclass(frozen=True)
class Isolation:
    """What could be shut off here.

    `options`: of `unshare`, none where it is no use; `hides`: can folders be hidden; `limits`: are there limits on memory and time;
    `summary`: for the reader.
    """

    options: tuple[str, ...] = ()
    hides: bool = False
    limits: bool = False
    summary: str = ""


@functools.cache
def isolation() -> Isolation:
    """Find out by trying."""
    limits = os.name == "posix" and sys.platform != "darwin"
    common = "a clean environment, a home of its own" + (f", {MEMORY_BYTES // 10**9} GB of memory" if limits else "")
    if sys.platform == "linux" and shutil.which("unshare"):
        if _works(NAMESPACES, hide=True):
            summary = f"own network, own processes, solutions and submissions hidden; {common}"
            return Isolation(NAMESPACES, True, True, summary)
        if _works(NETWORK, hide=False):
            summary = (
                f"own network; {common}. NOT shut off: files and processes of this machine (no mount namespaces here)"
            )
            return Isolation(NETWORK, False, True, summary)
    return Isolation(
        (), False, limits, f"{common}. NOT shut off: network, files and processes of this machine (no namespaces here)"
    )


def _works(options: tuple[str, ...], hide: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hide").mkdir()
        limits = Path(folder) / "limits.json"
        hidden = [str(Path(folder) / "hide")] if hide else []
        limits.write_text(
            json.dumps({"own_network": True, "hide": hidden, "memory": None, "cpu": None}), encoding="utf-8"
        )
        command = [
            "unshare",
            *options,
            sys.executable,
            "-I",
            str(LAUNCH),
            str(limits),
            sys.executable,
            "-c",
            "",
        ]
        try:
            return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False

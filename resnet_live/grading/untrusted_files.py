"""Files that a student's code could have put there: read without following it anywhere, removed whatever they are."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from pathlib import Path


def read(file: Path, most: int) -> bytes:
    """What is in a plain file of at most `most` bytes. Raises OSError, and ValueError for a pipe, a device, or a larger one."""
    # no waiting at a pipe, and no reading where a link leads
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as opened:
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is no file")
        if found.st_size > most:
            raise ValueError("it is too large")
        data = opened.read(found.st_size + 1)
    if len(data) > most:
        raise ValueError("it is too large")
    return data


def remove(folder: Path) -> None:
    """Remove a folder, however deep and whatever its rights. What cannot be removed stays."""
    # nested a thousand deep, it is more than Python's own function can take
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists() and os.name == "posix":
        subprocess.run(["chmod", "-R", "u+rwX", folder], capture_output=True)
        subprocess.run(["rm", "-rf", folder], capture_output=True)

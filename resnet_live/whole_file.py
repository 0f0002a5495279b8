"""A file that is the old one or the whole new one, never half of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_whole(file: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write `file` beside its place, then move it there. Text is UTF-8, with line ends as they are; the folder must be there.

    `mode`: who may read it, less the umask. Raises OSError; what was there stays, and nothing is left beside it.
    """
    data = content.encode() if isinstance(content, str) else content
    # two processes, or two threads, that write the same file do not meet
    partial = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, mode)) as opened:
            opened.write(data)
        os.replace(partial, file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise

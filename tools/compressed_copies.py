"""Beside each file of the built book that shrinks by it, a copy compressed with gzip: for web servers that give such copies out."""

import gzip
import os
from pathlib import Path

SHRINK = {".css", ".html", ".inv", ".ipynb", ".js", ".json", ".md", ".svg", ".toml", ".txt", ".xml"}
LEAST_BYTES = 1_000  # below it a copy saves nothing that anybody would notice


def write_copies(html: Path) -> list[Path]:
    """Write `page.html.gz` beside `page.html`, and so on, where it is missing or older; returns what was written.

    A copy has the time of its original, by which both are known to belong together. Copies without an original are removed.
    """
    written = []
    for copy in html.rglob("*.gz"):
        if not copy.with_suffix("").exists():
            copy.unlink()
    for file in sorted(html.rglob("*")):
        if file.suffix in SHRINK and file.is_file() and file.stat().st_size >= LEAST_BYTES and not is_current(file):
            copy = copy_of(file)
            copy.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            os.utime(copy, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
            written.append(copy)
    return written


def copy_of(file: Path) -> Path:
    """Where the compressed copy of a file lies, if there is one."""
    return file.with_name(file.name + ".gz")


def is_current(file: Path) -> bool:
    """Whether there is a compressed copy of this very state of `file`."""
    copy = copy_of(file)
    return copy.is_file() and file.is_file() and copy.stat().st_mtime_ns == file.stat().st_mtime_ns

"""Room on the disks, folders that must be writable, memory."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from resnet_live.doctor.diagnosis import Diagnosis, Use, fine, note, problem, repository

NEEDED, COMFORTABLE = 500 * 10**6, 3 * 10**9  # bytes: a build of the book; an installation and everything that is built
MEMORY = 4 * 10**9  # bytes: PyTorch, the images in memory, JupyterLab and a browser
# Where a container's limit stands, in bytes: cgroup 2 ("max" when there is none) and 1.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def look() -> list[Diagnosis]:
    """One line for the disks, one for each folder that cannot be written, one for the memory."""
    here, temporary, cache = Path.cwd(), _temporary(), _cache()
    book = repository() or here
    found = []
    if not writable(temporary):
        says = f"nothing can be written into the temporary folder {temporary}"
        found.append(problem("Folders", says, "Set TMPDIR (Windows: TEMP) to a folder that you may write."))
    if not writable(here):
        remedy = "Work in a folder of your own: copy the notebooks there."
        found.append(problem("Folders", f"nothing can be written into {here}", remedy, Use.SOLVE, Use.TEACH, Use.GRADE))
    if not writable(book):
        says = f"nothing can be written into the repository {book}"
        found.append(problem("Folders", says, "Clone it into a folder of your own.", Use.READ, Use.RECORD))
    if not writable(cache):
        remedy = "Name a folder that can in RESNET_LIVE_CACHE."
        found.append(note("Folders", f"the cache {cache} cannot be written: no images can be drawn", remedy))
    return [*found, _room([here, book, temporary, cache]), *_memory()]


def _temporary() -> Path:
    """Where temporary files go; the folder that was asked for, when Python finds none that it can use."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Path(os.environ.get("TMPDIR", "/tmp"))


def _cache() -> Path:
    try:
        from resnet_live.data.cache import cache_folder
    except ImportError:  # packages are missing: another line says so
        return Path.home()
    return cache_folder()


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def writable(folder: Path) -> bool:
    """Whether a file can be made and filled there, or in the nearest folder above that is there."""
    # by trying: permissions say little about root, read-only file systems and network drives
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as file:
            file.write(b"a full disk takes names, and no letters")
            file.flush()
            return True
    except OSError:
        return False


def _room(folders: list[Path]) -> Diagnosis:
    room = {}
    for folder in folders:
        try:
            room[folder] = shutil.disk_usage(_existing(folder)).free
        except OSError:
            continue
    if not room:
        return note("Disk", "the free room could not be read", "Look for yourself: 3 GB are enough.")
    folder = min(room, key=lambda one: room[one])
    says = f"{room[folder] / 10**9:.1f} GB free for {folder}"
    if room[folder] < NEEDED:
        return problem("Disk", says, "Free some room: 3 GB are comfortable.", Use.READ, Use.GRADE, Use.RECORD)
    if room[folder] < COMFORTABLE:
        return note("Disk", says, "An installation with everything that is built takes 2 to 3 GB, with CUDA 7.")
    return fine("Disk", says)


def _memory() -> list[Diagnosis]:
    try:
        size: float = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return []
    limit = _limit()
    says = f"{size / 10**9:.1f} GB"
    if limit < size:
        size, says = limit, f"{limit / 10**9:.1f} GB, which this container may take of {says}"
    if size < MEMORY:
        return [note("Memory", says, "Grade one answer at a time (--jobs 1), and close other programs.")]
    return [fine("Memory", says)]


def _limit() -> float:
    """The bytes that this container may use; infinity where nobody limits them."""
    for file in LIMITS:
        try:
            return float(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return float("inf")

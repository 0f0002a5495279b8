"""Fetch Imagenette into fastai's cache: all of it, checked, or nothing."""

import http.client
import os
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from resnet_live.data.errors import DataError
from resnet_live.data.folder import images_of
from resnet_live.data.imagenette import COUNTS, MEGABYTES, NAME, SPLITS, URL
from resnet_live.knock import knock

PROBE_S = 2  # how long the host may take to accept a connection
STALL_S = 20  # how long a download may stand still


def download(folder: Path, say: Callable[[str], None] = print, url: str = URL, counts: dict = COUNTS) -> Path:
    """Fetch, unpack and check Imagenette; returns `folder/imagenette2-160`, at once when it is there and whole.

    The folder appears under its name only after every class of both splits has its full `counts` of images, so an
    interrupted run leaves nothing that looks whole. Raises DataError when the host does not answer within seconds,
    the transfer breaks off, or the archive is not what it should be.
    """
    target = folder / NAME
    if is_whole(target, counts):
        return target
    reach(url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch_folder = tempfile.TemporaryDirectory(prefix=".resnet-live-", dir=folder, ignore_cleanup_errors=True)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written ({error.strerror}). Make it writable, or name another in FASTAI_HOME."
        ) from None
    with scratch_folder as scratch:
        archive = Path(scratch) / "archive.tgz"
        say(f"Fetching Imagenette, {MEGABYTES} MB, into {target} …")
        transfer(url, archive)
        unpacked = unpack(archive, Path(scratch) / "unpacked", url)
        if wrong := miscounted(unpacked, counts):
            raise DataError(f"{url} does not hold the whole of Imagenette: {wrong}")
        put_in_place(unpacked, target, counts, say)
    return target


def is_whole(path: Path, counts: dict = COUNTS) -> bool:
    """Whether `path` holds every class of both splits with its full number of images."""
    return path.is_dir() and not miscounted(path, counts)


def miscounted(path: Path, counts: dict) -> str:
    """Words that name the first class folder with another number of images than `counts` says; empty when all agree."""
    for split in SPLITS:
        for wnid, wanted in counts[split].items():
            found = len(images_of(path / split / wnid))
            if found != wanted:
                return f"{split}/{wnid} has {found} images, not {wanted}"
    return ""


def reach(url: str) -> None:
    """Raise DataError unless the host of `url`, or the proxy for it, accepts a connection within PROBE_S seconds."""
    if problem := knock(url, PROBE_S):
        raise DataError(f"the network does not reach {urlsplit(url).hostname}: {problem}")


def transfer(url: str, file: Path) -> None:
    """Download `url` into `file` with a progress bar. Raises DataError when it breaks off or is cut short."""
    from rich.progress import wrap_file

    try:
        with urllib.request.urlopen(url, timeout=STALL_S) as answer, file.open("wb") as out:
            total = int(answer.headers.get("Content-Length") or 0)
            with wrap_file(answer, total=total or MEGABYTES * 10**6, description="Imagenette", transient=True) as body:
                shutil.copyfileobj(body, out, 1 << 16)
    except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
        raise DataError(f"the download of {url} broke off: {error}. Try again.") from None
    if total and file.stat().st_size != total:
        raise DataError(f"the download of {url} broke off after {file.stat().st_size:,} of {total:,} bytes. Try again.")


def unpack(archive: Path, folder: Path, url: str) -> Path:
    """Unpack into `folder`, refusing members that would land elsewhere; returns the data set's folder in it."""
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            for member in members:
                if not (member.isfile() or member.isdir()) or not _inside(folder, member.name):
                    raise DataError(f"{url} is not an archive that can be used: {member.name} does not belong into it.")
            # Python checks once more, from 3.11.4 on.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder, members)
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        raise DataError(f"{url} is not an archive that can be used: {error}") from None
    inner = folder / NAME
    if not inner.is_dir():
        raise DataError(f"{url} is not Imagenette: there is no folder {NAME} in it.")
    return inner


def _inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def put_in_place(unpacked: Path, target: Path, counts: dict, say: Callable[[str], None]) -> None:
    """Move the whole data set to its name. What lay there, not whole, gets another name: it may be somebody's work."""
    try:
        os.replace(unpacked, target)
    except OSError:
        if is_whole(target, counts):  # another process was faster
            return
        aside = target.with_name(f"{target.name}.incomplete-{time.time_ns()}")
        os.replace(target, aside)
        os.replace(unpacked, target)
        say(f"What lay at {target} was not whole. It is kept as {aside}.")

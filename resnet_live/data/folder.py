"""Check a folder of images before anybody trains on it: layout, classes, files that cannot be read."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from resnet_live.data.cache import cache_folder
from resnet_live.data.decode import can_be_decoded
from resnet_live.data.errors import DataError
from resnet_live.data.imagenette import CLASSES, SPLITS, TRAIN, VALID
from resnet_live.data.source import Source, SourceKind
from resnet_live.whole_file import write_whole

SUFFIXES = {".jpeg", ".jpg", ".png"}
TOLERATED = 0.01  # the share of unreadable files up to which they are skipped


def read_folder(path: Path, kind: SourceKind, note: str) -> Source:
    """The images below `path` as a Source of the given kind; unreadable ones are skipped, counted and named in its note.

    Raises DataError, naming the folder, when it is missing, empty, laid out otherwise, lacks classes, or when more
    than one file in a hundred cannot be read.
    """
    check_layout(path)
    files = {split: images_of(path / split) for split in SPLITS}
    everything = [*files[TRAIN], *files[VALID]]
    broken = set(unreadable(path, everything))
    if len(broken) > TOLERATED * len(everything):
        examples = ", ".join(str(file.relative_to(path)) for file in sorted(broken)[:3])
        raise DataError(
            f"{path}: {len(broken)} of {len(everything)} images cannot be read, {examples} among them. "
            f"Remove {path} and fetch the data set again (resnet-live data fetch), "
            "or point RESNET_LIVE_DATA at a whole copy."
        )
    if broken:
        note += f"; {len(broken)} unreadable file{'s' * (len(broken) > 1)} skipped"
    train, valid = (tuple(file for file in files[split] if file not in broken) for split in SPLITS)
    for split, readable in ((TRAIN, train), (VALID, valid)):
        if gone := set(CLASSES) - {file.parent.name for file in readable}:
            names = ", ".join(f"{wnid} ({CLASSES[wnid]})" for wnid in sorted(gone))
            raise DataError(f"{path / split}: no readable image of {names}. Replace the broken files.")
    return Source(kind, path, train, valid, note)


def check_layout(path: Path) -> None:
    """Raise DataError unless `path` holds train/ and val/, each with the ten class folders and images in all of them."""
    wanted = "It must hold train/ and val/, each with one folder for each class (n01440764 …)."
    if not path.exists():
        raise DataError(f"{path}: there is no such folder. {wanted}")
    if not path.is_dir():
        raise DataError(f"{path} is a file, not a folder. Unpack it and name the folder. {wanted}")
    if missing := [split for split in SPLITS if not (path / split).is_dir()]:
        better = better_level(path)
        hint = f" Did you mean {better}?" if better else ""
        empty = " It is empty." if not any(path.iterdir()) else ""
        raise DataError(f"{path}: no folder {' and no folder '.join(missing)} in it.{empty} {wanted}{hint}")
    for split in SPLITS:
        lacking = [wnid for wnid in CLASSES if not images_of(path / split / wnid)]
        if lacking:
            names = ", ".join(f"{wnid} ({CLASSES[wnid]})" for wnid in lacking)
            raise DataError(f"{path / split}: no images for {len(lacking)} of the ten classes: {names}. {wanted}")


def better_level(path: Path) -> Path | None:
    """A folder one level up or down that has the right layout, if there is one."""
    below = sorted(child for child in path.iterdir() if child.is_dir())
    candidates = [path.parent, path.parent.parent, *below[:50]]
    return next((folder for folder in candidates if all((folder / split).is_dir() for split in SPLITS)), None)


def images_of(folder: Path) -> list[Path]:
    """The image files of the ten classes below a split's folder, or directly in a class folder; sorted."""
    if folder.name in CLASSES:
        if not folder.is_dir():
            return []
        try:
            return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] != ".")
        except PermissionError:
            raise DataError(f"{folder} may not be read. Give yourself the right to read it.") from None
    return [file for wnid in CLASSES for file in images_of(folder / wnid)]


def unreadable(path: Path, files: list[Path]) -> list[Path]:
    """Those of `files` that cannot be decoded. Each file is decoded once; the result is kept until the file changes."""
    manifest = cache_folder() / "checked" / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}.json"
    try:
        known = {
            name: [facts, good] for name, (facts, good) in json.loads(manifest.read_text(encoding="utf-8")).items()
        }
    except (OSError, ValueError, AttributeError, TypeError):  # none yet, or not one of ours
        known = {}
    state = {file.relative_to(path).as_posix(): facts_of(file) for file in files}
    fresh = [name for name, facts in state.items() if known.get(name, [None])[0] != facts]
    if fresh:
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            answers = pool.map(can_be_decoded, (path / name for name in fresh))
            known.update({name: [state[name], good] for name, good in zip(fresh, answers, strict=True)})
        _keep(manifest, known)
    return [path / name for name in state if not known[name][1]]


def facts_of(file: Path) -> str:
    """Size and time of a file in one word, `gone` for a link to nowhere: when it changes, the file is looked at again."""
    try:
        facts = file.stat()
    except OSError:
        return "gone"
    return f"{facts.st_size} {facts.st_mtime_ns}"


def _keep(manifest: Path, known: dict) -> None:
    try:
        manifest.parent.mkdir(parents=True, exist_ok=True)
        write_whole(manifest, json.dumps(known))
    except OSError:
        pass  # a read-only cache costs time at the next start, nothing else

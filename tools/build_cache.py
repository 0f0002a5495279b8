"""Decide what of the last build may be used again: executed notebooks, and rendered pages.

jupyter-cache looks at a notebook's own cells only. A page also rests on what the notebooks import of the package, the recorded
results, the pinned versions, the profile, the device and the images; when one of them changes, every executed notebook is
thrown away.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from resnet_live.import_closure import import_closure, with_initialisers


def executed_key(root: Path, facts: Iterable[str]) -> str:
    """A fingerprint of everything outside a notebook that its outputs rest on; `facts`: profile, device, data source."""
    package = root / "resnet_live"
    files = list(with_initialisers(import_closure((root / "book").rglob("*.ipynb"), package), package))
    files += [file for pattern in ("*.json", "sessions/*.json") for file in (root / "recorded").glob(pattern)]
    files += [
        *(package / "questions").glob("*.toml"),
        *(root / name for name in ("requirements.txt", "constraints.txt")),
    ]
    return fingerprint(root, files, facts)


def rendered_key(root: Path, facts: Iterable[str]) -> str:
    """A fingerprint of what shapes every page's HTML: configuration, contents, our extension, style sheets, bibliography."""
    files = [root / "_config.yml", root / "_toc.yml", *(root / "tools" / "sphinx_ext").rglob("*.*")]
    files += [*(root / "book" / "_static").rglob("*.*"), *(root / "book").glob("*.bib")]
    return fingerprint(root, [file for file in files if "__pycache__" not in file.parts], facts)


def facts_of_execution(root: Path, facts: list[str], cached: bool) -> list[str]:
    """The facts that executed notebooks may rest on: this machine's, or with `cached` those that were kept beside them.

    What this machine executes is kept with its facts, so that another one can take it over.
    """
    kept = root / "_build" / "executed-facts.json"
    if cached and kept.is_file():
        return [str(fact) for fact in json.loads(kept.read_text(encoding="utf-8"))]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(facts), encoding="utf-8")
    return facts


def fingerprint(root: Path, files: Iterable[Path], facts: Iterable[str]) -> str:
    """SHA-256 over the names and contents of those `files` that exist, and over `facts`."""
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(file.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()


def drop_stale(folder: Path, stamp: Path, key: str) -> bool:
    """Remove `folder` unless `stamp` holds `key`, then write the stamp. Returns whether something was thrown away."""
    if stamp.exists() and stamp.read_text() == key:
        return False
    was_there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    return was_there

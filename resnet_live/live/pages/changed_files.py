"""Files that are made are written only when they have changed, so that nothing is rebuilt for a new date."""

from collections.abc import Iterable
from pathlib import Path

from resnet_live.live.chapter import LiveError


def write_changed(files: Iterable[tuple[str, str]], out: Path, what: str) -> list[Path]:
    """Write each (name, text) of `files` into the folder `out`, unless the file holds that text already.

    Returns the files that are new or have changed. Raises LiveError, which calls them `what` ("slides"), when a file cannot be
    written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [out / name for name, text in files if _write(out / name, text)]
    except OSError as error:
        raise LiveError(f"The {what} cannot be written to {out}: {error.strerror}. Name another folder.") from error


def _write(file: Path, text: str) -> bool:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.write_text(text, encoding="utf-8", newline="\n")
    return True

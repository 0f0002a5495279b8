"""A training that goes on where it was interrupted: behind each epoch, all that the next one rests on is kept in a file."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import torch

from resnet_live.whole_file import write_whole

_files: ContextVar[Iterator[Path] | None] = ContextVar("files", default=None)


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Within, each training keeps its state in `folder`, and goes on from the state that it finds there.

    Trainings are told apart by their order alone: the same block must start the same ones again. The folder is removed when the block
    has ended well; after an error, or a kill, it stays for the next time.
    """
    token = _files.set(folder / f"{number}.pt" for number in count())
    try:
        yield
    finally:
        _files.reset(token)
    shutil.rmtree(folder, ignore_errors=True)


def next_file() -> Path | None:
    """Where the training that begins now keeps its state; None outside of `kept_in`: nothing is kept."""
    files = _files.get()
    return next(files) if files else None


def save(file: Path, rows: list[dict], parts: Mapping[str, Any], random: torch.Generator) -> None:
    """Keep the rows of the finished epochs, the `state_dict()` of each part, and the generators' states; whole or not at all."""
    states = {name: part.state_dict() for name, part in parts.items()}
    content = BytesIO()
    generators = {"random": random.get_state(), "global": torch.get_rng_state()}
    torch.save({"rows": rows, "parts": states, **generators}, content)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content.getvalue())


def restore(file: Path, parts: Mapping[str, Any], random: torch.Generator) -> list[dict]:
    """Put the kept state into the parts and the generators; returns the rows of the finished epochs, none where nothing is kept."""
    if not file.exists():
        return []
    kept = torch.load(file, weights_only=True, map_location="cpu")
    for name, part in parts.items():
        part.load_state_dict(kept["parts"][name])
    random.set_state(kept["random"])
    torch.set_rng_state(kept["global"])
    return kept["rows"]

"""A set of images to train on, wherever it came from."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from resnet_live.profiles import Profile


class SourceKind(StrEnum):
    """Where the images of a Source come from."""

    FOLDER = "folder"  # the folder named by RESNET_LIVE_DATA
    FASTAI = "fastai"  # fastai's cache, or just downloaded there
    STANDIN = "standin"  # the synthetic dataset, drawn by the package


@dataclass(frozen=True)
class Source:
    """Images in the layout `path/{train,val}/<WordNet id>/<image>`.

    `train`, `valid`: the image files, sorted; `note`: where they come from and what was skipped, for people.
    """

    kind: SourceKind
    path: Path
    train: tuple[Path, ...]
    valid: tuple[Path, ...]
    note: str

    def subset(self, profile: Profile) -> "Source":
        """The first images of each class, at most as many in all as the profile asks for."""
        return replace(
            self,
            train=first_per_class(self.train, profile.train_images),
            valid=first_per_class(self.valid, profile.valid_images),
        )


def first_per_class(files: tuple[Path, ...], wanted: int | None) -> tuple[Path, ...]:
    """At most `wanted` of `files` (None: all), the same number from each class folder, in their order."""
    if wanted is None or wanted >= len(files):
        return files
    by_class: dict[str, list[Path]] = {}
    for file in files:
        by_class.setdefault(file.parent.name, []).append(file)
    each = max(1, wanted // len(by_class))
    return tuple(file for group in by_class.values() for file in group[:each])

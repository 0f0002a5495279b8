"""A set of images to train on, wherever it came from."""

from dataclasses import dataclass, replace
from pathlib import Path

from resnet_live.profiles import Profile


@dataclass(frozen=True)
class Source:
    """Images in the layout `path/{train,val}/<WordNet id>/<image>`.

    `kind`: "folder" (RESNET_LIVE_DATA), "fastai" (fastai's cache, or just downloaded there) or "standin" (drawn here);
    `train`, `valid`: the image files, sorted; `note`: where they come from and what was skipped, for people.
    """

    kind: str
    path: Path
    train: tuple[Path, ...]
    valid: tuple[Path, ...]
    note: str

    def subset(self, profile: Profile) -> "Source":
        """The first images of each class, spread evenly, at most as many as the profile asks for."""
        return replace(
            self, train=evenly(self.train, profile.train_images), valid=evenly(self.valid, profile.valid_images)
        )


def evenly(files: tuple[Path, ...], wanted: int | None) -> tuple[Path, ...]:
    """At most `wanted` of `files` (None: all), the same number from each class folder, in their order."""
    if wanted is None or wanted >= len(files):
        return files
    by_class: dict[str, list[Path]] = {}
    for file in files:
        by_class.setdefault(file.parent.name, []).append(file)
    each = max(1, wanted // len(by_class))
    return tuple(file for group in by_class.values() for file in group[:each])

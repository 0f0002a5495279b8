"""Image files as a plain PyTorch data set, with torchvision's transforms."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2

from resnet_live.data.decode import decode
from resnet_live.data.imagenette import CLASSES

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for channels in 0…1
INDEX = {wnid: index for index, wnid in enumerate(CLASSES)}


class ImageFiles(Dataset):
    """(image, class index) for each of `files`; `transform` gets a PIL image in RGB and makes the tensor of it."""

    def __init__(self, files: Sequence[Path], transform: Callable):
        self.files, self.transform = list(files), transform

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        file = self.files[index]
        return self.transform(decode(file)), INDEX[file.parent.name]


def training_transforms(size: int, presize: int) -> Callable:
    """Crop to `presize`, then a random part of it at `size` pixels, mirrored half of the time; float32, normalised."""
    presize = max(presize, size)
    return v2.Compose([
        v2.Resize(presize),
        v2.CenterCrop(presize),
        v2.RandomResizedCrop(size, scale=(0.5, 1), antialias=True),
        v2.RandomHorizontalFlip(),
        *_to_normalised(),
    ])  # fmt: skip


def evaluation_transforms(size: int) -> Callable:
    """The whole image, its shorter side scaled to `size` pixels, the centre square of it; float32, normalised."""
    return v2.Compose([v2.Resize(size, antialias=True), v2.CenterCrop(size), *_to_normalised()])


def _to_normalised() -> list:
    return [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]

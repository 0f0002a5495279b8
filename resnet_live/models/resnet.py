"""Chapter 7: ResNet-18, -34 and -50 with torchvision's names, so that torchvision's weights load into our own code.

He, Zhang, Ren and Sun 2015, "Deep Residual Learning for Image Recognition", table 1. As in torchvision, the stride of a
bottleneck sits in its 3×3 convolution (the paper has it in the first 1×1), and the skip path is fixed by a strided 1×1.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_live.models.stages import make_stage

STAGE_WIDTHS = (64, 128, 256, 512)


def conv3x3(ni: int, nf: int, stride: int = 1) -> nn.Conv2d:
    """A 3×3 convolution with padding 1; no bias, because batch norm follows."""
    return nn.Conv2d(ni, nf, 3, stride=stride, padding=1, bias=False)


def conv1x1(ni: int, nf: int, stride: int = 1) -> nn.Conv2d:
    """A 1×1 convolution; no bias, because batch norm follows."""
    return nn.Conv2d(ni, nf, 1, stride=stride, bias=False)


def make_downsample(ni: int, nf: int, stride: int) -> nn.Sequential | None:
    """The fixed skip path (option B of the paper), or None where x fits as it is."""
    if stride == 1 and ni == nf:
        return None
    return nn.Sequential(conv1x1(ni, nf, stride), nn.BatchNorm2d(nf))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and the skip path: N×`ni`×H×W to N×`width`×⌈H/s⌉×⌈W/s⌉ (He et al. 2015, figure 5, left).

    γ of the last batch norm starts at 0 (Goyal et al. 2017, section 5.1): at first the block passes on its skip path.
    """

    expansion = 1

    def __init__(self, ni: int, width: int, stride: int = 1):
        super().__init__()
        self.conv1 = conv3x3(ni, width, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(width, width)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = make_downsample(ni, width, stride)
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        f_x = self.relu(self.bn1(self.conv1(x)))
        f_x = self.bn2(self.conv2(f_x))
        skip = x if self.downsample is None else self.downsample(x)
        return self.relu(f_x + skip)


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1: narrow in the middle, four times as wide at the end: N×`ni`×H×W to N×4`width`×⌈H/s⌉×⌈W/s⌉.

    He et al. 2015, figure 5, right; the stride in the 3×3 convolution as in torchvision ("ResNet v1.5").
    γ of the last batch norm starts at 0.
    """

    expansion = 4

    def __init__(self, ni: int, width: int, stride: int = 1):
        super().__init__()
        nf = width * self.expansion
        self.conv1 = conv1x1(ni, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv1x1(width, nf)
        self.bn3 = nn.BatchNorm2d(nf)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = make_downsample(ni, nf, stride)
        nn.init.zeros_(self.bn3.weight)

    def forward(self, x: Tensor) -> Tensor:
        f_x = self.relu(self.bn1(self.conv1(x)))
        f_x = self.relu(self.bn2(self.conv2(f_x)))
        f_x = self.bn3(self.conv3(f_x))
        skip = x if self.downsample is None else self.downsample(x)
        return self.relu(f_x + skip)


class ResNet(nn.Module):
    """A stem, four stages, a pool, a linear layer: N×3×H×W to N×`n_classes` scores, for any H and W.

    `depths`: the number of blocks in each of the four stages. Convolutions start as in He et al. 2015b (normal, fan out).
    Raises ValueError unless there are four depths, each at least 1.
    """

    def __init__(self, block: type[nn.Module], depths: Sequence[int], n_classes: int = 1000):
        super().__init__()
        if len(depths) != len(STAGE_WIDTHS):
            raise ValueError(
                f"A ResNet has {len(STAGE_WIDTHS)} stages, so depths needs as many numbers: {tuple(depths)}."
            )
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        ni = 64
        for number, (width, depth) in enumerate(zip(STAGE_WIDTHS, depths, strict=True), start=1):
            stage = make_stage(block, ni, width, depth, stride=1 if number == 1 else 2)
            self.add_module(f"layer{number}", stage)
            ni = width * block.expansion
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(ni, n_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


# Name → the block and the number of blocks in each stage (He et al. 2015, table 1).
ARCHITECTURES: dict[str, tuple[type[nn.Module], tuple[int, ...]]] = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
}


def resnet(depths: Sequence[int], n_classes: int = 1000, block: type[nn.Module] = BasicBlock) -> ResNet:
    """A ResNet with `depths` blocks in its four stages: (2, 2, 2, 2) is ResNet-18, (3, 4, 6, 3) ResNet-34.

    With `block=Bottleneck`, (3, 4, 6, 3) is ResNet-50. torchvision's `state_dict` of the same net loads strictly.
    Raises ValueError unless there are four depths, each at least 1.
    """
    return ResNet(block, depths, n_classes)


def named_resnet(name: str, n_classes: int = 1000) -> ResNet:
    """`resnet18`, `resnet34` or `resnet50`, untrained. Raises ValueError for another name."""
    if name not in ARCHITECTURES:
        raise ValueError(f"{name!r} is not one of {', '.join(ARCHITECTURES)}.")
    block, depths = ARCHITECTURES[name]
    return resnet(depths, n_classes, block)


def cached_weights(name: str, folder: Path | None = None) -> Path | None:
    """torchvision's published weights for `name` on this machine, or None; nothing is downloaded.

    `folder`: where to look; default torch's own cache, `checkpoints` below `torch.hub.get_dir()`. torchvision saves
    them there as NAME-XXXXXXXX.pth (eight hex digits). Of several, the first in alphabetical order.
    """
    folder = folder or Path(torch.hub.get_dir()) / "checkpoints"
    return next(iter(sorted(folder.glob(f"{name}-{'[0-9a-f]' * 8}.pth"))), None)


def pretrained_resnet(name: str, folder: Path | None = None) -> ResNet:
    """Our own net of that name with torchvision's weights (1000 ImageNet classes), in evaluation mode, on the CPU.

    Raises ValueError for another name or a file that does not hold this net's weights, FileNotFoundError when there is
    none in `folder` (see `cached_weights`).
    """
    model = named_resnet(name)
    file = cached_weights(name, folder)
    if file is None:
        where = folder or Path(torch.hub.get_dir()) / "checkpoints"
        raise FileNotFoundError(
            f"No weights {name}-XXXXXXXX.pth in {where}. With a network, fetch them once: "
            f"python -c \"import torchvision; torchvision.models.{name}(weights='DEFAULT')\""
        )
    try:
        # Only tensors are read, nothing in the file is run.
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds for a damaged or foreign file
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ValueError(
            f"{file} does not hold the weights of {name}: {reason} Delete it and fetch it again."
        ) from error
    return model.eval()

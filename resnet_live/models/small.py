"""The paper's nets for small images, with and without skips, that differ in nothing else.

He, Zhang, Ren and Sun 2015, "Deep Residual Learning for Image Recognition", section 4.2 (https://arxiv.org/abs/1512.03385).
"""

import torch.nn.functional as F
from torch import Tensor, nn

STAGES = (16, 32, 64)  # channels; each stage after the first halves height and width


class PlainBlock(nn.Module):
    """Two 3×3 convolutions, each with batch norm and ReLU: N×`ni`×H×W → N×`nf`×⌈H/stride⌉×⌈W/stride⌉."""

    def __init__(self, ni: int, nf: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(ni, nf, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(nf)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(nf)

    def residual(self, x: Tensor) -> Tensor:
        """F(x): everything up to the last ReLU."""
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x))


class ResidualBlock(PlainBlock):
    """The same layers with the input added before the last ReLU: relu(F(x) + x).

    Where shapes change, the skip path takes every `stride`-th pixel and fills the new channels with zeros: the paper's
    option A, which it uses for these nets. It has no parameters, so that a plain and a residual net of one depth hold
    the same ones, by number and by name, and a difference between them can come from the addition only.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x) + self.skip(x))

    def skip(self, x: Tensor) -> Tensor:
        """The skip path: `x` itself, or `x` thinned out and padded with zero channels."""
        stride, new_channels = self.conv1.stride[0], self.conv1.out_channels - x.shape[1]
        if stride > 1:
            x = x[:, :, ::stride, ::stride]
        return F.pad(x, (0, 0, 0, 0, 0, new_channels)) if new_channels else x


def plain_net(depth: int, n_classes: int = 10) -> nn.Sequential:
    """The plain net with `depth` = 6n + 2 weight layers: a 3×3 convolution, three stages of 2n with 16, 32 and 64 channels,
    global average pooling, one linear layer.

    Takes N×3×H×W for any H and W (the paper: 32×32), returns N×`n_classes` scores. He initialisation. Raises ValueError
    for a depth that is not 8, 14, 20, …
    """
    return _small_net(PlainBlock, depth, n_classes)


def residual_net(depth: int, n_classes: int = 10) -> nn.Sequential:
    """`plain_net` with a skip path around each pair of convolutions; the same parameters, also their first values when
    the seed is the same. Raises ValueError as `plain_net` does."""
    return _small_net(ResidualBlock, depth, n_classes)


def blocks_per_stage(depth: int) -> int:
    """The n of `depth` = 6n + 2: how many pairs of convolutions each of the three stages holds.

    Raises ValueError for any depth but 8, 14, 20, …
    """
    n = (depth - 2) // 6
    if n < 1 or depth != 6 * n + 2:
        low = 6 * max(n, 1) + 2
        nearest = f"{low}" if depth < low else f"{low} or {low + 6}"
        raise ValueError(f"depth must be 6n + 2 with n ≥ 1 (8, 14, 20, …); {depth} is not. Try {nearest}.")
    return n


def _small_net(block: type[PlainBlock], depth: int, n_classes: int) -> nn.Sequential:
    n = blocks_per_stage(depth)
    stem = nn.Sequential(
        nn.Conv2d(3, STAGES[0], 3, padding=1, bias=False), nn.BatchNorm2d(STAGES[0]), nn.ReLU(inplace=True)
    )
    stages, ni = [], STAGES[0]
    for nf in STAGES:
        stride = 1 if nf == STAGES[0] else 2
        stages.append(nn.Sequential(block(ni, nf, stride), *(block(nf, nf) for _ in range(n - 1))))
        ni = nf
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ni, n_classes))
    net = nn.Sequential(stem, *stages, head)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return net

"""Chapter 9: the same ResNet with the parts that later papers improved, each of which can be switched on by itself."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import SqueezeExcitation, StochasticDepth

ACTIVATIONS = {"relu": nn.ReLU, "mish": nn.Mish, "silu": nn.SiLU}


@dataclass(frozen=True)
class Design:
    """Which ResNet to build. With the defaults: ResNet-18 as the paper and torchvision have it.

    `depths`, `widths`: blocks and channels of each stage (with bottlenecks: of the 3×3 convolutions); `deep_stem`: three
    3×3 convolutions in place of the 7×7; `pooled_skip`: average pooling in front of the 1×1 convolution of the skip
    path; `bottleneck`: 1×1, 3×3, 1×1 in place of two 3×3; `squeeze`: squeeze-and-excitation at the end of each residual
    path; `drop_path`: how often the last block's residual path is left out in training (the others in proportion to
    their depth); `activation`: one of `ACTIVATIONS`; `blur`: a blur in front of each stride but the image's own; `fine`: the
    stem ends without its max-pool, so all maps have twice the side. Raises ValueError for another activation, or when
    `depths` and `widths` differ in length or hold a number below 1.
    """

    depths: tuple[int, ...] = (2, 2, 2, 2)
    widths: tuple[int, ...] = (64, 128, 256, 512)
    deep_stem: bool = False
    pooled_skip: bool = False
    bottleneck: bool = False
    squeeze: bool = False
    drop_path: float = 0.0
    activation: str = "relu"
    blur: bool = False
    fine: bool = False

    def __post_init__(self):
        if len(self.depths) != len(self.widths) or min((*self.depths, *self.widths), default=0) < 1:
            raise ValueError(f"depths {self.depths} and widths {self.widths} need as many entries, each at least 1")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation={self.activation!r} is none of {', '.join(ACTIVATIONS)}")


def conv_bn(ni: int, nf: int, ks: int = 3, stride: int = 1, act: type[nn.Module] | None = nn.ReLU) -> nn.Sequential:
    """Convolution (no bias, padding ks//2) → batch norm → activation, if any: N×ni×H×W to N×nf×⌈H/stride⌉×⌈W/stride⌉."""
    conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(nf), *([act(inplace=True)] if act else []))


class Blur(nn.Module):
    """Each channel by itself, smoothed by the binomial 3×3 kernel (edges repeated): N×C×H×W to N×C×⌈H/stride⌉×⌈W/stride⌉.

    Zhang 2019, "Making Convolutional Networks Shift-Invariant Again": what a stride takes must not be finer than the stride.
    """

    def __init__(self, stride: int = 1):
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        # Two means of neighbours, one upon the other: 1, 2, 1 quarters along each side.
        once = F.avg_pool2d(x, 2, stride=1, padding=1, count_include_pad=False)
        return F.avg_pool2d(once, 2, stride=self.stride)


def max_pool(blur: bool = False) -> nn.Sequential | nn.MaxPool2d:
    """The 3×3 max-pool that ends a stem and halves its map; with `blur` it takes every maximum, and a blur has the stride."""
    if blur:
        return nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), Blur(2))
    return nn.MaxPool2d(3, stride=2, padding=1)


def stem(
    ni: int = 3, widths: tuple[int, int, int] = (32, 32, 64), act: type[nn.Module] = nn.ReLU, blur: bool = False
) -> nn.Sequential:
    """Three 3×3 convolutions, the first with stride 2, and a 3×3 max-pool: N×ni×H×W to N×widths[2]×H/4×W/4.

    He et al. 2019, "Bag of Tricks for Image Classification", section 4.2 (ResNet-C).
    """
    a, b, c = widths
    return nn.Sequential(
        conv_bn(ni, a, stride=2, act=act), conv_bn(a, b, act=act), conv_bn(b, c, act=act), max_pool(blur)
    )


def plain_stem(ni: int = 3, nf: int = 64, act: type[nn.Module] = nn.ReLU, blur: bool = False) -> nn.Sequential:
    """The stem of 2015: one 7×7 convolution with stride 2 and the max-pool (He et al. 2015, table 1)."""
    return nn.Sequential(conv_bn(ni, nf, ks=7, stride=2, act=act), max_pool(blur))


def make_downsample(ni: int, nf: int, stride: int, pooled: bool, blur: bool = False) -> nn.Sequential:
    """The skip path where the shape changes: a 1×1 convolution, strided or (`pooled`, ResNet-D) behind an average pool.

    With `blur` a blur stands in front of the stride, where no pool does. Empty, so the identity, where nothing changes.
    """
    if stride == 1 and ni == nf:
        return nn.Sequential()
    if pooled and stride > 1:
        return nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), conv_bn(ni, nf, ks=1, act=None))
    if blur and stride > 1:
        return nn.Sequential(Blur(stride), conv_bn(ni, nf, ks=1, act=None))
    return conv_bn(ni, nf, ks=1, stride=stride, act=None)


class ModernBlock(nn.Module):
    """One residual block as the design says: N×ni×H×W to N×(width·expansion)×⌈H/stride⌉×⌈W/stride⌉.

    `expansion` is 4 for bottlenecks, else 1; `drop`: how often, image by image, the residual path is left out in training
    (Huang et al. 2016, "Deep Networks with Stochastic Depth"). γ of the last batch norm starts at 0.
    """

    def __init__(self, design: Design, ni: int, width: int, stride: int = 1, drop: float = 0.0):
        super().__init__()
        act = ACTIVATIONS[design.activation]
        nf = width * expansion(design)
        blur = [Blur()] if design.blur and stride > 1 else []
        if design.bottleneck:
            first = [conv_bn(ni, width, 1, act=act), *blur, conv_bn(width, width, 3, stride, act)]
            layers = [*first, conv_bn(width, nf, 1, act=None)]
        else:
            layers = [*blur, conv_bn(ni, width, 3, stride, act), conv_bn(width, nf, 3, act=None)]
        nn.init.zeros_(layers[-1][1].weight)
        self.convs = nn.Sequential(*layers)
        self.squeeze = SqueezeExcitation(nf, max(8, nf // 4)) if design.squeeze else nn.Identity()
        self.drop_path = StochasticDepth(drop, "row") if drop else nn.Identity()
        self.downsample = make_downsample(ni, nf, stride, design.pooled_skip, design.blur)
        self.act = act(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        f_x = self.drop_path(self.squeeze(self.convs(x)))
        return self.act(f_x + self.downsample(x))


def expansion(design: Design) -> int:
    """How many times wider a block's output is than its 3×3 convolutions."""
    return 4 if design.bottleneck else 1


class ModernResNet(nn.Module):
    """Stem, stages, pool, linear layer, as `design` says: N×3×H×W to N×n_classes scores, for any H and W."""

    def __init__(self, design: Design = Design(), n_classes: int = 10):
        super().__init__()
        act, ni = ACTIVATIONS[design.activation], design.widths[0]
        half = max(8, ni // 2)
        blur = design.blur
        self.stem = stem(3, (half, half, ni), act, blur) if design.deep_stem else plain_stem(3, ni, act, blur)
        if design.fine:
            self.stem = self.stem[:-1]  # all but the pool
        stages, done = [], 0
        for number, (depth, width) in enumerate(zip(design.depths, design.widths, strict=True)):
            blocks = []
            for index in range(depth):
                stride = 2 if number and not index else 1
                drop = design.drop_path * done / max(1, sum(design.depths) - 1)
                blocks.append(ModernBlock(design, ni, width, stride, drop))
                ni, done = width * expansion(design), done + 1
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(ni, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.stages(self.stem(x))).flatten(1))

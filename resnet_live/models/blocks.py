"""The blocks of chapters 5 and 6: two weight layers and an addition, first as they come to mind, then fixed.

Residual blocks: He, Zhang, Ren and Sun 2015, "Deep Residual Learning for Image Recognition", section 3 and figure 2.
"""

from fastai.layers import ConvLayer, NormType
from torch import Tensor, nn
from torch.nn.init import kaiming_uniform_

BETA = 1e-3  # what fastai puts into the bias β of every batch norm, so also into those whose weight γ is 0


class PlainConvLayer(nn.Sequential):
    """fastai's `ConvLayer(ni, nf, ks, stride)` in plain PyTorch: convolution without bias → batch norm → ReLU.

    Takes N×`ni`×H×W, returns N×`nf`×⌈H/stride⌉×⌈W/stride⌉ for an odd `ks`. `act=False` leaves the ReLU out. Weights
    start as fastai's do: He's uniform distribution in front of a ReLU, PyTorch's default otherwise; β = 0.001.
    """

    def __init__(self, ni: int, nf: int, ks: int = 3, stride: int = 1, act: bool = True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        norm = nn.BatchNorm2d(nf)
        nn.init.constant_(norm.bias, BETA)
        if act:
            kaiming_uniform_(conv.weight)
        super().__init__(conv, norm, *([nn.ReLU()] if act else []))


class NaiveResBlock(nn.Module):
    """The block of chapter 5, f(x) + x, with the names of the paper's figure 2 and no fixes.

    Takes N×`ni`×H×W and returns f(x) + x wherever PyTorch can add the two: always for `ni` = `nf` and `stride` = 1,
    by silent broadcasting where a side or the channels of one of them is 1. Elsewhere `forward` raises RuntimeError.
    γ of the last batch norm starts at 0 (Goyal et al. 2017, section 5.1), β at fastai's 0.001: it starts as x + 0.001.
    """

    def __init__(self, ni: int, nf: int, stride: int = 1):
        super().__init__()
        self.weight_layer1 = ConvLayer(ni, nf, stride=stride)
        self.weight_layer2 = ConvLayer(nf, nf, act_cls=None, norm_type=NormType.BatchZero)

    def forward(self, x: Tensor) -> Tensor:
        f_x = self.weight_layer2(self.weight_layer1(x))
        return f_x + x


class ResBlock(nn.Module):
    """The block of chapter 6: the skip path is pooled and 1×1-convolved where the shape changes, else it is x itself.

    Takes N×`ni`×H×W for any H and W ≥ 1, returns N×`nf`×⌈H/stride⌉×⌈W/stride⌉, after a ReLU. Attributes: the residual
    path `weight_layer1`, `weight_layer2`; the skip path `pool`, then `idconv` (each `nn.Identity` where it has nothing
    to do); `act`. The same computation as fastai's `ResBlock(1, ni, nf, stride=stride)`.
    Average pooling in front of the 1×1 convolution: He et al. 2019, "Bag of Tricks", section 4.2 (ResNet-D).
    """

    def __init__(self, ni: int, nf: int, stride: int = 1):
        super().__init__()
        self.weight_layer1 = ConvLayer(ni, nf, stride=stride)
        self.weight_layer2 = ConvLayer(nf, nf, act_cls=None, norm_type=NormType.BatchZero)
        self.pool = nn.Identity() if stride == 1 else nn.AvgPool2d(stride, ceil_mode=True)
        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, 1, act_cls=None)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        f_x = self.weight_layer2(self.weight_layer1(x))
        return self.act(f_x + self.idconv(self.pool(x)))

"""The pooled ConvNet of chapter 2: any image size in, ten scores out."""

from fastai.layers import ConvLayer
from torch import Tensor, nn

WIDTHS = (3, 16, 32, 64, 128, 256)


class AnySizeNet(nn.Module):
    """The pooled ConvNet of chapter 2: five stride-2 convolutions, global average pooling, one linear layer.

    Takes N×3×H×W for any H and W, returns N×`n_classes` scores (logits).
    Global average pooling before the classifier: Lin, Chen and Yan 2013, "Network in Network", section 3.2.
    """

    def __init__(self, n_classes: int = 10):
        super().__init__()
        layers = [ConvLayer(ni, nf, stride=2) for ni, nf in zip(WIDTHS, WIDTHS[1:], strict=False)]
        self.convs = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(WIDTHS[-1], n_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.flatten(self.pool(self.convs(x))))

# wrong: the stride by place
# says: passed by name
# points: 0
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, 2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: no stride
# says: pass stride=2
# points: 7
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: a fixed list of widths
# says: shape
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip((3, 16, 32, 64, 128), (16, 32, 64, 128, 256))]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes))


# wrong: a linear layer for 256 channels, whatever the widths
# says: inputs are widths[-1]
# points: 6
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


# wrong: ten classes always
# says: shape
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))


# wrong: no flatten
# says: mat1 and mat2
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Linear(widths[-1], n_classes))


# wrong: no pool
# says: mat1 and mat2
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.Flatten(), nn.LazyLinear(n_classes))


# wrong: the maximum
# says: maximum of each map
# points: 7
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: a softmax behind
# says: softmax behind the linear layer
# points: 7
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes), nn.Softmax(1)
    )


# wrong: a block too many
# says: one block for each pair
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    blocks.append(block(widths[-1], widths[-1], stride=2))
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: a ReLU between the blocks
# says: between two blocks stands nothing
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [block(a, b, stride=2), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: a hidden layer in the head
# says: behind it
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 9), nn.ReLU(), nn.Linear(9, n_classes)
    )


# wrong: a list
# says: nn.Module
# points: 0
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    return [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]


# wrong: a block that must be a class
# says: callable
# points: 8
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    if not isinstance(block, type):
        raise TypeError("a class, please")
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: blocks in a Python list
# says: Layers in a Python list
class Model(nn.Module):
    def __init__(self, blocks, head):
        super().__init__()
        self.blocks, self.head = blocks, head

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(ni, nf, stride=2) for ni, nf in zip(widths, widths[1:])]
    return Model(blocks, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes)))


# wrong: the pairs in a dict
# says: one block for each pair
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in dict(zip(widths, widths[1:])).items()]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: no block where the width stays
# says: one block for each pair
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:]) if a != b]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: one block for all pairs alike
# says: one block for each pair
from functools import cache


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    make = cache(lambda a, b: block(a, b, stride=2))
    blocks = [make(a, b) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: the widest comes last
# says: one block for each pair
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(sorted(widths), sorted(widths)[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(max(widths), n_classes))


# wrong: dropout between the blocks
# says: dropout
# points: 8
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Dropout2d(0.1), block(a, b, stride=2)] if layers else [block(a, b, stride=2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))


# wrong: dropout in the head
# says: dropout
# points: 7
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(widths[-1], n_classes)]
    return nn.Sequential(*blocks, *head)


# right: a class of its own, functional head
class Model(nn.Module):
    def __init__(self, block, widths, n_classes):
        super().__init__()
        self.blocks = nn.ModuleList()
        for i in range(1, len(widths)):
            self.blocks.append(block(widths[i - 1], widths[i], stride=2))
        self.head = nn.Linear(widths[-1], n_classes)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
            print(x.shape)
        return self.head(x.mean((2, 3)))


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    return Model(block, widths, n_classes)


# wrong: three channels come in, whatever the first width
# says: One block for each pair
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    layers, ni = [], 3
    for nf in widths[1:]:
        layers.append(block(ni, nf, stride=2))
        ni = nf
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ni, n_classes))


# wrong: squeeze takes the axis of a single image too
# says: takes away every axis of length 1
class Squeezed(nn.Module):
    def __init__(self, block, widths, n_classes):
        super().__init__()
        self.body = nn.Sequential(*[block(a, b, stride=2) for a, b in zip(widths, widths[1:])])
        self.fc = nn.Linear(widths[-1], n_classes)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.body(x), 1).squeeze())


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    return Squeezed(block, widths, n_classes)


# wrong: ten classes always
# says: has n_classes outputs
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))


# right: all by keyword, scores before the average
class Late(nn.Module):
    def __init__(self, w, n):
        super().__init__()
        self.fc = nn.Linear(w, n)

    def forward(self, x):
        return self.fc(x.flatten(2).transpose(1, 2)).mean(1)


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    layers = [block(ni=a, nf=b, stride=2) for a, b in zip(widths[:-1], widths[1:])]
    return nn.Sequential(*layers, Late(widths[-1], n_classes))


# right: fastai's layers
from itertools import pairwise

from fastai.layers import AdaptiveAvgPool, Flatten


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    body = nn.Sequential(*(block(*pair, stride=2) for pair in pairwise(widths)))
    return nn.Sequential(body, AdaptiveAvgPool(1), Flatten(), nn.Linear(widths[-1], n_classes, bias=False))


# right: a 1×1 convolution as the linear layer
def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    net = nn.Sequential()
    for ni, nf in zip(widths, widths[1:]):
        net.append(block(ni, nf, stride=2))
    net.extend([nn.AdaptiveAvgPool2d((1, 1)), nn.Conv2d(widths[-1], n_classes, 1), nn.Flatten()])
    return net


# right: a copy of the model
import copy


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    blocks = [block(a, b, stride=2) for a, b in zip(widths, widths[1:])]
    net = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes))
    return copy.deepcopy(net)


# right: the linear layer by hand, in×out
class ByHand(nn.Module):
    def __init__(self, block, widths, n_classes):
        super().__init__()
        self.blocks = nn.Sequential(*[block(a, b, stride=2) for a, b in zip(widths, widths[1:])])
        self.W, self.b = nn.Parameter(torch.randn(widths[-1], n_classes) / 9), nn.Parameter(torch.zeros(n_classes))

    def forward(self, x):
        return self.blocks(x).mean((2, 3)) @ self.W + self.b


def get_model(block, widths=(3, 16, 32, 64, 128, 256), n_classes=10):
    return ByHand(block, widths, n_classes)

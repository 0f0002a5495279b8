# wrong: F(x) taken away from x
# says: compare the outputs after the stem
# base: reference
# replace: return F.relu(f_x + self.downsample(x)) → return F.relu(self.downsample(x) - f_x)

# wrong: the max-pool before the batch norm
# says: and then the max-pool
# points: 6
# base: reference
# replace: "bn1": nn.BatchNorm2d(64), "relu": → "maxpool": nn.MaxPool2d(3, 2, 1), "bn1": nn.BatchNorm2d(64), "relu":
# remove:     layers["maxpool"] = nn.MaxPool2d(3, stride=2, padding=1)

# wrong: torchvision's own
# says: classes of your own
# points: 0
from torchvision.models.resnet import BasicBlock, ResNet


def resnet(depths, n_classes=1000):
    return ResNet(BasicBlock, depths, n_classes)


# wrong: inherits from torchvision's
# says: classes of your own
# points: 0
from torchvision.models.resnet import BasicBlock, ResNet


class Mine(ResNet):
    pass


def resnet(depths, n_classes=1000):
    return Mine(BasicBlock, depths, n_classes)


# wrong: torchvision's hidden in a list
# says: classes of your own
# points: 0
from torchvision.models.resnet import BasicBlock, ResNet


class Mine(nn.Module):
    def __init__(self, depths, n_classes):
        super().__init__()
        net = ResNet(BasicBlock, depths, n_classes)
        self.hidden = [net]
        self._parameters, self._buffers, self._modules = net._parameters, net._buffers, {}

    def state_dict(self, *args, **kwargs):
        return self.hidden[0].state_dict(*args, **kwargs)

    def load_state_dict(self, state, strict=True, assign=False):
        return self.hidden[0].load_state_dict(state, strict)

    def forward(self, x):
        return self.hidden[0].eval()(x)


def resnet(depths, n_classes=1000):
    return Mine(depths, n_classes)


# wrong: a pool that takes images of 224×224 only
# says: 224×224 alone
# points: 6
# base: one class each, downsample None
# replace: F.adaptive_avg_pool2d(x, 1) → F.avg_pool2d(x, 7)

# wrong: no max-pool
# says: there is a max-pool
# points: 6
# base: one class each, downsample None
# replace: self.maxpool(F.relu(self.bn1(self.conv1(x)))) → F.relu(self.bn1(self.conv1(x)))

# wrong: max-pool without padding
# says: max-pool has padding 1
# points: 6
# base: one class each, downsample None
# replace: nn.MaxPool2d(3, 2, 1) → nn.MaxPool2d(3, 2)

# wrong: no ReLU in the stem
# says: follows the first batch norm
# points: 6
# base: one class each, downsample None
# replace: self.maxpool(F.relu(self.bn1(self.conv1(x)))) → self.maxpool(self.bn1(self.conv1(x)))

# wrong: no ReLU behind the sum
# says: after* the addition
# points: 6
# base: one class each, downsample None
# diff:
# -        return F.relu(out + (x if self.downsample is None else self.downsample(x)))
# +        return out + (x if self.downsample is None else self.downsample(x))

# wrong: no ReLU between
# says: between the two convolutions
# points: 6
# base: one class each, downsample None
# replace: self.conv2(F.relu(self.bn1(self.conv1(x)))) → self.conv2(self.bn1(self.conv1(x)))

# wrong: stem without padding
# says: 7 // 2
# points: 6
# base: one class each, downsample None
# replace: nn.Conv2d(3, 64, 7, 2, 3, bias=False) → nn.Conv2d(3, 64, 7, 2, bias=False)

# wrong: the stride in the second convolution
# says: not in the second
# points: 6
# base: one class each, downsample None
# replace: nn.Conv2d(ni, nf, 3, stride, 1, bias=False) → nn.Conv2d(ni, nf, 3, 1, 1, bias=False)
# replace: nn.Conv2d(nf, nf, 3, 1, 1, bias=False) → nn.Conv2d(nf, nf, 3, stride, 1, bias=False)

# wrong: the pooled skip path of chapter 6
# says: downsample is there where
# points: 3
# base: one class each, downsample None
# diff:
# -            self.downsample = nn.Sequential(nn.Conv2d(ni, nf, 1, stride, bias=False), nn.BatchNorm2d(nf))
# +            self.downsample = nn.Sequential(
# +                nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(ni, nf, 1, bias=False), nn.BatchNorm2d(nf)
# +            )

# wrong: downsample everywhere
# says: downsample is there where
# points: 3
# base: one class each, downsample None
# replace: stride != 1 or ni != nf → True

# wrong: biases
# says: which of the two has the bias
# points: 3
# base: one class each, downsample None
# replace: nn.Conv2d(ni, nf, 3, stride, 1, bias=False) → nn.Conv2d(ni, nf, 3, stride, 1)
# replace: nn.Conv2d(nf, nf, 3, 1, 1, bias=False) → nn.Conv2d(nf, nf, 3, 1, 1)
# replace: nn.Conv2d(ni, nf, 1, stride, bias=False) → nn.Conv2d(ni, nf, 1, stride)
# remove: , bias=False

# wrong: a stem of 3×3
# says: kernel sizes
# points: 3
# base: one class each, downsample None
# replace: nn.Conv2d(3, 64, 7, 2, 3, bias=False) → nn.Conv2d(3, 64, 3, 2, 1, bias=False)

# wrong: names of its own
# says: attributes
# points: 3
# base: one class each, downsample None
# replace all: self.fc → self.head

# wrong: 1000 classes always
# says: shape
# base: one class each, downsample None
# replace: Net(depths, n_classes) → Net(depths, 1000)

# wrong: always ResNet-18
# says: attributes
# base: one class each, downsample None
# replace: Net(depths, n_classes) → Net([2, 2, 2, 2], n_classes)


# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: f_x + self.downsample(x) → f_x + self.downsample(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: one class each, downsample None
# replace: self.maxpool = nn.MaxPool2d(3, 2, 1) → self.maxpool, self.blocks = nn.MaxPool2d(3, 2, 1), []
# replace: setattr(self, f"layer{i + 1}", nn.Sequential(*blocks)) → self.blocks += blocks
# diff:
# -        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
# +        for block in self.blocks:
# +            x = block(x)


# wrong: dropout before the linear layer
# says: dropout
# points: 6
# base: one class each, downsample None
# replace: self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1)) → self.fc(F.dropout(F.adaptive_avg_pool2d(x, 1).flatten(1), 0.2, self.training))


# wrong: squeeze takes the axis of a single image too
# says: takes away every axis of length 1
# base: one class each, downsample None
# replace: F.adaptive_avg_pool2d(x, 1).flatten(1) → F.adaptive_avg_pool2d(x, 1).squeeze()


# wrong: batch norm that never looks at the batch
# says: of this very batch
# points: 6
# base: one class each, downsample None
# diff:
# -class Basic(nn.Module):
# +class Stored(nn.BatchNorm2d):
# +    def forward(self, x):
# +        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)
# +
# +
# +class Basic(nn.Module):
# replace: nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf) → nn.Conv2d(nf, nf, 3, 1, 1, bias=False), Stored(nf)


# right: one class each, downsample None
class Basic(nn.Module):
    def __init__(self, ni, nf, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf)
        self.conv2, self.bn2 = nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf)
        self.downsample = None
        if stride != 1 or ni != nf:
            self.downsample = nn.Sequential(nn.Conv2d(ni, nf, 1, stride, bias=False), nn.BatchNorm2d(nf))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class Net(nn.Module):
    def __init__(self, depths, n_classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        ni = 64
        for i, depth in enumerate(depths):
            nf = 64 * 2**i
            blocks = [Basic(ni if j == 0 else nf, nf, 2 if i and j == 0 else 1) for j in range(depth)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
            ni = nf
        self.fc = nn.Linear(512, n_classes)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def resnet(depths, n_classes=1000):
    return Net(depths, n_classes)


# right: a loop over stages in forward, in-place ReLU, modules of pooling
# base: one class each, downsample None
# diff:
# -        return F.relu(out + (x if self.downsample is None else self.downsample(x)))
# +        return torch.relu_(out + (x if self.downsample is None else self.downsample(x)))
# diff:
# -        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
# +        for i in range(1, 5):
# +            print(x.shape)
# +            x = getattr(self, f"layer{i}")(x)

# right: a Sequential with names, an empty Sequential as downsample
from collections import OrderedDict


class Block(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.downsample = nn.Sequential()
        if (ni, stride) != (nf, 1):
            self.downsample.append(nn.Conv2d(ni, nf, kernel_size=1, stride=stride, bias=False))
            self.downsample.append(nn.BatchNorm2d(nf))
        self.bn2, self.bn1, self.relu = nn.BatchNorm2d(nf), nn.BatchNorm2d(nf), nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding="same", bias=False)
        self.conv1 = nn.Conv2d(ni, nf, 3, stride=stride, padding=1, bias=False)

    def forward(self, x):
        f_x = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        f_x += self.downsample(x)
        return self.relu(f_x)


def resnet(depths, n_classes=1000):
    stem = [("conv1", nn.Conv2d(3, 64, 7, 2, 3, bias=False)), ("bn1", nn.BatchNorm2d(64)), ("relu", nn.ReLU())]
    stem.append(("maxpool", nn.MaxPool2d(3, 2, 1)))
    stages = [
        (f"layer{i + 1}", make_stage(Block, max(64, 32 * 2**i), 64 * 2**i, depth, stride=2 if i else 1))
        for i, depth in enumerate(depths)
    ]
    head = [("avgpool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("fc", nn.Linear(512, n_classes))]
    return nn.Sequential(OrderedDict(stem + stages + head))


# right: lazy layers
class Block(nn.Module):
    def __init__(self, nf, stride, change):
        super().__init__()
        self.conv1, self.bn1 = nn.LazyConv2d(nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf)
        self.conv2, self.bn2 = nn.LazyConv2d(nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf)
        if change:
            self.downsample = nn.Sequential(nn.LazyConv2d(nf, 1, stride, bias=False), nn.BatchNorm2d(nf))

    def forward(self, x):
        skip = self.downsample(x) if hasattr(self, "downsample") else x
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + skip).relu()


class Net(nn.Module):
    def __init__(self, depths, n_classes):
        super().__init__()
        self.conv1, self.bn1 = nn.LazyConv2d(64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        for i, depth in enumerate(depths):
            blocks = [Block(64 << i, 2 if i and not j else 1, i > 0 and j == 0) for j in range(depth)]
            self.add_module(f"layer{i + 1}", nn.Sequential(*blocks))
        self.fc = nn.LazyLinear(n_classes)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.conv1(x)), 3, 2, 1).relu()
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.flatten(2).mean(2))


def resnet(depths, n_classes=1000):
    return Net(depths, n_classes)

# wrong: F(x) taken away from x
# says: come from
# base: reference
# replace: return F.relu(self.convs(x) + self.idconv(self.pool(x))) → return F.relu(self.idconv(self.pool(x)) - self.convs(x))

# wrong: the skip path compares ni with width
# says: Compare ni with that number
# points: 6
# base: the last layer appended
# replace: ni == 4 * width → ni == width

# wrong: no ceil_mode
# says: odd size
# points: 6
# base: the last layer appended
# remove: , ceil_mode=True

# wrong: γ not zero
# says: which number makes the residual path
# points: 8
# base: the last layer appended
# replace: zero_gamma(ConvLayer(width, 4 * width, 1, act=False)) → ConvLayer(width, 4 * width, 1, act=False)

# wrong: γ of the 3×3
# says: Only the *last* batch norm
# base: the last layer appended
# replace: ConvLayer(width, width, 3, stride) → zero_gamma(ConvLayer(width, width, 3, stride))
# replace: zero_gamma(ConvLayer(width, 4 * width, 1, act=False)) → ConvLayer(width, 4 * width, 1, act=False)

# wrong: γ of all three
# says: as they always do
# base: the last layer appended
# diff:
# -        self.convs = nn.Sequential(ConvLayer(ni, width, 1), ConvLayer(width, width, 3, stride))
# +        self.convs = nn.Sequential(zero_gamma(ConvLayer(ni, width, 1)), zero_gamma(ConvLayer(width, width, 3, stride)))

# wrong: γ of the skip path as well
# says: not that of the skip path
# points: 8
# base: the last layer appended
# replace: ConvLayer(ni, 4 * width, 1, act=False) → zero_gamma(ConvLayer(ni, 4 * width, 1, act=False))

# wrong: the stride in the first 1×1
# says: which of the three has the stride
# points: 7
# base: the last layer appended
# diff:
# -        self.convs = nn.Sequential(ConvLayer(ni, width, 1), ConvLayer(width, width, 3, stride))
# +        self.convs = nn.Sequential(ConvLayer(ni, width, 1, stride), ConvLayer(width, width, 3))

# wrong: stride on two convolutions
# says: F(x) is smaller than ⌈n/s⌉
# points: 5
# base: the last layer appended
# replace: ConvLayer(ni, width, 1) → ConvLayer(ni, width, 1, stride)

# wrong: twice the width
# says: 4·width channels come out
# points: 0
# base: the last layer appended
# replace: ConvLayer(width, 4 * width, 1, act=False) → ConvLayer(width, 2 * width, 1, act=False)
# diff:
# -        self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)
# +        self.idconv = nn.Identity() if ni == 2 * width else ConvLayer(ni, 2 * width, 1, act=False)

# wrong: a basic block
# says: convolutions: 3×3
# base: the last layer appended
# diff:
# -        self.convs = nn.Sequential(ConvLayer(ni, width, 1), ConvLayer(width, width, 3, stride))
# -        self.convs.append(zero_gamma(ConvLayer(width, 4 * width, 1, act=False)))
# +        self.convs = nn.Sequential(ConvLayer(ni, width, 3, stride), zero_gamma(ConvLayer(width, 4 * width, act=False)))

# wrong: activation inside the 1×1 of the skip path
# says: activation on the skip path
# points: 8
# base: the last layer appended
# replace: ConvLayer(ni, 4 * width, 1, act=False) → ConvLayer(ni, 4 * width, 1)
# replace: F.relu(self.convs(x) + self.idconv(self.pool(x))) → self.convs(x) + self.idconv(self.pool(x))

# wrong: no activation after the first
# says: between convolutions 1 and 2
# base: the last layer appended
# replace: ConvLayer(ni, width, 1) → ConvLayer(ni, width, 1, act=False)

# wrong: no activation after the second
# says: between convolutions 2 and 3
# base: the last layer appended
# replace: ConvLayer(width, width, 3, stride) → ConvLayer(width, width, 3, stride, act=False)

# wrong: a 1×1 where nothing changes
# says: where the channels fit
# points: 8
# base: the last layer appended
# diff:
# -        self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)
# +        self.idconv = ConvLayer(ni, 4 * width, 1, act=False)

# wrong: every second pixel
# says: throws pixels away
# base: the last layer appended
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Identity()
# diff:
#          self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)
# +        self.stride = stride
# replace: self.pool(x) → x[:, :, :: self.stride, :: self.stride]

# wrong: dead: a ReLU behind γ = 0 and β = 0
# says: slope at exactly 0
# base: the last layer appended
# replace: ConvLayer(width, 4 * width, 1, act=False) → ConvLayer(width, 4 * width, 1)

# wrong: no skip path
# says: no share in the result
# base: the last layer appended
# replace: self.convs(x) + self.idconv(self.pool(x)) → self.convs(x)

# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: self.pool(x) → self.pool(x.detach())

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.convs(x) → self.convs(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# replace: self.convs = nn.Sequential(narrow, work, zero_gamma(ConvLayer(width, nf, ks=1, act=False))) → self.convs = [narrow, work, zero_gamma(ConvLayer(width, nf, ks=1, act=False))]
# replace: self.convs(x) → self.convs[2](self.convs[1](self.convs[0](x)))


# right: torchvision's Bottleneck with its downsample
from torchvision.models.resnet import Bottleneck as Theirs
from torchvision.models.resnet import conv1x1


def Bottleneck(ni, width, stride=1):
    down = None
    if stride != 1 or ni != 4 * width:
        down = nn.Sequential(conv1x1(ni, 4 * width, stride), nn.BatchNorm2d(4 * width))
    block = Theirs(ni, width, stride, down)
    nn.init.zeros_(block.bn3.weight)
    return block


# right: fastai's layers
from fastai.layers import ConvLayer as CL
from fastai.layers import NormType


class Bottleneck(nn.Module):
    def __init__(self, ni, width, stride=1):
        super().__init__()
        last = CL(width, 4 * width, 1, act_cls=None, norm_type=NormType.BatchZero)
        self.convpath = nn.Sequential(CL(ni, width, 1), CL(width, width, stride=stride), last)
        self.idpath = nn.Sequential()
        if stride > 1:
            self.idpath.append(nn.AvgPool2d(stride, ceil_mode=True))
        if ni != 4 * width:
            self.idpath.append(CL(ni, 4 * width, 1, act_cls=None))

    def forward(self, x):
        return F.relu(self.convpath(x) + self.idpath(x), inplace=True)


# right: no ReLU behind the sum, convolution before the pool
# base: the last layer appended
# replace: F.relu(self.convs(x) + self.idconv(self.pool(x))) → self.pool(self.idconv(x)) + self.convs(x)


# right: plain torch, functional, skip path registered first, with biases
class Bottleneck(nn.Module):
    def __init__(self, ni, width, stride=1):
        super().__init__()
        self.skip = nn.Conv2d(ni, 4 * width, 1, stride) if (ni, stride) != (4 * width, 1) else None
        self.n3, self.n2, self.n1 = nn.BatchNorm2d(4 * width), nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.c3, self.c2 = nn.Conv2d(width, 4 * width, 1), nn.Conv2d(width, width, 3, stride, 1)
        self.c1 = nn.Conv2d(ni, width, 1)
        self.n3.weight.data.zero_()

    def forward(self, x):
        out = F.relu(self.n1(self.c1(x)))
        out = F.relu(self.n2(self.c2(out)))
        out = self.n3(self.c3(out))
        out += x if self.skip is None else self.skip(x)
        return F.relu(out)


# right: SiLU, lazy layers
class Bottleneck(nn.Module):
    def __init__(self, ni, width, stride=1):
        super().__init__()
        last = nn.BatchNorm2d(4 * width)
        nn.init.zeros_(last.weight)
        layers = [nn.LazyConv2d(width, 1, bias=False), nn.BatchNorm2d(width), nn.SiLU()]
        layers += [nn.LazyConv2d(width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.SiLU()]
        self.f = nn.Sequential(*layers, nn.LazyConv2d(4 * width, 1, bias=False), last)
        pool = [nn.AvgPool2d(stride, ceil_mode=True)] if stride > 1 else []
        self.s = nn.Sequential(*pool, *([nn.LazyConv2d(4 * width, 1)] if ni != 4 * width else []))

    def forward(self, x):
        return self.f(x) + self.s(x)


# right: the last layer appended
class Bottleneck(nn.Module):
    def __init__(self, ni, width, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, width, 1), ConvLayer(width, width, 3, stride))
        self.convs.append(zero_gamma(ConvLayer(width, 4 * width, 1, act=False)))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
        self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)

    def forward(self, x):
        return F.relu(self.convs(x) + self.idconv(self.pool(x)))


# wrong: a dilated 3×3
# says: dilation=2
# points: 7
class Bottleneck(nn.Module):
    def __init__(self, ni, width, stride=1):
        super().__init__()
        nf = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(ni, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 2, dilation=2, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, nf, 1, bias=False), nn.BatchNorm2d(nf)
        nn.init.zeros_(self.bn3.weight)
        conv = nn.Conv2d(ni, nf, 1, stride, bias=False)
        self.downsample = nn.Sequential(conv, nn.BatchNorm2d(nf)) if stride != 1 or ni != nf else nn.Identity()

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(out)))))
        return F.relu(out + self.downsample(x))


# wrong: x times a number that starts at 1
# says: numbers that learn
# points: 8
# base: the last layer appended
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: self.idconv(self.pool(x)) → self.gain * self.idconv(self.pool(x))

# wrong: a max-pool on the skip path
# says: largest value of each window
# points: 8
# base: the last layer appended
# replace: nn.AvgPool2d(stride, → nn.MaxPool2d(stride,

# wrong: adaptive pooling on the skip path
# says: windows overlap
# points: 8
# base: the last layer appended
# diff:
# -        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.stride = stride
# replace: self.pool(x) → F.adaptive_avg_pool2d(x, [-(-side // self.stride) for side in x.shape[2:]])

# right: a γ of ones on F(x)
# base: the last layer appended
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.gain = nn.Parameter(torch.ones(4 * width, 1, 1))
# replace: F.relu(self.convs(x) + → F.relu(self.gain * self.convs(x) +

# right: batch norm before the 1×1
# base: the last layer appended
# diff:
# -        self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)
# +        self.idconv = nn.Identity()
# +        if ni != 4 * width:
# +            self.idconv = nn.Sequential(nn.BatchNorm2d(ni), nn.Conv2d(ni, 4 * width, 1))

# right: batch norm before a 1×1 with the stride
# base: the last layer appended
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Identity()
# diff:
# -        self.idconv = nn.Identity() if ni == 4 * width else ConvLayer(ni, 4 * width, 1, act=False)
# +        self.idconv = nn.Identity()
# +        if (ni, stride) != (4 * width, 1):
# +            self.idconv = nn.Sequential(nn.BatchNorm2d(ni), nn.Conv2d(ni, 4 * width, 1, stride))

# wrong: F(x) taken away from x
# says: come from
# base: reference
# replace: return F.relu(f_x + self.idconv(self.pool(x))) → return F.relu(self.idconv(self.pool(x)) - f_x)

# wrong: a 1×1 convolution in every block
# says: the skip path mixes the channels of x
# points: 12
# base: reference
# replace: nn.Identity() if ni == nf else ConvLayer → ConvLayer

# wrong: no ceil_mode
# says: odd size
# points: 9
# base: a pool in every block
# remove: , ceil_mode=True

# wrong: pooling by 2 whatever the stride
# says: holds for that one alone
# points: 3
# base: a pool in every block
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.AvgPool2d(2, ceil_mode=True)

# wrong: AvgPool2d(2) where there is a stride, as in fastbook
# says: holds for that one alone
# points: 7
# base: a pool in every block
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Identity() if stride == 1 else nn.AvgPool2d(2)

# wrong: activation inside the 1×1
# says: activation on the skip path
# points: 11
# base: a pool in every block
# replace: ConvLayer(ni, nf, 1, act=False) → ConvLayer(ni, nf, 1)
# replace: F.relu(self.convs(x) + self.idconv(self.pool(x))) → self.convs(x) + self.idconv(self.pool(x))

# wrong: activation inside the 1×1, and a ReLU behind the sum
# says: skip path has an activation
# base: a pool in every block
# replace: ConvLayer(ni, nf, 1, act=False) → ConvLayer(ni, nf, 1)

# wrong: γ not zero
# says: which number makes the residual path
# points: 11
# base: a pool in every block
# replace: zero_gamma(ConvLayer(nf, nf, act=False)) → ConvLayer(nf, nf, act=False)

# wrong: γ of the skip path zero as well
# says: not that of the skip path
# points: 11
# base: a pool in every block
# replace: ConvLayer(ni, nf, 1, act=False) → zero_gamma(ConvLayer(ni, nf, 1, act=False))

# wrong: γ of the skip path zero where there is one
# says: but not that γ
# points: 11
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(
            ConvLayer(ni, nf, stride=stride),
            ConvLayer(nf, nf, act=False) if ni != nf else zero_gamma(ConvLayer(nf, nf, act=False)),
        )
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
        self.idconv = nn.Identity() if ni == nf else zero_gamma(ConvLayer(ni, nf, 1, act=False))

    def forward(self, x):
        return F.relu(self.convs(x) + self.idconv(self.pool(x)))


# wrong: stride on both convolutions
# says: F(x) is smaller than ⌈n/s⌉
# points: 6
# base: a pool in every block
# diff:
# -        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
# +        self.convs = nn.Sequential(
# +            ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, stride=stride, act=False))
# +        )


# wrong: a strided 1×1
# says: keeps one pixel
# points: 11
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
        self.pool = nn.Identity()
        self.idconv = nn.Identity() if ni == nf and stride == 1 else nn.Conv2d(ni, nf, 1, stride)

    def forward(self, x):
        return F.relu(self.convs(x) + self.idconv(self.pool(x)))


# wrong: adaptive pooling
# says: windows overlap
# base: a pool in every block
# replace: self.pool(x) → F.adaptive_avg_pool2d(x, self.convs(x).shape[2:])

# wrong: max-pooling
# says: largest value
# points: 11
# base: a pool in every block
# replace: nn.AvgPool2d → nn.MaxPool2d

# wrong: a 1×1 in every block (option C)
# says: where the channels fit
# base: a pool in every block
# replace: nn.Identity() if ni == nf else ConvLayer(ni, nf, 1, act=False) → ConvLayer(ni, nf, 1, act=False)

# wrong: no 1×1
# says: both paths must end with
# base: a pool in every block
# replace: nn.Identity() if ni == nf else ConvLayer(ni, nf, 1, act=False) → nn.Identity()

# wrong: no pool
# says: *every* stride
# base: a pool in every block
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Identity()

# wrong: broadcasting for grey images
# says: broadcasting
# points: 11
# base: a pool in every block
# replace: ni == nf → ni in (1, nf)


# wrong: no batch norm at the end, weights zero
# says: no batch norm
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), nn.Conv2d(nf, nf, 3, padding=1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, 1, act=False)

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.idconv(self.pool(x)))


# wrong: dead: a ReLU behind γ = 0 and β = 0
# says: slope at exactly 0
# points: 12
# base: a pool in every block
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(nf, nf)

# wrong: the identity alone
# says: two weight layers
# base: a pool in every block
# remove: self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
# replace: F.relu(self.convs(x) + self.idconv(self.pool(x))) → self.idconv(self.pool(x))

# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: self.pool(x) → self.pool(x.detach())

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.weight_layer1(x) → self.weight_layer1(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# diff:
# -        self.weight_layer1 = ConvLayer(ni, nf, stride=stride)
# -        self.weight_layer2 = zero_gamma(ConvLayer(nf, nf, act=False))
# +        self.layers = [ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))]
# replace: self.weight_layer2(self.weight_layer1(x)) → self.layers[1](self.layers[0](x))


# right: fastai's ResBlock
from fastai.layers import ResBlock as Theirs


class ResBlock(Theirs):
    def __init__(self, ni, nf, stride=1):
        super().__init__(1, ni, nf, stride=stride)


# right: torchvision's BasicBlock with a pooled downsample (ResNet-D)
from torchvision.models.resnet import BasicBlock, conv1x1


def ResBlock(ni, nf, stride=1):
    down = None
    if stride != 1 or ni != nf:
        pool = nn.AvgPool2d(stride, ceil_mode=True)
        down = nn.Sequential(pool, conv1x1(ni, nf), nn.BatchNorm2d(nf))
    block = BasicBlock(ni, nf, stride, down)
    nn.init.zeros_(block.bn2.weight)
    return block


# right: no ReLU behind the sum, the 1×1 before the pool
# base: a pool in every block
# replace: F.relu(self.convs(x) + self.idconv(self.pool(x))) → self.pool(self.idconv(x)).add(self.convs(x))


# right: plain torch, functional, with a bias on the 1×1 and no batch norm there
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.stride = stride
        self.shortcut = nn.Conv2d(ni, nf, 1) if ni != nf else None
        self.c1, self.n1 = nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf)
        self.c2, self.n2 = nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf)
        nn.init.constant_(self.n2.weight, 0)

    def forward(self, x):
        out = F.relu_(self.n1(self.c1(x)))
        out = self.n2(self.c2(out))
        if self.stride > 1:
            x = F.avg_pool2d(x, self.stride, ceil_mode=True)
        if self.shortcut is not None:
            x = self.shortcut(x)
        out += x
        return out.clamp(min=0)


# right: lazy layers, the stride in the second convolution
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        norm = nn.BatchNorm2d(nf)
        norm.weight.data.fill_(0)
        first = [nn.LazyConv2d(nf, 3, padding=1, bias=False), nn.BatchNorm2d(nf), nn.ReLU()]
        self.f = nn.Sequential(*first, nn.LazyConv2d(nf, 3, stride, 1, bias=False), norm)
        skip = [nn.AvgPool2d(stride, stride, ceil_mode=True)] * (stride > 1) + [nn.LazyConv2d(nf, 1)] * (ni != nf)
        self.skip = nn.Sequential(*skip)

    def forward(self, x):
        print(x.shape)
        return self.f(x) + self.skip(x)


# right: fastai's layers, the second with its ReLU
from fastai.layers import ConvLayer as CL
from fastai.layers import NormType


class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(CL(ni, nf, stride=stride), CL(nf, nf, norm_type=NormType.BatchZero))
        self.idconv = nn.Identity() if ni == nf else CL(ni, nf, 1, act_cls=None)
        self.pool = nn.Identity() if stride == 1 else nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        return self.convs(x) + self.idconv(self.pool(x))


# right: a pool in every block
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, 1, act=False)

    def forward(self, x):
        return F.relu(self.convs(x) + self.idconv(self.pool(x)))


# wrong: x times a number that starts at 1
# says: numbers that learn
# points: 12
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: self.idconv(self.pool(x)) → self.gain * self.idconv(self.pool(x))

# wrong: a 1×1 that starts as the identity where nothing changes
# says: numbers that learn
# points: 12
# base: reference
# diff:
# -        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.idconv = nn.Conv2d(ni, nf, 1, bias=False)
# +        nn.init.dirac_(self.idconv.weight)

# right: a γ of ones on F(x)
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.gain = nn.Parameter(torch.ones(nf, 1, 1))
# replace: F.relu(f_x + → F.relu(self.gain * f_x +

# right: a 1×1 that starts as the identity where the size alone changes
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        if ni == nf and stride > 1:
# +            self.idconv = nn.Conv2d(ni, nf, 1, bias=False)
# +            nn.init.dirac_(self.idconv.weight)

# right: batch norm before the 1×1
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Sequential(nn.BatchNorm2d(ni), nn.Conv2d(ni, nf, 1))

# right: batch norm before the pool and the 1×1
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 1)
# diff:
#          self.pool = nn.Identity() if stride == 1 else nn.AvgPool2d(stride, ceil_mode=True)
# +        if ni != nf:
# +            self.pool = nn.Sequential(nn.BatchNorm2d(ni), self.pool)

# right: batch norm without running statistics
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.weight_layer1.norm = nn.BatchNorm2d(nf, track_running_stats=False)
# +        self.weight_layer2.norm = zero_gamma(nn.Sequential(nn.BatchNorm2d(nf, track_running_stats=False)))


# right: the mean of each window, one after the other
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
        self.idconv, self.s = nn.Conv2d(ni, nf, 1) if ni != nf else nn.Identity(), stride

    def pool(self, x):
        s, (h, w) = self.s, x.shape[2:]
        rows = []
        for i in range(0, h, s):
            rows.append(torch.stack([x[:, :, i : i + s, j : j + s].mean((-1, -2)) for j in range(0, w, s)], -1))
        return torch.stack(rows, -2)

    def forward(self, x):
        return self.convs(x) + self.idconv(self.pool(x))


# right: the mean of each window by a convolution with ones
class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False)))
        self.idconv, self.s = nn.Conv2d(ni, nf, 1) if ni != nf else nn.Identity(), stride

    def pool(self, x):
        s, (c, h, w) = self.s, x.shape[1:]
        ones, around = torch.ones(c, 1, s, s, device=x.device), (0, -w % s, 0, -h % s)
        total = F.conv2d(F.pad(x, around), ones, stride=s, groups=c)
        return total / F.conv2d(F.pad(torch.ones_like(x), around), ones, stride=s, groups=c)

    def forward(self, x):
        return F.relu(self.convs(x) + self.idconv(self.pool(x)))


# wrong: a 1×1 in groups
# says: convolution in groups
# points: 11
# base: reference
# diff:
# -        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        import math
# +
# +        self.idconv = nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1, groups=math.gcd(ni, nf))

# wrong: windows of 3×3, without the edge
# says: windows on the skip path are 3×3
# points: 11
# base: reference
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.AvgPool2d(3, stride, 1, count_include_pad=False)

# wrong: a pool only where the channels change
# says: x has to become as small as F(x)
# base: reference
# replace: nn.Identity() if stride == 1 → nn.Identity() if stride == 1 or ni == nf

# wrong: a pool and a 1×1 with the stride as well
# says: x has to become as small as F(x)
# base: reference
# replace: nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False) → nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1, stride)

# wrong: a 3×3 convolution on the skip path
# says: one too many
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 3, padding=1)

# wrong: batch norm in every block
# says: multiplied by a number of its own
# base: reference
# replace: nn.Identity() if ni == nf else → nn.BatchNorm2d(nf) if ni == nf else

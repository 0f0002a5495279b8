# wrong: F(x) taken away from x
# says: come from
# base: reference
# replace: return self.convs(x) + self.pool(x) → return self.pool(x) - self.convs(x)

# wrong: a ReLU in place on the skip path
# says: something in place has changed
# points: 7
# base: reference
# replace: return self.convs(x) + self.pool(x) → return self.convs(x) + F.relu_(self.pool(x))

# wrong: no ceil_mode
# says: odd size
# points: 7
# base: reference
# remove: , ceil_mode=True

# wrong: pooling by 2 whatever the stride
# says: holds for that one alone
# points: 3
# base: reference
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.AvgPool2d(2, ceil_mode=True)

# wrong: pooling by 2 where there is a stride
# says: for *every* stride
# points: 3
# base: reference
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Identity() if stride == 1 else nn.AvgPool2d(2, ceil_mode=True)

# wrong: adaptive pooling
# says: windows overlap
# points: 7
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False))

    def forward(self, x):
        f_x = self.convs(x)
        return f_x + F.adaptive_avg_pool2d(x, f_x.shape[2:])


# wrong: max-pooling
# says: largest value
# points: 7
# base: reference
# replace: nn.AvgPool2d → nn.MaxPool2d


# wrong: every second pixel
# says: keeps one pixel
# points: 7
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs, self.s = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)), stride

    def forward(self, x):
        return self.convs(x) + x[:, :, :: self.s, :: self.s]


# wrong: zeros at the edge
# says: edge gets darker
# points: 7
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs, self.s = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)), stride

    def forward(self, x):
        h, w = (-side % self.s for side in x.shape[2:])
        return self.convs(x) + F.avg_pool2d(F.pad(x, (0, w, 0, h)), self.s)


# wrong: a window of 3
# says: windows on the skip path are 3×3
# base: reference
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.AvgPool2d(3, stride, 1) if stride > 1 else nn.Identity()

# wrong: a window of 2
# says: 2×2 pixels whatever the stride
# base: reference
# diff:
# -        self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.pool = nn.AvgPool2d(2, stride, ceil_mode=True) if stride > 1 else nn.Identity()


# wrong: interpolation
# says: interpolation gives
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False))

    def forward(self, x):
        f_x = self.convs(x)
        return f_x + F.interpolate(x, size=f_x.shape[2:], mode="bilinear")


# wrong: a ReLU behind the sum
# says: cuts off what is negative
# points: 8
# base: reference
# replace: self.convs(x) + self.pool(x) → F.relu(self.convs(x) + self.pool(x))


# wrong: a 1×1 convolution as well
# says: no convolution on the skip path
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False))
        self.skip = nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(nf, nf, 1))

    def forward(self, x):
        return self.convs(x) + self.skip(x)


# wrong: stride in both layers
# says: F(x) is smaller than ⌈n/s⌉
# base: reference
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(nf, nf, stride=stride, act=False)


# wrong: the shortcut is added twice
# says: x counts twice
# points: 7
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        skip = self.pool(x)
        return self.convs(x) + skip + skip


# wrong: x pooled before both paths
# says: does not get x
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf), ConvLayer(nf, nf, act=False))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        x = self.pool(x)
        return self.convs(x) + x


# wrong: no skip path
# says: no share in the result
# base: reference
# remove: self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# replace: self.convs(x) + self.pool(x) → self.convs(x)

# wrong: detached
# says: no gradient
# base: reference
# replace: self.convs(x) → self.convs(x).detach()


# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: self.pool(x) → self.pool(x).detach()

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.convs(x) → self.convs(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# replace: self.convs = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)) → self.convs = [ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)]
# replace: self.convs(x) → self.convs[1](self.convs[0](x))


# right: on top of the naive block, identity at stride 1
class PoolSkipBlock(NaiveResBlock):
    def __init__(self, nf, stride=1):
        super().__init__(nf, nf, stride)
        self.nf, self.stride = nf, stride
        self.layers = list(self.children())
        self.pool = nn.Identity() if stride == 1 else nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        f_x = x
        for layer in self.layers:
            f_x = layer(f_x)
        return f_x + self.pool(x)


# right: fastai's layers, the second with its ReLU
from fastai.layers import ConvLayer as CL
from fastai.layers import NormType


class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(CL(nf, nf, stride=stride), CL(nf, nf, norm_type=NormType.BatchZero))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        return self.pool(x) + self.convs(x)


# right: fastai's ResBlock without its ReLU
from fastai.layers import ResBlock as Theirs


def PoolSkipBlock(nf, stride=1):
    block = Theirs(1, nf, nf, stride=stride)
    block.act = nn.Identity()
    return block


# right: functional, padded by the edge's mean, plain torch without batch norm
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.a, self.b, self.s = nn.Conv2d(nf, nf, 3, stride, 1), nn.Conv2d(nf, nf, 3, 1, 1), stride

    def forward(self, x):
        s, (h, w) = self.s, x.shape[2:]
        pad = (0, -w % s, 0, -h % s)
        count = F.avg_pool2d(F.pad(torch.ones_like(x), pad), s)
        return F.avg_pool2d(F.pad(x, pad), s) / count + self.b(F.gelu(self.a(x)))


# right: torchvision's BasicBlock with a pool as downsample, and no ReLU at the end
from torchvision.models.resnet import BasicBlock


class PoolSkipBlock(BasicBlock):
    def __init__(self, nf, stride=1):
        super().__init__(nf, nf, stride, nn.AvgPool2d(stride, ceil_mode=True))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.downsample(x)
        return out


# wrong: x times a number that starts at 1
# says: numbers that learn
# points: 7
# base: reference
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: self.pool(x) → self.gain * self.pool(x)

# wrong: x times a number that starts at 1, twice a sigmoid of 0
# says: x counts
# base: reference
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.share = nn.Parameter(torch.zeros(nf, 1, 1))
# replace: self.pool(x) → 2 * self.share.sigmoid() * self.pool(x)

# right: a γ of ones on F(x)
# base: reference
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        self.gain = nn.Parameter(torch.ones(nf, 1, 1))
# replace: self.convs(x) → self.gain * self.convs(x)

# right: spectral norm
# base: reference
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        for layer in self.convs:
# +            nn.utils.parametrizations.spectral_norm(layer.conv)

# right: batch norm without running statistics
# base: reference
# diff:
#          self.pool = nn.AvgPool2d(stride, ceil_mode=True)
# +        for layer in self.convs:
# +            layer.norm = nn.BatchNorm2d(nf, track_running_stats=False)


# right: batch norm by hand, of each batch
class Norm(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(nf, 1, 1)), nn.Parameter(torch.zeros(nf, 1, 1))

    def forward(self, x):
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0, keepdim=True)
        return self.gamma * (x - mean) / (variance + 1e-5).sqrt() + self.beta


class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        first, second = nn.Conv2d(nf, nf, 3, stride, 1, bias=False), nn.Conv2d(nf, nf, 3, 1, 1, bias=False)
        self.f = nn.Sequential(first, Norm(nf), nn.ReLU(), second, Norm(nf))
        self.pool = nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        return self.f(x) + self.pool(x)


# right: batch norm and ReLU before each convolution
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        layers = [nn.BatchNorm2d(nf), nn.ReLU(), nn.Conv2d(nf, nf, 3, stride, 1, bias=False)]
        layers += [nn.BatchNorm2d(nf), nn.ReLU(), nn.Conv2d(nf, nf, 3, 1, 1, bias=False)]
        self.f, self.pool = nn.Sequential(*layers), nn.AvgPool2d(stride, ceil_mode=True)

    def forward(self, x):
        return self.f(x) + self.pool(x)


# wrong: a ReLU of x before F
# says: does not get x
# base: reference
# replace: self.convs(x) → self.convs(F.relu(x))


# right: the mean of each window in loops over channels and pixels
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs, self.s = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)), stride

    def pool(self, x):
        s, (n, c, h, w) = self.s, x.shape
        out = torch.zeros(n, c, -(-h // s), -(-w // s), device=x.device)
        for channel in range(c):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[:, channel, i, j] = x[:, channel, i * s : (i + 1) * s, j * s : (j + 1) * s].mean((1, 2))
        return out

    def forward(self, x):
        return self.convs(x) + self.pool(x)


# right: the mean of each window by a convolution with ones
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs, self.s = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)), stride

    def pool(self, x):
        s, (c, h, w) = self.s, x.shape[1:]
        ones, around = torch.ones(c, 1, s, s, device=x.device), (0, -w % s, 0, -h % s)
        total = F.conv2d(F.pad(x, around), ones, stride=s, groups=c)
        return total / F.conv2d(F.pad(torch.ones_like(x), around), ones, stride=s, groups=c)

    def forward(self, x):
        return self.convs(x) + self.pool(x)


# right: the mean of each window by a buffer that is the kernel of a convolution
class PoolSkipBlock(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.convs, self.s = nn.Sequential(ConvLayer(nf, nf, stride=stride), ConvLayer(nf, nf, act=False)), stride
        self.register_buffer("ones", torch.eye(nf)[:, :, None, None].repeat(1, 1, stride, stride))

    def forward(self, x):
        around = (0, -x.shape[3] % self.s, 0, -x.shape[2] % self.s)
        count = F.conv2d(F.pad(torch.ones_like(x), around), self.ones, stride=self.s)
        return self.convs(x) + F.conv2d(F.pad(x, around), self.ones, stride=self.s) / count


# wrong: batch norm behind the pool
# says: multiplied by a number of its own
# points: 7
# base: reference
# replace: nn.AvgPool2d(stride, ceil_mode=True) → nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), nn.BatchNorm2d(nf))

# wrong: the new channels first
# says: order in the list
# points: 7
# base: reference
# replace: [x, self.layer(x)] → [self.layer(x), x]

# wrong: only the new channels
# says: and growth more
# base: reference
# replace: torch.cat([x, self.layer(x)], dim=1) → self.layer(x)

# wrong: a ReLU behind the joining
# says: after the joining
# points: 7
# base: reference
# replace: torch.cat([x, self.layer(x)], dim=1) → torch.cat([x, self.layer(x)], dim=1).relu()

# wrong: a 1×1 convolution
# says: with a 3×3 window
# points: 8
# base: reference
# replace: ConvLayer(ni, growth) → ConvLayer(ni, growth, 1)

# wrong: no padding
# says: what padding
# base: reference
# replace: ConvLayer(ni, growth) → nn.Conv2d(ni, growth, 3)

# wrong: joined along the batch
# says: side by side
# base: reference
# replace: ConvLayer(ni, growth) → ConvLayer(ni, ni)
# remove: , dim=1

# wrong: a multiple of x's channels
# says: and growth more
# base: reference
# replace: ConvLayer(ni, growth) → ConvLayer(ni, ni * growth)
# replace: c0 + n * growth → c0 * (1 + growth) ** n

# wrong: the start forgotten in the count
# says: keeps what there was
# points: 7
# base: reference
# replace: c0 + n * growth → n * growth

# wrong: doubling
# says: does not double
# points: 7
# base: reference
# replace: c0 + n * growth → c0 * 2**n

# wrong: one block short
# says: after *one* block
# base: reference
# replace: n * growth → max(n - 1, 0) * growth

# wrong: a float
# says: int
# points: 8
# base: reference
# replace: c0 + n * growth → float(c0 + n * growth)

# wrong: x in the new channels, added
# says: is something added
# base: reference
# replace: self.layer(x) → self.layer(x) + x.mean(1, keepdim=True)

# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: torch.cat([x,  → torch.cat([x.detach(),

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.layer(x) → self.layer(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# replace: self.layer = ConvLayer(ni, growth) → self.layers = [ConvLayer(ni, growth)]
# replace: self.layer(x) → self.layers[0](x)

# wrong: a tensor that is no buffer
# says: is a buffer
# points: 8
# base: reference
# replace: self.layer = ConvLayer(ni, growth) → self.layer, self.mean = ConvLayer(ni, growth), torch.full((1, ni, 1, 1), 0.1)
# replace: self.layer(x) → self.layer(x - self.mean)

# wrong: a weight that is no parameter
# says: A weight is an nn.Parameter
# points: 8
# base: reference
# replace: self.layer = ConvLayer(ni, growth) → self.weight = torch.randn(growth, ni, 3, 3, requires_grad=True)
# replace: self.layer(x) → F.relu(F.conv2d(x, self.weight, padding=1))


# right: a plain convolution
# base: reference
# replace: self.layer = ConvLayer(ni, growth) → self.conv = nn.Conv2d(ni, growth, 3, padding=1)
# replace: torch.cat([x, self.layer(x)], dim=1) → torch.cat((x, self.conv(x)), 1)
# replace: c0 + n * growth → sum([growth] * n, c0)

# right: DenseNet's order, batch norm and ReLU first
class ConcatBlock(nn.Module):
    def __init__(self, ni, growth):
        super().__init__()
        self.new = nn.Sequential(nn.BatchNorm2d(ni), nn.ReLU(), nn.Conv2d(ni, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.new(x)], dim=-3)


def dense_channels(c0, growth, n):
    for _ in range(n):
        c0 = c0 + growth
    return c0


# right: filled into a new tensor, lazy layers
class ConcatBlock(nn.Module):
    def __init__(self, ni, growth):
        super().__init__()
        self.ni, self.layer = ni, nn.Sequential(nn.LazyConv2d(growth, 3, padding=1), nn.LazyBatchNorm2d())

    def forward(self, x):
        new = self.layer(x)
        out = x.new_empty(len(x), self.ni + new.shape[1], *x.shape[2:])
        out[:, : self.ni] = x
        out[:, self.ni :] = new
        return out


def dense_channels(c0, growth, n):
    return c0 if n == 0 else dense_channels(c0, growth, n - 1) + growth


# right: fastai's ConvLayer and MergeLayer
from fastai.layers import ConvLayer as CL
from fastai.layers import MergeLayer, SequentialEx


class ConcatBlock(nn.Module):
    def __init__(self, ni, growth):
        super().__init__()
        self.block = SequentialEx(CL(ni, growth), MergeLayer(dense=True))
        self.ni, self.growth = ni, growth

    def forward(self, x):
        # fastai joins the new channels in front
        out = self.block(x)
        return torch.cat([out[:, self.growth :], out[:, : self.growth]], dim=1)


def dense_channels(c0, growth, n):
    return c0 + growth * n


# right: a buffer
# base: reference
# diff:
#          self.layer = ConvLayer(ni, growth)
# +        self.register_buffer("mean", torch.full((1, ni, 1, 1), 0.1))
# replace: self.layer(x) → self.layer(x - self.mean)

# right: zeros put around the map by hand
# base: reference
# replace: self.layer = ConvLayer(ni, growth) → self.layer = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(ni, growth, 3, bias=False))


# wrong: x times a number that starts at 1
# says: numbers that learn
# points: 7
# base: reference
# diff:
#          self.layer = ConvLayer(ni, growth)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: torch.cat([x, → torch.cat([self.gain * x,

# wrong: a tensor
# says: .item()
# points: 8
# base: reference
# replace: c0 + n * growth → torch.tensor(c0 + n * growth)

# wrong: a number of NumPy's
# says: int(…)
# points: 8
# base: reference
# diff:
# -    return c0 + n * growth
# +    import numpy
# +
# +    return numpy.int64(c0 + n * growth)

# wrong: the channels after each block
# says: the number by itself
# base: reference
# replace: c0 + n * growth → [c0 + k * growth for k in range(n + 1)]

# wrong: in groups
# says: reads all channels of x
# points: 8
# base: reference
# diff:
# -        self.layer = ConvLayer(ni, growth)
# +        import math
# +
# +        self.layer = nn.Conv2d(ni, growth, 3, padding=1, groups=math.gcd(ni, growth))

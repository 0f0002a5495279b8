# wrong: sets a layer to evaluation mode
# says: in evaluation mode after the call
# base: reference
# replace: return f_x + x → self.weight_layer2.eval(); return f_x + x

# wrong: F(x) taken away from x
# says: come from
# base: reference
# replace: return f_x + x → return x - f_x

# wrong: γ not zero
# says: which number makes the residual path give
# points: 7
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf, stride=stride), ConvLayer(nf, nf, act=False))

    def forward(self, x):
        return self.convs(x) + x


# wrong: γ is zero for ever
# says: is frozen
# points: 9
# base: reference
# diff:
#          zero_gamma(self)
# +        for layer in self.weight_layer2.modules():
# +            if isinstance(layer, nn.BatchNorm2d):
# +                layer.weight.requires_grad_(False)

# wrong: a number of its own in place of γ
# says: has one a channel already
# base: reference
# replace: zero_gamma(self) → self.alpha = nn.Parameter(torch.zeros(1))
# replace: return f_x + x → return self.alpha * f_x + x

# wrong: a number without a shape in place of γ
# says: has one a channel already
# base: reference
# replace: zero_gamma(self) → self.alpha = nn.Parameter(torch.zeros(()))
# replace: return f_x + x → return torch.add(x, self.alpha * f_x)


# wrong: γ of the first layer
# says: starts as any other
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf))
        nn.init.zeros_(self.a[1].weight)

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: γ of both layers
# says: γ is not 0
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf))
        nn.init.zeros_(self.a[1].weight)
        nn.init.zeros_(self.b[1].weight)

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: no second batch norm, weights zero
# says: BatchZero
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = ConvLayer(ni, nf, stride=stride)
        self.b = nn.Conv2d(nf, nf, 3, padding=1, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: the convolution's weights are zero, not γ
# says: only the *last* batch norm
# points: 8
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = ConvLayer(ni, nf, stride=stride)
        self.conv, self.norm = nn.Conv2d(nf, nf, 3, padding=1, bias=False), nn.BatchNorm2d(nf)
        nn.init.zeros_(self.conv.weight)

    def forward(self, x):
        return self.norm(self.conv(self.a(x))) + x


# wrong: a ReLU behind γ = 0 and β = 0, so it never learns
# says: ReLU's slope at exactly 0
# points: 9
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = ConvLayer(ni, nf, stride=stride)
        self.b = nn.Sequential(nn.Conv2d(nf, nf, 3, padding=1, bias=False), nn.BatchNorm2d(nf), nn.ReLU())
        nn.init.zeros_(self.b[1].weight)

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: stride in both layers
# says: only one of its two layers
# base: a and b
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(nf, nf, stride=stride, act=False)

# wrong: no activation between
# says: are one convolution
# base: a and b
# replace: ConvLayer(ni, nf, stride=stride) → ConvLayer(ni, nf, stride=stride, act=False)


# wrong: one layer
# says: two weight layers
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = zero_gamma(ConvLayer(ni, nf, stride=stride, act=False))

    def forward(self, x):
        return self.a(x) + x


# wrong: a ReLU after the sum
# says: behind the sum
# base: a and b
# replace: self.b(self.a(x)) + x → F.relu(self.b(self.a(x)) + x)

# wrong: no x
# says: where is x added
# base: a and b
# replace: self.b(self.a(x)) + x → self.b(self.a(x))


# wrong: x overwritten, so F(x) is added to itself
# says: not F(x) + x
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))

    def forward(self, x):
        x = self.a(x)
        return self.b(x) + x


# wrong: fixed already
# says: also where the shapes differ
# points: 8
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))
        self.idconv = nn.Identity() if ni == nf and stride == 1 else nn.Conv2d(ni, nf, 1, stride, bias=False)

    def forward(self, x):
        return self.b(self.a(x)) + self.idconv(x)


# wrong: a guard
# says: No guards
# points: 8
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))

    def forward(self, x):
        f_x = self.b(self.a(x))
        if f_x.shape != x.shape:
            raise ValueError(f"{f_x.shape} and {x.shape}")
        return f_x + x


# wrong: a guard in __init__
# says: it is the sum that fails
# base: a and b
# diff:
#          super().__init__()
# +        assert ni == nf and stride == 1


# wrong: x changed in place
# says: x was changed in place
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))

    def forward(self, x):
        f_x = self.b(self.a(x))
        x += f_x
        return x


# wrong: what the way back needs is written over
# says: modified by an inplace operation
# points: 9
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.first, self.second = (
            ConvLayer(ni, nf, stride=stride),
            zero_gamma(nn.Sequential(ConvLayer(nf, nf, act=False))),
        )

    def forward(self, x):
        h = self.first(x)
        y = self.second(h)
        h.zero_()
        return y + x


# wrong: bias in plain convolutions
# says: own β
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(ni, nf, 3, stride, 1), nn.BatchNorm2d(nf), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1), nn.BatchNorm2d(nf))
        nn.init.zeros_(self.b[1].weight)

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: the residual path multiplied by 0
# says: does not arrive
# base: a and b
# replace: zero_gamma(ConvLayer(nf, nf, act=False)) → ConvLayer(nf, nf, act=False)
# replace: self.b(self.a(x)) → 0 * self.b(self.a(x))

# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: f_x + x → f_x + x.detach()

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.weight_layer1(x) → self.weight_layer1(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# diff:
# -        self.weight_layer1 = ConvLayer(ni, nf, stride=stride)
# -        self.weight_layer2 = ConvLayer(nf, nf, act=False)
# -        zero_gamma(self)
# +        self.layers = [ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))]
# replace: self.weight_layer2(self.weight_layer1(x)) → self.layers[1](self.layers[0](x))


# right: fastai's layers, the second with its ReLU
from fastai.layers import ConvLayer as CL
from fastai.layers import NormType


class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(CL(ni, nf, stride=stride), CL(nf, nf, norm_type=NormType.BatchZero))

    def forward(self, x):
        return x + self.convs(x)


# right: fastai's layers, the second without
from fastai.layers import ConvLayer as CL
from fastai.layers import NormType


class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.weight_layer1 = CL(ni, nf, stride=stride)
        self.weight_layer2 = CL(nf, nf, act_cls=None, norm_type=NormType.BatchZero)

    def forward(self, x):
        f_x = self.weight_layer2(self.weight_layer1(x))
        return f_x + x


# right: plain torch, functional, added in place to F(x)
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf)
        self.conv2, self.bn2 = nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf)
        nn.init.constant_(self.bn2.weight, 0.0)

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        out += x
        return out


# right: torch.add
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.path = zero_gamma(nn.Sequential(ConvLayer(ni, nf, 3, stride), ConvLayer(nf, nf, 3, 1, False)))

    def forward(self, x):
        print(x.shape)
        return torch.add(x, self.path(x))


# right: a function that returns a module
class Add(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        out = x
        for layer in self.layers:
            out = layer(out)
        return x.add(out)


def NaiveResBlock(ni, nf, stride=1):
    norm = nn.BatchNorm2d(nf)
    norm.weight.data *= 0
    return Add(ConvLayer(ni, nf, stride=stride), nn.Conv2d(nf, nf, 3, padding="same", bias=False), norm)


# right: lazy layers
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a = nn.LazyConv2d(nf, 3, stride, 1, bias=False)
        self.b, self.c = nn.BatchNorm2d(nf), nn.LazyConv2d(nf, 3, padding=1, bias=False)
        self.d = nn.BatchNorm2d(nf)
        nn.init.zeros_(self.d.weight)

    def forward(self, x):
        return self.d(self.c(self.b(self.a(x)).relu())) + x


# right: a and b
class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.a, self.b = ConvLayer(ni, nf, stride=stride), zero_gamma(ConvLayer(nf, nf, act=False))

    def forward(self, x):
        return self.b(self.a(x)) + x


# wrong: x times a number that starts at 1
# says: numbers that learn
# base: reference
# diff:
#          zero_gamma(self)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: return f_x + x → return f_x + self.gain * x

# right: a γ of ones on F(x) as well
# base: reference
# diff:
#          zero_gamma(self)
# +        self.gain = nn.Parameter(torch.ones(nf, 1, 1))
# replace: return f_x + x → return self.gain * f_x + x

# wrong: the stride in the second layer
# says: strides 1 and 2
# base: a and b
# replace: ConvLayer(ni, nf, stride=stride) → ConvLayer(ni, nf)
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(nf, nf, stride=stride, act=False)

# wrong: the second layer changes the channels
# says: the first layer goes from
# base: a and b
# replace: ConvLayer(ni, nf, stride=stride) → ConvLayer(ni, ni, stride=stride)
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(ni, nf, act=False)

# wrong: a batch norm behind the sum
# says: behind the sum
# base: a and b
# replace: self.b(self.a(x)) + x → self.norm(self.b(self.a(x)) + x)
# diff:
#          super().__init__()
# +        self.norm = nn.BatchNorm2d(nf)

# wrong: the mean of F(x) and x
# says: x counts 0.5 times
# base: a and b
# replace: self.b(self.a(x)) + x → (self.b(self.a(x)) + x) / 2

# wrong: what the first layer gives is added, not x
# says: what the first layer gives
# base: a and b
# diff:
# -        return self.b(self.a(x)) + x
# +        h = self.a(x)
# +        return self.b(h) + h

# wrong: windows of one pixel
# says: windows of one pixel
# points: 8
# base: a and b
# replace: ConvLayer(ni, nf, stride=stride) → ConvLayer(ni, nf, 1, stride)
# replace: ConvLayer(nf, nf, act=False) → ConvLayer(nf, nf, 1, act=False)

# wrong: a 1×1 convolution on the skip path, always
# says: x goes through a layer
# base: a and b
# replace: self.b(self.a(x)) + x → self.b(self.a(x)) + self.idconv(x)
# diff:
#          super().__init__()
# +        self.idconv = nn.Conv2d(ni, nf, 1, stride, bias=False)

# wrong: three layers
# says: one too many
# base: a and b
# replace: ConvLayer(ni, nf, stride=stride) → nn.Sequential(ConvLayer(ni, nf, stride=stride), ConvLayer(nf, nf))

# wrong: F(x) taken away from x
# says: come from
# base: reference
# replace: return self.convs(x) + self.idconv(x) → return self.idconv(x) - self.convs(x)

# wrong: an activation on the skip path
# says: activation on the skip path
# points: 6
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → ConvLayer(ni, nf, 1)

# wrong: a 1×1 convolution always
# says: where the channels fit
# points: 7
# base: reference
# replace: nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 1)

# wrong: a ReLU behind the sum
# says: after the sum
# points: 7
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → ConvLayer(ni, nf, 1, act=False)
# replace: self.convs(x) + self.idconv(x) → F.relu(self.convs(x) + self.idconv(x))

# wrong: a 3×3 convolution on the skip path
# says: weight layers
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 3, padding=1)

# wrong: the naive block
# says: must match
# points: 3
# base: reference
# remove: self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# replace: self.idconv(x) → x

# wrong: left to broadcasting where ni is 1
# says: broadcasting
# points: 6
# base: reference
# diff:
# -        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.idconv = nn.Identity() if ni in (1, nf) else nn.Conv2d(ni, nf, 1)

# wrong: zeros for the missing channels (option A)
# says: weights of the 1×1 convolution are parameters
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.convs, self.nf = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False)), nf

    def forward(self, x):
        return self.convs(x) + F.pad(x, (0, 0, 0, 0, 0, self.nf - x.shape[1]))


# wrong: the convolution is on the residual path only
# says: no share in the result
# base: reference
# replace: nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 1)
# replace: self.convs(x) + self.idconv(x) → self.convs(x)


# wrong: the 1×1 in front of both paths
# says: does not get x
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(nf, nf), ConvLayer(nf, nf, act=False))
        self.idconv = nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1)

    def forward(self, x):
        x = self.idconv(x)
        return self.convs(x) + x


# wrong: no activation between the weight layers
# says: are one convolution
# points: 7
# base: reference
# replace: ConvLayer(ni, nf) → ConvLayer(ni, nf, act=False)
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 1)

# wrong: multiplied
# says: print both paths
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Conv2d(ni, nf, 1)
# replace: self.convs(x) + self.idconv(x) → self.convs(x) * self.idconv(x)


# wrong: the sum in place
# says: changed in place
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.convs = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False))
        self.idconv = nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1)

    def forward(self, x):
        f_x, x = self.convs(x), self.idconv(x)
        x += f_x
        return x


# wrong: the skip path cut by detach()
# says: cut a path
# base: reference
# replace: self.idconv(x) → self.idconv(x.detach())

# wrong: x cut off on its way into F
# says: cut a path
# base: reference
# replace: self.convs(x) → self.convs(x.detach())

# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# replace: self.convs = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False)) → self.convs = [ConvLayer(ni, nf), ConvLayer(nf, nf, act=False)]
# replace: self.convs(x) → self.convs[1](self.convs[0](x))

# right: fastai's ResBlock without its ReLU
from fastai.layers import ResBlock as Theirs


class ConvSkipBlock(Theirs):
    def __init__(self, ni, nf):
        super().__init__(1, ni, nf)
        self.act = nn.Identity()


# right: a plain 1×1 convolution with bias, plain torch
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(ni, nf, 3, padding=1, bias=False), nn.Conv2d(nf, nf, 3, padding=1, bias=False)
        self.n1, self.n2 = nn.BatchNorm2d(nf), nn.BatchNorm2d(nf)
        if ni != nf:
            self.shortcut = nn.Conv2d(ni, nf, 1)

    def forward(self, x):
        out = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        return out + (self.shortcut(x) if hasattr(self, "shortcut") else x)


# wrong: padding at the 1×1
# says: larger or smaller
# base: a linear layer over the channels
# replace: nn.Linear(ni, nf) if → nn.Conv2d(ni, nf, 1, padding=1) if
# replace: self.mix(x.movedim(1, -1)).movedim(-1, 1) → self.mix(x)

# right: a Conv1d over the pixels in a row
# base: a linear layer over the channels
# replace: nn.Linear(ni, nf) if → nn.Conv1d(ni, nf, 1) if
# replace: self.mix(x.movedim(1, -1)).movedim(-1, 1) → self.mix(x.flatten(2)).unflatten(2, x.shape[2:])


# right: a linear layer over the channels
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.path = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False))
        self.mix = nn.Linear(ni, nf) if ni != nf else None

    def forward(self, x):
        skip = x if self.mix is None else self.mix(x.movedim(1, -1)).movedim(-1, 1)
        return torch.add(skip, self.path(x))


# right: einsum with a parameter of its own, batch norm behind
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.path, self.same = nn.Sequential(ConvLayer(ni, nf), zero_gamma(ConvLayer(nf, nf, act=False))), ni == nf
        if not self.same:
            self.w, self.norm = nn.Parameter(torch.randn(ni, nf)), nn.BatchNorm2d(nf)

    def forward(self, x):
        return self.path(x) + (x if self.same else self.norm(torch.einsum("nihw,io->nohw", x, self.w)))


# right: lazy layers
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.path = nn.Sequential(nn.LazyConv2d(nf, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU())
        self.path.append(nn.LazyConv2d(nf, 3, padding=1))
        self.skip = nn.Sequential() if ni == nf else nn.LazyConv2d(nf, 1)

    def forward(self, x):
        return self.path(x) + self.skip(x)


# wrong: a 1×1 that is frozen
# says: is frozen
# points: 7
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.idconv.requires_grad_(False)


# wrong: x times a number that starts at 1
# says: numbers that learn
# points: 7
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        self.gain = nn.Parameter(torch.ones(1))
# replace: self.idconv(x) → self.gain * self.idconv(x)

# wrong: a 1×1 that starts as the identity where the channels stay
# says: numbers that learn
# points: 7
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
# replace: self.convs(x) → self.gain * self.convs(x)

# right: batch norm before the 1×1
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Sequential(nn.BatchNorm2d(ni), nn.Conv2d(ni, nf, 1))

# right: batch norm before the 1×1 and behind
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → nn.Sequential(nn.BatchNorm2d(ni), ConvLayer(ni, nf, 1, act=False))


# wrong: batch norm, and zeros for the missing channels
# says: weights of the 1×1 convolution are parameters
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.convs, self.nf = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False)), nf
        self.norm = nn.Identity() if ni == nf else nn.BatchNorm2d(ni)

    def forward(self, x):
        return self.convs(x) + F.pad(self.norm(x), (0, 0, 0, 0, 0, self.nf - x.shape[1]))


# wrong: batch norm, and the mean of the channels
# says: weights of the 1×1 convolution are parameters
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.convs, self.nf = nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf, act=False)), nf
        self.norm = nn.Identity() if ni == nf else nn.BatchNorm2d(ni)

    def forward(self, x):
        skip = x if x.shape[1] == self.nf else self.norm(x).mean(1, keepdim=True).expand(-1, self.nf, -1, -1)
        return self.convs(x) + skip


# right: spectral norm
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        for layer in self.convs:
# +            nn.utils.parametrizations.spectral_norm(layer.conv)


# right: batch norm and ReLU before each convolution
class ConvSkipBlock(nn.Module):
    def __init__(self, ni, nf):
        super().__init__()
        self.f = nn.Sequential(nn.BatchNorm2d(ni), nn.ReLU(), nn.Conv2d(ni, nf, 3, padding=1, bias=False))
        self.f.extend([nn.BatchNorm2d(nf), nn.ReLU(), nn.Conv2d(nf, nf, 3, padding=1, bias=False)])
        self.idconv = nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1)

    def forward(self, x):
        return self.f(x) + self.idconv(x)


# wrong: a 1×1 in groups
# says: convolution in groups
# points: 6
# base: reference
# diff:
# -        self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        import math
# +
# +        self.idconv = nn.Identity() if ni == nf else nn.Conv2d(ni, nf, 1, groups=math.gcd(ni, nf))

# wrong: γ of the skip path is 0
# says: x must come through
# points: 6
# base: reference
# replace: ConvLayer(ni, nf, ks=1, act=False) → zero_gamma(ConvLayer(ni, nf, ks=1, act=False))

# wrong: every γ is 0
# says: x must come through
# base: reference
# diff:
#          self.idconv = nn.Identity() if ni == nf else ConvLayer(ni, nf, ks=1, act=False)
# +        for layer in self.modules():
# +            if isinstance(layer, nn.BatchNorm2d):
# +                nn.init.zeros_(layer.weight)

# right: γ of F is 0
# base: reference
# replace: ConvLayer(nf, nf, act=False)) → zero_gamma(ConvLayer(nf, nf, act=False)))

# wrong: three layers in F
# says: one too many
# points: 7
# base: reference
# replace: nn.Sequential(ConvLayer(ni, nf), → nn.Sequential(ConvLayer(ni, nf), ConvLayer(nf, nf),

# wrong: batch norm where the channels stay
# says: multiplied by a number of its own
# points: 7
# base: reference
# replace: nn.Identity() if ni == nf → nn.BatchNorm2d(nf) if ni == nf

# wrong: bias before batch norm
# says: What is the bias of the convolution for
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        layers = [nn.Conv2d(ni, nf, ks, stride, padding=ks // 2), nn.BatchNorm2d(nf)]
        super().__init__(*layers, *([nn.ReLU()] if act else []))


# wrong: a dilated window
# says: dilation=2
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=2 * (ks // 2), dilation=2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(nf), *([nn.ReLU()] if act else []))


# wrong: batch norm behind the ReLU
# says: after the ReLU
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(conv, *([nn.ReLU()] if act else []), nn.BatchNorm2d(nf))


# wrong: batch norm first
# says: which of the three layers does x meet first
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(nn.BatchNorm2d(ni), conv, *([nn.ReLU()] if act else []))


# wrong: no batch norm
# says: not normalised
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(conv, *([nn.ReLU()] if act else []))


# wrong: instance norm
# says: same for all images
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(conv, nn.InstanceNorm2d(nf, affine=True), *([nn.ReLU()] if act else []))


# wrong: batch statistics in evaluation mode too
# says: running statistics
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        norm = nn.BatchNorm2d(nf, track_running_stats=False)
        super().__init__(conv, norm, *([nn.ReLU()] if act else []))


# wrong: batch norm without γ and β
# says: γ and β
# points: 9
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(nf, affine=False), *([nn.ReLU()] if act else []))


# wrong: no default for the kernel's size
# says: missing 1 required positional argument: 'ks'
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks, stride=1, act=True):
        layers = [nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf)]
        super().__init__(*layers, *([nn.ReLU()] if act else []))


# wrong: always an activation
# says: leaves the activation out
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf), nn.ReLU())


# wrong: never an activation
# says: no activation
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf))


# wrong: act the wrong way round
# says: a ReLU comes last
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        norm = nn.BatchNorm2d(nf)
        super().__init__(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), norm, *([] if act else [nn.ReLU()]))


# wrong: another activation
# says: ReLU comes last
# points: 8
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        norm = nn.BatchNorm2d(nf)
        super().__init__(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), norm, *([nn.LeakyReLU()] if act else []))


# wrong: padding 1 whatever the kernel
# says: padding ks//2
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        norm = nn.BatchNorm2d(nf)
        super().__init__(nn.Conv2d(ni, nf, ks, stride, 1, bias=False), norm, *([nn.ReLU()] if act else []))


# wrong: the stride forgotten
# says: does every argument arrive
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        norm = nn.BatchNorm2d(nf)
        super().__init__(nn.Conv2d(ni, nf, ks, padding=ks // 2, bias=False), norm, *([nn.ReLU()] if act else []))


# wrong: lazy layers
# says: exist at once
# points: 9
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.LazyConv2d(nf, ks, stride, padding=ks // 2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(nf), *([nn.ReLU()] if act else []))


# wrong: layers made anew in forward
# says: exist at once
class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.made = (ni, nf, ks, stride), act

    def forward(self, x):
        (ni, nf, ks, stride), act = self.made
        out = nn.BatchNorm2d(nf)(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False)(x))
        return out.relu() if act else out


# wrong: no super().__init__()
# says: super
# points: 0
class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        self.conv = nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False)


# wrong: layers in a plain list
# says: plain list
class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.layers = [nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf)]
        self.layers += [nn.ReLU()] * act

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# wrong: layers in a Python list
# says: Layers in a Python list
# base: reference
# replace: self.conv = nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False) → self.layers = [nn.Conv2d(ni, nf, ks, stride, padding=ks // 2, bias=False)]
# replace: self.conv(x) → self.layers[0](x)


# right: a Sequential
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        layers = [nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


# right: fastai's, wrapped
from fastai.layers import ConvLayer as Theirs


class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.layer = Theirs(ni, nf, ks, stride, act_cls=nn.ReLU if act else None)

    def forward(self, x):
        print(x.shape)
        return self.layer(x)


# right: a function that returns a Sequential
def ConvLayer(ni, nf, ks=3, stride=1, act=True):
    layers = nn.Sequential(nn.Conv2d(ni, nf, ks, stride, (ks - 1) // 2, bias=False), nn.BatchNorm2d(nf))
    if act:
        layers.append(nn.ReLU())
    return layers


# right: functional, with a batch norm of its own
class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.w = nn.Parameter(torch.empty(nf, ni, ks, ks))
        nn.init.kaiming_normal_(self.w)
        self.g, self.b = nn.Parameter(torch.ones(1, nf, 1, 1)), nn.Parameter(torch.zeros(1, nf, 1, 1))
        self.register_buffer("m", torch.zeros(1, nf, 1, 1))
        self.register_buffer("v", torch.ones(1, nf, 1, 1))
        self.stride, self.pad, self.on = stride, ks // 2, act

    def forward(self, x):
        x = F.conv2d(x, self.w, stride=self.stride, padding=self.pad)
        m, v = self.m, self.v
        if self.training:
            m, v = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, unbiased=False)
            with torch.no_grad():
                self.m.lerp_(m, 0.1)
                self.v.lerp_(v, 0.1)
        x = (x - m) / (v + 1e-5).sqrt() * self.g + self.b
        return x.clamp(min=0) if self.on else x


# right: torchvision's
from torchvision.ops import Conv2dNormActivation


class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.f = Conv2dNormActivation(ni, nf, ks, stride, activation_layer=nn.ReLU if act else None)

    def forward(self, x):
        return self.f(x)


# wrong: no argument act
# says: act
# points: 6
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1):
        super().__init__(nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf), nn.ReLU())


# right: zeros put around the map by hand
class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.pad, self.act = nn.ZeroPad2d(ks // 2), act
        self.conv, self.bn = nn.Conv2d(ni, nf, ks, stride, bias=False), nn.BatchNorm2d(nf)

    def forward(self, x):
        x = self.bn(self.conv(self.pad(x)))
        return F.relu(x) if self.act else x


# wrong: ones put around the map
# says: does not get x
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, bias=False)
        super().__init__(nn.ConstantPad2d(ks // 2, 1.0), conv, nn.BatchNorm2d(nf), *([nn.ReLU()] if act else []))


# wrong: one row of zeros too many
# says: padding
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        conv = nn.Conv2d(ni, nf, ks, stride, padding=1, bias=False)
        super().__init__(nn.ZeroPad2d(ks // 2), conv, nn.BatchNorm2d(nf), *([nn.ReLU()] if act else []))


# wrong: ReLU6
# says: large numbers
# points: 8
# base: a Sequential
# replace: nn.ReLU(inplace=True) → nn.ReLU6()

# wrong: the padding follows from the stride as well
# says: padding
# base: reference
# replace: ks // 2 → ((stride - 1) + (ks - 1)) // 2

# wrong: with a stride, the padding is divided by it
# says: padding
# base: reference
# replace: ks // 2 → ks // 2 if stride == 1 else (ks - 1) // stride

# wrong: a padding of 2 at most
# says: padding
# base: reference
# replace: ks // 2 → min(ks // 2, 2)

# wrong: as many groups as the channels allow
# says: weights of shape
# base: reference
# replace: padding=ks // 2 → padding=ks // 2, groups=max(g for g in range(1, ni + 1) if ni % g == nf % g == 0)

# wrong: each channel by itself, where the channels stay
# says: weights of shape
# base: reference
# replace: padding=ks // 2 → padding=ks // 2, groups=ni if ni == nf else 1

# wrong: each channel by itself, where the channels are a multiple
# says: weights of shape
# base: reference
# replace: padding=ks // 2 → padding=ks // 2, groups=ni if nf % ni == 0 else 1

# wrong: the border is reflected, not zero
# says: border
# base: reference
# replace: padding=ks // 2 → padding=ks // 2, padding_mode="reflect"

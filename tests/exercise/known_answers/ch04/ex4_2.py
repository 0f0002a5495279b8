# wrong: any depth is taken
# says: throws the rest away
# points: 8
def plain_net(depth, n_classes=10):
    n = (depth - 2) // 6
    widths = [3, 16] + [16] * 2 * n + [32] * 2 * n + [64] * 2 * n
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# wrong: an assertion
# says: assert
# points: 8
def plain_net(depth, n_classes=10):
    assert depth % 6 == 2, "depth must be 6n + 2"
    n = (depth - 2) // 6
    widths = [3, 16] + [16] * 2 * n + [32] * 2 * n + [64] * 2 * n
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# wrong: the error is returned
# says: raise
# points: 8
def plain_net(depth, n_classes=10):
    if depth % 6 != 2:
        return ValueError("depth must be 6n + 2")
    n = (depth - 2) // 6
    widths = [3, 16] + [16] * 2 * n + [32] * 2 * n + [64] * 2 * n
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# wrong: n convolutions a stage
# says: not n
# base: convolutions with a bias
# diff:
# -    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
# +    n = (depth - 2) // 6
# +    widths = [3, 16] + [16] * n + [32] * n + [64] * n

# wrong: the first convolution is missing
# says: before the three stages
# base: convolutions with a bias
# diff:
# -    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
# +    n = (depth - 2) // 6
# +    widths = [3] + [16] * 2 * n + [32] * 2 * n + [64] * 2 * n

# wrong: no padding
# says: loses two pixels
# base: convolutions with a bias
# diff:
# -        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
# +        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, padding=1 if a > 3 else 0), nn.BatchNorm2d(b), nn.ReLU()]

# wrong: no stride
# says: stride 2
# base: convolutions with a bias
# replace: nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1) → nn.Conv2d(a, b, 3, padding=1)

# wrong: the first convolution halves too
# says: stride 2
# base: convolutions with a bias
# replace: nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1) → nn.Conv2d(a, b, 3, 2 if a != b else 1, padding=1)

# wrong: pooling between the stages
# says: not by a pooling layer
# base: convolutions with a bias
# diff:
# -        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
# +        layers += [nn.MaxPool2d(2)] * (16 <= a < b)
# +        layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]

# wrong: no batch norm
# says: no batch norm
# points: 7
# base: convolutions with a bias
# diff:
# -        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
# +        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.ReLU()]

# wrong: ReLU before batch norm
# says: ReLU before batch norm
# base: convolutions with a bias
# diff:
# -        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
# +        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.ReLU(), nn.BatchNorm2d(b)]

# wrong: no activation
# says: no ReLU
# base: convolutions with a bias
# diff:
# -        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
# +        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b)]


# wrong: a residual net
# says: no skip path
def plain_net(depth, n_classes=10):
    if depth % 6 != 2:
        raise ValueError(depth)
    from resnet_live.models import residual_net

    return residual_net(depth, n_classes)


# wrong: the maximum
# says: takes the average
# points: 9
# base: convolutions with a bias
# replace: nn.AdaptiveAvgPool2d → nn.AdaptiveMaxPool2d

# wrong: softmax at the end
# says: belongs to the loss
# base: convolutions with a bias
# replace: nn.Linear(64, n_classes) → nn.Linear(64, n_classes), nn.Softmax(1)


# wrong: layers in a Python list
# says: not registered
class Hidden(nn.Module):
    def __init__(self, layers, n_classes):
        super().__init__()
        self.layers = layers
        self.fc = nn.Linear(64, n_classes)

    def forward(self, x):
        for layer in self.layers:
            x = layer.to(x.device)(x)
        return self.fc(x.mean((2, 3)))


def plain_net(depth, n_classes=10):
    if depth % 6 != 2:
        raise ValueError(depth)
    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b).eval(), nn.ReLU()]
    return Hidden(layers, n_classes)


# wrong: one layer again and again
# says: the same layer
def plain_net(depth, n_classes=10):
    if depth % 6 != 2:
        raise ValueError(depth)
    n = (depth - 2) // 6

    def layer(a, b, s=1):
        return nn.Sequential(nn.Conv2d(a, b, 3, s, 1), nn.BatchNorm2d(b), nn.ReLU())

    layers, ni = [layer(3, 16)], 16
    for nf in (16, 32, 64):
        layers += [layer(ni, nf, 1 if ni == nf else 2)] + [layer(nf, nf)] * (2 * n - 1)
        ni = nf
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# wrong: always ten classes
# says: tensor of shape 2×10
# points: 9
# base: convolutions with a bias
# replace: nn.Linear(64, n_classes) → nn.Linear(64, 10)

# wrong: one depth only
# says: convolutions
# base: convolutions with a bias
# replace: (depth - 2) // 3 → 6


# right: the course's own
def plain_net(depth, n_classes=10):
    from resnet_live.models import plain_net as course

    return course(depth, n_classes)


# right: a class with functions in forward, average pool of 8, biases, an error of its own kind
class DepthError(ValueError):
    pass


class Plain(nn.Module):
    def __init__(self, n, n_classes):
        super().__init__()
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        ni = 3
        for stage, nf in enumerate([16, 32, 64]):
            for i in range(2 * n + (stage == 0)):
                self.convs.append(nn.Conv2d(ni, nf, 3, stride=2 if stage and i == 0 else 1, padding=1))
                self.norms.append(nn.BatchNorm2d(nf))
                ni = nf
        self.head = nn.Linear(64, n_classes)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = norm(conv(x)).clamp(min=0)
        print(x.shape)
        return self.head(F.avg_pool2d(x, 8)[:, :, 0, 0])


def plain_net(depth, n_classes=10):
    n, rest = divmod(depth - 2, 6)
    if rest or n < 1:
        raise DepthError(f"{depth} is not 6n + 2")
    return Plain(n, n_classes)


# right: fastai's ConvLayer and a 1×1 convolution as the linear layer
def plain_net(depth, n_classes=10):
    from fastai.layers import ConvLayer

    n = (depth - 2) / 6
    if n < 1 or not n.is_integer():
        raise ValueError("depth!")
    n = int(n)
    layers = [ConvLayer(3, 16)]
    for ni, nf in ((16, 16), (16, 32), (32, 64)):
        layers += [ConvLayer(ni, nf, stride=nf // ni)] + [ConvLayer(nf, nf) for _ in range(2 * n - 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Conv2d(64, n_classes, 1, bias=False), nn.Flatten())


# right: nested, ReLU in place, He initialisation, a lazy last layer
def plain_net(depth, n_classes=10):
    if (depth - 2) % 6 or depth <= 2:
        raise ValueError("depth must be 6n + 2")

    def stage(ni, nf, count):
        first = nn.Sequential(
            nn.Conv2d(ni, nf, 3, 2 if 16 <= ni < nf else 1, 1, bias=False), nn.BatchNorm2d(nf), nn.ReLU(True)
        )
        return nn.Sequential(first, stage(nf, nf, count - 1)) if count > 1 else first

    k = 2 * ((depth - 2) // 6)
    net = nn.Sequential(stage(3, 16, k + 1), stage(16, 32, k), stage(32, 64, k))
    net.apply(lambda m: nn.init.kaiming_normal_(m.weight) if isinstance(m, nn.Conv2d) else None)
    return nn.Sequential(net, nn.AvgPool2d(8), nn.Flatten(), nn.LazyLinear(n_classes))


# right: convolutions with a bias
def plain_net(depth, n_classes=10):
    if depth % 6 != 2 or depth < 8:
        raise ValueError(depth)
    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# right: the linear layer by hand, in×out
class Net(nn.Module):
    def __init__(self, layers, n_classes):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.W, self.b = nn.Parameter(torch.randn(64, n_classes) * 0.1), nn.Parameter(torch.zeros(n_classes))

    def forward(self, x):
        return self.layers(x).mean((2, 3)) @ self.W + self.b


def plain_net(depth, n_classes=10):
    if depth not in range(8, 2000, 6):
        raise ValueError(depth)
    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return Net(layers, n_classes)


# right: weight norm everywhere
def plain_net(depth, n_classes=10):
    from torch.nn.utils.parametrizations import weight_norm

    if depth not in range(8, 2000, 6):
        raise ValueError(depth)
    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [weight_norm(nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1)), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), weight_norm(nn.Linear(64, n_classes)))


# right: a batch norm by hand, γ and β of shape 1×C×1×1
class Norm(nn.Module):
    def __init__(self, nf, momentum=0.1):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(1, nf, 1, 1)), nn.Parameter(torch.zeros(1, nf, 1, 1))
        self.register_buffer("moving_mean", torch.zeros(1, nf, 1, 1))
        self.register_buffer("moving_var", torch.ones(1, nf, 1, 1))
        self.momentum = momentum

    def forward(self, x):
        if not self.training:
            x_hat = (x - self.moving_mean) / torch.sqrt(self.moving_var + 1e-5)
        else:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            x_hat = (x - mean) / torch.sqrt(var + 1e-5)
            self.moving_mean = (1 - self.momentum) * self.moving_mean + self.momentum * mean.detach()
            self.moving_var = (1 - self.momentum) * self.moving_var + self.momentum * var.detach()
        return self.gamma * x_hat + self.beta


def plain_net(depth, n_classes=10):
    if depth not in range(8, 2000, 6):
        raise ValueError(depth)
    widths = [3, 16] + [w for w in (16, 32, 64) for _ in range((depth - 2) // 3)]
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Conv2d(a, b, 3, 2 if 16 <= a < b else 1, 1), Norm(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


# wrong: a batch norm by hand before nothing
# says: no ReLU
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: Norm(b), nn.ReLU()] → Norm(b)]

# wrong: a batch norm by hand behind the ReLU
# says: ReLU before batch norm
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: Norm(b), nn.ReLU()] → nn.ReLU(), Norm(b)]

# wrong: a batch norm by hand that never uses its batch
# says: no batch norm
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: if not self.training: → if True:

# wrong: a batch norm by hand, and the maximum of each map
# says: takes the average
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: nn.AdaptiveAvgPool2d → nn.AdaptiveMaxPool2d

# wrong: a batch norm by hand, and ReLU6
# says: large numbers
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: Norm(b), nn.ReLU()] → Norm(b), nn.ReLU6()]

# wrong: ReLU6
# says: is not the ReLU
# base: convolutions with a bias
# replace: nn.ReLU() → nn.ReLU6()

# wrong: one batch norm by hand for each width
# says: ran after
# points: 9
# base: a batch norm by hand, γ and β of shape 1×C×1×1
# replace: Norm(b), nn.ReLU()] → norms[b], nn.ReLU()]
# diff:
#      layers = []
# +    norms = {b: Norm(b) for b in (16, 32, 64)}

# wrong: one batch norm for each width
# says: ran after
# points: 9
# base: convolutions with a bias
# replace: nn.BatchNorm2d(b), nn.ReLU()] → norms[b], nn.ReLU()]
# diff:
#      layers = []
# +    norms = {b: nn.BatchNorm2d(b) for b in (16, 32, 64)}

# wrong: dropout after each layer
# says: dropout
# points: 8
# base: convolutions with a bias
# replace: nn.ReLU()] → nn.ReLU(), nn.Dropout2d(0.1)]

# wrong: dropout before the linear layer
# says: dropout
# points: 8
# base: convolutions with a bias
# replace: nn.Linear(64, n_classes) → nn.Dropout(0.2), nn.Linear(64, n_classes)

# wrong: depths of 2 and −4 are taken
# says: plain_net(2)
# points: 8
# base: convolutions with a bias
# replace: depth % 6 != 2 or depth < 8 → depth % 6 != 2

# wrong: a depth of −4 is taken
# says: plain_net(-4)
# points: 8
# base: convolutions with a bias
# replace: depth % 6 != 2 or depth < 8 → depth % 6 != 2 or depth == 2

# wrong: windows of one pixel where the channels change
# says: 10 points
# points: 7
# base: reference
# replace: nn.Conv2d(ni, nf, 3, stride=stride, padding=1, bias=False) → nn.Conv2d(ni, nf, *((1, stride, 0) if stride > 1 else (3, 1, 1)), bias=False)

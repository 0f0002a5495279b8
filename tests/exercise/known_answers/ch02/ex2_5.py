# wrong: no super().__init__()
# says: super
# points: 0
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        self.fc = nn.Linear(256, n_classes)


# wrong: pooling x instead of out
# says: pool the features
# points: 4
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])])
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        out = self.convs(x)
        return self.fc(x.mean((2, 3)))


# wrong: flatten forgotten
# says: mat1 and mat2
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])]
        super().__init__(*convs, nn.AdaptiveAvgPool2d(1), nn.Linear(256, n_classes))


# wrong: no activation
# says: non-linearity
# points: 8
# base: one nn.Sequential, without batch norm
# replace: nn.ReLU() → nn.BatchNorm2d(b)


# wrong: one activation forgotten
# says: convolutions 3 and 4
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = []
        for a, b in zip(w, w[1:]):
            convs += [nn.Conv2d(a, b, 3, 2, 1)] + [nn.ReLU()] * (b != 64)
        super().__init__(*convs, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes))


# wrong: maximum
# says: takes the average
# base: one nn.Sequential, without batch norm
# replace: nn.AdaptiveAvgPool2d → nn.AdaptiveMaxPool2d


# wrong: one size only
# says: mat1 and mat2
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])]
        super().__init__(*convs, nn.Flatten(), nn.Linear(256 * 4, n_classes))


# wrong: four convolutions
# says: 4 convolutions
# base: one nn.Sequential, without batch norm
# replace: [3, 16, 32, 64, 128, 256] → [3, 32, 64, 128, 256]


# wrong: stride 1 and max-pooling
# says: stride
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = [
            nn.Sequential(nn.Conv2d(a, b, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True))
            for a, b in zip(w, w[1:])
        ]
        super().__init__(*convs, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes))


# wrong: always ten classes
# says: is the argument n_classes
# base: one nn.Sequential, without batch norm
# replace: nn.Linear(256, n_classes) → nn.Linear(256, 10)


# wrong: two linear layers
# says: one linear layer
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])]
        head = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, n_classes))
        super().__init__(*convs, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


# wrong: no padding
# says: Kernel size can't be greater
# base: one nn.Sequential, without batch norm
# replace: nn.Conv2d(a, b, 3, 2, 1) → nn.Conv2d(a, b, 3, 2)


# wrong: squeeze drops a batch of one
# says: batch of one
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])])
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.convs(x), 1).squeeze())


# wrong: the graph is cut
# says: no gradient
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])])
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        with torch.no_grad():
            out = self.convs(x)
        return self.fc(out.mean((2, 3)))


# wrong: a function, not a class with a model
# says: nn.Module
# points: 0
def AnySizeNet(n_classes=10):
    return "a model"


# wrong: convolutions in a Python list
# says: Layers in a Python list
# points: 8
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        widths = (3, 16, 32, 64, 128, 256)
        self.convs = [nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(widths, widths[1:])]
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        return self.fc(x.mean((2, 3)))


# wrong: a convolution made in forward
# says: in __init__
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        widths = (3, 16, 32, 64, 128)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(widths, widths[1:]))
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        return self.fc(torch.relu(nn.Conv2d(128, 256, 3, 2, 1)(x)).mean((2, 3)))


# wrong: a softmax at the end
# says: There is a softmax behind the linear layer
# base: one nn.Sequential, without batch norm
# replace: nn.Linear(256, n_classes) → nn.Linear(256, n_classes), nn.Softmax(dim=1)


# wrong: too much padding
# says: half of each side
# base: reference
# replace: padding=1 → padding=2

# wrong: sets itself to evaluation mode
# says: in evaluation mode after the call
# base: reference
# replace: features = self.convs(x) → features = self.eval().convs(x)

# wrong: scores of half precision
# says: float16
# base: reference
# replace: return self.fc(features.mean((2, 3))) → return self.fc(features.mean((2, 3))).half()

# right: fastai's layers
from fastai.layers import ConvLayer


class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        widths = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[ConvLayer(a, b, stride=2) for a, b in zip(widths, widths[1:])])
        self.pool, self.flatten, self.fc = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes)

    def forward(self, x):
        print("shape", x.shape)
        return self.fc(self.flatten(self.pool(self.convs(x))))


# right: functional, GELU, kernel 5, other names
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 16, 5, 2, 2), nn.Conv2d(16, 32, 5, 2, 2)
        self.c, self.d, self.e = nn.Conv2d(32, 64, 3, 2, 1), nn.Conv2d(64, 128, 3, 2, 1), nn.Conv2d(128, 256, 3, 2, 1)
        self.out = nn.Linear(256, n_classes, bias=False)

    def forward(self, x):
        for layer in (self.a, self.b, self.c, self.d):
            x = F.gelu(layer(x))
        x = self.e(x)
        return self.out(torch.einsum("nchw->nc", x) / x[0, 0].numel())


# right: a Sequential, batch norm before the activation, in-place ReLU, no activation at the end
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        layers = []
        for a, b in zip(w, w[1:]):
            layers += [nn.Conv2d(a, b, 3, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
        super().__init__(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes))


# right: a function that returns a model, tanh, weights made by hand
class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.w = nn.ParameterList([nn.Parameter(torch.randn(b, a, 3, 3) * 0.1) for a, b in zip(w, w[1:])])
        self.last = nn.Parameter(torch.randn(n_classes, 256) * 0.1)

    def forward(self, x):
        for weight in self.w:
            x = torch.tanh(F.conv2d(x, weight, stride=2, padding=1))
        return F.linear(x.mean((2, 3)), self.last)


def AnySizeNet(n_classes=10):
    return Net(n_classes)


# right: lazy layers
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.body = nn.Sequential(
            *[nn.Sequential(nn.LazyConv2d(c, 3, stride=2, padding=1), nn.SiLU()) for c in (16, 32, 64, 128, 256)]
        )
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(n_classes))

    def forward(self, x):
        return self.head(self.body(x))


# right: scores at each position first, then the average (another order of linear operations)
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.LeakyReLU()) for a, b in zip(w, w[1:])])
        self.fc = nn.Linear(256, n_classes)

    def forward(self, x):
        return self.fc(self.convs(x).flatten(2).transpose(1, 2)).mean(1)


# right: one nn.Sequential, without batch norm
class AnySizeNet(nn.Sequential):
    def __init__(self, n_classes=10):
        w = [3, 16, 32, 64, 128, 256]
        convs = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])]
        super().__init__(*convs, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, n_classes))


# right: the linear layer by hand, in×out
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        self.convs = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in zip(w, w[1:])])
        self.W, self.b = nn.Parameter(torch.randn(256, n_classes) * 0.06), nn.Parameter(torch.zeros(1, n_classes))

    def forward(self, x):
        return self.convs(x).mean((2, 3)) @ self.W + self.b


# wrong: the linear layer by hand on the sum of each map
# says: sum of each map
# base: the linear layer by hand, in×out
# replace: .mean((2, 3)) → .sum((2, 3))

# wrong: two linear layers by hand
# says: one linear layer
# base: the linear layer by hand, in×out
# replace: torch.randn(256, n_classes) * 0.06) → torch.randn(64, n_classes) * 0.06)
# diff:
# -        return self.convs(x).mean((2, 3)) @ self.W + self.b
# +        return (self.convs(x).mean((2, 3)) @ self.V).relu() @ self.W + self.b
# diff:
#          super().__init__()
# +        self.V = nn.Parameter(torch.randn(256, 64) * 0.06)


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


class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        layers = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), Norm(b), nn.ReLU()) for a, b in zip(w, w[1:])]
        self.convs, self.fc = nn.Sequential(*layers), nn.Linear(256, n_classes)

    def forward(self, x):
        return self.fc(self.convs(x).mean((2, 3)))


# right: weight norm everywhere
class AnySizeNet(nn.Module):
    def __init__(self, n_classes=10):
        from torch.nn.utils.parametrizations import weight_norm

        super().__init__()
        w = [3, 16, 32, 64, 128, 256]
        layers = [
            nn.Sequential(weight_norm(nn.Conv2d(a, b, 3, 2, 1)), nn.BatchNorm2d(b), nn.ReLU()) for a, b in zip(w, w[1:])
        ]
        self.convs, self.fc = nn.Sequential(*layers), weight_norm(nn.Linear(256, n_classes))

    def forward(self, x):
        return self.fc(self.convs(x).mean((2, 3)))


# wrong: weight norm everywhere, and the sum of each map
# says: average
# base: weight norm everywhere
# replace: .mean((2, 3)) → .sum((2, 3))

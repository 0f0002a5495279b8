# wrong: no padding
# says: padding 1
# base: plain torch, with biases
# replace: def layer(ni, nf, stride=1, padding=1): → def layer(ni, nf, stride=1, padding=0):

# wrong: each layer made for the image
# says: channels
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(
        ConvLayer(ni, a, stride=2), ConvLayer(ni, b), ConvLayer(b, c), nn.MaxPool2d(3, stride=2, padding=1)
    )


# wrong: no max-pool
# says: the pool halves it again
# points: 6
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.Identity())


# wrong: the pool without padding
# says: both round up
# points: 6
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.MaxPool2d(3, stride=2))


# wrong: a 2×2 pool
# says: both round up
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.MaxPool2d(2))


# wrong: a 2×2 pool that rounds up
# says: window is 2×2
# points: 8
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.MaxPool2d(2, ceil_mode=True))


# wrong: an average pool
# says: average pool
# points: 8
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.AvgPool2d(3, 2, 1))


# wrong: stride in all three
# says: the first convolution halves
# points: 6
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(
        ConvLayer(ni, a, stride=2),
        ConvLayer(a, b, stride=2),
        ConvLayer(b, c, stride=2),
        nn.MaxPool2d(3, stride=2, padding=1),
    )


# wrong: stride in the second
# says: only the first convolution has stride 2
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(
        ConvLayer(ni, a), ConvLayer(a, b, stride=2), ConvLayer(b, c), nn.MaxPool2d(3, stride=2, padding=1)
    )


# wrong: one 7×7
# says: three 3×3 convolutions
def stem(ni=3, widths=(32, 32, 64)):
    return nn.Sequential(ConvLayer(ni, widths[-1], 7, stride=2), nn.MaxPool2d(3, 2, 1))


# wrong: two convolutions
# says: count the convolutions
def stem(ni=3, widths=(32, 32, 64)):
    return nn.Sequential(ConvLayer(ni, widths[0], stride=2), ConvLayer(widths[0], widths[2]), nn.MaxPool2d(3, 2, 1))


# wrong: no ReLU in the middle
# says: Convolution, batch norm, ReLU
# points: 8
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(
        ConvLayer(ni, a, stride=2), ConvLayer(a, b, act=False), ConvLayer(b, c), nn.MaxPool2d(3, stride=2, padding=1)
    )


# wrong: no ReLU at the end
# says: the last ReLU is missing
# points: 8
def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(
        ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c, act=False), nn.MaxPool2d(3, stride=2, padding=1)
    )


# wrong: no batch norm
# says: its batch norm
# base: plain torch, with biases
# diff:
# -    return nn.Sequential(nn.Conv2d(ni, nf, 3, stride, padding), nn.BatchNorm2d(nf), nn.ReLU())
# +    return nn.Sequential(nn.Conv2d(ni, nf, 3, stride, padding), nn.ReLU())


# wrong: a Module
# says: nn.Sequential
# points: 9
class Stem(nn.Module):
    def __init__(self, ni, widths):
        super().__init__()
        a, b, c = widths
        self.layers = nn.Sequential(ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c), nn.MaxPool2d(3, 2, 1))

    def forward(self, x):
        return self.layers(x)


def stem(ni=3, widths=(32, 32, 64)):
    return Stem(ni, widths)


# wrong: widths ignored
# says: shape
def stem(ni=3, widths=(32, 32, 64)):
    return nn.Sequential(ConvLayer(ni, 32, stride=2), ConvLayer(32, 32), ConvLayer(32, 64), nn.MaxPool2d(3, 2, 1))


# wrong: layers in a Python list
# says: Layers in a Python list
class Stem(nn.Sequential):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return super().forward(x)


def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    made = Stem(nn.MaxPool2d(3, stride=2, padding=1))
    made.layers = [ConvLayer(ni, a, stride=2), ConvLayer(a, b), ConvLayer(b, c)]
    return made


# right: plain torch, with biases
def layer(ni, nf, stride=1, padding=1):
    return nn.Sequential(nn.Conv2d(ni, nf, 3, stride, padding), nn.BatchNorm2d(nf), nn.ReLU())


def stem(ni=3, widths=(32, 32, 64)):
    a, b, c = widths
    return nn.Sequential(layer(ni, a, 2), layer(a, b), layer(b, c), nn.MaxPool2d(3, 2, 1))


# right: flat, ReLU behind the pool, in place
def stem(ni=3, widths=(32, 32, 64)):
    layers = []
    for i, nf in enumerate(widths):
        layers += [nn.Conv2d(ni, nf, 3, 2 if i == 0 else 1, 1, bias=False), nn.BatchNorm2d(nf), nn.ReLU(inplace=True)]
        ni = nf
    relu = layers.pop()
    return nn.Sequential(*layers, nn.MaxPool2d(3, 2, 1), relu)


# right: fastai's layers
from fastai.layers import ConvLayer as CL
from fastai.layers import MaxPool


def stem(ni=3, widths=(32, 32, 64)):
    sizes = [ni, *widths]
    convs = [CL(sizes[i], sizes[i + 1], stride=2 if i == 0 else 1) for i in range(3)]
    return nn.Sequential(*convs, MaxPool(3, 2, 1))


# right: a subclass of Sequential, lazy layers
class Stem(nn.Sequential):
    def __init__(self, *widths):
        super().__init__()
        for place, nf in enumerate(widths):
            self.append(nn.LazyConv2d(nf, 3, stride=1 + (place == 0), padding=1))
            self.append(nn.LazyBatchNorm2d())
            self.append(nn.ReLU6() if place > 9 else nn.ReLU())
        self.append(nn.MaxPool2d(kernel_size=3, stride=2, padding=1))


def stem(ni=3, widths=(32, 32, 64)):
    return Stem(*widths)


# wrong: ReLU6 everywhere
# says: large numbers
# points: 8
# base: plain torch, with biases
# replace: nn.ReLU() → nn.ReLU6()

# wrong: ReLU6 in the last layer alone
# says: large numbers
# points: 8
# base: plain torch, with biases
# replace: layer(b, c), → layer(b, c)[:2], nn.ReLU6(),

# wrong: one batch norm for both layers of a width
# says: ran after
# points: 8
# base: plain torch, with biases
# diff:
# -    return nn.Sequential(layer(ni, a, 2), layer(a, b), layer(b, c), nn.MaxPool2d(3, 2, 1))
# +    first, second = layer(ni, a, 2), layer(a, b)
# +    if a == b:
# +        second[1] = first[1]
# +    return nn.Sequential(first, second, layer(b, c), nn.MaxPool2d(3, 2, 1))

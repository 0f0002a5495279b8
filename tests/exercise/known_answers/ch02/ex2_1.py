# wrong: the starting place forgotten
# says: where the window starts
def conv_out(n, k, s=1, p=0):
    return (n + 2 * p - k) // s


# wrong: padding on one side
# says: both sides
def conv_out(n, k, s=1, p=0):
    return (n + p - k) // s + 1


# wrong: rounded up
# says: which way
def conv_out(n, k, s=1, p=0):
    return math.ceil((n + 2 * p - k) / s) + 1


# wrong: a 3×3 kernel that loses one pixel
# says: 2×2
def conv_out(n, k, s=1, p=0):
    return (n + 2 * p - k + 1) // s + 1


# wrong: a float
# says: int
# points: 4
def conv_out(n, k, s=1, p=0):
    return math.floor((n + 2 * p - k) / s) + 1.0


# wrong: stride forgotten
# says: stride
def conv_out(n, k, s=1, p=0):
    return n + 2 * p - k + 1


# wrong: not rounded
# says: round down
def conv_out(n, k, s=1, p=0):
    return (n + 2 * p - k) / s + 1


# wrong: only the layer of this course
# says: Kernel and padding count
def conv_out(n, k, s=1, p=0):
    return math.ceil(n / s)


# wrong: the visible example remembered
# says: window
# points: 0
def conv_out(n, k, s=1, p=0):
    return 126


# wrong: a tensor, so one check is lost
# says: int
# points: 4
def conv_out(n, k, s=1, p=0):
    return torch.tensor((n + 2 * p - k) // s + 1)


# wrong: no defaults
# says: signature
def conv_out(n, k, s, p):
    return (n + 2 * p - k) // s + 1


# wrong: rounded to the nearest
# says: round
# base: reference
# replace: (padded - k) // s → round((padded - k) / s)


# wrong: the layer
# says: the layer Conv2d
# points: 4
def conv_out(n, k, s=1, p=0):
    return nn.Conv2d(1, 1, k, stride=s, padding=p)(torch.zeros(1, 1, n, n)).shape[-1]


# wrong: a layer for one row
# says: without building a layer
# points: 4
def conv_out(n, k, s=1, p=0):
    layer = nn.Sequential(nn.Conv1d(1, 1, kernel_size=k, stride=s, padding=p))
    with torch.no_grad():
        return layer(torch.zeros(1, 1, n)).size(-1)


# wrong: a pooling layer on a padded row
# says: the layer MaxPool1d
# points: 4
def conv_out(n, k, s=1, p=0):
    return nn.MaxPool1d(k, s)(torch.zeros(1, 1, n + 2 * p)).shape[-1]


# wrong: a class that inherits from a layer
# says: the layer Conv1d
# points: 4
class Row(nn.Conv1d):
    pass


def conv_out(n, k, s=1, p=0):
    return Row(1, 1, k, s, p)(torch.zeros(1, 1, n)).shape[-1]


# wrong: a number of NumPy's
# says: makes a Python number of one
# points: 4
def conv_out(n, k, s=1, p=0):
    import numpy

    return numpy.int64((n + 2 * p - k) // s + 1)


# wrong: a pair
# says: by itself
def conv_out(n, k, s=1, p=0):
    out = (n + 2 * p - k) // s + 1
    return out, out


# right: counting positions
def conv_out(n, k, s=1, p=0):
    return sum(1 for _ in range(0, n + 2 * p - k + 1, s))


# right: asking PyTorch, without a layer
def conv_out(n, k, s=1, p=0):
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p).shape[-1]


# right: a module of its own, used as a function
class Positions(nn.Module):
    def forward(self, n, k, s=1, p=0):
        return (n + 2 * p - k) // s + 1


conv_out = nn.Sequential(Positions())[0]


# right: math.floor, other names inside, and a print
def conv_out(n, k, s=1, p=0):
    steps = math.floor((n + p + p - k) / s)
    print("steps", steps)
    return int(1 + steps)


# right: a lambda
conv_out = lambda n, k, s=1, p=0: (n + 2 * p - k + s) // s

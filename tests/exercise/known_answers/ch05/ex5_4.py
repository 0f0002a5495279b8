# wrong: broadcasting forgotten
# says: think of broadcasting
def outcome(ni, nf, stride, size):
    return "ok" if ni == nf and stride == 1 else "error"


# wrong: only x with one channel
# says: F(x) may be what has a side of length 1
def outcome(ni, nf, stride, size):
    if stride > 1:
        return "error"
    return "ok" if ni == nf else "silent" if ni == 1 else "error"


# wrong: the map forgotten
# says: how small can the stride make it
def outcome(ni, nf, stride, size):
    if stride > 1:
        return "error"
    return "ok" if ni == nf else "silent" if 1 in (ni, nf) else "error"


# wrong: nf = 1 forgotten
# says: it is F(x) that is stretched
def outcome(ni, nf, stride, size):
    h = (size - 1) // stride + 1
    if ni not in (nf, 1) or h not in (size, 1):
        return "error"
    return "ok" if (ni, size) == (nf, h) else "silent"


# wrong: grey is always silent
# says: the map must fit as well
def outcome(ni, nf, stride, size):
    if ni == 1 and nf > 1:
        return "silent"
    h = (size - 1) // stride + 1
    if not (ni == nf or nf == 1) or h not in (size, 1):
        return "error"
    return "ok" if (ni, size) == (nf, h) else "silent"


# wrong: rounded down
# says: rounds the size up
def outcome(ni, nf, stride, size):
    h = size // stride
    fits = [a == b or 1 in (a, b) for a, b in ((ni, nf), (size, h))]
    return "ok" if (ni, size) == (nf, h) else "silent" if all(fits) else "error"


# wrong: the shrunk map is ok where channels agree
# says: not the size that the block promised
def outcome(ni, nf, stride, size):
    h = -(-size // stride)
    fits = [a == b or 1 in (a, b) for a, b in ((ni, nf), (size, h))]
    return "error" if not all(fits) else "ok" if ni == nf else "silent"


# wrong: no third answer
# says: third answer
def outcome(ni, nf, stride, size):
    h = -(-size // stride)
    return "ok" if all(a == b or 1 in (a, b) for a, b in ((ni, nf), (size, h))) else "error"


# wrong: a bool
# says: one of the words
def outcome(ni, nf, stride, size):
    return ni == nf and stride == 1


# wrong: printed, not returned
# says: returned nothing
# points: 0
def outcome(ni, nf, stride, size):
    print("ok" if ni == nf else "error")


# wrong: always the same
# says: look at
# points: 0
def outcome(ni, nf, stride, size):
    return "ok"


# wrong: one pixel with a stride taken for silent
# says: already 1×1
# points: 7
def outcome(ni, nf, stride, size):
    if ni == nf and stride == 1:
        return "ok"
    h = -(-size // stride)
    fits = [a == b or 1 in (a, b) for a, b in ((ni, nf), (size, h))]
    if not all(fits):
        return "error"
    return "silent" if size == 1 or (ni, size) != (nf, h) else "ok"


# wrong: a new block is run in training mode
# says: evaluation mode
# points: 5
def outcome(ni, nf, stride, size):
    x = torch.zeros(1, ni, size, size)
    try:
        y = NaiveResBlock(ni, nf, stride)(x)
    except Exception:
        return "error"
    h = -(-size // stride)
    return "ok" if y.shape == x.shape == (1, nf, h, h) else "silent"


# wrong: a block that adds in place is run
# says: writes into F(x)
# points: 3
class InPlace(NaiveResBlock):
    def forward(self, x):
        out = self.weight_layer2(self.weight_layer1(x))
        out += x
        return out


def outcome(ni, nf, stride, size):
    x = torch.zeros(1, ni, size, size)
    try:
        y = InPlace(ni, nf, stride).eval()(x)
    except RuntimeError:
        return "error"
    h = -(-size // stride)
    return "ok" if y.shape == x.shape == (1, nf, h, h) else "silent"


# wrong: a block that adds in place is run in training mode
# says: evaluation mode
# points: 3
class InPlace(NaiveResBlock):
    def forward(self, x):
        out = self.weight_layer2(self.weight_layer1(x))
        out += x
        return out


def outcome(ni, nf, stride, size):
    x = torch.zeros(1, ni, size, size)
    try:
        y = InPlace(ni, nf, stride)(x)
    except Exception:
        return "error"
    h = -(-size // stride)
    return "ok" if y.shape == x.shape == (1, nf, h, h) else "silent"


# right: run it and look
import math


def outcome(ni, nf, stride, size):
    block = NaiveResBlock(ni, nf, stride).eval()
    x = torch.zeros(1, ni, size, size)
    try:
        y = block(x)
    except RuntimeError:
        return "error"
    h = math.ceil(size / stride)
    return "ok" if y.shape == x.shape == (1, nf, h, h) else "silent"


# right: PyTorch's own rule of broadcasting
def outcome(ni, nf, stride, size):
    h = nn.Conv2d(1, 1, 3, stride, 1)(torch.zeros(1, 1, size, size)).shape[-1]
    f_x, x = torch.Size([nf, h, h]), torch.Size([ni, size, size])
    try:
        torch.broadcast_shapes(f_x, x)
    except RuntimeError:
        return "error"
    return ("silent", "ok")[f_x == x]


# right: by cases
def outcome(ni, nf, stride, size):
    smaller = stride > 1 and size > 1
    one = stride >= size
    if ni != nf and ni != 1 and nf != 1:
        return "error"
    if smaller and not one:
        return "error"
    if ni == nf and not smaller:
        return "ok"
    return "silent"


# right: meta tensors
def outcome(ni, nf, stride, size):
    h = len(range(0, size, stride))
    a, b = torch.empty(nf, h, h, device="meta"), torch.empty(ni, size, size, device="meta")
    try:
        a + b
    except Exception:
        return "error"
    return "ok" if a.shape == b.shape else "silent"


# right: run in training mode, with two images
def outcome(ni, nf, stride, size):
    x = torch.zeros(2, ni, size, size)
    try:
        y = NaiveResBlock(ni, nf, stride)(x)
    except Exception:
        return "error"
    h = -(-size // stride)
    return "ok" if y.shape == x.shape == (2, nf, h, h) else "silent"


# wrong: one number of channels that divides the other
# says: channels
def outcome(ni, nf, stride, size):
    h = -(-size // stride)
    if (ni, size) == (nf, h):
        return "ok"
    return "silent" if (ni % nf == 0 or nf % ni == 0) and h in (1, size) else "error"

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


# right: counting positions
def conv_out(n, k, s=1, p=0):
    return sum(1 for _ in range(0, n + 2 * p - k + 1, s))


# right: asking PyTorch
def conv_out(n, k, s=1, p=0):
    return nn.Conv1d(1, 1, k, stride=s, padding=p)(torch.zeros(1, 1, n)).shape[-1]


# right: math.floor, other names inside, and a print
def conv_out(n, k, s=1, p=0):
    steps = math.floor((n + p + p - k) / s)
    print("steps", steps)
    return int(1 + steps)


# right: a lambda
conv_out = lambda n, k, s=1, p=0: (n + 2 * p - k + s) // s

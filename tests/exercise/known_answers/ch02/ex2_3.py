# wrong: mean over the batch
# says: batch
# points: 0
def global_avg_pool(x):
    return x.mean((0, 1))


# wrong: mean over the channels
# says: channels
def global_avg_pool(x):
    return x.mean((1, 2))


# wrong: height and width are still there
# says: still there
def global_avg_pool(x):
    return x.mean((2, 3), keepdim=True)


# wrong: one dimension only
# says: spatial dimension
def global_avg_pool(x):
    return x.mean(-1)


# wrong: the sum
# says: does not grow
def global_avg_pool(x):
    return x.sum((2, 3))


# wrong: the maximum
# says: maximum
def global_avg_pool(x):
    return x.amax((2, 3))


# wrong: a square map taken for granted
# says: square
def global_avg_pool(x):
    return x.sum((2, 3)) / x.shape[2] ** 2


# wrong: the layer
# says: without pooling
# points: 5
def global_avg_pool(x):
    return nn.AdaptiveAvgPool2d(1)(x).flatten(1)


# wrong: pooling as a function, by torch.ops
# says: without pooling
def global_avg_pool(x):
    return torch.ops.aten.adaptive_avg_pool2d(x, [1, 1]).flatten(1)


# wrong: pooling hidden in TorchScript
# says: without pooling
@torch.jit.script
def hidden(x):
    return torch.nn.functional.avg_pool2d(x, [x.size(2), x.size(3)]).flatten(1)


def global_avg_pool(x):
    return hidden(x)


# wrong: interpolation
# says: interpolation
def global_avg_pool(x):
    return F.interpolate(x, size=1, mode="area")[:, :, 0, 0]


# wrong: the graph is cut
# says: no gradient
# points: 6
def global_avg_pool(x):
    return x.detach().mean((2, 3))


# wrong: the input is changed
# says: in place
# points: 6
def global_avg_pool(x):
    n = x.shape[2] * x.shape[3]
    x /= n
    return x.sum((2, 3))


# wrong: view, so only contiguous tensors
# says: contiguous
def global_avg_pool(x):
    return x.view(x.shape[0], x.shape[1], -1).mean(2)


# wrong: a detour through float32
# says: float
def global_avg_pool(x):
    return x.float().mean((2, 3))


# wrong: a NumPy array
# says: NumPy
def global_avg_pool(x):
    return x.detach().numpy().mean((2, 3))


# wrong: a list
# says: list
def global_avg_pool(x):
    return [[float(channel.mean()) for channel in image] for image in x]


# wrong: squeeze drops a batch of one
# says: shape
def global_avg_pool(x):
    return x.mean((2, 3)).squeeze()


# wrong: a name used before it is defined
# says: NameError
def global_avg_pool(x):
    return pooled.mean((2, 3))


# wrong: zeros not counted
# says: a position that holds 0
def global_avg_pool(x):
    return x.sum((2, 3)) / (x != 0).sum((2, 3))


# wrong: a detour through float32, which loses one check
# says: float32
# points: 6
def global_avg_pool(x):
    return x.float().mean((2, 3)).to(x.dtype)


# wrong: filled into float32, which loses one check
# says: dtype=x.dtype
# points: 6
def global_avg_pool(x):
    n, c, h, w = x.shape
    out = torch.zeros(n, c)
    for i in range(n):
        for j in range(c):
            out[i, j] = x[i, j].mean()
    return out


# right: twice a mean
def global_avg_pool(x):
    return x.mean(3).mean(2)


# right: flatten
def global_avg_pool(x):
    return x.flatten(2).mean(-1)


# right: sum and divide
def global_avg_pool(x):
    return x.sum(dim=(2, 3)) / (x.shape[2] * x.shape[3])


# right: einsum
def global_avg_pool(x):
    return torch.einsum("nchw->nc", x) / x[0, 0].numel()


# right: matmul
def global_avg_pool(x):
    n, c, h, w = x.shape
    ones = torch.ones(h * w, 1, dtype=x.dtype, device=x.device)
    return (x.reshape(n, c, h * w) @ ones).squeeze(2) / (h * w)


# right: a constant convolution
def global_avg_pool(x):
    c, h, w = x.shape[1:]
    kernel = torch.full((c, 1, h, w), 1 / (h * w), dtype=x.dtype, device=x.device)
    return F.conv2d(x, kernel, groups=c).flatten(1)


# right: loops
def global_avg_pool(x):
    return torch.stack([torch.stack([channel.mean() for channel in image]) for image in x])


# right: a module, used as a function
class Average(nn.Module):
    def forward(self, x):
        return torch.mean(x, dim=[-2, -1])


def global_avg_pool(x):
    return Average()(x)

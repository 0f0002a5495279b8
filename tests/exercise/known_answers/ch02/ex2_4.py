# wrong: the layer
# says: without adaptive
# points: 7
def adaptive_avg_pool(x, h, w):
    return nn.AdaptiveAvgPool2d((h, w))(x)


# wrong: interpolation by area
# says: without adaptive
def adaptive_avg_pool(x, h, w):
    return F.interpolate(x, size=(h, w), mode="area")


# wrong: the end rounded down
# says: rounded up
def adaptive_avg_pool(x, h, w):
    rows = []
    for i in range(h):
        a, b = i * x.shape[2] // h, max(i * x.shape[2] // h + 1, (i + 1) * x.shape[2] // h)
        row = []
        for j in range(w):
            c, d = j * x.shape[3] // w, max(j * x.shape[3] // w + 1, (j + 1) * x.shape[3] // w)
            row.append(x[:, :, a:b, c:d].mean((2, 3)))
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


# wrong: windows of one size
# says: one fixed size
def adaptive_avg_pool(x, h, w):
    kh, kw = x.shape[2] // h, x.shape[3] // w
    return F.avg_pool2d(x, (kh, kw), (kh, kw))[:, :, :h, :w]


# wrong: height and width swapped
# says: swapped
def adaptive_avg_pool(x, h, w):
    def spans(n, out):
        return [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]

    rows = [
        torch.stack([x[:, :, a:b, c:d].mean((2, 3)) for c, d in spans(x.shape[3], h)], -1)
        for a, b in spans(x.shape[2], w)
    ]
    return torch.stack(rows, -2)


# wrong: the maximum
# says: maximum
def adaptive_avg_pool(x, h, w):
    return F.adaptive_max_pool2d(x, (h, w))


# wrong: one pixel picked
# says: one pixel
def adaptive_avg_pool(x, h, w):
    return F.interpolate(x, size=(h, w))


# wrong: a result of float32, filled in place, that cuts nothing but the dtype
# says: float64
def adaptive_avg_pool(x, h, w):
    out = torch.zeros(x.shape[0], x.shape[1], h, w)
    for i in range(h):
        for j in range(w):
            a, b = i * x.shape[2] // h, -(-(i + 1) * x.shape[2] // h)
            c, d = j * x.shape[3] // w, -(-(j + 1) * x.shape[3] // w)
            out[:, :, i, j] = x[:, :, a:b, c:d].mean((2, 3))
    return out


# wrong: numbers taken out with item
# says: no gradient
def adaptive_avg_pool(x, h, w):
    out = torch.zeros(x.shape[0], x.shape[1], h, w, dtype=x.dtype)
    for i in range(h):
        for j in range(w):
            a, b = i * x.shape[2] // h, -(-(i + 1) * x.shape[2] // h)
            c, d = j * x.shape[3] // w, -(-(j + 1) * x.shape[3] // w)
            out[:, :, i, j] = x[:, :, a:b, c:d].detach().mean((2, 3))
    return out


# wrong: one pixel too many where the division comes out even
# says: one pixel too many
def adaptive_avg_pool(x, h, w):
    H, W = x.shape[2:]

    def windows(n, out):
        return [slice(i * n // out, (i + 1) * n // out + 1) for i in range(out)]

    rows = [torch.stack([x[:, :, r, c].mean((2, 3)) for c in windows(W, w)], -1) for r in windows(H, h)]
    return torch.stack(rows, -2)


# wrong: no result that is larger, which loses one check
# says: AssertionError
# points: 8
def adaptive_avg_pool(x, h, w):
    H, W = x.shape[2:]
    assert h <= H
    rows = [
        torch.stack(
            [
                x[:, :, i * H // h : -(-(i + 1) * H // h), j * W // w : -(-(j + 1) * W // w)].mean((2, 3))
                for j in range(w)
            ],
            -1,
        )
        for i in range(h)
    ]
    return torch.stack(rows, -2)


# wrong: the mean over images and channels too
# says: over images and channels, too
def adaptive_avg_pool(x, h, w):
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, :, i, j] = x[:, :, i * H // h : -(-(i + 1) * H // h), j * W // w : -(-(j + 1) * W // w)].mean()
    return out


# wrong: the loops swapped
# says: row by row
def adaptive_avg_pool(x, h, w):
    N, C, H, W = x.shape
    values = [
        x[:, :, i * H // h : -(-(i + 1) * H // h), j * W // w : -(-(j + 1) * W // w)].mean((2, 3))
        for j in range(w)
        for i in range(h)
    ]
    return torch.stack(values, -1).reshape(N, C, h, w)


# wrong: stacked in front
# says: in front of images and channels
def adaptive_avg_pool(x, h, w):
    N, C, H, W = x.shape
    values = [
        x[:, :, i * H // h : -(-(i + 1) * H // h), j * W // w : -(-(j + 1) * W // w)].mean((2, 3))
        for i in range(h)
        for j in range(w)
    ]
    return torch.stack(values).reshape(N, C, h, w)


# right: filled in place, of the right kind
def adaptive_avg_pool(x, h, w):
    out = x.new_zeros(x.shape[0], x.shape[1], h, w)
    for i in range(h):
        for j in range(w):
            a, b = math.floor(i * x.shape[2] / h), math.ceil((i + 1) * x.shape[2] / h)
            c, d = math.floor(j * x.shape[3] / w), math.ceil((j + 1) * x.shape[3] / w)
            out[:, :, i, j] = x[:, :, a:b, c:d].mean((2, 3))
    return out


# right: two matrices
def windows(n, out, like):
    m = torch.zeros(out, n, dtype=like.dtype, device=like.device)
    for i in range(out):
        a, b = i * n // out, -(-(i + 1) * n // out)
        m[i, a:b] = 1 / (b - a)
    return m


def adaptive_avg_pool(x, h, w):
    return windows(x.shape[2], h, x) @ x @ windows(x.shape[3], w, x).T


# right: einsum of masks
def adaptive_avg_pool(x, h, w):
    def mask(n, out):
        i, p = torch.arange(out)[:, None], torch.arange(n)[None]
        m = ((p >= i * n // out) & (p < -(-(i + 1) * n // out))).to(x)
        return m / m.sum(1, keepdim=True)

    return torch.einsum("nchw,ih,jw->ncij", x, mask(x.shape[2], h), mask(x.shape[3], w))


# right: rows first, then columns, with sums of prefixes
def adaptive_avg_pool(x, h, w):
    def along_last(t, out):
        n = t.shape[-1]
        sums = F.pad(t.cumsum(-1), (1, 0))
        start = torch.tensor([i * n // out for i in range(out)], device=t.device)
        end = torch.tensor([-(-(i + 1) * n // out) for i in range(out)], device=t.device)
        return (sums[..., end] - sums[..., start]) / (end - start).to(t)

    return along_last(along_last(x, w).transpose(2, 3), h).transpose(2, 3)


# right: ordinary pooling, one window at a time
def adaptive_avg_pool(x, h, w):
    def one(a, b, c, d):
        return F.avg_pool2d(x[:, :, a:b, c:d], (b - a, d - c))

    def spans(n, out):
        return [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]

    return torch.cat(
        [torch.cat([one(a, b, c, d) for c, d in spans(x.shape[3], w)], 3) for a, b in spans(x.shape[2], h)], 2
    )

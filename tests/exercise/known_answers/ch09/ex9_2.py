# wrong: lam drawn again
# says: look at
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    lam = torch.distributions.Beta(0.4, 0.4).sample().item()
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: the larger of lam and 1 - lam
# says: for whoever draws it
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    lam = max(lam, 1 - lam)
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: class numbers mixed
# says: Targets are N×n_classes
# points: 4
def mixup(xb, yb, lam, perm, n_classes):
    return lam * xb + (1 - lam) * xb[perm], lam * yb + (1 - lam) * yb[perm]


# wrong: shares swapped
# says: you swapped the two
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return (1 - lam) * xb + lam * xb[perm], (1 - lam) * t + lam * t[perm]


# wrong: targets not mixed
# says: the targets are not
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return lam * xb + (1 - lam) * xb[perm], t


# wrong: images not mixed
# says: the images are not
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return xb, lam * t + (1 - lam) * t[perm]


# wrong: its own permutation
# says: look at
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    perm = torch.randperm(len(xb))
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: the batch backwards
# says: end of the batch
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return lam * xb + (1 - lam) * xb.flip(0), lam * t + (1 - lam) * t.flip(0)


# wrong: only the classes that are there
# says: Targets are N×n_classes
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb).float()
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: in place
# says: changed in place
# points: 7
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    mixed = lam * xb + (1 - lam) * xb[perm]
    xb.copy_(mixed)
    return mixed, lam * t + (1 - lam) * t[perm]


# wrong: float32 always
# says: number type
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    xb = xb.float()
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: a detour through NumPy's float64 for one of the two
# points: 6
# says: as they came
def mixup(xb, yb, lam, perm, n_classes):
    import numpy as np

    y = F.one_hot(yb, n_classes).to(xb.dtype)
    x = lam * xb.detach().numpy().astype("float64") + (1 - lam) * xb.detach().numpy()[perm.numpy()]
    return torch.from_numpy(np.ascontiguousarray(x)), lam * y + (1 - lam) * y[perm]


# wrong: images alone
# says: a pair
# points: 0
def mixup(xb, yb, lam, perm, n_classes):
    return lam * xb + (1 - lam) * xb[perm]


# wrong: whole numbers
# says: be floats before
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes)
    return lam * xb + (1 - lam) * xb[perm], (lam * t + (1 - lam) * t[perm]).long()


# wrong: detached
# says: cut the graph
# points: 7
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    xb = xb.detach()
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# wrong: concatenated
# says: shape of the images
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return torch.cat([lam * xb, (1 - lam) * xb[perm]], 1), lam * t + (1 - lam) * t[perm]


# right: the formula
def mixup(xb, yb, lam, perm, n_classes):
    t = F.one_hot(yb, n_classes).float()
    return lam * xb + (1 - lam) * xb[perm], lam * t + (1 - lam) * t[perm]


# right: rows of the identity, a list, lerp
def mixup(xb, yb, lam, perm, n_classes):
    t = torch.eye(n_classes, dtype=xb.dtype, device=xb.device)[yb]
    return [xb.lerp(xb[perm], 1 - lam), t.lerp(t[perm], 1 - lam)]


# right: a loop over the batch
def mixup(xb, yb, lam, perm, n_classes):
    images, targets = [], []
    for i, j in enumerate(perm.tolist()):
        images.append(lam * xb[i] + (1 - lam) * xb[j])
        row = [0.0] * n_classes
        row[int(yb[i])] += lam
        row[int(yb[j])] += 1 - lam
        targets.append(row)
    return torch.stack(images), torch.tensor(targets, dtype=xb.dtype, device=xb.device)


# right: scatter
def mixup(xb, yb, lam, perm, n_classes):
    y = xb.new_zeros(len(yb), n_classes).scatter_(1, yb[:, None], lam)
    y = y.scatter_add(1, yb[perm][:, None], xb.new_full((len(yb), 1), 1 - lam))
    return torch.add(xb * lam, xb.index_select(0, perm), alpha=1 - lam), y

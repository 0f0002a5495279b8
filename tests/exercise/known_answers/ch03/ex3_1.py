# wrong: the rate at the lowest loss
# says: there the loss is lowest
def pick_lr(lrs, losses):
    lrs, losses = np.asarray(lrs, dtype=float), np.asarray(losses, dtype=float)
    return float(lrs[losses.argmin()])


# wrong: the steepest place of the raw curve
# says: smooth the curve
# points: 4
def pick_lr(lrs, losses):
    lrs, losses = np.asarray(lrs, dtype=float), np.asarray(losses, dtype=float)
    return float(lrs[np.gradient(losses).argmin()])


# wrong: the steepest step of the raw curve, in a loop
# says: smooth the curve
def pick_lr(lrs, losses):
    best = min(range(len(losses) - 1), key=lambda i: float(losses[i + 1]) - float(losses[i]))
    return float(lrs[best])


# wrong: the slope over the rate, not over its logarithm
# says: logarithm
def pick_lr(lrs, losses):
    lrs, losses = np.asarray(lrs, dtype=float), np.asarray(losses, dtype=float)
    smooth = np.convolve(losses, np.ones(7) / 7, mode="valid")
    return float(lrs[3:-3][np.gradient(smooth, lrs[3:-3]).argmin()])


# wrong: a position
# says: position
def pick_lr(lrs, losses):
    smooth = np.convolve(np.asarray(losses, dtype=float), np.ones(7) / 7, mode="valid")
    return int(np.diff(smooth).argmin()) + 3


# wrong: the logarithm
# says: is that its logarithm
def pick_lr(lrs, losses):
    smooth = np.convolve(np.asarray(losses, dtype=float), np.ones(7) / 7, mode="valid")
    return math.log10(lrs[int(np.diff(smooth).argmin()) + 3])


# wrong: always the same
# says: rate
# points: 0
def pick_lr(lrs, losses):
    return 3e-3


# wrong: the lowest loss itself
# says: that is a loss
def pick_lr(lrs, losses):
    return float(min(losses))


# wrong: the largest rate
# says: rises already
def pick_lr(lrs, losses):
    return float(lrs[-1])


# wrong: the smallest rate
# says: still flat
def pick_lr(lrs, losses):
    return float(lrs[0])


# wrong: the steepest rise
# says: most negative
def pick_lr(lrs, losses):
    losses = np.asarray(losses, dtype=float)
    return float(np.asarray(lrs)[np.gradient(losses).argmax()])


# wrong: zeros at the ends of the window
# says: hangs over
def pick_lr(lrs, losses):
    smooth = np.convolve(np.asarray(losses, dtype=float), np.ones(9) / 9, mode="same")
    return float(lrs[int(np.gradient(smooth).argmin())])


# wrong: tensors only
# says: into one kind
def pick_lr(lrs, losses):
    k = losses.argmin()
    return (lrs[k] / 10).item()


# wrong: a tensor
# says: .item()
# points: 6
def pick_lr(lrs, losses):
    losses = torch.as_tensor(losses, dtype=torch.float64)
    return torch.as_tensor(lrs, dtype=torch.float64)[losses.argmin()] / 10


# wrong: the middle of the list
# says: still flat
def pick_lr(lrs, losses):
    return float(lrs[len(lrs) // 2])


# wrong: a third of the way along the list
# says: still flat
def pick_lr(lrs, losses):
    return float(lrs[len(lrs) // 3])


# wrong: a position as a float
# says: position in the list
def pick_lr(lrs, losses):
    smooth = np.convolve(np.asarray(losses, dtype=float), np.ones(7) / 7, mode="valid")
    return float(np.diff(smooth).argmin() + 3)


# wrong: beyond the last rate
# says: larger than the largest rate
def pick_lr(lrs, losses):
    return 1.7 * float(lrs[-1])


# right: a tenth of the rate at the minimum
def pick_lr(lrs, losses):
    losses = [float(loss) for loss in losses]
    return float(lrs[losses.index(min(losses))]) / 10


# right: exponential smoothing and the steepest slope over the logarithm
def pick_lr(lrs, losses):
    smooth, value = [], float(losses[0])
    for loss in losses:
        value = 0.8 * value + 0.2 * float(loss)
        smooth.append(value)
    x = [math.log(float(lr)) for lr in lrs]
    slopes = [(smooth[i + 1] - smooth[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    return float(lrs[slopes.index(min(slopes))])


# right: fastai's valley
def pick_lr(lrs, losses):
    from fastai.callback.schedule import valley

    lrs = torch.as_tensor(lrs, dtype=torch.float64)
    return valley(lrs, torch.as_tensor(losses, dtype=torch.float64), len(lrs))[0]


# right: weights like a bell, up to the minimum
def pick_lr(lrs, losses):
    y = np.array(losses, dtype=float)
    y, x = y[: y.argmin() + 1], np.arange(y.argmin() + 1)
    weights = np.exp(-((x[:, None] - x) ** 2) / 18)
    smooth = weights @ y / weights.sum(1)
    print(smooth[:3])
    return np.exp(np.log(np.array(lrs, dtype=float))[np.gradient(smooth).argmin()]).item()


# right: a median filter, then differences over some distance
def pick_lr(lrs, losses):
    y = torch.as_tensor(losses).double()
    y = F.pad(y[None, None], (3, 3), mode="replicate")[0, 0].unfold(0, 7, 1).median(1).values
    return float(lrs[int((y[5:] - y[:-5]).argmin()) + 2])


# right: half way down, in words of the loss
def pick_lr(lrs, losses):
    losses = [float(loss) for loss in losses]
    top, bottom = sum(losses[:10]) / 10, min(losses)
    near = [i for i in range(2, losses.index(bottom)) if sum(losses[i - 2 : i + 3]) / 5 < (top + bottom) / 2]
    return float(lrs[near[0]])

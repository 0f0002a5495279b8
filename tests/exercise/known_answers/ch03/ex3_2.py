# wrong: the warm-up forgotten
# says: warm-up is forgotten
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    low = lr_max / div_final
    return low + (lr_max - low) * (1 + math.cos(math.pi * step / total)) / 2


# wrong: straight lines
# says: straight lines
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    t = step / total
    if t < pct_start:
        return lr_max / div + (lr_max - lr_max / div) * t / pct_start
    return lr_max + (lr_max / div_final - lr_max) * (t - pct_start) / (1 - pct_start)


# wrong: a straight warm-up
# says: warm-up is a straight line
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    t = step / total
    if t < pct_start:
        return lr_max / div + (lr_max - lr_max / div) * t / pct_start
    t = (t - pct_start) / (1 - pct_start)
    return lr_max / div_final + (lr_max - lr_max / div_final) * (1 + math.cos(math.pi * t)) / 2


# wrong: PyTorch's last rate
# says: divides the *first* rate
# points: 6
# base: 1 - cos, up and down
# replace: t = step / total → t, start = step / total, lr_max / div
# replace: cos(lr_max / div, lr_max, t / pct_start) → cos(start, lr_max, t / pct_start)
# replace: lr_max / div_final → start / div_final


# wrong: ends at zero
# says: not 0
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    t = step / total
    if t < pct_start:
        return lr_max / div + (lr_max - lr_max / div) * (1 - math.cos(math.pi * t / pct_start)) / 2
    return lr_max * (1 + math.cos(math.pi * (t - pct_start) / (1 - pct_start))) / 2


# wrong: the last step is total - 1
# says: step / total
# base: 1 - cos, up and down
# replace: step / total → step / (total - 1)

# wrong: the arguments make no difference
# says: whatever that is
# points: 7
# base: 1 - cos, up and down
# replace: t < pct_start → t < 0.25
# replace: t / pct_start → t / 0.25
# replace: (t - pct_start) / (1 - pct_start) → (t - 0.25) / 0.75

# wrong: degrees in place of radians
# says: half cosine
# base: 1 - cos, up and down
# replace: math.pi → 180


# wrong: PyTorch's own schedule, with its defaults
# says: half cosine
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, lr_max, total_steps=total + 1)
    for _ in range(step):
        opt.step()
        sched.step()
    return float(opt.param_groups[0]["lr"])


# wrong: a tensor
# says: .item()
# points: 8
# base: 1 - cos, up and down
# replace: math.cos(math.pi * t) → torch.cos(torch.tensor(math.pi * t, dtype=torch.float64))


# wrong: the way down begins in the middle
# says: how much of *that* way
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    def cos(a, b, t):
        return a + (b - a) * (1 - math.cos(math.pi * t)) / 2

    t = step / total
    return cos(lr_max / div, lr_max, t / pct_start) if t <= pct_start else cos(lr_max, lr_max / div_final, t)


# wrong: the visible examples by heart
# says: cosine
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    return {0: 0.0004, 25: 0.01, 100: 1e-07}.get(step, 0.01)


# wrong: the warm-up rounded down to whole steps
# says: may end between two steps
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    warm = int(total * pct_start)
    if step <= warm and warm:
        part, a, b = step / warm, lr_max / div, lr_max
    else:
        part, a, b = (step - warm) / (total - warm), lr_max, lr_max / div_final
    return a + (1 - math.cos(math.pi * part)) / 2 * (b - a)


# right: fastai's own
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    from fastai.callback.schedule import combined_cos

    return float(combined_cos(pct_start, lr_max / div, lr_max, lr_max / div_final)(step / total))


# right: NumPy
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    where = np.array([0, pct_start, 1])
    i = min(int(np.searchsorted(where, step / total, side="right")) - 1, 1)
    rates = np.array([lr_max / div, lr_max, lr_max / div_final])
    part = (step / total - where[i]) / (where[i + 1] - where[i])
    return (rates[i] * np.cos(np.pi / 2 * part) ** 2 + rates[i + 1] * np.sin(np.pi / 2 * part) ** 2).item()


# right: arithmetic in float32
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    def half(a, b, part):
        wave = (1 + torch.cos(math.pi * torch.tensor(part, dtype=torch.float32))) / 2
        return (b + (a - b) * wave).item()

    warm = pct_start * total
    if step <= warm:
        return half(lr_max / div, lr_max, step / warm)
    return half(lr_max, lr_max / div_final, (step - warm) / (total - warm))


# right: PyTorch's schedule set up as fastai's
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    start = (pct_start * total + 1) / (total + 1)
    sched = torch.optim.lr_scheduler.OneCycleLR(
        opt,
        lr_max,
        total_steps=total + 1,
        pct_start=start,
        div_factor=div,
        final_div_factor=div_final / div,
        cycle_momentum=False,
    )
    for _ in range(step):
        opt.step()
        sched.step()
    return float(opt.param_groups[0]["lr"])


# right: 1 - cos, up and down
def one_cycle(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
    def cos(a, b, t):
        return a + (b - a) * (1 - math.cos(math.pi * t)) / 2

    t = step / total
    if t < pct_start:
        return cos(lr_max / div, lr_max, t / pct_start)
    return cos(lr_max, lr_max / div_final, (t - pct_start) / (1 - pct_start))

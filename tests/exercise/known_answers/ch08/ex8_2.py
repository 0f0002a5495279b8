# wrong: mean over batches
# says: weigh by the size
def evaluate(model, batches, loss_func):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    losses, rights = [], []
    with torch.no_grad():
        for xb, yb in batches:
            scores = model(xb)
            losses.append(loss_func(scores, yb).item())
            rights.append((scores.argmax(1) == yb).float().mean().item())
    for m, flag in flags.items():
        m.training = flag
    return sum(losses) / len(losses), sum(rights) / len(rights)


# wrong: only the loss is a mean over batches
# says: mean over batches
# points: 7
def evaluate(model, batches, loss_func):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    losses, right, seen = [], 0, 0
    with torch.no_grad():
        for xb, yb in batches:
            scores = model(xb)
            losses.append(loss_func(scores, yb).item())
            right += (scores.argmax(1) == yb).sum().item()
            seen += len(yb)
    for m, flag in flags.items():
        m.training = flag
    return sum(losses) / len(losses), right / seen


# wrong: eval() forgotten
# says: eval() is missing
def evaluate(model, batches, loss_func):
    total, right, seen = 0.0, 0, 0
    with torch.no_grad():
        for xb, yb in batches:
            scores = model(xb)
            total += loss_func(scores, yb).item() * len(yb)
            right += (scores.argmax(1) == yb).sum().item()
            seen += len(yb)
    return total / seen, right / seen


# wrong: no no_grad
# says: carry a graph
# points: 8
# base: no_grad as a decorator
# remove: @torch.no_grad()

# wrong: handed back in evaluation mode
# says: in evaluation mode afterwards
# points: 7
# base: no_grad as a decorator
# remove: flags = {m: m.training for m in model.modules()}
# diff:
# -    for m, flag in flags.items():
# -        m.training = flag

# wrong: train() wakes what was frozen
# says: what was in evaluation mode stays there
# points: 7
# base: no_grad as a decorator
# replace: flags = {m: m.training for m in model.modules()} → was = model.training
# diff:
# -    for m, flag in flags.items():
# -        m.training = flag
# +    model.train(was)

# wrong: frozen for the time, all parameters thawed afterwards
# says: requires_grad of
# points: 7
# base: no_grad as a decorator
# remove: @torch.no_grad()
# replace: model.eval() → model.eval().requires_grad_(False)
# diff:
#          m.training = flag
# +    model.requires_grad_(True)

# wrong: of the parts only batch norms are put back
# says: in the mode in which it was found
# points: 7
# base: no_grad as a decorator
# replace: flags = {m: m.training for m in model.modules()} → was = model.training
# diff:
# -    model.eval()
# +    asleep = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d) and not m.training]
# +    model.eval()
# diff:
# -    for m, flag in flags.items():
# -        m.training = flag
# +    model.train(was)
# +    for m in asleep:
# +        m.eval()

# wrong: a model in evaluation mode puts its parts to sleep
# says: in the mode in which it was found
# points: 7
# base: no_grad as a decorator
# replace: flags = {m: m.training for m in model.modules()} → asleep = [m for m in model.modules() if not m.training]
# diff:
# -    for m, flag in flags.items():
# -        m.training = flag
# +    model.train()
# +    for m in asleep:
# +        m.eval()

# wrong: eval() only where the model itself is in training mode
# says: ran in training mode
# points: 8
# base: no_grad as a decorator
# replace: model.eval() → model.train(False) if model.training else None

# wrong: gradients cleared on the way
# says: gradient of
# points: 7
# base: no_grad as a decorator
# diff:
#      model.eval()
# +    model.zero_grad()

# wrong: tensors
# says: .item()
# points: 8
# base: no_grad as a decorator
# replace: loss_func(scores, yb).item() → loss_func(scores, yb)
# replace: (scores.argmax(1) == yb).sum().item() → (scores.argmax(1) == yb).sum()

# wrong: per cent
# says: not a percentage
# points: 7
# base: no_grad as a decorator
# replace: right / seen → 100 * right / seen

# wrong: swapped
# says: loss comes first
# base: no_grad as a decorator
# replace: total / seen, right / seen → right / seen, total / seen


# wrong: returned after the first batch
# says: model saw
# points: 0
@torch.no_grad()
def evaluate(model, batches, loss_func):
    model.eval()
    for xb, yb in batches:
        scores = model(xb)
        return loss_func(scores, yb).item(), (scores.argmax(1) == yb).float().mean().item()


# wrong: the losses' sum divided by the images
# says: a mean already
# base: no_grad as a decorator
# replace: loss_func(scores, yb).item() * len(yb) → loss_func(scores, yb).item()

# wrong: softmax before the loss
# says: softmax before the loss
# base: no_grad as a decorator
# replace: model(xb) → model(xb).softmax(1)

# wrong: gradients switched off for good
# says: stays on
# points: 8
# base: no_grad as a decorator
# remove: @torch.no_grad()
# diff:
#  def evaluate(model, batches, loss_func):
# +    torch.set_grad_enabled(False)

# wrong: parameters frozen for good
# says: requires_grad
# points: 7
# base: no_grad as a decorator
# remove: @torch.no_grad()
# replace: model.eval() → model.eval().requires_grad_(False)


# wrong: numbers from nowhere
# says: model saw 0
# points: 0
def evaluate(model, batches, loss_func):
    return 2.2, 0.6


# wrong: the accuracy only
# says: two numbers
# points: 0
@torch.no_grad()
def evaluate(model, batches, loss_func):
    model.eval()
    return sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in batches) / sum(len(yb) for _, yb in batches)


# wrong: through the batches twice
# says: a generator too
# points: 8
def evaluate(model, batches, loss_func):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    with torch.no_grad():
        total = sum(loss_func(model(xb), yb).item() * len(yb) for xb, yb in batches)
        right = sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in batches)
    n = sum(len(yb) for _, yb in batches)
    for m, flag in flags.items():
        m.training = flag
    return total / n, right / n


# wrong: batches counted beforehand
# says: neither for its length
# points: 8
def evaluate(model, batches, loss_func):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    total = right = seen = 0.0
    with torch.no_grad():
        for number in range(len(batches)) if isinstance(batches, list) else [None]:
            for xb, yb in batches if number is None else [batches[number]]:
                scores = model(xb)
                total += loss_func(scores, yb).item() * len(yb)
                right += (scores.argmax(1) == yb).sum().item()
                seen += len(yb)
    assert len(batches) > 0
    for m, flag in flags.items():
        m.training = flag
    return total / seen, right / seen


# right: all batches at once
def evaluate(model, batches, loss_func):
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    xs, ys = zip(*batches)
    with torch.inference_mode():
        scores, labels = model(torch.cat(xs)), torch.cat(ys)
        result = loss_func(scores, labels).item(), (scores.argmax(1) == labels).double().mean().item()
    for m, flag in flags:
        m.training = flag
    return result


# right: a copy of the model
def evaluate(model, batches, loss_func):
    import copy

    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        rows = [(len(yb), twin(xb), yb) for xb, yb in batches]
        n = sum(count for count, _, _ in rows)
        loss = sum(count * float(loss_func(s, y)) for count, s, y in rows) / n
        accuracy = float(sum(int((s.max(dim=1).indices == y).sum()) for _, s, y in rows)) / n
    return loss, accuracy


# right: try and finally, means weighted step by step, a list
@torch.no_grad()
def evaluate(model, batches, loss_func):
    asleep = {m for m in model.modules() if not m.training}
    loss = accuracy = n = 0
    try:
        model.train(False)
        for xb, yb in batches:
            scores = model(xb)
            n += xb.shape[0]
            loss += (loss_func(scores, yb).item() - loss) * xb.shape[0] / n
            accuracy += ((scores.argmax(-1) == yb).float().mean().item() - accuracy) * xb.shape[0] / n
    finally:
        model.train()
        for m in asleep:
            m.training = False
    print(loss, accuracy)
    return [loss, accuracy]


# right: labels beside scores in numpy
def evaluate(model, batches, loss_func):
    import numpy as np

    flags = {name: m.training for name, m in model.named_modules()}
    for m in model.modules():
        m.eval()
    losses, hits = [], []
    for xb, yb in batches:
        with torch.no_grad():
            scores = model(xb)
            losses += [loss_func(scores, yb).item()] * len(yb)
        hits += (scores.cpu().numpy().argmax(1) == yb.cpu().numpy()).tolist()
    for name, m in model.named_modules():
        m.training = flags[name]
    return float(np.mean(losses)), float(np.mean(hits))


# wrong: modes put back of the model's children alone
# says: in evaluation mode afterwards
# points: 7
# base: no_grad as a decorator
# replace: {m: m.training for m in model.modules()} → {m: m.training for m in [model, *model.children()]}


# wrong: modes put back with all that lies in a child
# says: what was in evaluation mode stays there
# points: 7
# base: no_grad as a decorator
# diff:
# -    flags = {m: m.training for m in model.modules()}
# +    flags = {m: m.training for m in [model, *model.children()]}
# diff:
# -        m.training = flag
# +        m.train(flag)


# right: frozen for the time, thawed what was not frozen, modes from the outside in
# base: no_grad as a decorator
# remove: @torch.no_grad()
# diff:
# -    model.eval()
# +    learning = [p for p in model.parameters() if p.requires_grad]
# +    model.eval().requires_grad_(False)
# diff:
# -        m.training = flag
# +        m.train(flag)
# +    for p in learning:
# +        p.requires_grad_()


# right: no_grad as a decorator
@torch.no_grad()
def evaluate(model, batches, loss_func):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    total, right, seen = 0.0, 0, 0
    for xb, yb in batches:
        scores = model(xb)
        total += loss_func(scores, yb).item() * len(yb)
        right += (scores.argmax(1) == yb).sum().item()
        seen += len(yb)
    for m, flag in flags.items():
        m.training = flag
    return total / seen, right / seen

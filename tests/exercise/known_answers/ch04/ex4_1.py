# wrong: what an earlier step left counts too
# says: adds
# points: 4
def grad_norms(model, loss):
    loss.backward()
    return {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}


# wrong: the gradients of an earlier step
# says: before backward every gradient is
# points: 0
def grad_norms(model, loss):
    return {name: p.grad.norm().item() for name, p in model.named_parameters()}


# wrong: the gradients of an earlier step, with care for None
# says: earlier step
# points: 3
def grad_norms(model, loss):
    return {name: 0.0 if p.grad is None else p.grad.norm().item() for name, p in model.named_parameters()}


# wrong: `.grad` left behind
# says: stays None
# points: 6
def grad_norms(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}


# wrong: `.grad` set to None at the end
# says: each .grad as it was
# points: 6
def grad_norms(model, loss):
    model.zero_grad()
    loss.backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return norms


# wrong: `.grad` kept by reference, then added to in place
# says: adds
def grad_norms(model, loss):
    kept = {p: p.grad for p in model.parameters()}
    loss.backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}
    for p, grad in kept.items():
        p.grad = grad
    return norms


# wrong: squared
# says: root is missing
# points: 3
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.pow(2).sum().item() for n, g in zip(named, grads) if g is not None}


# wrong: the L1 norm
# says: L1
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.abs().sum().item() for n, g in zip(named, grads) if g is not None}


# wrong: the root of the mean square
# says: mean of the squares
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.pow(2).mean().sqrt().item() for n, g in zip(named, grads) if g is not None}


# wrong: the norm of the parameters
# says: norm of the parameter itself
def grad_norms(model, loss):
    return {name: p.norm().item() for name, p in model.named_parameters()}


# wrong: the gradients themselves
# says: one number
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    return dict(zip(named, torch.autograd.grad(loss, list(named.values()), allow_unused=True)))


# wrong: one norm for the whole model
# says: a dict
def grad_norms(model, loss):
    named = [p for p in model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(loss, named, allow_unused=True)
    return torch.cat([g.flatten() for g in grads if g is not None]).norm().item()


# wrong: weights only
# says: no entry for
# points: 6
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad and p.ndim > 1}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.norm().item() for n, g in zip(named, grads) if g is not None}


# wrong: the last layer alone
# says: no entry for
# points: 0
def grad_norms(model, loss):
    weight = list(model.parameters())[-1]
    return {"fc.bias": torch.autograd.grad(loss, weight)[0].norm().item()}


# wrong: weights only, and what an earlier step left
# says: no entry for
# points: 2
def grad_norms(model, loss):
    loss.backward()
    return {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None and n.endswith("weight")}


# wrong: a layer that is not used was forgotten
# says: must be told
# points: 7
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()))
    return {n: g.norm().item() for n, g in zip(named, grads)}


# wrong: frozen parameters were forgotten
# says: frozen
# points: 7
def grad_norms(model, loss):
    named = dict(model.named_parameters())
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.norm().item() for n, g in zip(named, grads) if g is not None}


# wrong: None for what takes no part
# says: or 0
# points: 7
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    norms = {n: g.norm().item() for n, g in zip(named, grads) if g is not None}
    return {n: norms.get(n) for n, p in model.named_parameters()}


# wrong: tensors in place of floats
# says: .item()
# points: 7
def grad_norms(model, loss):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g.norm() for n, g in zip(named, grads) if g is not None}


# wrong: the parameters as keys
# says: names of the parameters
def grad_norms(model, loss):
    ps = [p for p in model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(loss, ps, allow_unused=True)
    return {p: g.norm().item() for p, g in zip(ps, grads) if g is not None}


# wrong: a step on the way
# says: as they were
def grad_norms(model, loss):
    ps = {n: p for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss, list(ps.values()), allow_unused=True)
    with torch.no_grad():
        for p, g in zip(ps.values(), grads):
            if g is not None:
                p -= 0.1 * g
    return {n: g.norm().item() for n, g in zip(ps, grads) if g is not None}


# wrong: unfreezes what is frozen
# says: no entry, or 0
def grad_norms(model, loss):
    frozen = [p for p in model.parameters() if not p.requires_grad]
    for p in frozen:
        p.requires_grad_(True)
    named = dict(model.named_parameters())
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: -1.0 if g is None else g.norm().item() for n, g in zip(named, grads)}


# right: backward, with .grad put aside and back
def grad_norms(model, loss):
    kept = [(p, p.grad) for p in model.parameters()]
    for p, _ in kept:
        p.grad = None
    loss.backward()
    norms = {}
    for name, p in model.named_parameters():
        norms[name] = 0.0 if p.grad is None else p.grad.norm().item()
    for p, grad in kept:
        p.grad = grad
    return norms


# right: backward with clones, copied back
def grad_norms(model, loss):
    before = {n: None if p.grad is None else p.grad.clone() for n, p in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    loss.backward(retain_graph=True)
    out = {n: float(torch.linalg.vector_norm(p.grad)) for n, p in model.named_parameters() if p.grad is not None}
    for n, p in model.named_parameters():
        p.grad = before[n]
    return out


# right: autograd, one parameter at a time
def grad_norms(model, loss):
    norms = {}
    for name, p in model.named_parameters():
        if p.requires_grad:
            (grad,) = torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)
            norms[name] = 0.0 if grad is None else math.sqrt(grad.pow(2).sum().item())
    return norms


# right: numpy, an OrderedDict, and hooks that catch the gradients
def grad_norms(model, loss):
    from collections import OrderedDict

    import numpy as np

    caught, handles, kept = OrderedDict(), [], {}
    for name, p in model.named_parameters():
        kept[name], p.grad = p.grad, None
        if p.requires_grad:
            handles.append(p.register_hook(lambda g, name=name: caught.__setitem__(name, g.detach().cpu().numpy())))
    loss.backward()
    for handle in handles:
        handle.remove()
    for name, p in model.named_parameters():
        p.grad = kept[name]
    return OrderedDict((n, float(np.sqrt((g.astype("float64") ** 2).sum()))) for n, g in caught.items())


# right: the difference that backward made, in double precision
def grad_norms(model, loss):
    before = {n: None if p.grad is None else p.grad.detach().clone() for n, p in model.named_parameters()}
    for p in model.parameters():
        p.grad = None
    loss.backward()
    norms = {
        n: p.grad.double().flatten().dot(p.grad.double().flatten()).sqrt().item()
        for n, p in model.named_parameters()
        if p.grad is not None
    }
    for n, p in model.named_parameters():
        p.grad = before[n]
    print(norms)
    return norms


# wrong: hooks left on the parameters
# says: a hook
# points: 6
# base: numpy, an OrderedDict, and hooks that catch the gradients
# replace: handle.remove() → handle.id

# wrong: a hook left on a module
# says: a hook
# points: 6
# base: reference
# diff:
# +    list(model.modules())[-1].register_forward_hook(lambda *_: None)
#      named = {name: p for name, p in model.named_parameters() if p.requires_grad}


# wrong: keeps the old gradients by their name, and zeroes them
# says: unless you clone() it
def grad_norms(model, loss):
    saved = {name: value.grad for name, value in model.named_parameters()}
    model.zero_grad(set_to_none=False)
    loss.backward()
    norms = {name: value.grad.norm().item() for name, value in model.named_parameters() if value.grad is not None}
    for name, value in model.named_parameters():
        value.grad = saved[name]
    return norms


# wrong: takes the ice off
# says: somebody has frozen it
# base: reference
# replace: named = {name: p for → model.requires_grad_(True); named = {name: p for

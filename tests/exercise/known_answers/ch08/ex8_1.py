# wrong: no zero_grad
# says: zero_grad is missing
# points: 7
# base: reference
# remove: opt.zero_grad()

# wrong: cleared after the step only
# says: clear before backward
# points: 7
def train_step(model, xb, yb, loss_func, opt):
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.step()
    opt.zero_grad()
    return loss.item()


# wrong: cleared between backward and step
# says: cleared between the two
def train_step(model, xb, yb, loss_func, opt):
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.zero_grad()
    opt.step()
    return loss.item()


# wrong: no step
# says: is the optimiser's step() called
# points: 4
# base: reference
# remove: opt.step()

# wrong: no backward
# says: is there a backward()
# base: reference
# remove: loss.backward()

# wrong: softmax before cross-entropy
# says: softmax before the loss
# base: reference
# replace: model(xb) → model(xb).softmax(dim=1)

# wrong: cross-entropy whatever loss_func is
# says: the one that you were given
# base: reference
# replace: loss_func(model(xb), yb) → F.cross_entropy(model(xb), yb)

# wrong: clipped
# says: No clipping
# base: reference
# diff:
#      loss.backward()
# +    nn.utils.clip_grad_norm_(model.parameters(), 1.0)

# wrong: clipped to the norm 10
# says: No clipping
# points: 6
# base: reference
# diff:
#      loss.backward()
# +    nn.utils.clip_grad_norm_(model.parameters(), 10.0)

# wrong: clipped to the norm 100
# says: No clipping
# points: 6
# base: reference
# diff:
#      loss.backward()
# +    nn.utils.clip_grad_norm_(model.parameters(), 100.0)

# wrong: clipped to the value 5
# says: No clipping
# points: 6
# base: reference
# diff:
#      loss.backward()
# +    nn.utils.clip_grad_value_(model.parameters(), 5.0)

# wrong: clipped to the value 100
# says: No clipping
# points: 6
# base: reference
# diff:
#      loss.backward()
# +    nn.utils.clip_grad_value_(model.parameters(), 100.0)

# wrong: the loss as a tensor
# says: .item()
# points: 8
# base: reference
# replace: loss.item() → loss


# wrong: the loss after the step
# says: after the step
def train_step(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss_func(model(xb), yb).backward()
    opt.step()
    return loss_func(model(xb), yb).item()


# wrong: item too early
# says: plain number
# points: 0
# base: reference
# replace: loss_func(model(xb), yb) → loss_func(model(xb), yb).item()
# replace: loss.item() → loss

# wrong: labels first
# says: scores first
# points: 0
# base: reference
# replace: loss_func(model(xb), yb) → loss_func(yb, model(xb))

# wrong: evaluation mode
# says: evaluation mode
# base: reference
# diff:
#  def train_step(model, xb, yb, loss_func, opt):
# +    model.eval()


# wrong: the step made by hand
# says: call its step()
def train_step(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    lr = opt.param_groups[0]["lr"]
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()


# wrong: an optimiser of its own
# says: moved by
# base: reference
# diff:
#  def train_step(model, xb, yb, loss_func, opt):
# +    opt = torch.optim.SGD(model.parameters(), lr=0.1)

# wrong: two steps
# says: called more than once
# base: reference
# diff:
#      opt.step()
# +    opt.step()


# wrong: nothing returned
# says: returned nothing
# points: 6
def train_step(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss_func(model(xb), yb).backward()
    opt.step()


# wrong: under no_grad
# says: has no graph
# points: 0
# base: reference
# diff:
# +@torch.no_grad()
#  def train_step(model, xb, yb, loss_func, opt):

# wrong: the batch is changed
# says: changed in place
# base: reference
# diff:
#      opt.step()
# +    xb.zero_()


# wrong: a loss that was seen somewhere
# says: did not move
# points: 0
def train_step(model, xb, yb, loss_func, opt):
    return 0.6931


# wrong: the loss is rounded
# says: not rounded
# points: 7
def train_step(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.step()
    return round(loss.item(), 4)


# wrong: the sum over the batch is returned
# says: not multiplied
# points: 7
def train_step(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.step()
    return loss.item() * len(xb)


# right: cleared through the model, float()
def train_step(model, xb, yb, loss_func, opt):
    model.train()
    model.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    opt.step()
    return float(loss.detach())


# right: forward pass first, cleared just before backward
def train_step(model, xb, yb, loss_func, opt):
    scores = model(xb)
    loss = loss_func(scores, yb)
    opt.zero_grad(set_to_none=False)
    torch.autograd.backward(loss)
    opt.step()
    print(loss)
    return loss.detach().cpu().numpy().item()


# right: a closure
def train_step(model, xb, yb, loss_func, opt):
    def closure():
        opt.zero_grad()
        loss = loss_func(model(xb), yb)
        loss.backward()
        return loss

    return opt.step(closure).item()


# right: torch.autograd.grad
def train_step(model, xb, yb, loss_func, opt):
    loss = loss_func(model.forward(xb), yb)
    parameters = [p for group in opt.param_groups for p in group["params"]]
    for p, grad in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = grad
    opt.step()
    opt.zero_grad()
    return loss.tolist()

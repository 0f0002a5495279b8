# wrong: eval() forgotten
# says: eval() is missing
def accuracy_at(model, images, labels, size):
    with torch.no_grad():
        scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
    return (scores.argmax(1) == labels).float().mean().item()


# wrong: no no_grad
# says: carry a graph
# points: 8
# base: no_grad as a decorator
# remove: @torch.no_grad()


# wrong: left in evaluation mode
# says: in evaluation mode afterwards
# points: 7
@torch.no_grad()
def accuracy_at(model, images, labels, size):
    model.eval()
    scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
    return (scores.argmax(1) == labels).float().mean().item()


# wrong: a frozen batch norm is woken
# says: what was in evaluation mode stays there
# points: 7
@torch.no_grad()
def accuracy_at(model, images, labels, size):
    was = model.training
    model.eval()
    scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
    model.train(was)
    return (scores.argmax(1) == labels).float().mean().item()


# wrong: not resized
# says: not resized
# points: 7
# base: no_grad as a decorator
# replace: F.interpolate(images, size=(size, size), mode="bilinear") → images

# wrong: the nearest pixel
# says: nearest pixel
# points: 7
# base: no_grad as a decorator
# replace: F.interpolate(images, size=(size, size), mode="bilinear") → F.interpolate(images, size=(size, size))

# wrong: bicubic
# says: bicubic
# points: 7
# base: no_grad as a decorator
# diff:
# -    scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
# +    scores = model(F.interpolate(images, size=(size, size), mode="bicubic"))

# wrong: the shorter side only
# says: height *and* width
# base: no_grad as a decorator
# diff:
#  def accuracy_at(model, images, labels, size):
# +    from torchvision.transforms.functional import resize
# +
# replace: F.interpolate(images, size=(size, size), mode="bilinear") → resize(images, size)

# wrong: a crop
# says: size
# base: no_grad as a decorator
# diff:
#  def accuracy_at(model, images, labels, size):
# +    from torchvision.transforms.functional import center_crop
# +
# replace: F.interpolate(images, size=(size, size), mode="bilinear") → center_crop(images, [size, size])

# wrong: per cent
# says: not a percentage
# points: 7
# base: no_grad as a decorator
# replace: (scores.argmax(1) == labels).float → 100 * (scores.argmax(1) == labels).float

# wrong: how many are right
# says: divide by the number
# base: no_grad as a decorator
# replace: (scores.argmax(1) == labels).float().mean → (scores.argmax(1) == labels).sum

# wrong: a tensor
# says: .item()
# points: 8
# base: no_grad as a decorator
# replace: (scores.argmax(1) == labels).float().mean().item() → (scores.argmax(1) == labels).float().mean()


# wrong: right or wrong of each image
# says: one number
# points: 0
@torch.no_grad()
def accuracy_at(model, images, labels, size):
    model.eval()
    return model(F.interpolate(images, size=(size, size), mode="bilinear")).argmax(1) == labels


# wrong: the images are changed
# says: in place
# points: 7
# base: no_grad as a decorator
# diff:
#      scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
# +    images.zero_()

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

# wrong: gradients cleared
# says: gradient of
# points: 7
# base: no_grad as a decorator
# replace: model.eval() → model.eval().zero_grad()


# wrong: from nowhere
# says: model saw 0
# points: 0
def accuracy_at(model, images, labels, size):
    return 0.75


# wrong: the largest score of all images
# says: not looked for image by image
# base: reference
# replace: argmax(dim=1) → argmax()


# right: aligned corners, in pieces, a copy of the model
def accuracy_at(model, images, labels, size):
    import copy

    twin, right = copy.deepcopy(model).eval(), 0
    with torch.inference_mode():
        for xb, yb in zip(images.split(5), labels.split(5)):
            scores = twin(F.interpolate(xb, (size, size), mode="bilinear", align_corners=True))
            right += int((scores.argmax(1) == yb).sum())
    return right / len(labels)


# right: torchvision's resize with its filter, try and finally
@torch.no_grad()
def accuracy_at(model, images, labels, size):
    from torchvision.transforms.v2 import functional

    awake = [m for m in model.modules() if m.training]
    try:
        for m in awake:
            m.training = False
        small = functional.resize(images, [size, size])
        print(small.shape)
        return float((model(small).softmax(1).max(1).indices == labels).double().mean())
    finally:
        for m in awake:
            m.training = True


# right: one image at a time, a layer that resizes
def accuracy_at(model, images, labels, size):
    flags = {name: m.training for name, m in model.named_modules()}
    model.eval()
    resize = nn.Upsample(size=(size, size), mode="bilinear")
    hits = []
    with torch.no_grad():
        for image, label in zip(images, labels):
            hits.append(model(resize(image[None]))[0].argmax().item() == label.item())
    for name, m in model.named_modules():
        m.train(flags[name]) if not list(m.children()) else setattr(m, "training", flags[name])
    return sum(hits) / len(hits)


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
def accuracy_at(model, images, labels, size):
    flags = {m: m.training for m in model.modules()}
    model.eval()
    scores = model(F.interpolate(images, size=(size, size), mode="bilinear"))
    for m, flag in flags.items():
        m.training = flag
    return (scores.argmax(1) == labels).float().mean().item()

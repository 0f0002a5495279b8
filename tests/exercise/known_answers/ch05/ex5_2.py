# wrong: one name of a skip path is forgotten
# says: stands on the skip path
# base: reference
# remove: "idconv",

# wrong: the block in double precision
# says: changed
# base: reference
# replace: return block → return block.double()

# wrong: every batch norm
# says: skip path
def zero_gamma(block):
    for layer in block.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.zeros_(layer.weight)
    return block


# wrong: the last batch norm of the block, the skip path's too
# says: nothing of x comes through
# points: 5
def zero_gamma(block):
    norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    nn.init.zeros_(norms[-1].weight)
    return block


# wrong: the last but one where there is a skip path, for it is registered last
# says: wherever it is registered
# points: 5
def zero_gamma(block):
    norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    names = dict(block.named_children())
    skip = any(name in names for name in ("downsample", "idconv", "idpath", "shortcut", "skip"))
    nn.init.zeros_(norms[-2 if skip else -1].weight)
    return block


# wrong: all batch norms of the residual path
# says: only the *last*
def zero_gamma(block):
    for name, layer in block.named_modules():
        if isinstance(layer, nn.BatchNorm2d) and name.split(".")[0] not in (
            "downsample",
            "idconv",
            "idpath",
            "shortcut",
            "skip",
        ):
            layer.weight.data.zero_()
    return block


# wrong: the first batch norm
# says: another batch norm comes after
def zero_gamma(block):
    nn.init.zeros_([layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)][0].weight)
    return block


# wrong: β
# says: γ is called
# points: 0
# base: the names in the comprehension
# replace: norms[-1].weight → norms[-1].bias

# wrong: γ and β
# says: nothing else has changed
# points: 7
# base: the names in the comprehension
# diff:
#      nn.init.zeros_(norms[-1].weight)
# +    nn.init.zeros_(norms[-1].bias)

# wrong: the convolution's weights
# says: not of the convolution
# points: 0
# base: the names in the comprehension
# replace: nn.BatchNorm2d → nn.Conv2d
# replace all: norms → convs

# wrong: a new parameter
# says: optimiser
# points: 7
# base: the names in the comprehension
# replace: nn.init.zeros_(norms[-1].weight) → norms[-1].weight = nn.Parameter(torch.zeros_like(norms[-1].weight))

# wrong: returns nothing
# says: returned nothing
# points: 7
# base: the names in the comprehension
# remove: return block

# wrong: a copy
# says: nothing has changed
# points: 0
import copy


def zero_gamma(block):
    block = copy.deepcopy(block)
    norms = [
        layer
        for name, layer in block.named_modules()
        if isinstance(layer, nn.BatchNorm2d)
        and name.split(".")[0] not in ("downsample", "idconv", "idpath", "shortcut", "skip")
    ]
    nn.init.zeros_(norms[-1].weight)
    return block


# wrong: freezes it
# says: no longer learns
# points: 7
# base: the names in the comprehension
# diff:
# -    nn.init.zeros_(norms[-1].weight)
# +    norms[-1].weight.requires_grad_(False)
# +    norms[-1].weight.zero_()

# wrong: in evaluation mode
# says: mode
# points: 7
# base: the names in the comprehension
# diff:
#  def zero_gamma(block):
# +    block.eval()


# wrong: only one name of a skip path
# says: which names belong to the skip path
# points: 5
def zero_gamma(block):
    norms = [
        layer for name, layer in block.named_modules() if isinstance(layer, nn.BatchNorm2d) and "downsample" not in name
    ]
    nn.init.zeros_(norms[-1].weight)
    return block


# wrong: the attribute of one block
# says: AttributeError
def zero_gamma(block):
    nn.init.zeros_(block.bn2.weight)
    return block


# right: children, one after the other, by recursion
def zero_gamma(block):
    def norms(layer):
        if isinstance(layer, nn.BatchNorm2d):
            return [layer]
        return [norm for child in layer.children() for norm in norms(child)]

    last = None
    for name, child in block.named_children():
        if name not in ("downsample", "idconv", "idpath", "shortcut", "skip"):
            last = (norms(child) or [last])[-1]
    with torch.no_grad():
        last.weight.zero_()
    return block


# right: through .data, backwards
def zero_gamma(block):
    skipped = set()
    for name in ["skip", "shortcut", "downsample", "idconv", "idpath"]:
        if getattr(block, name, None) is not None:
            skipped.update(getattr(block, name).modules())
    for layer in reversed(list(block.modules())):
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer not in skipped:
            layer.weight.data = torch.zeros_like(layer.weight)
            return block


# right: by names of parameters, any skip-like name
import re


def zero_gamma(block):
    modules = dict(block.named_modules())
    names = [n for n, p in block.named_parameters() if not re.search(r"downsample|idconv|idpath|shortcut|skip", n)]
    gammas = [
        n for n in names if n.endswith("weight") and type(modules[n.rpartition(".")[0]]).__name__ == "BatchNorm2d"
    ]
    block.get_parameter(gammas[-1]).data.mul_(0)
    return block


# right: fill_ under no_grad
@torch.no_grad()
def zero_gamma(block):
    found = None
    for name, layer in block.named_modules():
        on_skip = name.startswith(("downsample", "id", "shortcut", "skip"))
        if hasattr(layer, "running_mean") and not on_skip:
            found = layer
    found.weight.fill_(0.0)
    return block


# right: the names in the comprehension
def zero_gamma(block):
    norms = [
        layer
        for name, layer in block.named_modules()
        if isinstance(layer, nn.BatchNorm2d)
        and name.split(".")[0] not in ("downsample", "idconv", "idpath", "shortcut", "skip")
    ]
    nn.init.zeros_(norms[-1].weight)
    return block


# wrong: the other γ are set to 1
# says: changed
# points: 7
# base: reference
# replace: return block → [nn.init.ones_(m.weight) for m in block.modules() if isinstance(m, nn.BatchNorm2d) and m.weight.any()]; return block


# wrong: the last parameter of the residual path that is called weight
# says: not of the convolution
def zero_gamma(block):
    skip = ("downsample", "idconv", "idpath", "shortcut", "skip")
    named = block.named_parameters()
    weights = [p for n, p in named if n.split(".")[0] not in skip and n.endswith("weight")]
    nn.init.zeros_(weights[-1])
    return block


# wrong: the last parameter but one of the residual path
# says: no γ is 0
def zero_gamma(block):
    skip = ("downsample", "idconv", "idpath", "shortcut", "skip")
    nn.init.zeros_([p for n, p in block.named_parameters() if n.split(".")[0] not in skip][-2])
    return block


# wrong: the last weight that is a vector
# says: not of the convolution
def zero_gamma(block):
    skip = ("downsample", "idconv", "idpath", "shortcut", "skip")
    named = block.named_parameters()
    weights = [p for n, p in named if n.split(".")[0] not in skip and n.endswith("weight") and p.ndim == 1]
    nn.init.zeros_(weights[-1])
    return block


# wrong: the last by the alphabet
# says: another batch norm comes after
def zero_gamma(block):
    skip = ("downsample", "idconv", "idpath", "shortcut", "skip")
    norms = {n: m for n, m in block.named_modules() if isinstance(m, nn.BatchNorm2d) and n.split(".")[0] not in skip}
    nn.init.zeros_(norms[max(norms)].weight)
    return block


# wrong: only the block's own batch norms
# says: at any depth
def zero_gamma(block):
    last = None
    for name, layer in block.named_children():
        if isinstance(layer, nn.BatchNorm2d) and name not in ("downsample", "idconv", "idpath", "shortcut", "skip"):
            last = layer
    if last is not None:
        nn.init.zeros_(last.weight)
    return block


# wrong: stops at the skip path
# says: at any depth
def zero_gamma(block):
    last = None
    for name, layer in block.named_modules():
        if name in ("downsample", "idconv", "idpath", "shortcut", "skip"):
            break
        if isinstance(layer, nn.BatchNorm2d):
            last = layer
    if last is not None:
        nn.init.zeros_(last.weight)
    return block

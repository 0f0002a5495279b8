"""Chapter 4: the inputs, and what to observe of an answer."""

import contextlib

import torch
import torch.nn.functional as F
from torch import nn

from . import modules
from .calls import RAISED, AnswerFunction, Observer, call, case
from .inputs import InputGenerator
from .layer_facts import run_counted, shares_at_top
from .small_net import call_with_model, fill, leave_gradients, small_net
from .values import Scenes, Tree

# ---- 4.1 ----


def grad_norms_play(generator: InputGenerator, answer: AnswerFunction, double: bool = False) -> Scenes:
    """`answer(model, loss)` for a fresh network; for one that has gradients of an earlier step already, at every second parameter;
    for one with a layer that is not used and a weight that is frozen; for one in float64. See `call_with_model`; "hooks": see
    `_hooks`, afterwards."""
    for key in ("fresh", "before", "idle", "float64"):
        dtype = torch.float64 if key == "float64" else torch.float32
        n_classes = generator.randint(3, 6)
        net = small_net(generator, n_classes)
        if key == "idle":
            net.spare = fill(nn.Sequential(nn.Linear(generator.randint(2, 5), 3)), generator)
            net.conv1.weight.requires_grad_(False)
        xb, yb = generator.tensor(6, 3, 8, 10, dtype=dtype), generator.labels(6, n_classes)
        if double:
            xb = xb.double()
        net.to(xb)
        if key == "before":
            leave_gradients(net, generator, every=2)
        loss = F.cross_entropy(net(xb), yb.to(xb.device))
        yield key, call_with_model(answer, net, net, loss) | {"hooks": _hooks(net)}


def _hooks(net: nn.Module) -> Tree:
    """{name of a module or parameter: how many hooks it has}, where it has any."""
    of_modules = ("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks")
    kinds = (*of_modules, "_post_accumulate_grad_hooks")
    owners = [*net.named_modules(), *net.named_parameters()]
    counts = {
        name or "the model": sum(len(getattr(owner, kind, None) or ()) for kind in kinds) for name, owner in owners
    }
    return {name: count for name, count in counts.items() if count}


# ---- 4.2 ----

SIDE = 32


def plain_net(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """Two depths built and looked at in full; every other depth, chosen at random, only asked for.

    "again": a second run in training mode, see `run_counted`. "by hand", where a convolution has no batch norm of PyTorch's: see
    `_by_hand`.
    """
    n_classes = generator.choice([3, 5, 7])
    seen: Tree = {"n_classes": n_classes, "nets": {}}
    for depth in (8, generator.choice([14, 20])):
        net, built = modules.build(generator, answer, depth, n_classes=n_classes)
        seen["nets"][str(depth)] = record = {"built": built}
        if net is None:
            continue
        images = generator.tensor(2, 3, SIDE, SIDE)
        modules.run(net, images)  # layers that wait for their first input have parameters from now on
        # A fresh batch norm only scales, and then it makes no difference whether the ReLU stands before or behind it.
        with contextlib.suppress(*RAISED):
            fill(net, generator)
        record["flow"] = modules.flow(net, images, outputs="batch_norm")
        record["weights"] = modules.weights(net)
        record["gradient"] = modules.run(net, images, training=True, gradient=generator)
        record["again"] = run_counted(net, images)
        steps = record["flow"]["steps"]
        if sum("batch_norm" in step["op"] for step in steps) < sum(step["op"] == "convolution" for step in steps):
            record["by hand"] = _by_hand(generator, answer, depth, n_classes, images)
    default, seen["built default"] = modules.build(generator, answer, 8)
    if default is not None:
        seen["default"] = modules.run(default, generator.tensor(1, 3, SIDE, SIDE))
    # 2 and −4 are 6n + 2 as well, but n begins at 1
    wrong = [
        1,
        generator.randint(3, 7),
        *generator.sample([d for d in range(9, 60) if d % 6 != 2], 3),
        *generator.sample((18, 21, 34, 55), 2),
        2,
        -4,
    ]
    seen["refused"] = {str(depth): call(answer, case(depth), generator) for depth in wrong}
    return seen


def _by_hand(
    generator: InputGenerator, answer: AnswerFunction, depth: int, n_classes: int, images: torch.Tensor
) -> Tree:
    """Of the net built again, with the numbers that it starts with: {"flow" (in training mode), "weights", "shares" (see
    `shares_at_top`)}. In training mode a batch norm that starts with γ = 1, β = 0 is known by what it does, however it is written."""
    net, _ = modules.build(generator, answer, depth, n_classes=n_classes)
    if net is None:
        return {}
    modules.run(net, images)
    return {
        "flow": modules.flow(net, images, training=True),
        "weights": modules.weights(net),
        "shares": shares_at_top(net, images),
    }


OBSERVERS = {
    "4.1": Observer(lambda generator, answer: dict(grad_norms_play(generator, answer))),
    "4.2": Observer(plain_net),
}

"""Two facts about the layers of a student's network: which of them run more than once, and which numbers have a ceiling."""

import contextlib
from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from . import modules
from .values import Tree

LARGE = 1000.0
ENOUGH = 300  # numbers: of a few the largest one is a good part


def run_counted(net: nn.Module, x: Tensor) -> Tree:
    """`modules.run` in training mode, and "norms": {name of a batch norm: how often it ran}, of PyTorch's own and of those that hold
    one number a channel as they do (see `_scales`)."""
    with _counted(net) as counts:
        record = modules.run(net, x, training=True)
    return record | {"norms": dict(counts)}


@contextlib.contextmanager
def _counted(net: nn.Module) -> Iterator[Counter]:
    counts: Counter = Counter()

    def counting(name: str):
        def hook(*_):
            counts[name] += 1

        return hook

    norms = {name: layer for name, layer in net.named_modules() if _scales(layer)}
    handles = [layer.register_forward_hook(counting(name)) for name, layer in norms.items()]
    try:
        yield counts
    finally:
        for handle in handles:
            handle.remove()


def _scales(layer: nn.Module) -> bool:
    """A batch norm, or a layer with two parameters of its own or more (γ and β), each with one number a channel."""
    if isinstance(layer, nn.modules.batchnorm._BatchNorm):
        return True
    own = list(layer.parameters(recurse=False))
    return len(own) > 1 and not any(is_lazy(value) or value.numel() != max(value.shape, default=1) for value in own)


def shares_at_top(net: nn.Module, x: Tensor) -> list[float]:
    """In a run in evaluation mode on a very large x: of what enters the second convolution, and each behind it, and of the result, the
    share of the numbers that are the largest one. It is nearly 0, but where something cuts off what is above a limit.

    In training mode batch norm would bring all numbers back to a few units, below such a limit. x is shifted to mean 0, so that half
    of what a first convolution gives is above 0. [] where the run failed.
    """
    flow = modules.flow(net, LARGE * (x - x.mean()), outputs="convolution")
    if flow["error"] or "data" not in flow["value"]:
        return []
    entered = [step["input"] for step in flow["steps"] if step["op"] == "convolution"]
    return [_share(value) for value in [*entered[1:], flow["value"]["data"]]]


def _share(value: Tensor | None) -> float:
    if value is None or value.numel() < ENOUGH or not bool(value.isfinite().all()) or value.max() <= 0:
        return 0.0
    return float((value == value.max()).to(torch.float64).mean())

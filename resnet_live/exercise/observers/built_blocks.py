"""Look at a block of two paths: as it was built, and with its zeros awake."""

import contextlib

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from . import modules
from .inputs import Draw


def observe_block(draw: Draw, answer, x: Tensor, *args, **kwargs) -> dict:
    """Build `answer(*args, **kwargs)` and send x through it in training mode.

    Returns {"built"} and, when it is a module: "start", "awake" (see `modules.flow`; as built, and with `awake`), "changed" (whether x
    was, when awake: ["0"] or []), "run" (see `modules.run`, with gradients, as built) and "parameters" {name: tensor}, as built.
    """
    net, built = modules.build(draw, answer, *args, **kwargs)
    seen = {"built": built}
    if net is None:
        return seen
    seen["start"] = modules.flow(net, x, training=True)
    with awake(net):
        seen["awake"] = modules.flow(net, x, training=True)
        seen["changed"] = modules.run(net, x, training=True)["changed"]
    seen["run"] = modules.run(net, x, training=True, gradient=draw)
    seen["parameters"] = parameters(net)
    return seen


def parameters(module: nn.Module) -> dict[str, Tensor]:
    """Copies of the parameters that exist."""
    return {name: value.detach().clone() for name, value in module.named_parameters() if not is_lazy(value)}


@contextlib.contextmanager
def awake(module: nn.Module):
    """Within, what starts at 0 does so no more, so that what it hides is seen: a γ or β of zeros (any parameter of zeros with
    one number a channel) is all 1, and other weights of zeros are small random numbers."""
    asleep = [value for value in module.parameters() if _is_asleep(value)]
    source = torch.Generator().manual_seed(0)
    for value in asleep:
        flat = value.numel() == max(value.shape, default=1)
        value.data.copy_(torch.ones(value.shape) if flat else 0.1 * torch.randn(value.shape, generator=source))
    try:
        yield
    finally:
        for value in asleep:
            value.data.zero_()


def _is_asleep(value: Tensor) -> bool:
    return not is_lazy(value) and value.is_floating_point() and not bool(value.detach().any())

"""How the result of a module changes with its input, by small steps and by PyTorch's gradient: the two differ where a path is cut."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .calls import RAISED, upstream
from .values import Tree

DIRECTIONS, STEP, POINTS = 16, 1e-4, 3
AGREED = 0.1  # of the size of a usual slope; the judge lets a little more pass


def slopes(module: nn.Module, x: Tensor, seed: int) -> Tree:
    """Along random directions in which x may move: {"steps", "gradients"}, a number for each; {} where there is nothing to compare:
    no gradient, or other numbers with each call.

    The numbers are the slopes of the result's product with `upstream(shape, seed)`. The module is left in evaluation mode, in which
    all steps can be one batch; its batch norms have the statistics of x, so that each path has its share in the result. Where the two
    differ, each step is a batch of its own: a norm may use its batch in evaluation mode too (`track_running_stats=False`). And where
    they still do, other inputs are tried, and those where they differ least are told: a ReLU whose input is all but 0 changes the
    steps in every direction, and a path that is cut is cut at every x.
    """
    source = torch.Generator().manual_seed(seed)
    least: Tree = {}
    try:
        for _ in range(POINTS):
            found = _slopes_at(module, x, source, seed)
            if not found or _apart(found) <= AGREED:
                return found
            least = min(least or found, found, key=_apart)
            noise = torch.randn(x.shape, generator=source, dtype=torch.float64).to(x)
            x = x.mean() + x.std() * noise
    except RAISED:
        return {}
    return least


def _slopes_at(module: nn.Module, x: Tensor, source: torch.Generator, seed: int) -> Tree:
    """`slopes` at this x alone."""
    ways = torch.randn((DIRECTIONS, *x.shape), generator=source, dtype=torch.float64).to(x)
    with torch.no_grad(), _statistics_of_one_batch(module):
        module.train()
        module(x.clone())
    module.eval()
    with torch.no_grad():
        moved = torch.cat([x + STEP * ways, x - STEP * ways])
        results = module(moved.flatten(0, 1))
        once = module(x.clone())
    leaf = x.detach().clone().requires_grad_()
    result = module(leaf.clone())
    steady = torch.allclose(once, result.detach(), rtol=1e-3, atol=1e-3)
    above = upstream(result.shape, seed)
    (gradient,) = torch.autograd.grad(result, leaf, above.to(result), allow_unused=True)
    if gradient is None or not steady:
        return {}
    gradients = (ways.cpu().double() * gradient.cpu().double()).flatten(1).sum(1)
    found = {"steps": _steps(results, above), "gradients": gradients}
    if _apart(found) > AGREED:
        with torch.no_grad():
            found["steps"] = _steps(torch.cat([module(one.clone()) for one in moved]), above)
    return found


def _apart(found: Tree) -> float:
    """How far gradients are from steps, in sizes of a usual step. The median: a kink that is crossed spoils few directions."""
    return float((found["steps"] - found["gradients"]).abs().median() / found["steps"].abs().median())


def _steps(results: Tensor, above: Tensor) -> Tensor:
    """The slopes, from the results of the steps there and back, all in one batch."""
    there, back = results.cpu().double().unflatten(0, (2, DIRECTIONS, len(above)))
    return ((there - back) * above).flatten(1).sum(1) / (2 * STEP)


@contextlib.contextmanager
def _statistics_of_one_batch(module: nn.Module) -> Iterator[None]:
    """Within, each batch norm takes the statistics of its first batch as they are, and not a tenth of them."""
    norms = [layer for layer in module.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    momenta = [layer.momentum for layer in norms]
    try:
        for layer in norms:
            layer.reset_running_stats()
            layer.momentum = None
        yield
    finally:
        for layer, momentum in zip(norms, momenta, strict=True):
            layer.momentum = momentum

"""Look at a block of two paths: as it was built, with its zeros perturbed, and with all of its numbers moved."""

import contextlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from . import modules
from .calls import AnswerFunction
from .inputs import InputGenerator
from .values import Tree


def observe_block(
    generator: InputGenerator, answer: AnswerFunction, x: Tensor, *args: object, **kwargs: object
) -> Tree:
    """Build `answer(*args, **kwargs)` and send x through it in training mode.

    Returns {"built"} and, when it is a module: "start", "perturbed" (see `modules.flow`; as built, and with `perturb_zeros`),
    "moved" (where the result has x's shape: see `modules.flow`; with `other_numbers` too),
    "changed" (whether x was, with zeros perturbed: ["0"] or []), "run" (see `modules.run`, with gradients, as built; and "slopes",
    see `slopes`, with zeros perturbed) and "parameters" (see `modules.weights`), as built.
    """
    net, built = modules.build(generator, answer, *args, **kwargs)
    seen: Tree = {"built": built}
    if net is None:
        return seen
    seen["start"] = modules.flow(net, x, training=True)
    with perturb_zeros(net):
        seen["perturbed"] = modules.flow(net, x, training=True)
        if (seen["perturbed"]["value"] or {}).get("shape") == list(x.shape):
            with other_numbers(net):
                seen["moved"] = modules.flow(net, x, training=True)
        seen["changed"] = modules.run(net, x, training=True)["changed"]
        slopes = modules.slopes_at(net, x[:2], generator)
    seen["run"] = modules.run(net, x, training=True, gradient=generator) | {"slopes": slopes}
    seen["parameters"] = modules.weights(net)
    return seen


def build_again(
    seen: Tree, generator: InputGenerator, answer: AnswerFunction, *args: object, **kwargs: object
) -> nn.Module | None:
    """Another copy of the block of which `observe_block` has `seen` one; None, and `seen` says why, where this one cannot be built."""
    net, built = modules.build(generator, answer, *args, **kwargs)
    if net is None:
        seen["built"] = built
    return net


def observe_in_sizes(
    generator: InputGenerator,
    answer: AnswerFunction,
    inputs: Mapping[str, tuple[tuple[int, int, int], dict[str, Tensor]]],
) -> Tree:
    """Each of `inputs`, (arguments that end with the stride, x by the name of its size): `observe_block` on the "odd" size, and
    "sizes": runs in evaluation mode on the others ("two rows" transposed).

    The stride is left out where it is 1, passed by name where it is 2, by position elsewhere.
    """
    seen: Tree = {}
    for name, ((ni, nf, stride), sizes) in inputs.items():
        args = (ni, nf, stride) if stride > 2 else (ni, nf)
        kwargs = {"stride": stride} if stride == 2 else {}
        seen[name] = observe_block(generator, answer, sizes["odd"], *args, **kwargs)
        net = build_again(seen[name], generator, answer, *args, **kwargs)
        if net is not None:
            seen[name]["sizes"] = {
                size: modules.run(net, x.transpose(2, 3) if size == "two rows" else x)
                for size, x in sizes.items()
                if size != "odd"
            }
    return seen


@contextlib.contextmanager
def perturb_zeros(module: nn.Module) -> Iterator[None]:
    """Within, what starts at 0 does so no more, so that what it hides is seen: a γ or β of zeros (any parameter of zeros with
    one number a channel) is all 1, and other weights of zeros are small random numbers."""
    zeros = [value for value in module.parameters() if _is_zero(value)]
    source = torch.Generator().manual_seed(0)
    for value in zeros:
        flat = value.numel() == max(value.shape, default=1)
        value.data.copy_(torch.ones(value.shape) if flat else 0.1 * torch.randn(value.shape, generator=source))
    try:
        yield
    finally:
        for value in zeros:
            value.data.zero_()


@contextlib.contextmanager
def other_numbers(module: nn.Module) -> Iterator[None]:
    """Within, all that learns is a quarter to a half larger, each number by another factor: x times a number that starts at 1, or
    behind a 1×1 that starts as the identity, is x itself only until then."""
    moved = [value for value in module.parameters() if not is_lazy(value) and value.requires_grad]
    before = [value.data for value in moved]
    source = torch.Generator().manual_seed(0)
    for value in moved:
        value.data = value.data * (1.25 + 0.25 * torch.rand(value.shape, generator=source)).to(value)
    try:
        yield
    finally:
        for value, data in zip(moved, before, strict=True):
            value.data = data


def _is_zero(value: Tensor) -> bool:
    return not is_lazy(value) and value.is_floating_point() and not bool(value.detach().any())

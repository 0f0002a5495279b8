"""What the probe says about one tensor or one module: shapes, statistics, parameters, a layer in a few words."""

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd


def tensors(value: object) -> Iterator[torch.Tensor]:
    """All tensors in nested tuples, lists and dicts, in order; anything else is passed over."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, Mapping):
        yield from tensors(list(value.values()))


def tensor_shapes(value: object) -> list[tuple[int, ...]]:
    """The shapes of all tensors in `value`, nested as `tensors` allows."""
    return [tuple(tensor.shape) for tensor in tensors(value)]


def shapes(several: Iterable[tuple[int, ...]]) -> str:
    """Shapes as a reader writes them: `1×256×4×4`; several with a plus sign; a dash for none."""
    return " + ".join("×".join(map(str, shape)) or "number" for shape in several) or "–"


def statistics(output: object) -> tuple[float, float, float] | None:
    """Mean, standard deviation (population) and share of zeros of the first tensor in `output`.

    None where there is nothing to measure: no tensor, an empty one, one without values (meta), complex or sparse ones.
    """
    first = next(tensors(output), None)
    if first is None or first.numel() == 0 or first.is_complex() or first.is_meta:
        return None
    values = first.detach()
    try:
        # Half precision overflows in a sum; Apple's GPU has no float64.
        values = values.float() if values.device.type == "mps" else values.double()
        zeros = (values.numel() - int(torch.count_nonzero(values))) / values.numel()
        return values.mean().item(), values.std(correction=0).item(), zeros
    except (RuntimeError, TypeError):  # kinds of tensors that cannot be averaged: the table shows a dash
        return None


def count(parameters: Iterable[nn.Parameter]) -> int:
    """How many numbers the parameters hold; one that is not made yet (lazy) counts 0, a shared one once."""
    distinct = {id(p): p for p in parameters}.values()
    return sum(0 if isinstance(p, nn.parameter.UninitializedParameter) else p.numel() for p in distinct)


def describe(module: nn.Module) -> str:
    """A layer in a few words, e.g. `Conv2d 3→16, 3×3, stride 2, padding 1`; other modules by their class."""
    kind = type(module).__name__
    try:
        if isinstance(module, _ConvNd):
            return _convolution(kind, module)
        if isinstance(module, nn.Linear):
            return f"{kind} {module.in_features}→{module.out_features}"
        if isinstance(module, _BatchNorm):
            return f"{kind} {module.num_features}"
    except (AttributeError, TypeError):  # a learner's subclass may lack what the library's class has
        pass
    return kind


def _convolution(kind: str, module: _ConvNd) -> str:
    parts = [f"{kind} {module.in_channels}→{module.out_channels}", "×".join(map(str, module.kernel_size))]
    padding = module.padding if isinstance(module.padding, str) else _both(module.padding)
    settings = {
        "stride": (_both(module.stride), "1"),
        "padding": (padding, "0"),
        "dilation": (_both(module.dilation), "1"),
        "groups": (str(module.groups), "1"),
    }
    parts += [f"{name} {value}" for name, (value, usual) in settings.items() if value != usual]
    return ", ".join(parts)


def _both(pair: tuple[int, ...]) -> str:
    # (2, 2) as `2`, (3, 1) as `3×1`
    return str(pair[0]) if len(set(pair)) == 1 else "×".join(map(str, pair))


def ordinal(number: int) -> str:
    """2 → 2nd, 3 → 3rd, 4 → 4th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"

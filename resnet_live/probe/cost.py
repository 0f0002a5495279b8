"""What each part of a model costs: the shape of its output, its parameters, its multiply-adds."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet_live.probe.describe import count, tensors


@dataclass(frozen=True)
class Cost:
    """One part of a model, for one call.

    `shape`: of its output for one image, (C, H, W) or (features,); `parameters`: how many numbers it learns;
    `multiply_adds`: those of its convolutions and matrix products (additions alone, batch norm, ReLU and pooling count
    nothing, as is usual).
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def costs(model: nn.Module, size: int, parts: Iterable[str] | None = None, channels: int = 3) -> list[Cost]:
    """The cost of the submodules named `parts` (default: the direct children) for one image `channels`×size×size.

    Counted while a copy of the model really runs on the meta device: shapes without numbers, so nothing is computed and
    the model is left as it was found. The counter is PyTorch's (`torch.utils.flop_counter`; two of its operations are one
    multiply-add). A part that is not called is left out. Raises AttributeError for a part that does not exist.
    """
    import copy

    names = list(parts) if parts is not None else [name for name, _ in model.named_children()]
    twin = copy.deepcopy(model).to("meta").eval()
    shapes: dict[str, tuple[int, ...]] = {}

    def note(name):
        def hook(_module, _args, output):
            shapes[name] = tuple(next(tensors(output)).shape[1:])

        return hook

    for name in names:
        twin.get_submodule(name).register_forward_hook(note(name))
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        twin(torch.empty(1, channels, size, size, device="meta"))
    found = counter.get_flop_counts()
    root = type(model).__name__
    return [
        Cost(
            name,
            shapes[name],
            count(model.get_submodule(name).parameters()),
            sum(found.get(f"{root}.{name}", {}).values()) // 2,
        )
        for name in names
        if name in shapes
    ]

"""Which tensors take part in a run of a module without belonging to it: no optimiser, `.to()` or `state_dict` sees those."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .values import Tree

MOST_NAMES, DEPTH = 20, 3


class Registration(TorchDispatchMode):
    """Within, notes the parameters that operations get, and the tensors that `module` and its parts hold as plain attributes."""

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module
        self.held = {id(value): (name, value) for name, value in _held(module)}
        self.used: dict[int, Tensor] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        for value in args:
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(one, Tensor) and (
                    isinstance(one, nn.Parameter) or (one.requires_grad and one.is_leaf) or id(one) in self.held
                ):
                    self.used[id(one)] = one
        return func(*args, **(kwargs or {}))

    def strangers(self) -> list[Tree]:
        """{"name" (where the module holds it, or ""), "shape", "learns"} of what took part and is neither a parameter nor a buffer of
        the module's, nor a view of one made on the way (as spectral norm makes, without gradients)."""
        own = {id(value) for value in [*self.module.parameters(), *self.module.buffers()]}
        return [
            {"name": self.held.get(key, ("",))[0], "shape": list(value.shape), "learns": bool(value.requires_grad)}
            for key, value in list(self.used.items())[: MOST_NAMES + len(own)]
            if key not in own and (key in self.held or id(value._base) not in own)
        ][:MOST_NAMES]


def _held(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The tensors in plain attributes of a module and its parts, also in lists, tuples and dicts, and those of modules there."""
    for name, layer in module.named_modules():
        for attribute, value in list(vars(layer).items()):
            if attribute not in ("_parameters", "_buffers", "_modules"):
                yield from _within(value, f"{name}.{attribute}" if name else attribute, DEPTH)


def _within(value: object, name: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, nn.Module):
        for key, one in [*value.named_parameters(), *value.named_buffers()]:
            yield f"{name}.{key}", one
    elif depth and isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from _within(one, f"{name}[{number}]", depth - 1)
    elif depth and isinstance(value, dict):
        for key, one in list(value.items()):
            if isinstance(key, str):
                yield from _within(one, f"{name}[{key!r}]", depth - 1)

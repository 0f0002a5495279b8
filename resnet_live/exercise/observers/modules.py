"""Look at a student's module: what it is made of, what flows through it, what it leaves behind. Decides nothing.

Lazy layers (`nn.LazyLinear`) have parameters only after the first run: ask for `weights` after a `run` or `flow`.

Each function returns a tree that `serialize` takes: facts and raw tensors, so that the judge can do its own arithmetic.
"""

import contextlib
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

from .calls import RAISED, AnswerFunction, upstream
from .inputs import InputGenerator
from .registration import Registration
from .slopes import slopes
from .values import Tree, describe, describe_error

MOST_ELEMENTS = 4_000_000
MOST_ALIKE = 32  # results of one operation and of one shape


def build(
    generator: InputGenerator, factory: AnswerFunction, *args: object, **kwargs: object
) -> tuple[nn.Module | None, Tree]:
    """Make a module: (the module on the generator's device or None, {"value", "error"} as `call` gives them).

    The second part goes into the observation under a key of its own; the judge's `built` reads it.
    """
    record: Tree = {"value": None, "error": None}
    try:
        made = factory(*args, **kwargs)
        record["value"] = describe(made)
        if not isinstance(made, nn.Module):
            return None, record
        # walked once here, where an error is the answer's: every later look at the module does the same
        set(made.modules()), dict(made.named_modules()), list(made.named_parameters()), list(made.named_buffers())
        return made.to(generator.device), record
    except RAISED as error:
        record["error"] = describe_error(error)
        return None, record


def weights(module: nn.Module) -> Tree:
    """The parameters that exist: {name: {"shape", "zero" (all numbers are 0), "numbers"}}.

    "numbers" are there for what a judge works with: vectors, and weights that mix channels at each place by themselves (linear layers,
    1×1 convolutions); None for larger kernels, which are nearly all of a network's numbers.
    """
    found: Tree = {}
    for name, value in module.named_parameters():
        if is_lazy(value):
            continue
        mixes = sum(side > 1 for side in value.shape) <= 2
        found[name] = {
            "shape": list(value.shape),
            "zero": not bool(value.detach().any()),
            "numbers": value.detach().clone() if mixes else None,
        }
    return found


def snapshot(module: nn.Module) -> Tree:
    """What must be "left as it was found": {"training": {module: flag}, "state": {name: tensor}, "gradients": {name: tensor
    or None}, "frozen": names of the parameters that do not train}."""
    return {
        "training": {name: bool(layer.training) for name, layer in module.named_modules()},
        "state": {
            name: value.detach().clone()
            for name, value in [*module.named_parameters(), *module.named_buffers()]
            if not is_lazy(value)
        },
        "gradients": {
            name: None if value.grad is None else value.grad.detach().clone()
            for name, value in module.named_parameters()
        },
        "frozen": [name for name, value in module.named_parameters() if not value.requires_grad],
    }


def run(module: nn.Module, *inputs: Tensor, training: bool = False, gradient: InputGenerator | None = None) -> Tree:
    """Run a module on copies of the inputs, in evaluation mode unless `training`.

    Returns {"value", "error", "changed"} as `call` does, "switched" (names of the modules that the run put into the other mode), and
    with `gradient` (the generator) also "gradients" at the inputs ("0", …) and "parameter_gradients" by name, each None where none
    arrives, else whether any of its numbers is not 0, "frozen" (the names of those that do not train), "backward" (the error of
    the way back, or None), and "strangers" (see `Registration`). The module's training flags, buffers and gradients are put back
    afterwards.
    """
    record: Tree = {
        "value": None,
        "error": None,
        "changed": [],
        "switched": [],
        "gradients": {},
        "parameter_gradients": {},
        "frozen": [],
        "backward": None,
        "strangers": [],
    }
    registration = Registration(module) if gradient is not None else None
    with _restored(module):
        module.train(training)
        leaves = [value.detach().clone().requires_grad_(gradient is not None) for value in inputs]
        given = [leaf.clone() for leaf in leaves]
        try:
            with registration or torch.no_grad():
                result = module(*given)
            record["value"] = describe(result)
        except RAISED as error:
            record["error"] = describe_error(error)
            return record
        record["changed"] = [
            str(number)
            for number, (now, before) in enumerate(zip(given, inputs, strict=True))
            if now.shape != before.shape or not torch.equal(now.detach(), before)
        ]
        record["switched"] = [name for name, layer in module.named_modules() if bool(layer.training) != training]
        if gradient is not None and registration is not None:
            _add_gradients(record, module, leaves, result, gradient)
            record["strangers"] = registration.strangers()
    return record


def slopes_at(module: nn.Module, x: Tensor, generator: InputGenerator) -> Tree:
    """`slopes` of a module at x; the module is left as it was."""
    with _restored(module):
        return slopes(module, x, generator.seed)


def _add_gradients(record: dict, module: nn.Module, leaves: list[Tensor], result, generator: InputGenerator) -> None:
    names = [name for name, value in module.named_parameters() if value.requires_grad]
    wanted = leaves + [value for value in module.parameters() if value.requires_grad]
    found: tuple[Tensor | None, ...] = (None,) * len(wanted)
    if isinstance(result, Tensor) and result.requires_grad:
        try:
            found = torch.autograd.grad(
                result, wanted, upstream(result.shape, generator.seed).to(result), allow_unused=True
            )
        except RAISED as error:
            record["backward"] = describe_error(error)
    record["frozen"] = [name for name, value in module.named_parameters() if not value.requires_grad]
    record["gradients"] = {str(number): _arrived(found[number]) for number in range(len(leaves))}
    record["parameter_gradients"] = dict(zip(names, map(_arrived, found[len(leaves) :]), strict=True))


def _arrived(gradient: Tensor | None) -> bool | None:
    return None if gradient is None else bool(gradient.any())


@contextlib.contextmanager
def _restored(module: nn.Module):
    """Afterwards training flags, buffers and gradients are what they were."""
    flags = {layer: layer.training for layer in module.modules()}
    buffers = {name: value.detach().clone() for name, value in module.named_buffers() if not is_lazy(value)}
    grads = {value: value.grad for value in module.parameters()}
    try:
        yield
    finally:
        for layer, flag in flags.items():
            layer.training = flag
        for name, value in module.named_buffers():
            if name in buffers and buffers[name].shape == value.shape:
                value.data.copy_(buffers[name])
        for value, grad in grads.items():
            value.grad = grad


class _Flow(TorchDispatchMode):
    """Notes each operation that makes a tensor, and the outputs of those in whose names `outputs` is.

    An operation that is used again and again, as in a loop over the pixels, is noted without its outputs: they would be too many to
    pass on, and none of them is a whole map. Convolutions are always noted in full.
    """

    def __init__(self, outputs: str, own: Iterable[Tensor] = ()):
        super().__init__()
        self.outputs = outputs
        self.own = {value.untyped_storage().data_ptr() for value in own if not is_lazy(value)}
        self.steps: list[Tree] = []
        self.alike: dict[tuple, list[Tree]] = {}
        self.padded: tuple[Tensor, Tensor, list[int]] | None = None

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        first = result[0] if isinstance(result, (tuple, list)) and result else result
        if isinstance(first, Tensor) and first.is_floating_point():
            name = func.overloadpacket.__name__
            self._note(name, args, first)
            if name == "constant_pad_nd":
                self._note_padding(first, *args)
        return result

    def _note_padding(self, output: Tensor, given: Tensor, sides: list[int], value: float = 0) -> None:
        """Zeros around a map, as many on both sides: for a convolution that comes next they are its own padding."""
        if value == 0 and len(sides) == 4 and sides[::2] == sides[1::2]:
            self.padded = output, given, [sides[2], sides[0]]

    def _note(self, name: str, args: tuple, output: Tensor) -> None:
        alike = self.alike.setdefault((name, output.shape), [])
        wanted = self.outputs in name and (name == "convolution" or len(alike) < MOST_ALIKE)
        step: Tree = {"op": name, "output": _kept(output) if wanted else None, "shape": list(output.shape)}
        if wanted:
            alike.append(step)
        elif self.outputs in name:
            for one in alike:
                one["output"] = None
        if name == "convolution":
            given, weight, bias, stride, padding, dilation, *_, groups = args
            if self.padded is not None and self.padded[0] is given:
                _, given, zeros = self.padded
                padding = [own + around for own, around in zip(padding, zeros, strict=True)]
            step |= {
                "input": _kept(given),
                "weight": list(weight.shape),
                "counts": not self._learns(weight) and _counts(weight),
                "bias": bias is not None,
                "stride": list(stride),
                "padding": list(padding),
                "dilation": list(dilation),
                "groups": groups,
            }
        self.steps.append(step)

    def _learns(self, weight: Tensor) -> bool:
        """Is it a parameter, of the module or a stray one, or a view of one?"""
        if isinstance(weight, nn.Parameter) or weight.requires_grad:
            return True
        return weight.untyped_storage().data_ptr() in self.own


def flow(module: nn.Module, *inputs: Tensor, training: bool = False, outputs: str = "") -> Tree:
    """Run a module, in evaluation mode unless `training`, and note each PyTorch operation on the way, whoever called it.

    Returns {"error", "value", "steps"}: a step is {"op", "shape", "output" (tensor)}, a convolution's has also "input", "weight"
    (shape), "counts" (its weights are no parameter, and it only adds pixels up, as a pool does), "bias", "stride", "padding" (with
    zeros that were put around its input), "dilation", "groups". Operations are aten's ("convolution", "relu", "mean", "addmm", …).
    Keep the input small: all tensors are kept (but see `_Flow`), or, with `outputs`, the outputs of the operations in whose names
    it is.
    """
    record: Tree = {"error": None, "value": None, "steps": []}
    with _restored(module), torch.no_grad():
        module.train(training)
        noted = _Flow(outputs, module.parameters())
        try:
            with noted:
                result = module(*[value.clone() for value in inputs])
            record["value"] = describe(result)
        except RAISED as error:
            record["error"] = describe_error(error)
        record["steps"] = noted.steps
    return record


@contextlib.contextmanager
def kinds_run() -> Iterator[set[type]]:
    """Within, the classes of all modules that run, whoever holds them."""
    kinds: set[type] = set()

    def note(module: nn.Module, args: object) -> None:
        kinds.add(type(module))

    handle = register_module_forward_pre_hook(note)
    try:
        yield kinds
    finally:
        handle.remove()


def load_state(module: nn.Module, state: dict[str, Tensor]) -> Tree:
    """Load a state dict strictly: {"error": see `describe_error` or None, "missing", "unexpected": names}."""
    record: Tree = {"error": None, "missing": [], "unexpected": []}
    try:
        own = set(module.state_dict())
        record |= {"missing": sorted(own - set(state)), "unexpected": sorted(set(state) - own)}
        module.load_state_dict(state, strict=True)
    except RAISED as error:
        record["error"] = describe_error(error)
    return record


def _counts(weight: Tensor) -> bool:
    """Each pixel of a window weighs the same, and not nothing: the sum or mean of a window, of each channel or of several."""
    same = weight.amax((2, 3)) == weight.amin((2, 3)) if weight.ndim == 4 else weight.new_zeros(1).bool()
    return bool(same.all()) and bool(weight.any())


def _kept(value: Tensor) -> Tensor | None:
    plain = value.detach().as_subclass(Tensor)
    return plain.to("cpu").clone() if plain.numel() <= MOST_ELEMENTS else None


__all__ = ["build", "flow", "load_state", "run", "snapshot", "weights"]

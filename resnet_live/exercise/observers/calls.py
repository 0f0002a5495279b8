"""Call a student's function on generated inputs and note what happened; decide nothing."""

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.autograd import profiler_legacy

from .inputs import InputGenerator
from .values import Tree, describe, describe_error

# A student's function or class.
AnswerFunction = Callable[..., Any]

# What a student's code may raise and an observation notes. KeyboardInterrupt is not among them: it is the student's.
RAISED = (Exception, SystemExit, GeneratorExit)


@dataclass(frozen=True)
class Case:
    """One call: positional and keyword arguments; `gradient`: also send a gradient back through the result."""

    args: tuple
    kwargs: Tree = field(default_factory=dict)
    gradient: bool = False


def case(*args: object, gradient: bool = False, **kwargs: object) -> Case:
    """The call `answer(*args, **kwargs)`."""
    return Case(args, kwargs, gradient)


@dataclass(frozen=True)
class Observer:
    """How to observe one exercise: `run(generator, *answers)` returns a tree that `serialize` takes.

    `cases(generator)` are the calls it makes (None for observers that do more than call a function): the judge makes the
    same cases from the same seed and works out what was to be expected.
    """

    run: Callable[..., Tree]
    cases: Callable[[InputGenerator], dict[str, Case]] | None = None


def calls(cases: Callable[[InputGenerator], dict[str, Case]], ops: tuple[str, ...] = ()) -> Observer:
    """Observe a function by calling it on each of `cases(generator)`: {"calls": {key: what `call` returns}}.

    `ops`: parts of the names of PyTorch operations to look out for (e.g. "pool"); see `call`.
    """

    def run(generator: InputGenerator, answer) -> Tree:
        return {"calls": {key: call(answer, one, generator, ops) for key, one in cases(generator).items()}}

    return Observer(run, cases)


def call(answer: AnswerFunction, one: Case, generator: InputGenerator, ops: tuple[str, ...] = ()) -> Tree:
    """Call `answer` once. Returns {"value": see `describe`, "error": see `describe_error` or None, "changed": which
    arguments were changed in place, "gradients": {argument: gradient or None}, "ops": the operations whose name holds
    one of `ops`}. Arguments are named "0", "1", … and by keyword.
    """
    named = {str(number): value for number, value in enumerate(one.args)} | one.kwargs
    before = {name: value.detach().clone() for name, value in named.items() if isinstance(value, Tensor)}
    leaves, given = {}, dict(named)
    if one.gradient:
        for name, value in before.items():
            if value.is_floating_point():
                leaves[name] = named[name].detach().clone(memory_format=torch.preserve_format).requires_grad_()
                # a copy of the leaf: in-place changes are then noted, rather than refused by autograd
                given[name] = leaves[name].clone(memory_format=torch.preserve_format)
    record: Tree = {"value": None, "error": None, "changed": [], "gradients": {}, "ops": []}
    args = [given[str(number)] for number in range(len(one.args))]
    kwargs = {name: given[name] for name in one.kwargs}
    used: list[str] = []
    try:
        with noted_ops(ops, used):
            result = answer(*args, **kwargs)
        record["value"] = describe(result)
    except RAISED as error:
        record["error"] = describe_error(error)
        return record
    finally:
        record["ops"] = sorted(set(used))
    record["changed"] = [name for name, value in before.items() if not _same(given[name], value)]
    if leaves:
        record["gradients"] = gradients(result, leaves, generator)
    return record


def gradients(result: object, leaves: dict[str, Tensor], generator: InputGenerator) -> dict[str, Tensor | None]:
    """The gradients at `leaves` when `upstream(result.shape)` comes from above; None where none arrives."""
    nothing = dict.fromkeys(leaves)
    if not isinstance(result, Tensor) or not result.requires_grad:
        return nothing
    try:
        above = upstream(result.shape, generator.seed).to(result)
        found = torch.autograd.grad(result, list(leaves.values()), above, allow_unused=True)
    except RAISED:
        return nothing
    return dict(zip(leaves, found, strict=True))


def upstream(shape: Iterable[int], seed: int) -> Tensor:
    """The gradient that is sent back: random float64 numbers that depend on seed and shape alone."""
    return torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@contextlib.contextmanager
def noted_ops(names: tuple[str, ...], used: list[str]) -> Iterator[None]:
    """Within the block, add to `used` each PyTorch operation whose name holds one of `names`.

    The profiler sees an operation by whatever route it was called: module, functional, `torch.ops`, TorchScript. A
    function mode would miss the last one, and a dispatch mode those that PyTorch breaks up into simpler ones.
    """
    if not names:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # the newer profiler writes lines of its own to stderr
        profile = profiler_legacy.profile()
    with profile:
        yield
    seen = {event.name for event in profile.function_events if event.name.startswith("aten::")}
    used += [name for name in seen if any(part in name for part in names)]


def _same(now: object, before: Tensor) -> bool:
    if not isinstance(now, Tensor) or now.shape != before.shape or now.dtype != before.dtype:
        return False
    return torch.equal(now.detach(), before)

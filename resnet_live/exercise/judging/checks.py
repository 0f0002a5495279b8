"""Ready-made tests for checks: each function here returns a test, evidence → Fault or None.

Tests of functions (observed with `calls`): `values`, `returns`, `keeps_dtype`, `gradients`, `untouched`, `without`.
For tests of modules: `built`, `ran`, `left_as_found`. `both` and `first` join tests.

Expected values are worked out in float64. Tolerance, relative to the largest expected value (at least 1): 1e-5 in float32, where sums
of some hundred terms in any order differ by less than 1e-6; 1e-10 in float64, so that a detour through float32 (1e-7) shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from resnet_live.exercise.definition import Fault
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.judge import Evidence, on_cpu
from resnet_live.exercise.observers.calls import upstream

Test = Callable[[Evidence], Fault | None]
TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-5, "float64": 1e-10}
INTEGERS = ("int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float", "float16", "float32", "float64")


@dataclass(frozen=True)
class Slip:
    """A misconception by name: `answer` is what somebody with it would have written; `idea` is said when the student's results
    are the same as its results and differ from the right ones."""

    name: str
    answer: Callable
    idea: str


def first(*tests: Test) -> Test:
    """The fault of the first of these tests that finds one."""

    def test(evidence: Evidence) -> Fault | None:
        return next((fault for one in tests if (fault := one(evidence))), None)

    return test


def values(
    expected: Callable,
    only: Iterable[str] = ("",),
    idea: str = "",
    slips: Iterable[Slip] = (),
    tolerance: dict[str, float] | None = None,
) -> Test:
    """The result of each call is what `expected(*args, **kwargs)` gives: a tensor (shape and values, never broadcast), or a number.

    `only`: the calls to judge, by the beginnings of their keys (default: all); `idea`: what to look at again, when no slip fits.
    A tensor of another dtype passes here (`keeps_dtype` is for that), and so does a number in another wrapping (`returns`): a 0-d
    tensor or NumPy number counts as the number it holds. Exceptions, stubs, `None`, wrong types and shapes have their own words.
    """

    def test(evidence: Evidence) -> Fault | None:
        keys = chosen(evidence, only)
        wanted = {key: ask(expected, evidence, key) for key in keys}
        for key in keys:
            if fault := _value_fault(evidence, key, wanted[key], tolerance or TOLERANCE):
                if evidence.calls[key]["error"]:
                    return fault.with_idea(idea)
                slip = _slip(slips, expected, evidence, keys, tolerance or TOLERANCE)
                return Fault(fault.seen, fault.expected, fault.given, fault.idea or (slip.idea if slip else idea))
        return None

    return test


def returns(kind: str, only: Iterable[str] = ("",)) -> Test:
    """Each call returns a Python number of exactly this kind: "int" or "float" (a bool is neither)."""

    def test(evidence: Evidence) -> Fault | None:
        for key in chosen(evidence, only):
            record = evidence.calls[key]
            if fault := _raised(evidence, key, f"a Python `{kind}`"):
                return fault
            if record["value"]["type"] != kind:
                idea = "A tensor with one element gives its number with `.item()`." if kind == "float" else ""
                idea = idea or "Division with `/` gives a float; `//` and `int` give an int."
                return Fault(messages.value(record["value"]), f"a Python `{kind}`", evidence.given(key), idea)
        return None

    return test


def keeps_dtype(only: Iterable[str] = ("",)) -> Test:
    """Each result has the dtype of the call's first tensor."""

    def test(evidence: Evidence) -> Fault | None:
        for key in chosen(evidence, only):
            case, seen = evidence.cases[key], evidence.calls[key]["value"]
            given = next(value for value in [*case.args, *case.kwargs.values()] if isinstance(value, Tensor))
            dtype = str(given.dtype).removeprefix("torch.")
            if seen is None or seen.get("dtype") != dtype:
                got = messages.value(seen) if seen else "no result"
                idea = "A tensor that you make yourself is float32 unless you say `dtype=x.dtype`."
                return Fault(got, f"`{dtype}`, as the input", evidence.given(key), idea)
        return None

    return test


def gradients(expected: Callable, only: Iterable[str] = ("",), idea: str = "") -> Test:
    """In each call observed with `gradient=True`, the gradient at the inputs is the one that `expected` has."""

    def test(evidence: Evidence) -> Fault | None:
        for key in chosen(evidence, only):
            case, record = evidence.cases[key], evidence.calls[key]
            if not case.gradient:
                continue
            for name, wanted in _expected_gradients(expected, evidence, key).items():
                got = record["gradients"].get(name)
                label = _param(evidence, name)
                if got is None:
                    lost = "`.detach()`, `.data`, `.item()`, NumPy, `torch.tensor(…)` and `no_grad` cut the graph."
                    return Fault(
                        f"no gradient reaches `{label}`",
                        "a result from which PyTorch can go back to its input",
                        evidence.given(key),
                        idea or f"The network before this function could not learn. {lost}",
                    )
                if got.shape != wanted.shape or not close(got, wanted):
                    return Fault(
                        f"a wrong gradient at `{label}`",
                        "the gradient of the same function",
                        evidence.given(key),
                        idea or "Part of your result takes a way that PyTorch does not see.",
                    )
        return None

    return test


def untouched() -> Test:
    """No call changed an argument in place, and the results live on the inputs' device."""

    def test(evidence: Evidence) -> Fault | None:
        for key, record in evidence.calls.items():
            if record["changed"]:
                names = ", ".join(f"`{_param(evidence, name)}`" for name in record["changed"])
                return Fault(
                    f"{names} was changed in place",
                    "the input as it was before the call",
                    evidence.given(key),
                    "`+=`, `*=`, `x[...] = …` and methods that end in `_` write into the caller's tensor.",
                )
            seen = record["value"] or {}
            if seen.get("type") == "Tensor" and seen["device"] != _device(evidence, key):
                return Fault(
                    f"a result on `{seen['device']}`",
                    f"one on `{_device(evidence, key)}`, where the input is",
                    evidence.given(key),
                    "A tensor that you make yourself is on the CPU unless you say `device=x.device`.",
                )
        return None

    return test


def without(what: str, idea: str = "") -> Test:
    """No call used one of the operations that the observer looked out for; `what` names them in words."""

    def test(evidence: Evidence) -> Fault | None:
        for key, record in evidence.calls.items():
            if record["ops"]:
                used = ", ".join(f"`{name.removeprefix('aten::')}`" for name in record["ops"])
                return Fault(f"{used} was called", f"a result without {what}", evidence.given(key), idea)
        return None

    return test


# ---- Modules ----


def built(evidence: Evidence, key: str = "built", call: str = "") -> Fault | None:
    """The fault of a module that could not be built, from what `modules.build` noted under `key`; `call` shows how it was called."""
    return made(evidence.seen[key], call)


def made(record: dict, call: str = "") -> Fault | None:
    """The same for a record of `modules.build` that lies elsewhere."""
    if record["error"]:
        return messages.error_fault(record["error"], call, "a module")
    if fault := messages.no_value(record["value"], "a module", call):
        return fault
    if record["value"]["type"] != "Module":
        return Fault(
            messages.value(record["value"]), "an `nn.Module`", call, "Does your class inherit from `nn.Module`?"
        )
    return None


def ran(record: dict, given: str, expected_shape: Iterable[int] | None = None) -> Fault | None:
    """The fault of a run of a module (see `modules.run`): an exception, `None`, no tensor, another shape; else None."""
    wanted = f"a tensor of shape {messages.shape(expected_shape)}" if expected_shape is not None else "a tensor"
    if record["error"]:
        return messages.error_fault(record["error"], given, wanted)
    seen = record["value"]
    if fault := messages.no_value(seen, wanted, given):
        return fault
    if seen["type"] != "Tensor":
        return Fault(messages.value(seen), wanted, given, "Return one tensor, not a list, a tuple or an array.")
    if expected_shape is not None and seen["shape"] != list(expected_shape):
        return Fault(messages.value(seen), wanted, given)
    return None


def left_as_found(before: dict, after: dict, given: str = "") -> Fault | None:
    """The fault of a module that is not as it was, from two `modules.snapshot`s: training flags, parameters, buffers, gradients."""
    for name, flag in before["training"].items():
        if after["training"].get(name) != flag:
            mode = ("evaluation", "training")[bool(after["training"].get(name))]
            return Fault(
                f"`{name or 'the model'}` is in {mode} mode afterwards",
                "each module in the mode in which it was found",
                given,
                "Remember the flag `training` of each module, and put back exactly that: a frozen batch norm stays frozen.",
            )
    for name, tensor in before["state"].items():
        if name not in after["state"] or not torch.equal(tensor, after["state"][name]):
            return Fault(
                f"`{name}` has changed",
                "parameters and buffers as they were",
                given,
                "In training mode batch norm updates its running statistics, even under `no_grad`.",
            )
    if before["frozen"] != after["frozen"]:
        name = min(set(before["frozen"]) ^ set(after["frozen"]))
        return Fault(
            f"`requires_grad` of `{name}` has changed",
            "each parameter frozen or not, as it was",
            given,
            "Freezing is not needed here: `torch.no_grad()` keeps no graph and changes no parameter.",
        )
    for name, grad in before["gradients"].items():
        now = after["gradients"].get(name)
        if (grad is None) != (now is None) or (grad is not None and not torch.equal(grad, now)):
            return Fault(
                f"the gradient of `{name}` has changed",
                "each `.grad` as it was before (`None` stays `None`)",
                given,
                "`backward()` adds to `.grad`. Is there a way to get gradients that leaves `.grad` alone, or can you put it back?",
            )
    return None


def hear(error: dict | None, ideas: dict[str, str], fault: Fault) -> Fault:
    """`fault` with an idea of the exercise's own, when the exception's text matches one of the patterns in `ideas`."""
    told = f"{error['kind']}: {error['message']}" if error else ""
    idea = next((idea for pattern, idea in ideas.items() if told and re.search(pattern, told)), "")
    return Fault(fault.seen, fault.expected, fault.given, idea) if idea else fault


# ---- What the tests are made of ----


def close(got: Tensor, wanted: Tensor, tolerance: dict[str, float] | None = None) -> bool:
    """Same shape and the same values, within the tolerance of `got`'s dtype; False for any nan that is not expected."""
    if got.shape != wanted.shape:
        return False
    if not wanted.numel():
        return True
    # exact for whole numbers and bools
    allowed = (tolerance or TOLERANCE).get(str(got.dtype).removeprefix("torch."), 0.0)
    scale = max(1.0, wanted.double().abs().max().item())
    return bool(torch.isclose(got.double(), wanted.double(), rtol=0, atol=allowed * scale, equal_nan=True).all())


def plain_number(seen: dict) -> int | float | None:
    """The number in a described value: Python's, NumPy's, or a tensor's with one element and no dimension; else None."""
    if seen["type"] in ("Tensor", "ndarray"):
        return seen["data"].item() if seen["shape"] == [] and "data" in seen else None
    number = seen.get("value")
    return number if type(number) in (int, float) else None


def chosen(evidence: Evidence, only: Iterable[str]) -> list[str]:
    """The keys of the calls that begin with one of `only`. Raises ValueError when there are none."""
    beginnings = (only,) if isinstance(only, str) else tuple(only)
    keys = [key for key in evidence.cases if key.startswith(beginnings)]
    if not keys:
        raise ValueError(f"no call begins with {beginnings}")
    return keys


def ask(function: Callable, evidence: Evidence, key: str):
    """What `function` gives for the arguments of a call, in float64 on the CPU."""
    args, kwargs = on_cpu(evidence.cases[key])
    return function(*args, **kwargs)


def _raised(evidence: Evidence, key: str, expected: str) -> Fault | None:
    record = evidence.calls[key]
    if record["error"]:
        return messages.error_fault(record["error"], evidence.given(key), expected)
    return messages.no_value(record["value"], expected, evidence.given(key))


def _value_fault(evidence: Evidence, key: str, wanted, tolerance) -> Fault | None:
    given, seen = evidence.given(key), evidence.calls[key]["value"]
    if isinstance(wanted, Tensor):
        target = f"a tensor of shape {messages.shape(wanted.shape)}"
        if fault := _raised(evidence, key, target):
            return fault
        if seen["type"] != "Tensor":
            return Fault(messages.value(seen), target, given, "Return one tensor.")
        if seen["shape"] != list(wanted.shape):
            return Fault(messages.value(seen), target, given)
        if "data" not in seen:
            return Fault("a tensor whose numbers cannot be read", target, given)
        if not close(seen["data"], wanted, tolerance):
            off = (seen["data"].double() - wanted).abs().nan_to_num(nan=torch.inf)
            place = [int(i) for i in torch.unravel_index(off.argmax(), off.shape)] if off.ndim else []
            got, right = seen["data"].double()[tuple(place)].item(), wanted[tuple(place)].item()
            where = f" at {place}" if place else ""
            return Fault(f"{messages.number(got)}{where}", messages.number(right), given)
        return None
    if fault := _raised(evidence, key, messages.number(wanted)):
        return fault
    number = plain_number(seen)
    if number is None or not _same_number(number, wanted, tolerance):
        return Fault(messages.value(seen), messages.number(wanted), given)
    return None


def _same_number(got: int | float, wanted: int | float, tolerance) -> bool:
    if isinstance(wanted, int):
        return got == wanted
    return abs(got - wanted) <= tolerance["float32"] * max(1.0, abs(wanted))


def _slip(slips: Iterable[Slip], expected: Callable, evidence: Evidence, keys: list[str], tolerance) -> Slip | None:
    """The slip that explains every call of the exercise, else one that explains at least these."""
    for calls in (list(evidence.cases), keys):
        wanted = {key: ask(expected, evidence, key) for key in calls}
        for slip in slips:
            if _explains(slip, evidence, calls, wanted, tolerance):
                return slip
    return None


def _explains(slip: Slip, evidence: Evidence, keys: list[str], wanted: dict, tolerance) -> bool:
    """The slip gives in each call what the student got, and not always what is right."""
    differs = False
    for key in keys:
        seen = evidence.calls[key]["value"]
        try:
            guess = ask(slip.answer, evidence, key)
        except Exception:
            return False
        if isinstance(guess, Tensor):
            same = seen is not None and seen.get("type") == "Tensor" and "data" in seen
            if not same or not close(seen["data"], guess, tolerance):
                return False
            differs |= guess.shape != wanted[key].shape or not close(guess, wanted[key])
        else:
            number = plain_number(seen) if seen else None
            if number is None or not _same_number(number, guess, tolerance):
                return False
            differs |= guess != wanted[key]
    return differs


def _expected_gradients(expected: Callable, evidence: Evidence, key: str) -> dict[str, Tensor]:
    args, kwargs = on_cpu(evidence.cases[key])
    leaves = {
        name: value.requires_grad_()
        for name, value in [*((str(n), v) for n, v in enumerate(args)), *kwargs.items()]
        if isinstance(value, Tensor) and value.is_floating_point()
    }
    result = expected(*args, **kwargs)
    found = torch.autograd.grad(result, list(leaves.values()), upstream(result.shape, evidence.seed), allow_unused=True)
    return {name: grad for name, grad in zip(leaves, found, strict=True) if grad is not None}


def _param(evidence: Evidence, name: str) -> str:
    params = evidence.exercise.params
    return params[int(name)] if name.isdigit() and int(name) < len(params) else name


def _device(evidence: Evidence, key: str) -> str:
    case = evidence.cases[key]
    tensors = [value for value in [*case.args, *case.kwargs.values()] if isinstance(value, Tensor)]
    # MPS has no float64: those inputs stay on the CPU, see Draw.tensor
    if evidence.device == "mps" and any(value.dtype == torch.float64 for value in tensors):
        return "cpu"
    return evidence.device if tensors else "cpu"

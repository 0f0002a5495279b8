"""Ready-made tests for checks: each function here returns a test, evidence → Feedback or None.

They are for functions, observed with `calls`: `values`, `returns`, `keeps_dtype`, `gradients`, `untouched`, `without`. `first` joins
tests, `where_answered` and `where_input_counts` let one wait for an answer. What modules have to do is in `module_checks`. Expected
values are worked out in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.compare import TOLERANCE, close, most_different, plain_number, same_number
from resnet_live.exercise.judging.evidence import CheckTest, Evidence, NotJudged, on_cpu
from resnet_live.exercise.observers.calls import upstream

# Tolerance in float64 that does not mind a detour through float32.
NO_FINER = TOLERANCE | {"float64": TOLERANCE["float32"]}


def first(*tests: CheckTest) -> CheckTest:
    """Feedback of the first of these tests that has any."""

    def test(evidence: Evidence) -> Feedback | None:
        return next((feedback for one in tests if (feedback := one(evidence))), None)

    return test


def where_answered(test: CheckTest) -> CheckTest:
    """`test`, passed only by answers that compute something, right or wrong: most calls gave a number or a text, not the same in all
    of them, nor in each just an argument. Of others that would pass NotJudged is raised: who always returns 0 returns no wrong type
    either, and is not paid for that.
    """

    def judged(evidence: Evidence) -> Feedback | None:
        if feedback := test(evidence):
            return feedback
        answered = {key: _answered(record["value"]) for key, record in evidence.calls.items()}
        results = {key: result for key, result in answered.items() if result is not None}
        if 2 * len(results) <= len(answered) or len(set(results.values())) == 1:
            raise NotJudged
        cases = {key: evidence.cases[key] for key in results if key in evidence.cases}
        given = {key: dict(zip(evidence.params, one.args, strict=False)) | one.kwargs for key, one in cases.items()}
        for name in evidence.params:
            if given and all(results[key] == one.get(name) for key, one in given.items()):
                raise NotJudged
        return None

    return judged


def _answered(seen: dict[str, Any] | None) -> float | str | None:
    """The number or the text that a call gave; None when it gave none."""
    if seen is None:
        return None
    found = seen["value"] if seen["type"] == "str" else plain_number(seen)
    return None if found != found else found


def where_input_counts(test: CheckTest, expected: Callable) -> CheckTest:
    """`test`, passed only by answers that compute something of what they are given: in each call observed with `gradient=True` a
    gradient reaches most of the numbers, and what comes back is others, as many as are asked for; or it is what `expected` gives.
    Of others that would pass NotJudged is raised: who returns any numbers uses no forbidden layer either, and is not paid for that.
    """

    def judged(evidence: Evidence) -> Feedback | None:
        if feedback := test(evidence):
            return feedback
        for key in [key for key, case in evidence.cases.items() if case.gradient]:
            wanted = ask(expected, evidence, key)
            if not _input_counts(evidence, key, wanted) and _value_feedback(evidence, key, wanted, TOLERANCE):
                raise NotJudged
        return None

    return judged


def _input_counts(evidence: Evidence, key: str, wanted: Tensor) -> bool:
    """Does most of the input count in the result of a call, which has the sides of `wanted` in some order, and some of length 1?"""
    record, given = evidence.calls[key], next(iter(evidence.cases[key].args), None)
    result = (record["value"] or {}).get("data")
    if not isinstance(result, Tensor) or (isinstance(given, Tensor) and torch.equal(result, given.cpu())):
        return False
    if sorted(side for side in result.shape if side > 1) != sorted(side for side in wanted.shape if side > 1):
        return False
    return any(float((one != 0).double().mean()) > 0.5 for one in record["gradients"].values() if one is not None)


def values(
    expected: Callable,
    only: Iterable[str] = ("",),
    hint: str = "",
    misconceptions: Iterable[Misconception] = (),
    tolerance: dict[str, float] | None = None,
) -> CheckTest:
    """The result of each call is what `expected(*args, **kwargs)` gives: a tensor (shape and values, never broadcast), or a number.

    `only`: the calls to judge, by the beginnings of their keys (default: all); `hint`: what to look at again, when no
    misconception fits.
    A tensor of another dtype passes here (`keeps_dtype` is for that), and so does a number in another wrapping (`returns`): a 0-d
    tensor or NumPy number counts as the number it holds. Exceptions, stubs, `None`, wrong types and shapes have messages of their own.
    """

    def test(evidence: Evidence) -> Feedback | None:
        keys = chosen(evidence, only)
        wanted = {key: ask(expected, evidence, key) for key in keys}
        for key in keys:
            if feedback := _value_feedback(evidence, key, wanted[key], tolerance or TOLERANCE):
                if evidence.calls[key]["error"]:
                    return feedback.with_hint(hint)
                found = _misconception(misconceptions, expected, evidence, keys, tolerance or TOLERANCE)
                return feedback.explained(found, hint)
        return None

    return test


def returns(kind: str, only: Iterable[str] = ("",)) -> CheckTest:
    """Each call returns a Python number of exactly this kind: "int" or "float" (a bool is neither)."""

    def test(evidence: Evidence) -> Feedback | None:
        for key in chosen(evidence, only):
            record = evidence.calls[key]
            if feedback := _raised(evidence, key, f"a Python `{kind}`"):
                return feedback
            if record["value"]["type"] != kind:
                hint = _wrapping(record["value"], kind)
                return Feedback(messages.value(record["value"]), f"a Python `{kind}`", evidence.given(key), hint)
        return None

    return test


def _wrapping(seen: dict[str, Any], kind: str) -> str:
    """How a number that is seen in another wrapping becomes a Python number of this kind."""
    if seen["type"] == "Tensor":
        return "A tensor with one element gives its number with `.item()`."
    if seen["type"] in ("list", "tuple", "dict", "set"):
        return "Return the number by itself."
    if seen["type"] == "float":
        return "Division with `/` gives a float; `//` and `int` give an int."
    if type(seen.get("value")) in (int, float) and seen["type"] != "int":
        return f"NumPy has number types of its own: `{kind}(…)` makes a Python number of one."
    return f"`{kind}(…)` makes a Python `{kind}` of a number."


def keeps_dtype(only: Iterable[str] = ("",)) -> CheckTest:
    """Each result has the dtype of the call's first tensor. A call that raised has none: that is for `values` to say."""

    def test(evidence: Evidence) -> Feedback | None:
        for key in chosen(evidence, only):
            case, seen = evidence.cases[key], evidence.calls[key]["value"]
            if evidence.calls[key]["error"]:
                continue
            given = next(value for value in [*case.args, *case.kwargs.values()] if isinstance(value, Tensor))
            dtype = str(given.dtype).removeprefix("torch.")
            if seen is None or seen.get("dtype") != dtype:
                got = messages.value(seen) if seen else "no result"
                hint = "A tensor that you make yourself is float32 unless you say `dtype=x.dtype`."
                return Feedback(got, f"`{dtype}`, as the input", evidence.given(key), hint)
        return None

    return test


def gradients(expected: Callable, only: Iterable[str] = ("",), hint: str = "") -> CheckTest:
    """In each call observed with `gradient=True`, the gradient at the inputs is the one that `expected` has. What a detour through
    float32 costs passes: the graph is whole, and `values` and `keeps_dtype` see the detour."""

    def test(evidence: Evidence) -> Feedback | None:
        for key in chosen(evidence, only):
            case, record = evidence.cases[key], evidence.calls[key]
            if not case.gradient:
                continue
            for name, wanted in _expected_gradients(expected, evidence, key).items():
                got = record["gradients"].get(name)
                label = _param(evidence, name)
                if got is None:
                    lost = "`.detach()`, `.data`, `.item()`, NumPy, `torch.tensor(…)` and `no_grad` cut the graph."
                    return Feedback(
                        f"no gradient reaches `{label}`",
                        "a result from which PyTorch can go back to its input",
                        evidence.given(key),
                        hint or f"The network before this function could not learn. {lost}",
                    )
                if got.shape != wanted.shape or not close(got, wanted, NO_FINER):
                    return Feedback(
                        f"a wrong gradient at `{label}`",
                        "the gradient of the same function",
                        evidence.given(key),
                        hint or "Part of your result takes a way that PyTorch does not see.",
                    )
        return None

    return test


def untouched() -> CheckTest:
    """No call changed an argument in place, and the results live on the inputs' device."""

    def test(evidence: Evidence) -> Feedback | None:
        for key, record in evidence.calls.items():
            if record["changed"]:
                names = ", ".join(f"`{_param(evidence, name)}`" for name in record["changed"])
                return Feedback(
                    f"{names} was changed in place",
                    "the input as it was before the call",
                    evidence.given(key),
                    "`+=`, `*=`, `x[...] = …` and methods that end in `_` write into the caller's tensor.",
                )
            seen = record["value"] or {}
            if seen.get("type") == "Tensor" and seen["device"] != _device(evidence, key):
                return Feedback(
                    f"a result on `{seen['device']}`",
                    f"one on `{_device(evidence, key)}`, where the input is",
                    evidence.given(key),
                    "A tensor that you make yourself is on the CPU unless you say `device=x.device`.",
                )
        return None

    return test


def without(what: str, hint: str = "") -> CheckTest:
    """No call used one of the operations that the observer looked out for; `what` names them in words."""

    def test(evidence: Evidence) -> Feedback | None:
        for key, record in evidence.calls.items():
            if record["ops"]:
                used = ", ".join(f"`{name.removeprefix('aten::')}`" for name in record["ops"])
                return Feedback(f"{used} was called", f"a result without {what}", evidence.given(key), hint)
        return None

    return test


# ---- What the tests are made of ----


def chosen(evidence: Evidence, only: Iterable[str]) -> list[str]:
    """The keys of the calls that begin with one of `only`. Raises ValueError when there are none."""
    beginnings = (only,) if isinstance(only, str) else tuple(only)
    keys = [key for key in evidence.cases if key.startswith(beginnings)]
    if not keys:
        raise ValueError(f"no call begins with {beginnings}")
    return keys


def ask(function: Callable, evidence: Evidence, key: str) -> Any:
    """What `function` gives for the arguments of a call, in float64 on the CPU: worked out once, so write into nothing of it."""

    def answer() -> Any:
        args, kwargs = on_cpu(evidence.cases[key])
        return function(*args, **kwargs)

    return evidence.once((function, key), answer)


def _raised(evidence: Evidence, key: str, expected: str) -> Feedback | None:
    record = evidence.calls[key]
    if record["error"]:
        return messages.error_feedback(record["error"], evidence.given(key), expected)
    return messages.no_value(record["value"], expected, evidence.given(key))


def _value_feedback(evidence: Evidence, key: str, wanted, tolerance) -> Feedback | None:
    given, seen = evidence.given(key), evidence.calls[key]["value"]
    if isinstance(wanted, Tensor):
        target = f"a tensor of shape {messages.shape(wanted.shape)}"
        if feedback := _raised(evidence, key, target):
            return feedback
        if seen["type"] != "Tensor":
            return Feedback(messages.value(seen), target, given, "Return one tensor.")
        if seen["shape"] != list(wanted.shape):
            return Feedback(messages.value(seen), target, given)
        if "data" not in seen:
            return Feedback("a tensor whose numbers cannot be read", target, given)
        if not close(seen["data"], wanted, tolerance):
            index, got, right = most_different(seen["data"], wanted)
            where = f" at {index}" if index else ""
            observed, expected = messages.apart(got, right)
            return Feedback(f"{observed}{where}", expected, given)
        return None
    if feedback := _raised(evidence, key, messages.number(wanted)):
        return feedback
    number = plain_number(seen)
    if number is None or not same_number(number, wanted, tolerance):
        return Feedback(messages.value(seen), messages.number(wanted), given)
    return None


def _misconception(
    misconceptions: Iterable[Misconception], expected: Callable, evidence: Evidence, keys: list[str], tolerance
) -> Misconception | None:
    """The misconception that explains every call of the exercise, else one that explains at least these."""
    for calls in (list(evidence.cases), keys):
        wanted = {key: ask(expected, evidence, key) for key in calls}
        for misconception in misconceptions:
            if _explains(misconception, evidence, calls, wanted, tolerance):
                return misconception
    return None


def _explains(misconception: Misconception, evidence: Evidence, keys: list[str], wanted: dict, tolerance) -> bool:
    """The misconception gives in each call what the student got, and not always what is right."""
    differs = False
    for key in keys:
        seen = evidence.calls[key]["value"]
        try:
            guess = ask(misconception.answer, evidence, key)
        except Exception:
            return False
        if isinstance(guess, Tensor):
            same = seen is not None and seen.get("type") == "Tensor" and "data" in seen
            if not same or not close(seen["data"], guess, tolerance):
                return False
            differs |= guess.shape != wanted[key].shape or not close(guess, wanted[key])
        else:
            number = plain_number(seen) if seen else None
            if number is None or not same_number(number, guess, tolerance):
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
    params = evidence.params
    return params[int(name)] if name.isdigit() and int(name) < len(params) else name


def _device(evidence: Evidence, key: str) -> str:
    case = evidence.cases[key]
    tensors = [value for value in [*case.args, *case.kwargs.values()] if isinstance(value, Tensor)]
    # MPS has no float64: those inputs stay on the CPU, see InputGenerator.tensor
    if evidence.device == "mps" and any(value.dtype == torch.float64 for value in tensors):
        return "cpu"
    return evidence.device if tensors else "cpu"

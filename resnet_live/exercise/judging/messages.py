"""The messages of the checks: shapes, inputs, and what went wrong in a call."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.observers.calls import Case

ODD = "Return a plain tensor, number or module, made by ordinary PyTorch code."
NOT_FOLLOWED = Feedback("Your answer behaved in a way that this check could not follow.", hint=ODD)

# What an exception usually means, by a part of "Kind: message". The first that matches counts.
MEANINGS = (
    (
        r"cannot assign (module|parameters?) before|no attribute '_(modules|parameters)'",
        "PyTorch's own `__init__` has not run: which call is missing in the first line of yours (`super()` …)?",
    ),
    (
        r"missing the required \"forward\"",
        "Your class needs a method `forward`. Is it spelt so, and indented into the class?",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied",
        "Two matrices do not fit: mat2 is the linear layer's weights, mat1 is what you fed in. "
        "Did you pool the features, not the input, and flatten them?",
    ),
    (
        r"Expected more than 1 value per channel when training",
        "A batch norm ran in training mode on one number a channel. `eval()` reaches what is registered, and layers in a Python list "
        "are not.",
    ),
    (
        r"Expected all tensors to be on the same device",
        "A tensor that you made is on another device than the input: make it on `x.device`.",
    ),
    (
        r"a leaf Variable that requires grad|modified by an inplace operation",
        "You change a tensor in place that PyTorch needs for the gradient. Make a new one.",
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "NumPy cannot be differentiated. Stay with tensors all the way.",
    ),
    (
        r"must match the size of tensor .* at non-singleton",
        "Two shapes meet that do not fit. Print both before the line that failed.",
    ),
    (
        r"expected m1 and m2 to have the same dtype|should be the same|Found dtype|same dtype",
        "Two number types meet. A tensor that you make needs the dtype of the input.",
    ),
    (
        r"Given groups=|expected input.*to have \d+ channels",
        "A layer got another number of channels than it was made for.",
    ),
    (
        r"^(TypeError).*(positional argument|unexpected keyword|required keyword)",
        "Compare your signature with the one in the exercise: names, order, defaults.",
    ),
    (
        r"^(NameError|UnboundLocalError)",
        "A name is used before it has a value. Is it spelt the same everywhere, and set on every path?",
    ),
    (r"^RecursionError", "The function calls itself and never stops."),
    (r"^(SystemExit|GeneratorExit)", "Do not leave the program inside your answer: return a result."),
)

READ_IT = "Read the message and the line: run that call by itself in a new cell and look at the shapes before it."


def shape(value: Iterable[int]) -> str:
    """A shape as the course writes it: 2×3×8×8; a number by itself (shape ()) is "a single number"."""
    sizes = list(value)
    if not sizes:
        return "a single number"
    return "×".join(map(str, sizes)) if len(sizes) > 1 else f"{sizes[0]} (one dimension)"


def number(value: int | float) -> str:
    """A number, whole ones in full unless they are very long, others with five significant digits."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else f"a number with {len(str(abs(value)))} digits"
    return f"{value:.5g}"


def apart(got: int | float, wanted: int | float) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to tell them apart."""
    if isinstance(got, int) or isinstance(wanted, int):
        return number(got), number(wanted)
    digits = next((digits for digits in (5, 8, 12) if f"{got:.{digits}g}" != f"{wanted:.{digits}g}"), 17)
    return f"{got:.{digits}g}", f"{wanted:.{digits}g}"


def argument(value: object) -> str:
    """One argument in words."""
    if isinstance(value, Tensor):
        how = "" if value.is_contiguous() else ", not contiguous"
        return f"of shape {shape(value.shape)} ({str(value.dtype).removeprefix('torch.')}{how})"
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else repr(value)


def arguments(one: Case, params: tuple[str, ...]) -> str:
    """The arguments of a call in words: "x of shape 2×3×8×8 (float32), h=3"."""
    names = [params[index] if index < len(params) else f"argument {index + 1}" for index in range(len(one.args))]
    pairs = [*zip(names, one.args, strict=True), *one.kwargs.items()]
    return ", ".join(f"{name} {argument(v)}" if isinstance(v, Tensor) else f"{name}={argument(v)}" for name, v in pairs)


def call(name: str, args: Iterable[object], kwargs: Mapping[str, object] | None = None) -> str:
    """A call as it is written: "ConvLayer(3, 5, stride=2)"."""
    written = [*map(str, args), *(f"{key}={value}" for key, value in (kwargs or {}).items())]
    return f"{name}({', '.join(written)})"


def with_x(made: str, x: Tensor) -> str:
    """What was made by this call, used on x: "ConvLayer(3, 5), x of shape 2×3×8×8"."""
    return f"{made}, x of shape {shape(x.shape)}"


def value(seen: dict[str, Any]) -> str:
    """A described value in words."""
    kind = seen["type"]
    if kind == "None":
        return "`None`"
    if kind in ("Tensor", "ndarray"):
        what = "a tensor" if kind == "Tensor" else "a NumPy array"
        return f"{what} of shape {shape(seen['shape'])} ({seen['dtype']})"
    if kind in ("list", "tuple", "dict"):
        return f"a {kind} with {seen['count']} item{'s' if seen['count'] != 1 else ''}"
    if kind == "Module":
        return f"a module `{seen['text']}`"
    if "value" in seen:
        shown = seen["value"]
        return f"{number(shown) if isinstance(shown, (int, float)) and kind != 'bool' else repr(shown)} (`{kind}`)"
    return f"`{kind}`: {seen.get('text', '')}"


def error_feedback(
    error: dict[str, Any], given: str, expected: str = "a result", hints: Mapping[str, str] | None = None
) -> Feedback:
    """Feedback for an exception in the student's code (see `values.describe_error`), shown at the student's line.

    `hints`: an exercise's own hints by a pattern for "Kind: message"; they come before those of MEANINGS.
    """
    if error["stub"]:
        return Feedback(
            "The stub is not filled in yet.",
            hint=f"Replace `raise NotImplementedError` in `{error['function']}` by your own lines.",
            not_filled_in=True,
        )
    text = f"{error['kind']}: {error['message']}" if error["message"] else error["kind"]
    where = ""
    if error["line"]:
        where = f" in line {error['line']} of your code"
        where += f": `{error['source']}`" if error["source"] else ""
    known = [*(hints or {}).items(), *MEANINGS]
    hint = next((meaning for pattern, meaning in known if re.search(pattern, text)), READ_IT)
    return Feedback(f"{text}{where}", expected, given, hint)


def not_noted(why: object) -> Feedback:
    """Feedback on an answer of which so much, or such things, was seen that it could not be passed on to the judge."""
    hint = (
        "Is there a loop that calls PyTorch for each pixel, or a result that grows and grows? Let one call work on whole windows, "
        "rows or maps. If yours is right as it is, ask for it to be graded by hand."
    )
    return Feedback(f"what came of it cannot be looked at: {str(why)[:100]}", hint=hint)


def no_value(seen: dict[str, Any], expected: str, given: str) -> Feedback | None:
    """Feedback for `None`, else None."""
    if seen["type"] != "None":
        return None
    return Feedback("`None`: your code returned nothing.", expected, given, "Is there a `return`, on every path?")

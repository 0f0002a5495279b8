"""Can a module learn? What runs belongs to it, and gradients come back on every path. Each function gives feedback, or None."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages

# Of the size of a usual slope. A path that is cut changes them by 0.2 and more, kinks and rounding by less than 0.07.
MOST_APART = 0.12


def registered(record: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on parameters and kept tensors that took part in a run (see `modules.run`, with a gradient), and that the module does
    not know."""
    strangers = record["strangers"]
    if not strangers:
        return None
    first = strangers[0]
    what = f"`{first['name']}`" if first["name"] else "a tensor"
    seen = f"{what} of shape {messages.shape(first['shape'])} takes part, and the module does not know it"
    wanted = "everything that runs among the module's parameters or buffers"
    if "[" in first["name"]:
        name, hint = (
            "layers in a Python list or dict",
            "Layers in a Python list or dict are not registered: no optimiser sees them, and `.to()` and `state_dict()` pass them "
            "by. `nn.Sequential` and `nn.ModuleList` register theirs.",
        )
    elif first["name"] and not first["learns"]:
        name = "tensor that is no buffer"
        hint = "A tensor that the module keeps, and that is no parameter, is a buffer: `register_buffer`, so that `.to()` moves it."
    elif first["name"]:
        name = "weight that is no parameter"
        hint = "A weight is an `nn.Parameter`, set as an attribute of the module behind `super().__init__()`."
    else:
        name = "layer made outside of __init__"
        hint = (
            "Is a layer made in `forward`, or outside of the class? Make it in `__init__`, and set it as an attribute."
        )
    return Feedback(seen, wanted, given, hint, misconception=name)


def sound(record: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on a run in training mode, with a gradient, from which no way leads back, in which something took part that the module
    does not know (`registered`), that put a part of the module into evaluation mode, or that gave other numbers than x's float32."""
    if record["backward"]:
        return messages.error_feedback(record["backward"], f"{given}, on the way back (`backward()`)", "gradients")
    if feedback := registered(record, given):
        return feedback
    if record["switched"]:
        name = f"`{record['switched'][0]}`" if record["switched"][0] else "the module"
        return Feedback(
            f"{name} is in evaluation mode after the call",
            "every part in the mode in which it was called",
            given,
            "`train()` and `eval()` are called by who uses the module. In evaluation mode batch norm learns nothing about its inputs.",
            misconception="evaluation mode within the call",
        )
    if record["value"]["dtype"] != "float32":
        return Feedback(
            f"numbers of type {record['value']['dtype']}",
            "numbers of the type that came in, float32",
            given,
            "Leave the type as it is: `.half()`, `.double()` and `.int()` make another one, and `.int()` has no gradient.",
        )
    return None


def every_path(record: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on a gradient at x that is not the slope of the result (see `slopes`): a path that carries x is cut on the way back."""
    slopes = record.get("slopes")
    if not slopes:
        return None
    steps, gradients = slopes["steps"].double(), slopes["gradients"].double()
    # the median: a step over the kink of a ReLU spoils one direction or two
    scale, apart = float(steps.abs().median()), float((steps - gradients).abs().median())
    if not scale < float("inf") or scale < 1e-6 or apart <= MOST_APART * scale:
        return None
    return Feedback(
        "the gradient at x is not the slope of the result: one of the paths of x lets none through",
        "a gradient on every path that x takes",
        given,
        "`.detach()`, `.data` and `no_grad` cut a path: x still arrives in the sum, and nothing comes back.",
        misconception="path without a gradient",
    )


def gradients_arrive(record: dict[str, Any], given: str, changed: Collection[str] = ()) -> Feedback | None:
    """Feedback on a run (with a gradient) that changed its input (`changed`: or another did), that is not `sound`, or in which a
    parameter, x, or one of its paths got no gradient, or a parameter is frozen."""
    if record["changed"] or changed:
        return Feedback(
            "x was changed in place",
            "x as it was before the call",
            given,
            "`x += …`, `relu_` and `inplace=True` write into the tensor that they are given, here the caller's x. Make a new one.",
            misconception="input changed in place",
        )
    if feedback := sound(record, given):
        return feedback
    lost = [name for name, grad in record["parameter_gradients"].items() if grad is None]
    if lost or record["gradients"].get("0") is None or not record["parameter_gradients"]:
        where = ", ".join(f"`{name}`" for name in lost) or ("x" if record["parameter_gradients"] else "any parameter")
        return Feedback(
            f"no gradient reaches {where}",
            "a gradient at every parameter, and at x",
            given,
            "`.detach()`, `.data` and `no_grad` cut the graph; a layer that is made and not used gets none.",
            misconception="no gradient everywhere",
        )
    if record["frozen"]:
        return Feedback(
            f"`{record['frozen'][0]}` is frozen",
            "parameters all of which can learn",
            given,
            "`requires_grad_(False)` keeps every optimiser away from it: it stays as it is at the start, random or 0.",
            misconception="frozen parameter",
        )
    return every_path(record, given)

"""What a student's answer returned, or what it raised, as a tree that can be serialized."""

import linecache
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# What was observed, as `serialize` takes it: dicts with text keys, lists, text, numbers, bools, None and tensors.
Tree = dict[str, Any]
# Some of them by name, each made when it is asked for.
Scenes = Iterator[tuple[str, Tree]]

MOST_ITEMS, MOST_TEXT, MOST_ELEMENTS = 200, 300, 20_000_000
OWN = str(Path(__file__).resolve().parents[2])  # the package: its frames are not the student's


def describe(value: object, depth: int = 0) -> Tree:
    """`value` as a dict with "type" and, by type: "value" (numbers, text), "shape", "dtype", "device",
    "requires_grad", "data" (tensors and arrays), "items" (lists, tuples, dicts), "text" (everything else)."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return _scalar(value)
    if isinstance(value, Tensor):
        return describe_tensor(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return describe_tensor(torch.from_numpy(np.array(value))) | {"type": "ndarray"}
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return {"type": type(value).__name__, "value": value.item()}
    if depth < 4 and isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {"type": kind, "items": [describe(item, depth + 1) for item in value[:MOST_ITEMS]], "count": len(value)}
    if depth < 4 and isinstance(value, dict):
        items = [[short_text(key), describe(item, depth + 1)] for key, item in list(value.items())[:MOST_ITEMS]]
        return {"type": "dict", "items": items, "count": len(value)}
    if isinstance(value, nn.Module):
        return {"type": "Module", "text": type(value).__name__}
    return {"type": type(value).__name__, "text": short_text(value)}


def describe_tensor(value: Tensor) -> Tree:
    """A tensor's type, shape, dtype, device, whether it is part of a graph, and its numbers (none above the limit)."""
    plain = value.detach().as_subclass(Tensor)
    # fastai's TensorImage and the like behave as tensors do, and may be returned
    facts: Tree = {
        "type": "Tensor",
        "shape": list(plain.shape),
        "dtype": str(plain.dtype).removeprefix("torch."),
        "device": plain.device.type,
        "requires_grad": bool(value.requires_grad),
    }
    if (
        plain.numel() <= MOST_ELEMENTS
        and not plain.is_complex()
        and not plain.is_sparse
        and plain.device.type != "meta"
    ):
        facts["data"] = plain.to("cpu").clone()
    return facts


def describe_error(error: BaseException) -> Tree:
    """An exception as {"kind", "kinds" (with its base classes), "message", "line", "source", "stub"}: the innermost line of the
    student's own code.

    "line" and "source" are None where no line of the student's is involved. "stub" says that the stub was not filled
    in: a `NotImplementedError` without a message, raised by the student's own line.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(frame, number) for frame, number in frames if _is_the_student_s(frame.f_code.co_filename)]
    line = source = None
    if own:
        frame, line = own[-1]
        source = linecache.getline(frame.f_code.co_filename, line, frame.f_globals).strip() or None
    innermost = bool(own and frames and own[-1][0] is frames[-1][0])
    try:
        message = str(error)
    except Exception:
        message = ""
    return {
        "kind": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": message[:MOST_TEXT],
        "line": line,
        "source": source,
        "function": own[-1][0].f_code.co_name if own else None,
        "stub": isinstance(error, NotImplementedError) and innermost and not message,
    }


def short_text(value: object) -> str:
    """`repr(value)`, cut to a length that can be shown; never raises."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"


def _scalar(value: bool | int | float | str | None) -> Tree:
    if value is None:
        return {"type": "None"}
    # a subclass could compare equal to anything: take the plain value out of it
    if isinstance(value, bool):
        return {"type": "bool", "value": value}
    if isinstance(value, int):
        if value.bit_length() > 2000:
            return {"type": "int", "text": f"a number of {value.bit_length()} bits"}
        return {"type": "int", "value": int.__add__(value, 0)}
    if isinstance(value, float):
        return {"type": "float", "value": float.__add__(value, 0.0)}
    return {"type": "str", "value": str.__add__(value, "")[:MOST_TEXT]}


def _is_the_student_s(file: str) -> bool:
    if "site-packages" in file or "dist-packages" in file or file.startswith((OWN, "<frozen")):
        return False
    return not file.startswith(str(Path(traceback.__file__).parent))  # the standard library

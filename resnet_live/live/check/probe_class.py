"""Probe a class of layers as later steps use it: its parameters, and the shape that it gives. Nothing is left behind."""

import ast
import contextlib
import io
from typing import TYPE_CHECKING

from resnet_live.live.check import compare_summaries, value_summary
from resnet_live.live.check.later_uses import LaterCall
from resnet_live.live.check.value_summary import Summary

if TYPE_CHECKING:
    from torch import nn

MOST = 4  # ways to call a class that are probed
SIDE = 12  # height and width of the image that is sent through
LARGEST = 3_000_000  # parameters of a network through which an image is sent


def worth_probing(calls: list[LaterCall]) -> list[str]:
    """The calls, as written, that need nothing but literals and names of classes and functions: `Block(3, 32, stride=2)`."""
    texts = dict.fromkeys(call.text for call in calls if _plain(ast.parse(call.text, mode="eval").body))
    return list(texts)[:MOST]


def _plain(call: ast.expr) -> bool:
    if not isinstance(call, ast.Call):
        return False
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    allowed = ast.Constant | ast.List | ast.Tuple | ast.UnaryOp | ast.USub | ast.Load
    return all(isinstance(node, allowed) for part in parts for node in ast.walk(part))


def is_module_class(value: object) -> bool:
    """Whether `value` is a class of nn.Module; making one runs nothing but its `__init__`."""
    module = value_summary.loaded("torch.nn", "Module")
    return module is not None and isinstance(value, type) and issubclass(value, module)


def probe(text: str, namespace: dict[str, object]) -> Summary:
    """What the call `text` gives with the names of `namespace`: {"made": a summary, "shape": of its output}, as far as it works.

    {"error": name} when it cannot be made; no "shape" and "fails": name when it refuses an image. Random numbers drawn
    on the way are given back, what it prints is dropped.
    """
    import torch

    nothing = io.StringIO()
    with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        try:
            made = eval(text, dict(namespace))
            seen: Summary = {"made": value_summary.summarise(made)}
        except Exception as error:
            return {"error": type(error).__name__}
        channels = _channels(made)
        if channels is None:
            return seen
        try:
            with torch.no_grad():
                seen["shape"] = list(made(torch.zeros(2, channels, SIDE, SIDE)).shape)
        except Exception as error:
            seen["fails"] = type(error).__name__
        return seen


def _channels(module: "nn.Module") -> int | None:
    """How many channels an image for it has, by its first convolution; None without one, and for large networks."""
    parameters = list(module.parameters())
    if sum(parameter.numel() for parameter in parameters) > LARGEST:
        return None
    first = next((layer for layer in module.modules() if type(layer).__name__ == "Conv2d"), None)
    return first.in_channels if first is not None else None


def difference(expected: Summary, seen: Summary, text: str) -> str | None:
    """How what a student's class gives differs, as a sentence; None when it fits, or when the chapter's own fails there."""
    if "error" in expected:
        return None
    if "error" in seen:
        return f"`{text}`, as later steps call it, raises {seen['error']}."
    found = compare_summaries.difference(expected["made"], seen["made"], f"`{text}`")
    if found:
        return f"{found[0].upper()}{found[1:]}."
    if "shape" not in expected:
        return None
    if "fails" in seen:
        return f"`{text}` raises {seen['fails']} when an image goes through."
    if "shape" in seen and seen["shape"] != expected["shape"]:
        shapes = ["×".join(map(str, shape)) for shape in (seen["shape"], expected["shape"])]
        return f"`{text}` turns an image of {SIDE}×{SIDE} into {shapes[0]}, not {shapes[1]}."
    return None

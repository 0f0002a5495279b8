"""What a module has to do: it can be built, it runs, and it is left as it was found. Each function gives feedback, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.compare import unchanged
from resnet_live.exercise.judging.evidence import Evidence, NotJudged


def built(evidence: Evidence, key: str = "built", call: str = "") -> Feedback | None:
    """Feedback on a module that could not be built, from what `modules.build` noted under `key`; `call` shows how it was called."""
    return made(evidence.seen[key], call)


def made(record: dict[str, Any], call: str = "", hints: Mapping[str, str] | None = None) -> Feedback | None:
    """The same for a record of `modules.build` that lies elsewhere; `hints`: see `messages.error_feedback`."""
    if record["error"]:
        return messages.error_feedback(record["error"], call, "a module", hints)
    if feedback := messages.no_value(record["value"], "a module", call):
        return feedback
    if record["value"]["type"] != "Module":
        return Feedback(
            messages.value(record["value"]), "an `nn.Module`", call, "Does your class inherit from `nn.Module`?"
        )
    return None


def ran(
    record: dict[str, Any],
    given: str,
    expected_shape: Sequence[int] | None = None,
    hints: Mapping[str, str] | None = None,
) -> Feedback | None:
    """Feedback on a run of a module (see `modules.run`): an exception, `None`, no tensor, another shape; else None.

    `hints`: for exceptions, see `messages.error_feedback`.
    """
    wanted = f"a tensor of shape {messages.shape(expected_shape)}" if expected_shape is not None else "a tensor"
    if record["error"]:
        return messages.error_feedback(record["error"], given, wanted, hints)
    seen = record["value"]
    if feedback := messages.no_value(seen, wanted, given):
        return feedback
    if seen["type"] != "Tensor":
        return Feedback(messages.value(seen), wanted, given, "Return one tensor, not a list, a tuple or an array.")
    if expected_shape is not None and seen["shape"] != list(expected_shape):
        return Feedback(messages.value(seen), wanted, given)
    return None


def other_classes(record: dict[str, Any], n: int, classes: int) -> bool:
    """Are the scores of a run those of all n images, for another number of classes?"""
    shape = (record["value"] or {}).get("shape", [])
    return len(shape) == 2 and shape[0] == n and shape[1] != classes


def gave(record: dict[str, Any] | None) -> dict[str, Any]:
    """The record of a run that gave a tensor. Raises NotJudged when it did not, or when there was none to run (None)."""
    if record is None or ran(record, ""):
        raise NotJudged
    return record


def numbers(weights: Mapping[str, Mapping[str, Any]]) -> dict[str, Tensor]:
    """Of a module's weights (see `modules.weights`) those whose numbers were kept, by name."""
    return {name: one["numbers"] for name, one in weights.items() if one["numbers"] is not None}


def left_as_found(before: dict[str, Any], after: dict[str, Any], given: str = "") -> Feedback | None:
    """Feedback on a module that is not as it was, from two `modules.snapshot`s: training flags, parameters, buffers, gradients."""
    for name, flag in before["training"].items():
        if after["training"].get(name) != flag:
            mode = ("evaluation", "training")[bool(after["training"].get(name))]
            return Feedback(
                f"`{name or 'the model'}` is in {mode} mode afterwards",
                "each module in the mode in which it was found",
                given,
                "Remember the flag `training` of each module, and put back exactly that: what was in evaluation mode stays there.",
            )
    for name, tensor in before["state"].items():
        if name not in after["state"] or not unchanged(tensor, after["state"][name]):
            return Feedback(
                f"`{name}` has changed",
                "parameters and buffers as they were",
                given,
                "In training mode batch norm updates its running statistics, even under `no_grad`.",
            )
    if before["frozen"] != after["frozen"]:
        name = min(set(before["frozen"]) ^ set(after["frozen"]))
        return Feedback(
            f"`requires_grad` of `{name}` has changed",
            "each parameter frozen or not, as it was",
            given,
            "Somebody has frozen it: that is how you found it, and how you leave it."
            if name in before["frozen"]
            else "Freezing is not needed here: `torch.no_grad()` keeps no graph and changes no parameter.",
        )
    for name, grad in before["gradients"].items():
        now = after["gradients"].get(name)
        if (grad is None) != (now is None) or (grad is not None and not unchanged(grad, now)):
            return Feedback(
                f"the gradient of `{name}` has changed",
                "each `.grad` as it was before (`None` stays `None`)",
                given,
                "`backward()` adds to `.grad`. Is there a way to get gradients that leaves `.grad` alone, or can you put it back? "
                "What you keep of a tensor is the tensor itself, and changes with it, unless you `clone()` it."
                if now is not None
                else "It is gone: `zero_grad()` deletes gradients that somebody else may still want.",
            )
    return None

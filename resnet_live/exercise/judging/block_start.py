"""How a new block starts: as its skip path, by γ = 0, and able to learn. Each function gives feedback on what came of it, or None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.channel_fit import TOLERANCE, by_channel, fit, same
from resnet_live.exercise.judging.evidence import NotJudged
from resnet_live.exercise.judging.residual_block import (
    NO_SKIP,
    Decomposition,
    convolutions,
    decompose,
    downsampled,
    result,
)

# A new block may differ from its skip path by so much: fastai's β is 0.001.
IDENTITY = 2e-3

# (arguments ending with the stride, x, what `observe_block` returned, the input in words)
Form = tuple[tuple[int, ...], Tensor, dict[str, Any], str]


def starts_as_identity(seen: dict[str, Any], x: Tensor, found: Decomposition | None, given: str) -> Feedback | None:
    """Feedback on a block that changes nothing (ni = nf, stride 1) and does not start as x, or as ReLU(x), up to fastai's β.

    `seen`: what `observe_block` returned for x; `found`: the decomposition of its run with zeros perturbed. Raises NotJudged where no
    start can be seen: without a sum, or with a residual path that is nothing although no γ of 0 hides it.
    """
    if found is None or found.downsample == NO_SKIP:
        raise NotJudged
    y, x = result(seen["start"]), x.double().cpu()
    off = min(float((y - x).abs().max()), float((y - x.clamp_min(0)).abs().max()))
    if off <= IDENTITY:
        if same(result(seen["perturbed"]), y):
            raise NotJudged
        return _gate(seen, given) if x.shape[1] > 1 else None
    return Feedback(
        f"the new block changes x by up to {messages.number(off)}",
        "x itself, up to 0.002",
        given,
        "Which number makes the residual path give (nearly) nothing at the start? It is the weight γ of one "
        "batch norm: the last one.",
        misconception="γ is not 0",
    )


def _gate(seen: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on a single number that starts at 0 and by which all of F(x) is multiplied (Bachlechner et al., 2020, "ReZero")."""
    gates = [name for name, one in seen["parameters"].items() if one["zero"] and math.prod(one["shape"]) == 1]
    if not gates:
        return None
    hint = "A number of its own does it too, but the batch norm has one a channel already: let the last γ start at 0."
    return Feedback(
        f"F(x) is multiplied by `{gates[0]}`, which starts at 0",
        "γ of the last batch norm starts at 0",
        given,
        hint,
        misconception="a number of its own in place of γ",
    )


def zero_by_gamma(last: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on a residual path that is nothing at the start for another reason than the last batch norm's γ = 0.

    `last`: the last convolution in a run of the block as built.
    """
    wanted = "a batch norm behind the last convolution, with γ = 0, and everything else as usual"
    spread = last["output"].double().flatten(2).transpose(0, 1).flatten(1).std(1)
    if bool((spread < 1e-3).any()):
        hint = (
            "Only the *last* batch norm starts at γ = 0. The convolutions and the batch norm before it start "
            "as they always do."
        )
        return Feedback("the last convolution gives a constant at the start", wanted, given, hint)
    return None


def last_spatial(flow: dict[str, Any], arguments: tuple[int, ...]) -> dict[str, Any]:
    """The last convolution that ran with a window larger than one pixel, whatever the block's arguments."""
    return convolutions(flow, spatial=True)[-1]


def starts_as_skip_path(
    same_forms: Iterable[Form],
    forms: Iterable[Form],
    last: Callable[[dict[str, Any], tuple[int, ...]], dict[str, Any]] = last_spatial,
) -> Feedback | None:
    """Feedback on a block that does not start as its skip path by γ = 0.

    `same_forms`, `forms`: blocks that change nothing, and all; `last(flow, arguments)`: finds the residual path's last convolution.
    Raises NotJudged as `starts_as_identity` does.
    """
    for form, x, seen, given in same_forms:
        found = decompose(seen["perturbed"], x, 1, last(seen["perturbed"], form))
        if found and found.mixes_channels:
            continue  # a layer where none is needed is another check's business, and how it starts is looked at below
        if feedback := starts_as_identity(seen, x, found, given):
            return feedback
        if found and not found.last_normed:
            hint = (
                "γ = 0 does not mean that there is no batch norm. It is there, behind the last convolution, and learns."
            )
            return Feedback(
                "the residual path does not end with a batch norm",
                "one with γ = 0",
                given,
                hint,
                misconception="no batch norm at the end",
            )
        if feedback := zero_by_gamma(last(seen["start"], form), given):
            return feedback
    silent: list[bool] = []
    forms = list(forms)
    all_found = [decompose(seen["perturbed"], x, form[-1], last(seen["perturbed"], form)) for form, x, seen, _ in forms]
    # a ReLU behind a sum that happens to be positive cannot be seen in that run; in the start it may cut all the same
    has_relu = any(found and found.relu_after for found in all_found)
    for (form, x, seen, given), found in zip(forms, all_found, strict=True):
        if found is None or found.has_activation or found.downsample == NO_SKIP:
            continue  # what is wrong with the skip path is another check's business
        y, small = result(seen["start"]), downsampled(found.downsample, x, form[-1])
        skip = torch.einsum("ok,nkhw->nohw", found.fit.mix, small) if found.mixes_channels else small
        constant = fit(y) is not None
        if found.mixes_channels:
            silent.append(constant)
        if constant or _constant_apart(y, skip, found.relu_after or (has_relu and float(y.min()) >= 0)):
            continue
        hint = "γ = 0 in *every* block, those that change the shape too."
        if any(one["zero"] and len(one["shape"]) == 1 for one in seen["parameters"].values()):
            hint = "A γ or β is 0, but not that γ: it is the last batch norm of the *residual* path that starts at 0, in every block."
        return Feedback("a new block whose F(x) is not nothing", "the skip path alone, up to 0.002", given, hint)
    # behind a ReLU one block may be silent by chance, not all
    if silent and all(silent):
        hint = "It is the batch norm of the residual path that starts at γ = 0, not that of the skip path: x must come through."
        return Feedback(
            "new blocks of which nothing comes out", "the skip path alone", "blocks that change channels", hint
        )
    return None


def _constant_apart(y: Tensor, base: Tensor, relu: bool) -> bool:
    """In each channel, y is `base` plus one number (`relu`: where it is above 0). Channels with nan in `base` are not looked at."""
    scale = TOLERANCE * max(1.0, float(y.abs().max()))
    now, before = by_channel(y), by_channel(base)
    there = now > 0 if relu else torch.ones_like(now, dtype=torch.bool)
    apart = now - before
    most = apart.masked_fill(~there, -torch.inf).amax(1) - apart.masked_fill(~there, torch.inf).amin(1)
    judged = before.isfinite().all(1) & (there.sum(1) >= 2)
    return not bool((judged & (most > 4 * scale)).any())


def can_learn(seen: dict[str, Any], given: str) -> Feedback | None:
    """Feedback on a block (ni = nf, stride 1) of which nothing that starts at 0 gets a gradient."""
    zeros = [name for name, one in seen["parameters"].items() if one["zero"]]
    if not zeros or any(seen["run"]["parameter_gradients"].get(name) for name in zeros):
        return None
    return Feedback(
        "no gradient reaches γ of the last batch norm: it is exactly 0",
        "a block that can learn",
        given,
        "γ = 0 and β = 0 with a ReLU behind: what is ReLU's slope at exactly 0? Leave that activation out.",
        misconception="ReLU behind γ = 0",
    )

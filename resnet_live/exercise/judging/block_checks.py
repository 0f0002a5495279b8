"""What a block with a residual and a skip path has to do. Each function gives feedback on what came of it, or None.

They look at what `residual_block.decompose` makes of a run, at the operations that ran, and at gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.channel_fit import by_channel, fit, learned, normed, same
from resnet_live.exercise.judging.module_checks import numbers, ran
from resnet_live.exercise.judging.residual_block import (
    DOWNSAMPLE_HINTS,
    NO_SKIP,
    Decomposition,
    convolutions,
    decompose,
)

# What PyTorch says of two sizes that do not fit.
SIZES_MEET = r"must match the size of tensor|Sizes of tensors must match|doesn't match the broadcast shape"
CHANNELS = "Which channels come in, and which go out? The second layer goes on where the first ended."
BIAS = "Batch norm takes the channel's mean away again, and brings its own β. What is the bias of the convolution for?"
OWN_CONVOLUTION = (
    "Convolutions are looked for among PyTorch's own, `nn.Conv2d` and `F.conv2d`. One that is put together from other operations is "
    "not seen: if yours is, ask for it to be graded by hand."
)
SUBTRACTED = "The two paths are added. Where does a minus come from?"
SUM_HINT = (
    "Take a small x, print both paths and the result, and compare. What stands between x and the plus sign, and what stands "
    "behind it?"
)


# ---- The runs ----


def gave_result(seen: dict[str, Any], x: Tensor, nf: int, stride: int) -> bool:
    """Did the block run, in training mode, as built and with zeros perturbed, and give the shape that it should?

    `seen`: what `observe_block` returned for x; `nf`, `stride`: the channels and the stride of the result.
    """
    shape = (len(x), nf, *(-(-side // stride) for side in x.shape[2:]))
    return "start" in seen and not any(ran(seen[run], "", shape) for run in ("start", "perturbed", "run"))


def too_small(flow: dict[str, Any], x: Tensor, stride: int, given: str, wide: bool = True) -> Feedback | None:
    """Feedback on a residual path that makes x smaller than its stride does, in a run that may have failed at the sum.

    `wide`: its convolutions are larger than 1×1.
    """
    strided = [step for step in convolutions(flow, spatial=wide or None) if step["stride"] != [1, 1]]
    sides = [-(-side // stride) for side in x.shape[2:]]
    smallest = min((list(step["output"].shape[2:]) for step in strided), default=sides)
    if stride == 1 or len(strided) < 2 or smallest >= sides:
        return None
    size = "×".join(map(str, smallest))
    hint = (
        "F(x) is smaller than ⌈n/s⌉: more than one of its layers has the stride. The block as a whole makes the map smaller "
        "*once*."
    )
    return Feedback(f"F(x) of {size} pixels", f"⌈n/s⌉ pixels a side: {'×'.join(map(str, sides))}", given, hint)


# ---- The residual path ----


def two_weight_layers(
    flow: dict[str, Any],
    x: Tensor,
    ni: int,
    nf: int,
    stride: int,
    relu: bool = False,
    bias: bool = True,
    given: str = "",
) -> Feedback | None:
    """Feedback on a residual path that is not two convolutions, ni → … → nf, one with the stride, a non-linearity between.

    `relu`: it must be a ReLU, behind a batch norm; `bias`: the convolutions may have one. A run that failed at the sum will do.
    """
    seen, wanted = convolutions(flow, spatial=True), "two weight layers, one after the other, on the residual path"
    if len(seen) != 2:
        observed = f"{len(seen)} convolution{'s' * (len(seen) != 1)} with a window larger than 1×1 ran"
        hint = "F(x) is two weight layers. " + (
            "Is there one too many, in F(x) or on the way of x, or is one called twice?"
            if len(seen) > 2
            else "Does `forward` call both, and is the window of each larger than 1×1?"
        )
        return Feedback(
            observed,
            wanted,
            given,
            hint if seen else OWN_CONVOLUTION,
            misconception="not two weight layers",
        )
    first, second = seen
    if not same(first["input"], x) and (relu or not pre_activated(first["input"], x)):
        return Feedback(
            "the first convolution does not get x",
            wanted,
            given,
            "The residual path begins at x itself, unchanged. Was x overwritten on the way?",
            misconception="residual path does not begin at x",
        )
    chain = [first["weight"][1] * first["groups"], second["weight"][0]]
    if chain != [ni, nf] or first["groups"] != 1 or second["groups"] != 1:
        return Feedback(
            f"convolutions from {chain[0]} to {chain[1]} channels",
            f"from {ni} to {nf}",
            given,
            CHANNELS,
            misconception="channels of the two layers",
        )
    strides = [step["stride"] for step in seen]
    if sorted(strides) != sorted([[stride, stride], [1, 1]]):
        observed = f"strides {strides[0][0]} and {strides[1][0]}"
        hint = "The block as a whole makes the map smaller by its stride *once*: only one of its two layers has it."
        return Feedback(observed, f"{stride} and 1", given, hint, misconception="stride not used once")
    if feedback := gapless(seen, given):
        return feedback
    if bool((by_channel(second["input"]).std(1) < 1e-6).all()):
        hint = (
            "The first layer is a whole ConvLayer, and starts as any other does: its γ is not 0. Only the "
            "last batch norm's is."
        )
        return Feedback(
            "the second convolution gets a constant",
            "what the first layer makes of x",
            given,
            hint,
            misconception="γ = 0 in the first layer",
        )
    if same(second["input"], first["output"]) or fit(second["input"], [first["output"]]):
        return Feedback(
            "nothing but multiplying and adding between the two convolutions",
            "an activation between them",
            given,
            "Two convolutions with no activation between them are one convolution. Which layer keeps its activation?",
            misconception="no activation between the layers",
        )
    if relu:
        activated = fit(second["input"], [first["output"]], relu=True)
        if activated is None or not normed(activated, first["output"]):
            return Feedback(
                "the second convolution does not get ReLU(batch norm(first convolution))",
                "two ConvLayers: convolution, batch norm, ReLU, convolution, batch norm",
                given,
                "The first layer is a whole ConvLayer, and starts as any other does: its γ is not 0.",
            )
    if not bias and any(step["bias"] for step in seen):
        return Feedback(
            "a convolution with a bias",
            "none before a batch norm",
            given,
            BIAS,
            misconception="bias before a batch norm",
        )
    return None


def pre_activated(given: Tensor, x: Tensor) -> bool:
    """`given` is ReLU(batch norm(x)): the order of He et al. (2016, "Identity mappings"), in which F's layers begin with these two. A
    ReLU alone is none: x may have been overwritten."""
    if same(given, x.clamp_min(0).cpu()):
        return False
    found = fit(given, [x.double().cpu()], relu=True)
    return found is not None and normed(found, x, mean=False)


def gapless(steps: Collection[dict[str, Any]], given: str) -> Feedback | None:
    """Feedback on convolutions among these whose windows have gaps: they read as many pixels, but others."""
    gaps = max((max(step["dilation"]) for step in steps if step["weight"][2:] != [1, 1]), default=1)
    if gaps == 1:
        return None
    return Feedback(
        f"a convolution with `dilation={gaps}`",
        "windows without gaps",
        given,
        "A dilated window reads every second pixel, or fewer: it was not asked for.",
        misconception="dilated convolution",
    )


# ---- The skip path ----


def counted(found: Decomposition) -> str:
    """How often x counts in the result, where that is another number than once and no channels are mixed: "twice"; else ""."""
    if not found.mixes_channels or found.fit.mix.shape[0] != found.fit.mix.shape[1]:
        return ""
    mix = found.fit.mix
    factor = float(mix.diagonal().mean())
    plain = factor * torch.eye(len(mix), dtype=mix.dtype)
    if not bool(((mix - plain).abs() < 1e-3).all()) or abs(factor - 1) < 1e-2:
        return ""
    return "twice" if abs(factor - 2) < 1e-2 else f"{messages.number(factor)} times"


def scaled(found: Decomposition) -> bool:
    """Each channel of x counts in its own channel alone, some more and some less."""
    mix = found.fit.mix
    if not found.mixes_channels or mix.shape[0] != mix.shape[1] or len(mix) == 1:
        return False
    return bool(((mix - mix.diagonal().diag()).nan_to_num().abs() < 1e-3).all())


def weighted(
    seen: dict[str, Any],
    x: Tensor,
    stride: int,
    found: Decomposition | None,
    last: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> bool:
    """Does x count as it is only because numbers that learn start at 1? The run with other numbers ("moved") shows it.

    `found`: the decomposition of the run with zeros perturbed; `last(flow)`: finds the residual path's last convolution (default: see
    `decompose`).
    """
    if found is None or found.mixes_channels or "moved" not in seen or ran(seen["moved"], ""):
        return False
    moved = decompose(seen["moved"], x, stride, last(seen["moved"]) if last else None)
    return moved is not None and moved.mixes_channels


def weighted_feedback(wanted: str, given: str) -> Feedback:
    """Feedback on an x that is `weighted`."""
    hint = "They are 1 when the block is new, and then they learn: no layer and no weight stands on the way of x here."
    return Feedback(
        "x is multiplied by numbers that learn", wanted, given, hint, misconception="x weighted on the skip path"
    )


def skip_feedback(
    found: Decomposition | None,
    seen: dict[str, Any],
    given: str,
    wanted: str,
    downsamples: Collection[str] = ("average", ""),
    conv_allowed: bool = True,
    plain_allowed: bool = True,
) -> Feedback | None:
    """Feedback on the skip path of a result that decomposes as `found`.

    `downsamples`: the allowed modes to make x smaller; `conv_allowed`: there may be a (learned) 1×1 convolution; `plain_allowed`:
    there may be none.
    """
    if found is None:
        return Feedback("a result that F(x) and this skip path do not give", wanted, given, SUM_HINT)
    if found.downsample == NO_SKIP:
        return Feedback(
            "x has no share in the result",
            wanted,
            given,
            "Where does the skip path join F(x)?",
            misconception="no skip path",
        )
    if not found.has_residual:
        hint = "F(x) must count as soon as γ is not 0. By what is it multiplied on its way to the sum?"
        return Feedback("F(x) has no share in the result", wanted, given, hint, misconception="F(x) has no share")
    if found.subtracted:
        return Feedback("F(x) is subtracted", wanted, given, SUBTRACTED, misconception="F(x) subtracted")
    if found.has_activation:
        hint = (
            "There is an activation on the skip path, behind the 1×1 convolution if there is one, or something in place has changed "
            "x. It cuts off what is negative, on the one path that should let x through."
        )
        return Feedback(
            "the skip path has an activation", wanted, given, hint, misconception="activation on the skip path"
        )
    if count := counted(found):
        hint = "By what is x multiplied on its way to the sum, or how often is it added? Once is enough."
        return Feedback(f"x counts {count}", wanted, given, hint, misconception="x counts more than once")
    known = conv_allowed and found.mixes_channels and learned(found.fit.mix, numbers(seen["parameters"]), found.spreads)
    if not known and scaled(found):
        hint = "Is there a batch norm, or a weight for each channel, on the way of x? Where the channels fit, x goes as it is."
        return Feedback(
            "each channel of x is multiplied by a number of its own",
            wanted,
            given,
            hint,
            misconception="channels scaled on the skip path",
        )
    if found.mixes_channels and not conv_allowed:
        hint = "Where the channels fit there is no convolution on the skip path: x goes as it is."
        return Feedback(
            "the skip path mixes the channels of x",
            wanted,
            given,
            hint,
            misconception="convolution where none is needed",
        )
    if found.downsample not in downsamples:
        return Feedback(
            "the skip path makes x smaller in another way",
            wanted,
            given,
            DOWNSAMPLE_HINTS[found.downsample],
            misconception=f"pool on the skip path: {found.downsample}",
        )
    if not found.mixes_channels and not plain_allowed:
        return Feedback(
            "the skip path leaves the channels as they are",
            wanted,
            given,
            "Which layer changes channels only?",
            misconception="channels not changed",
        )
    if (
        found.mixes_channels
        and not known
        and any(step["groups"] > 1 for step in convolutions(seen["perturbed"], spatial=False))
    ):
        return Feedback(
            "a 1×1 convolution in `groups`",
            wanted,
            given,
            "In groups each channel gets its share of some channels of x only. Let it mix all of them.",
            misconception="1×1 convolution in groups",
        )
    if found.mixes_channels and not known:
        ones = bool((found.fit.mix.nan_to_num(nan=1.0) - 1).abs().max() < 1e-3)
        observed = (
            "x with one channel is stretched over all channels" if ones else "a mixture of channels that is not learned"
        )
        hint = (
            "It ran because of broadcasting: a shape error is luck. Does the skip path change the channels when "
            "`ni` is 1?"
            if ones
            else "The weights of the 1×1 convolution are parameters. Which layer mixes the channels, at each "
            "pixel by itself?"
        )
        name = "x with one channel stretched" if ones else "channels mixed without weights"
        return Feedback(observed, wanted, given, hint, misconception=name)
    return None

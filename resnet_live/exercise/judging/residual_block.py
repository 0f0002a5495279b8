"""How a block with a residual and a skip path makes its result, worked out from the operations that ran and their numbers.

Nothing here depends on names, on layers against functions, or on the order of steps that commute. Batch norm in training
mode is one multiplication and one addition a channel, so "y = γ·norm(F) + β + skip" holds exactly when the least-squares
fit of y, channel by channel, on the last convolution's output, the skip path and a constant leaves nothing over; with a
ReLU behind it, when it leaves nothing over where y > 0, and the rest is cut at 0. What is left over after a right fit in
float32 is below 1e-5; a wrong one leaves 0.01 and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages

TOLERANCE = 2e-4
# fastai's β is 0.001
IDENTITY = 2e-3
NORMED = 0.02


@dataclass(frozen=True)
class Fit:
    """A fit without remainder: `slopes`: C×k, of the columns that each channel has for itself; `mix`: C×K, of those that all channels
    share; `constant`: C."""

    slopes: Tensor
    mix: Tensor
    constant: Tensor


def fit(target: Tensor, own=(), shared: Tensor | None = None, fixed: Tensor | None = None, cut=False) -> Fit | None:
    """`target` (N×C×H×W) as `fixed` + slopes·`own` + mix·`shared` + constant, channel by channel; None when something is left over.

    `own`: tensors of target's shape; `shared`: N×K×H×W, of which every channel takes its own mixture; `cut`: with a ReLU behind.
    """
    given = [*own, *([fixed] if fixed is not None else [])]
    if any(one.shape != target.shape for one in given) or target.ndim != 4:
        return None
    if shared is not None and (shared.shape[0], *shared.shape[2:]) != (target.shape[0], *target.shape[2:]):
        return None
    y = _rows(target)
    base = _rows(fixed) if fixed is not None else torch.zeros_like(y)
    columns = [_rows(one) for one in own] + [torch.ones_like(y)]
    table = torch.stack(columns, -1)
    if shared is not None:
        table = torch.cat([table, _rows(shared).T.expand(len(y), -1, -1)], -1)
    if not (table.isfinite().all() and y.isfinite().all()):
        return None
    weight = (y > 0).double() if cut else torch.ones_like(y)
    found = torch.linalg.lstsq(table * weight[..., None], ((y - base) * weight)[..., None]).solution
    made = (table @ found).squeeze(-1) + base
    off = ((made.clamp_min(0) if cut else made) - y).abs()
    # a channel that is nearly always cut says nothing about its slopes
    known = weight.sum(1) >= table.shape[-1] + 3
    if known.double().mean() < 0.3 or off[known].max() > TOLERANCE * max(1.0, float(y.abs().max())):
        return None
    found = found.squeeze(-1)
    found[~known] = torch.nan
    return Fit(found[:, : len(own)], found[:, len(own) + 1 :], found[:, len(own)])


def normed(found: Fit, before: Tensor, mean: bool = True) -> bool:
    """As batch norm starts: the fit's first slope makes the spread of each channel of `before` 1, and (`mean`) its mean 0."""
    x = _rows(before)
    scale = found.slopes[:, 0].abs() * (x.var(1, unbiased=False) + 1e-5).sqrt()
    centre = found.slopes[:, 0] * x.mean(1) + found.constant
    known = scale.isfinite()
    good = (scale - 1).abs()[known].max() < NORMED
    return bool(good and (not mean or centre.abs()[known].max() < NORMED))


def _rows(value: Tensor) -> Tensor:
    return value.double().cpu().transpose(0, 1).flatten(1)


def convolutions(flow: dict, spatial: bool | None = None) -> list[dict]:
    """The convolutions that ran; `spatial`: only those with (True) or without (False) a window larger than one pixel."""
    seen = [step for step in flow["steps"] if step["op"] == "convolution"]
    return seen if spatial is None else [step for step in seen if (step["weight"][2:] != [1, 1]) == spatial]


def result(flow: dict) -> Tensor:
    """What came out, in float64."""
    return flow["value"]["data"].double()


def normed_step(flow: dict, conv: dict) -> Tensor | None:
    """What the batch norm behind this convolution put out, in a run of a block as built; None when there is none."""
    place = next(number for number, step in enumerate(flow["steps"]) if step is conv)
    for step in flow["steps"][place + 1 :]:
        after = step["output"]
        if after is not None and after.shape == conv["output"].shape:
            found = fit(after, [conv["output"]])
            if found and normed(found, conv["output"]):
                return after
    return None


# ---- The residual path ----


def two_layers(
    flow: dict, x: Tensor, ni: int, nf: int, stride: int, relu=False, bias=True, given=""
) -> Feedback | None:
    """Feedback on a residual path that is not two convolutions, ni → … → nf, one with the stride, a non-linearity between.

    `relu`: it must be a ReLU, behind a batch norm; `bias`: the convolutions may have one. A run that failed at the sum will do.
    """
    seen, wanted = convolutions(flow, spatial=True), "two weight layers, one after the other, on the residual path"
    if len(seen) != 2:
        told = f"{len(seen)} convolution{'s' * (len(seen) != 1)} with a window larger than 1×1 ran"
        return Feedback(told, wanted, given, "F(x) is two weight layers. Does `forward` call both?")
    first, second = seen
    if not same(first["input"], x):
        return Feedback(
            "the first convolution does not get x",
            wanted,
            given,
            "The residual path begins at x itself, unchanged. Was x overwritten on the way?",
        )
    chain = [first["weight"][1] * first["groups"], second["weight"][0]]
    if chain != [ni, nf] or first["groups"] != 1 or second["groups"] != 1:
        return Feedback(f"convolutions from {chain[0]} to {chain[1]} channels", f"from {ni} to {nf}", given, CHANNELS)
    strides = [step["stride"] for step in seen]
    if sorted(strides) != sorted([[stride, stride], [1, 1]]):
        told = f"strides {strides[0][0]} and {strides[1][0]}"
        hint = "The block as a whole makes the map smaller by its stride *once*: only one of its two layers has it."
        return Feedback(told, f"{stride} and 1", given, hint)
    if bool((_rows(second["input"]).std(1) < 1e-6).all()):
        hint = (
            "The first layer is a whole ConvLayer, and starts as any other does: its γ is not 0. Only the "
            "last batch norm's is."
        )
        return Feedback("the second convolution gets a constant", "what the first layer makes of x", given, hint)
    if same(second["input"], first["output"]) or fit(second["input"], [first["output"]]):
        return Feedback(
            "nothing but multiplying and adding between the two convolutions",
            "an activation between them",
            given,
            "Two convolutions with no activation between them are one convolution. Which layer keeps its activation?",
        )
    if relu:
        cut = fit(second["input"], [first["output"]], cut=True)
        if cut is None or not normed(cut, first["output"]):
            return Feedback(
                "the second convolution does not get ReLU(batch norm(first convolution))",
                "two ConvLayers: convolution, batch norm, ReLU, convolution, batch norm",
                given,
                "The first layer is a whole ConvLayer, and starts as any other does: its γ is not 0.",
            )
    if not bias and any(step["bias"] for step in seen):
        return Feedback("a convolution with a bias", "none before a batch norm", given, BIAS)
    return None


CHANNELS = "Which channels come in, and which go out? The second layer goes on where the first ended."
BIAS = "Batch norm takes the channel's mean away again, and brings its own β. What is the bias of the convolution for?"


def same(a: Tensor | None, b: Tensor) -> bool:
    """Equal up to float32's rounding."""
    return (
        a is not None and a.shape == b.shape and bool(torch.isclose(a.double(), b.double(), rtol=1e-5, atol=1e-5).all())
    )


# ---- The skip path ----


def _padded(x: Tensor, s: int) -> Tensor:
    return F.avg_pool2d(F.pad(x, (0, -x.shape[3] % s, 0, -x.shape[2] % s)), s)


# Ways in which x can be made smaller by the stride, and what to say about each of the wrong ones.
SHRINKS = {
    "average": lambda x, s: F.avg_pool2d(x, s, ceil_mode=True),
    "strided": lambda x, s: x[:, :, ::s, ::s],
    "max": lambda x, s: F.max_pool2d(x, s, ceil_mode=True),
    "adaptive": lambda x, s: F.adaptive_avg_pool2d(x, _sides(x, s)),
    "adaptive max": lambda x, s: F.adaptive_max_pool2d(x, _sides(x, s)),
    "zeros": _padded,
    "window 3": lambda x, s: F.avg_pool2d(x, 3, s, 1),
    "window 3 without the edge": lambda x, s: F.avg_pool2d(x, 3, s, 1, count_include_pad=False),
    "window 2": lambda x, s: F.avg_pool2d(x, 2, s, ceil_mode=True),
    "interpolated": lambda x, s: F.interpolate(x, size=_sides(x, s), mode="bilinear"),
    "interpolated at the corners": lambda x, s: F.interpolate(
        x, size=_sides(x, s), mode="bilinear", align_corners=True
    ),
    "nearest": lambda x, s: F.interpolate(x, size=_sides(x, s)),
    "sum": lambda x, s: F.avg_pool2d(x, s, ceil_mode=True, divisor_override=1),
}
SHRINK_HINTS = {
    "strided": "Your skip path keeps one pixel of each window and drops the others. Let all of them count.",
    "max": "The skip path takes the largest value of each window; it should take the mean, so that all pixels count.",
    "adaptive": "Adaptive pooling gives the right size. Where the stride does not divide the size, its windows "
    "overlap, so "
    "the values are others than those of a pool whose window is the stride.",
    "adaptive max": "The skip path takes the largest value of each window; it should take the mean.",
    "zeros": "Zeros were added at the edge and count in the mean, so the edge gets darker. The last window's "
    "mean is over what is there.",
    "window 3": "The windows on the skip path are 3×3 and overlap. Their size is that of the stride, and they "
    "do not overlap.",
    "window 3 without the edge": "The windows on the skip path are 3×3 and overlap. Their size is that of the stride.",
    "window 2": "The window has 2×2 pixels whatever the stride. Pool by the stride, so that no pixel is left "
    "out or read twice.",
    "interpolated": "Interpolation gives the right size and, but for stride 2 on even sizes, other values than "
    "the mean of each window.",
    "interpolated at the corners": "Interpolation gives the right size, and other values than the mean of each window.",
    "nearest": "Your skip path keeps one pixel of each window and drops the others. Let all of them count.",
    "sum": "The skip path adds the pixels of each window up. It should take their mean.",
}


def _sides(x: Tensor, s: int) -> tuple[int, int]:
    return -(-x.shape[2] // s), -(-x.shape[3] // s)


@dataclass(frozen=True)
class Way:
    """How a block's result is made.

    `shrink`: a key of SHRINKS, "" where nothing shrinks, or "none" for no skip path at all; `mixed`: the skip path mixes the
    channels (a 1×1 convolution); `bent`: with an activation there; `cut`: a ReLU behind the sum; `last`: the residual path's
    last convolution; `fit`: the numbers, the slope of the residual path first; `inner`: where that path ends with a ReLU, the
    fit of what is before it.
    """

    shrink: str
    mixed: bool
    bent: bool
    cut: bool
    last: dict | None
    fit: Fit
    inner: Fit | None

    @property
    def arrives(self) -> bool:
        """The residual path has a share in the result."""
        return bool(self.fit.slopes[:, 0].nan_to_num().abs().max() > 1e-4)

    @property
    def last_normed(self) -> bool:
        """With γ = 1, the residual path's last convolution is followed by a batch norm."""
        return normed(self.inner or self.fit, self.last["output"], mean=False)


def way(flow: dict, x: Tensor, stride: int, last: dict | None = None) -> Way | None:
    """The first explanation of the result, right ones before wrong ones; None when nothing explains it.

    `last`: the residual path's last convolution (default: the last one that is not 1×1).
    """
    y, x = result(flow), x.double().cpu()
    last = last or (convolutions(flow, spatial=True) or [None])[-1]
    if last is None:
        return None
    residuals = list(_residuals(flow, last, y))
    shrinks = {name: shrink(x, stride) for name, shrink in SHRINKS.items()} if stride > 1 else {"": x}
    for cut in (False, True):
        for own, inner in residuals:
            if found := fit(y, own, cut=cut):
                return Way("none", False, False, cut, last, found, inner)
            for name, small in shrinks.items():
                if small.shape == y.shape and (found := fit(y, own, fixed=small, cut=cut)):
                    return Way(name, False, False, cut, last, found, inner)
            for name, small in shrinks.items():
                if found := fit(y, own, shared=small, cut=cut):
                    return Way(name, True, False, cut, last, found, inner)
    for own, inner in residuals:
        for bent in _cut_steps(flow, y):
            for name, small in shrinks.items():
                if not fit(bent, shared=small, cut=True):
                    continue
                for cut in (False, True):
                    if found := fit(y, own, fixed=bent, cut=cut):
                        return Way(name, True, True, cut, last, found, inner)
    return None


def _residuals(flow: dict, last: dict, y: Tensor) -> Iterator[tuple[list[Tensor], Fit | None]]:
    """What may stand for F(x) in a fit: the last convolution's output, or that with a ReLU behind (fastai's second layer)."""
    f_x = last["output"].double()
    yield [f_x], None
    for step in _cut_steps(flow, y):
        if inner := fit(step, [f_x], cut=True):
            yield [step], inner


def _cut_steps(flow: dict, y: Tensor) -> list[Tensor]:
    """The intermediate results of y's shape that are never negative and sometimes 0, without the last (which is y)."""
    found: list[Tensor] = []
    for step in flow["steps"]:
        made = step["output"]
        if made is None or made.shape != y.shape or made.min() < 0 or not (made == 0).any() or same(made, y):
            continue
        if not any(same(made, one) for one in found):
            found.append(made.double())
    return found


# ---- The start ----


def starts_as_identity(flow: dict, x: Tensor, given: str) -> Feedback | None:
    """Feedback on a block that changes nothing (ni = nf, stride 1) and does not start as x, or as ReLU(x), up to fastai's β."""
    y, x = result(flow), x.double().cpu()
    off = min(float((y - x).abs().max()), float((y - x.clamp_min(0)).abs().max()))
    if off <= IDENTITY:
        return None
    return Feedback(
        f"the new block changes x by up to {messages.number(off)}",
        "x itself, up to 0.002",
        given,
        "Which number makes the residual path put out (nearly) nothing at the start? It is the weight γ of one "
        "batch norm: the last one.",
    )


def asleep_by_gamma(last: dict, given: str) -> Feedback | None:
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
        return Feedback("the last convolution puts out a constant at the start", wanted, given, hint)
    return None


def gamma_start(same_forms, forms, last=None) -> Feedback | None:
    """Feedback on a block that does not start as its skip path by γ = 0.

    `same_forms`, `forms`: (arguments ending with the stride, x, what `observe_block` returned, the input in words), of blocks that
    change nothing, and of all; `last(flow, arguments)`: finds the residual path's last convolution (default: the last spatial one).
    """
    last = last or (lambda flow, form: convolutions(flow, spatial=True)[-1])
    for form, x, seen, given in same_forms:
        if feedback := starts_as_identity(seen["start"], x, given):
            return feedback
        found = way(seen["awake"], x, 1, last(seen["awake"], form))
        if found and not found.last_normed:
            hint = (
                "γ = 0 does not mean that there is no batch norm. It is there, behind the last convolution, and learns."
            )
            return Feedback("the residual path does not end with a batch norm", "one with γ = 0", given, hint)
        if feedback := asleep_by_gamma(last(seen["start"], form), given):
            return feedback
    silent: list[bool] = []
    for form, x, seen, given in forms:
        found = way(seen["awake"], x, form[-1], last(seen["awake"], form))
        if found is None or found.bent or found.shrink == "none":
            continue  # what is wrong with the skip path is another check's business
        y, small = result(seen["start"]), _shrunk(found.shrink, x, form[-1])
        skip = torch.einsum("ok,nkhw->nohw", found.fit.mix, small) if found.mixed else small
        if found.mixed:
            silent.append(fit(y) is not None)
        if fit(y) is not None or _constant_apart(y, skip, found.cut):
            continue
        hint = "γ = 0 in *every* block, those that change the shape too."
        return Feedback("a new block whose F(x) is not nothing", "the skip path alone, up to 0.002", given, hint)
    # behind a ReLU one block may be silent by chance, not all
    if silent and all(silent):
        hint = "It is the batch norm of the residual path that starts at γ = 0, not that of the skip path: x must come through."
        return Feedback(
            "new blocks of which nothing comes out", "the skip path alone", "blocks that change channels", hint
        )
    return None


def _shrunk(name: str, x: Tensor, stride: int) -> Tensor:
    x = x.double().cpu()
    return SHRINKS[name](x, stride) if name else x


def _constant_apart(y: Tensor, base: Tensor, cut: bool) -> bool:
    """In each channel, y is `base` plus one number (`cut`: where it is above 0). Channels with nan in `base` are not looked at."""
    scale = TOLERANCE * max(1.0, float(y.abs().max()))
    for now, before in zip(_rows(y), _rows(base), strict=True):
        there = now > 0 if cut else torch.ones_like(now, dtype=torch.bool)
        if not before.isfinite().all() or int(there.sum()) < 2:
            continue
        apart = (now - before)[there]
        if float(apart.amax() - apart.amin()) > 4 * scale:
            return False
    return True


def dead(seen: dict, given: str) -> Feedback | None:
    """Feedback on a block (ni = nf, stride 1) of which nothing that starts at 0 gets a gradient."""
    zeros = [name for name, value in seen["parameters"].items() if value.ndim and not bool(value.any())]
    grads = [seen["run"]["parameter_gradients"].get(name) for name in zeros]
    if any(grad is not None and bool(grad.any()) for grad in grads):
        return None
    return Feedback(
        "no gradient reaches γ of the last batch norm: it is exactly 0",
        "a block that can learn",
        given,
        "γ = 0 and β = 0 with a ReLU behind: what is ReLU's slope at exactly 0? Leave that activation out.",
    )


def reached(record: dict, given: str, changed=()) -> Feedback | None:
    """Feedback on a run that changed its input (`changed`: or another did), or in which a parameter or x got no gradient."""
    if record["changed"] or changed:
        return Feedback(
            "x was changed in place",
            "x as it was before the call",
            given,
            "`x += …` writes into the caller's tensor. Make a new one: `x + …`.",
        )
    lost = [name for name, grad in record["parameter_gradients"].items() if grad is None]
    if lost or record["gradients"].get("0") is None or not record["parameter_gradients"]:
        where = ", ".join(f"`{name}`" for name in lost) or ("x" if record["parameter_gradients"] else "any parameter")
        return Feedback(
            f"no gradient reaches {where}",
            "a gradient at every parameter, and at x",
            given,
            "`.detach()`, `.data` and `no_grad` cut the graph; a layer that is made and not used gets none.",
        )
    return None


# ---- The skip path ----

SUM_HINT = (
    "Take a small x, print both paths and the result, and compare. What stands between x and the plus sign, and "
    "what stands "
    "behind it?"
)
SIZES_MEET = r"must match the size of tensor|Sizes of tensors must match|doesn't match the broadcast shape"


def skip_feedback(
    found: Way | None, seen: dict, given: str, wanted: str, shrinks=("average", ""), mixed=True, exact=True
) -> Feedback | None:
    """What is wrong with the skip path of a result that came about in the way `found`.

    `shrinks`: the allowed ways to make x smaller; `mixed`: a (learned) 1×1 convolution is allowed there; `exact`: its absence is.
    """
    if found is None:
        return Feedback("a result that F(x) and this skip path do not give", wanted, given, SUM_HINT)
    if found.shrink == "none":
        return Feedback("x has no share in the result", wanted, given, "Where does the skip path join F(x)?")
    if not found.arrives:
        hint = "F(x) must count as soon as γ is not 0. By what is it multiplied on its way to the sum?"
        return Feedback("F(x) has no share in the result", wanted, given, hint)
    if found.bent:
        hint = (
            "There is an activation behind the 1×1 convolution. It cuts off what is negative, on the one path "
            "that should let x "
            "through."
        )
        return Feedback("the skip path has an activation", wanted, given, hint)
    if found.mixed and not mixed:
        hint = "Where the channels fit there is no convolution on the skip path: x goes as it is."
        return Feedback("the skip path mixes the channels of x", wanted, given, hint)
    if found.shrink not in shrinks:
        return Feedback("the skip path makes x smaller in another way", wanted, given, SHRINK_HINTS[found.shrink])
    if not found.mixed and not exact:
        return Feedback(
            "the skip path leaves the channels as they are", wanted, given, "Which layer changes channels only?"
        )
    if found.mixed and not learned(found.fit.mix, seen["parameters"]):
        ones = bool((found.fit.mix.nan_to_num(nan=1.0) - 1).abs().max() < 1e-3)
        told = (
            "x with one channel is stretched over all channels" if ones else "a mixture of channels that is not learned"
        )
        hint = (
            "It ran because of broadcasting: a shape error is luck. Does the skip path change the channels when "
            "`ni` is 1?"
            if ones
            else "The weights of the 1×1 convolution are parameters. Which layer mixes the channels, at each "
            "pixel by itself?"
        )
        return Feedback(told, wanted, given, hint)
    return None


def learned(mix: Tensor, parameters: dict[str, Tensor]) -> bool:
    """Each row of `mix` (nf×ni) is a multiple of the same row of one parameter, as behind a 1×1 convolution and a batch norm."""
    known = mix.isfinite().all(1)
    for value in parameters.values():
        flat = value.double().squeeze()
        for weight in (flat, flat.T if flat.ndim == 2 else flat):
            if value.ndim < 2 or weight.numel() != mix.numel():
                continue
            rows = weight.reshape(mix.shape)
            cosine = F.cosine_similarity(rows[known], mix[known], dim=1, eps=1e-12).abs()
            # the sign and size of a row are batch norm's; rows of one number say nothing more than that they are not all alike
            if bool((cosine > 1 - 1e-4).all()) and (mix.shape[1] > 1 or _not_alike(mix[known])):
                return True
    return False


def _not_alike(mix: Tensor) -> bool:
    return len(mix) < 2 or bool((mix - 1).abs().max() > 1e-3)

"""Chapter 6: the two fixes. The exercises are listed in `book/appendices/exercises.md`."""

from dataclasses import replace

from torch import Tensor

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.block_checks import (
    OWN_CONVOLUTION,
    SIZES_MEET,
    gapless,
    gave_result,
    skip_feedback,
    too_small,
    two_weight_layers,
    weighted,
    weighted_feedback,
)
from resnet_live.exercise.judging.block_start import can_learn, starts_as_skip_path
from resnet_live.exercise.judging.channel_fit import fit, same
from resnet_live.exercise.judging.checks import returns, values, where_answered
from resnet_live.exercise.judging.evidence import Evidence, NotJudged, judgeable
from resnet_live.exercise.judging.gradient_checks import gradients_arrive
from resnet_live.exercise.judging.module_checks import made, ran
from resnet_live.exercise.judging.residual_block import NO_SKIP, Decomposition, convolutions, decompose, result
from resnet_live.exercise.observers.observe_ch06 import (
    STRIDES,
    concat_inputs,
    conv_skip_inputs,
    pool_skip_inputs,
    res_block_inputs,
)

ODD_HINT = (
    "On an odd size the convolution rounds up, because its padding reaches beyond the edge: 7 becomes 4. What "
    "does the pool do "
    "with the last row? It has a switch for that."
)
STRIDE_HINT = (
    "Both paths must leave the same size for *every* stride. A number that was typed for stride 2 "
    "holds for that one alone."
)
SMALLER_HINT = (
    "Both paths must leave the same size for *every* stride: x has to become as small as F(x), once, whether the channels change or "
    "not. How large is each of the two here?"
)
CHANNELS_HINT = "Both paths must end with `nf` channels. Which one has still those of x?"
# dimension 1 are the channels
MAPS_MEET = r"must match the size of tensor .* dimension [23]"
MAPS_HINT = "One path makes the map larger or smaller. What padding does each of its convolutions need?"


def _given(name: str, args: tuple, x: Tensor) -> str:
    return messages.with_x(messages.call(name, args), x)


def _size_hint(stride: int) -> str:
    """On paths that leave two sizes. At stride 2 no number that was typed for stride 2 can be the reason."""
    return SMALLER_HINT if stride == 2 else STRIDE_HINT


def sides(x: Tensor, stride: int) -> list[int]:
    """Height and width behind the stride."""
    return [-(-side // stride) for side in x.shape[2:]]


# ---- 6.1 ----

POOLED = "F(x) + the mean of each window of stride×stride pixels of x"


def _pool_forms(evidence: Evidence, name: str):
    """For each stride: stride, x of this name, what was seen, and the input in words."""
    x = evidence.inputs(pool_skip_inputs)[name]
    for stride in STRIDES:
        yield stride, x, evidence.seen[str(stride)], messages.with_x(_pool_call(x, stride), x)


def _pool_call(x: Tensor, stride: int) -> str:
    return messages.call("PoolSkipBlock", (x.shape[1],) if stride == 1 else (x.shape[1], stride))


def _pool_built(evidence: Evidence) -> Feedback | None:
    for stride, x, seen, _ in _pool_forms(evidence, "odd"):
        if feedback := made(seen["built"], _pool_call(x, stride)):
            return feedback
    return None


def _pool_ran(evidence: Evidence, every: bool = False):
    """The forms whose runs gave a result. Raises NotJudged when none did; with `every`, when one did not."""
    forms = list(_pool_forms(evidence, "divides"))
    found = [
        (stride, x, seen, given)
        for stride, x, seen, given in forms
        if "divides" in seen and not ran(seen["divides"], "", (*x.shape[:2], *sides(x, stride)))
    ]
    return judgeable(found, len(forms) if every else 1)


def _pool_shapes(evidence: Evidence) -> Feedback | None:
    if feedback := _pool_built(evidence):
        return feedback
    for stride, x, seen, given in _pool_forms(evidence, "divides"):
        if seen["divides"]["error"] and (feedback := too_small(seen["divides"], x, stride, given)):
            return feedback
        hint = _size_hint(stride)
        if feedback := ran(seen["divides"], given, (*x.shape[:2], *sides(x, stride)), hints={SIZES_MEET: hint}):
            return feedback.with_hint(hint)
    return None


def _pool_odd(evidence: Evidence) -> Feedback | None:
    for name in ("odd", "long", "one pixel"):
        for stride, x, seen, given in _pool_forms(evidence, name):
            if feedback := ran(
                seen[name], given, (*x.shape[:2], *sides(x, stride)), hints={SIZES_MEET + "|too small": ODD_HINT}
            ):
                return feedback.with_hint(ODD_HINT)
    return None


def _pool_decompositions(evidence: Evidence):
    """The decompositions of all runs in training mode that gave a result."""
    for name in ("divides", "odd"):
        for stride, x, seen, given in _pool_forms(evidence, name):
            if name in seen and not ran(seen[name], ""):
                yield decompose(seen[name], x, stride), given


def _pool_average(evidence: Evidence) -> Feedback | None:
    _pool_ran(evidence, every=True)
    for found, given in _pool_decompositions(evidence):
        if feedback := skip_feedback(found, {}, given, POOLED, conv_allowed=False):
            return feedback
    for stride, x, seen, given in _pool_forms(evidence, "divides"):
        if weighted(seen, x, stride, decompose(seen["divides"], x, stride)):
            return weighted_feedback(POOLED, given)
    return None


def _pool_plain(evidence: Evidence) -> Feedback | None:
    _pool_ran(evidence)
    for found, given in _pool_decompositions(evidence):
        if feedback := nothing_behind(found, given):
            return feedback
    return None


def nothing_behind(found: Decomposition | None, given: str) -> Feedback | None:
    """Feedback on a ReLU behind the sum. Raises NotJudged where there is no sum of two paths."""
    if found is None or found.downsample == NO_SKIP or not found.has_residual:
        raise NotJudged
    if not found.relu_after:
        return None
    hint = "Nothing stands behind the sum here: a ReLU there cuts off what is negative in x."
    return Feedback("a ReLU after the sum", "the sum itself", given, hint, misconception="ReLU behind the sum")


def _pool_residual(evidence: Evidence) -> Feedback | None:
    for stride, x, seen, given in _pool_forms(evidence, "divides"):
        if "divides" not in seen:
            raise NotJudged
        if feedback := two_weight_layers(seen["divides"], x, x.shape[1], x.shape[1], stride, given=given):
            return feedback
    return None


def _pool_learns(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _pool_ran(evidence):
        if feedback := ran(seen["run"], given) or gradients_arrive(seen["run"], given):
            return feedback
    return None


POOL_SKIP_BLOCK = Exercise(
    id="6.1",
    title="A pool on the skip path",
    names=("PoolSkipBlock",),
    params=("nf", "stride"),
    minutes=10,
    needs=("5.1", "5.2", "5.3"),
    hints=(
        "Two layers for F(x), as in the naive block, the first with the stride. The new part is one layer on "
        "the way of x. Which window, "
        "which stride, and which switch for sizes that do not divide?",
        "`nn.AvgPool2d(stride, ceil_mode=…)`: one number is the window and the step. At stride 1 it changes "
        "nothing. `forward` "
        "returns F(x) plus the pooled x.",
    ),
    checks=(
        Check("shapes", "Strides 1, 2 and 3, where they divide the size", 2, _pool_shapes),
        Check("odd", "Odd sizes, down to one pixel", 2, _pool_odd, ("shapes",)),
        Check("average", "The skip path is the mean of each window", 2, _pool_average),
        Check("plain", "Nothing behind the sum", 1, _pool_plain),
        Check("residual", "F(x) is two weight layers, and the stride is used once", 1, _pool_residual),
        Check("learns", "Gradients flow through both paths, and x stays as it was", 1, _pool_learns),
    ),
)

# ---- 6.2 ----

CHANGED = "F(x) + a 1×1 convolution of x, with or without batch norm, and no activation"


def _conv_forms(evidence: Evidence):
    for name, ((ni, nf), x) in evidence.inputs(conv_skip_inputs).items():
        yield name, ni, nf, x, evidence.seen[name], _given("ConvSkipBlock", (ni, nf), x)


def _conv_ran(evidence: Evidence, same: bool):
    """The forms that keep the channels, or those that change them, whose runs gave a result. Raises NotJudged when none did."""
    forms = [form for form in _conv_forms(evidence) if (form[0] == "same") == same]
    found = [form for form in forms if gave_result(form[4], form[3], form[2], 1)]
    return judgeable(found)


def _conv_shapes(evidence: Evidence) -> Feedback | None:
    for _, ni, nf, x, seen, given in _conv_forms(evidence):
        if feedback := made(seen["built"], messages.call("ConvSkipBlock", (ni, nf))):
            return feedback
        for run in ("start", "perturbed", "run"):
            hints = {MAPS_MEET: MAPS_HINT, SIZES_MEET: CHANNELS_HINT}
            if feedback := ran(seen[run], given, (len(x), nf, *x.shape[2:]), hints=hints):
                return feedback.with_hint(CHANNELS_HINT)
    return None


def _conv_skip(evidence: Evidence) -> Feedback | None:
    for _, _, _, x, seen, given in _conv_ran(evidence, same=False):
        found = decompose(seen["perturbed"], x, 1)
        if feedback := skip_feedback(found, seen, given, CHANGED, plain_allowed=False):
            return feedback
        start = decompose(seen["start"], x, 1)
        if start and start.downsample == NO_SKIP:
            hint = (
                "Does γ of a batch norm on the skip path, or a weight, start at 0? x must come through that path from the start. "
                "γ = 0 has its place on the other one, at the end of F(x)."
            )
            return Feedback(
                "x has no share in what a new block gives", CHANGED, given, hint, misconception="γ = 0 on the skip path"
            )
    return None


def _conv_same(evidence: Evidence) -> Feedback | None:
    for _, _, _, x, seen, given in _conv_ran(evidence, same=True):
        return nothing_to_fix(seen, x, given)
    return None


def nothing_to_fix(seen: dict, x: Tensor, given: str) -> Feedback | None:
    """Feedback on a block that keeps the shape, and whose skip path is not x itself."""
    found, wanted = decompose(seen["perturbed"], x, 1), "F(x) + x: nothing to fix here"
    if feedback := skip_feedback(found, seen, given, wanted, conv_allowed=False):
        return feedback
    return weighted_feedback(wanted, given) if weighted(seen, x, 1, found) else None


def _conv_plain(evidence: Evidence) -> Feedback | None:
    for _, _, nf, x, seen, given in _conv_forms(evidence):
        if not gave_result(seen, x, nf, 1):  # it has cost its points above
            raise NotJudged
        if feedback := nothing_behind(decompose(seen["perturbed"], x, 1), given):
            return feedback
    return None


def _conv_residual(evidence: Evidence) -> Feedback | None:
    for _, ni, nf, x, seen, given in _conv_forms(evidence):
        if "perturbed" not in seen:
            raise NotJudged
        if feedback := two_weight_layers(seen["perturbed"], x, ni, nf, 1, given=given):
            return feedback
    return None


def _conv_learns(evidence: Evidence) -> Feedback | None:
    for _, _, _, _, seen, given in [*_conv_ran(evidence, same=True), *_conv_ran(evidence, same=False)]:
        if feedback := gradients_arrive(seen["run"], given, seen["changed"]):
            return feedback
    return None


CONV_SKIP_BLOCK = Exercise(
    id="6.2",
    title="A 1×1 convolution on the skip path",
    names=("ConvSkipBlock",),
    params=("ni", "nf"),
    minutes=10,
    needs=("5.1", "5.2", "5.3"),
    hints=(
        "Which layer takes `ni` numbers at a pixel and gives `nf`, without looking left or right? And what is "
        "to happen to x when `ni` "
        "and `nf` are the same?",
        "`ConvLayer(ni, nf, ks=1, act=False)` or a plain `nn.Conv2d(ni, nf, 1)` if the channels change, else "
        "`nn.Identity()`. Decide in "
        "`__init__`; `forward` is one sum.",
    ),
    checks=(
        Check("shapes", "Any channels in, any out", 2, _conv_shapes),
        Check("skip", "The skip path is a 1×1 convolution without activation", 2, _conv_skip),
        Check("same", "Where the channels stay, it is x itself", 1, _conv_same),
        Check("plain", "Nothing behind the sum", 1, _conv_plain),
        Check("residual", "F(x) is two weight layers", 1, _conv_residual),
        Check("learns", "Gradients flow through both paths, and x stays as it was", 1, _conv_learns),
    ),
)

# ---- 6.3 ----

FIXED = "F(x) + x on a skip path that is pooled where the stride is above 1 and convolved 1×1 where the channels change"


def _res_forms(evidence: Evidence, *only: str):
    for name, (form, inputs) in evidence.inputs(res_block_inputs).items():
        if not only or name in only:
            x = inputs["odd"]
            yield form, x, evidence.seen[name], _given("ResBlock", form, x)


def _res_ran(evidence: Evidence, *only: str, every: bool = False):
    """Those forms whose runs gave a result. Raises NotJudged when none did; with `every`, when one did not."""
    forms = list(_res_forms(evidence, *only))
    found = [form for form in forms if gave_result(form[2], form[1], form[0][1], form[0][2])]
    return judgeable(found, len(forms) if every else 1)


def _res_shapes(evidence: Evidence) -> Feedback | None:
    for name, ((ni, nf, stride), inputs) in evidence.inputs(res_block_inputs).items():
        x, seen = inputs["divides"], evidence.seen[name]
        given = _given("ResBlock", (ni, nf, stride), x)
        if feedback := made(seen["built"], messages.call("ResBlock", (ni, nf, stride))):
            return feedback
        record, odd = seen["sizes"]["divides"], _given("ResBlock", (ni, nf, stride), inputs["odd"])
        if record["error"] and (feedback := too_small(seen["start"], inputs["odd"], stride, odd)):
            return feedback
        size = _size_hint(stride)
        hint = size if ni == nf else CHANNELS_HINT if stride == 1 else f"{size} {CHANNELS_HINT}"
        if feedback := ran(record, given, (len(x), nf, *sides(x, stride)), hints={SIZES_MEET: hint}):
            return feedback.with_hint(hint)
    return None


def _res_odd(evidence: Evidence) -> Feedback | None:
    for name, ((ni, nf, stride), inputs) in evidence.inputs(res_block_inputs).items():
        seen = evidence.seen[name]
        for size, x in inputs.items():
            record = seen["start"] if size == "odd" else seen["sizes"][size]
            x = x.transpose(2, 3) if size == "two rows" else x
            given = _given("ResBlock", (ni, nf, stride), x)
            if feedback := ran(
                record, given, (len(x), nf, *sides(x, stride)), hints={SIZES_MEET + "|too small": ODD_HINT}
            ):
                return feedback.with_hint(ODD_HINT)
    return None


def _res_same(evidence: Evidence) -> Feedback | None:
    for _, x, seen, given in _res_ran(evidence, "same"):
        return nothing_to_fix(seen, x, given)
    return None


def _res_pool(evidence: Evidence) -> Feedback | None:
    forms = _res_ran(evidence, "stride", "both", "stride 3", every=True)
    for (_, _, stride), x, seen, given in forms:
        found = decompose(seen["perturbed"], x, stride)
        if found and found.downsample == NO_SKIP:
            raise NotJudged
        if found is None or found.downsample != "average":
            return skip_feedback(_sure_of_pool(found, forms), seen, given, FIXED)
    return None


def _sure_of_pool(found: Decomposition | None, forms: list) -> Decomposition | None:
    """On odd sizes, adaptive pooling at stride 2 has windows of 3×3 that overlap: which of the two it is, another stride shows."""
    windows = "window 3 without the edge"
    if found and found.downsample == "adaptive":
        others = [decompose(seen["perturbed"], x, stride) for (_, _, stride), x, seen, _ in forms]
        if any(other and other.downsample == windows for other in others):
            return replace(found, downsample=windows)
    return found


def _res_conv(evidence: Evidence) -> Feedback | None:
    for (_, _, stride), x, seen, given in _res_ran(
        evidence, "channels", "both", "stride 3", "grey", "grey and stride", "one out"
    ):
        found = decompose(seen["perturbed"], x, stride)
        # how x is made smaller is another check's business
        allowed = (found.downsample,) if found and found.downsample != NO_SKIP else ("",)
        if feedback := skip_feedback(found, seen, given, FIXED, downsamples=allowed, plain_allowed=False):
            return feedback
    for (_, nf, stride), x, seen, given in _res_forms(evidence, "stride"):
        found = decompose(seen["perturbed"], x, stride) if gave_result(seen, x, nf, stride) else None
        if found and found.has_activation:
            return skip_feedback(found, seen, given, FIXED)
    return None


def _res_gamma(evidence: Evidence) -> Feedback | None:
    forms = _res_ran(evidence)
    if not all(convolutions(seen["start"], spatial=True) for _, _, seen, _ in forms):
        raise NotJudged
    return starts_as_skip_path(_res_ran(evidence, "same"), forms)


def _res_residual(evidence: Evidence) -> Feedback | None:
    for (ni, nf, stride), x, seen, given in _res_forms(evidence):
        if "perturbed" not in seen:
            raise NotJudged
        if feedback := two_weight_layers(seen["perturbed"], x, ni, nf, stride, given=given):
            return feedback
    return None


def _res_learns(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _res_ran(evidence):
        if feedback := gradients_arrive(seen["run"], given, seen["changed"]):
            return feedback
    for _, _, seen, given in _res_ran(evidence, "same"):
        return can_learn(seen, given)
    return None


RES_BLOCK = Exercise(
    id="6.3",
    title="The residual block",
    names=("ResBlock",),
    params=("ni", "nf", "stride"),
    minutes=15,
    needs=("5.1", "5.2", "5.3", "6.1", "6.2"),
    hints=(
        "Put 6.1 and 6.2 into one block. The skip path has two places, each of which is a layer or does "
        "nothing: one for the size, one for "
        "the channels. And the last batch norm of the residual path starts at γ = 0.",
        "In `__init__`: `pool` is an `nn.AvgPool2d` if the stride is above 1, else `nn.Identity()`; `idconv` is "
        "a 1×1 convolution if `ni` and "
        "`nf` differ, else `nn.Identity()`. In `forward`: F(x), plus x through both.",
    ),
    checks=(
        Check("shapes", "Any channels and stride, where the stride divides the size", 2, _res_shapes),
        Check("odd", "Odd sizes, down to one pixel", 2, _res_odd, ("shapes",)),
        Check("same", "Where nothing changes, the skip path is x itself", 1, _res_same),
        Check("pool", "The stride is fixed by the mean of each window", 2, _res_pool),
        Check("conv", "The channels are fixed by a 1×1 convolution without activation", 2, _res_conv),
        Check("gamma", "It starts as its skip path, by γ = 0", 2, _res_gamma),
        Check("residual", "F(x) is two weight layers, and the stride is used once", 1, _res_residual),
        Check("learns", "It can learn, and leaves x as it was", 1, _res_learns),
    ),
)

# ---- 6.4 ----


def dense_channels(c0: int, growth: int, n: int) -> int:
    """What is right in 6.4."""
    return c0 + n * growth


DENSE_MISCONCEPTIONS = (
    Misconception(
        "no start",
        lambda c0, growth, n: n * growth,
        "Concatenation keeps what there was: the channels before the first block count too.",
    ),
    Misconception(
        "one block short",
        lambda c0, growth, n: c0 + max(0, n - 1) * growth,
        "How many channels are there after *one* block?",
    ),
    Misconception(
        "one block more",
        lambda c0, growth, n: c0 + (n + 1) * growth,
        "How many channels are there after no block at all?",
    ),
    Misconception("once", lambda c0, growth, n: c0 + growth, "Each of the n blocks adds its own channels."),
    Misconception(
        "doubling",
        lambda c0, growth, n: c0 * 2**n,
        "A block adds `growth` channels, however many come in. It does not double them.",
    ),
    Misconception("power", lambda c0, growth, n: c0 * growth**n, "Channels are added, not multiplied."),
    Misconception(
        "power of growth", lambda c0, growth, n: c0 + growth**n, "Each block adds the same number of channels."
    ),
    Misconception("factor", lambda c0, growth, n: c0 * growth * n, "Channels are added, not multiplied."),
    Misconception("addition", lambda c0, growth, n: c0, "That is what addition would give. Concatenation grows."),
)
DENSE_HINT = "Write the channels after 0, 1, 2 and 3 blocks one below the other. What is added each time?"


def _concat_forms(evidence: Evidence):
    for name, ((ni, growth), x) in evidence.inputs(concat_inputs).items():
        yield ni, growth, x, evidence.seen[name], _given("ConcatBlock", (ni, growth), x)


def _concat_ran(evidence: Evidence):
    """The forms whose runs gave a result. Raises NotJudged when none did."""
    found = [form for form in _concat_forms(evidence) if gave_result(form[3], form[2], form[0] + form[1], 1)]
    return judgeable(found)


def _concat_shapes(evidence: Evidence) -> Feedback | None:
    hint = (
        "The result has the channels of x and `growth` more, side by side. Height and width stay: what "
        "padding does a 3×3 need?"
    )
    for ni, growth, x, seen, given in _concat_forms(evidence):
        call = messages.call("ConcatBlock", (ni, growth))
        if feedback := made(seen["built"], call):
            return feedback
        for run in ("start", "perturbed", "run"):
            if feedback := ran(seen[run], given, (len(x), ni + growth, *x.shape[2:]), hints={SIZES_MEET: hint}):
                return feedback.with_hint(hint)
        one_pixel = f"{call}, one image of one pixel in evaluation mode"
        if feedback := ran(seen["one pixel"], one_pixel, (1, ni + growth, 1, 1)):
            return feedback.with_hint(hint)
    return None


def _concat_first(evidence: Evidence) -> Feedback | None:
    wanted = "x in the first channels, unchanged"
    for ni, growth, x, seen, given in _concat_ran(evidence):
        y = result(seen["perturbed"])
        x = x.double().cpu()
        if same(y[:, :ni], x):
            continue
        if same(y[:, growth:], x):
            return Feedback(
                "x stands behind the new channels", wanted, given, "The order in the list that is joined counts."
            )
        hint = "Nothing happens to x: no layer, no activation. Does a ReLU come after the joining, or in place?"
        return Feedback("other values in the first channels", wanted, given, hint)
    for ni, growth, x, seen, given in _concat_ran(evidence):
        moved = seen.get("moved")
        if moved is None or ran(moved, "", (len(x), ni + growth, *x.shape[2:])):
            continue  # as built it ran: nothing is said of x
        if not same(result(moved)[:, :ni], x.double().cpu()):
            return weighted_feedback(wanted, given)
    return None


def _concat_new(evidence: Evidence) -> Feedback | None:
    wanted = "the new channels from one 3×3 convolution of x, with or without batch norm and ReLU"
    for ni, growth, x, seen, given in _concat_ran(evidence):
        flow, x = seen["perturbed"], x.double().cpu()
        y = result(flow)
        new = y[:, :growth] if same(y[:, growth:], x) and not same(y[:, :ni], x) else y[:, ni:]
        steps = [step for step in convolutions(flow) if step["weight"][2:] == [3, 3]]
        observed = ", ".join(messages.shape(step["weight"][2:]) for step in convolutions(flow)) or "none"
        if len(steps) != 1 or len(convolutions(flow)) != 1:
            return Feedback(
                f"convolutions: {observed}",
                wanted,
                given,
                "One convolution makes all of the new channels, with a 3×3 window."
                if convolutions(flow)
                else OWN_CONVOLUTION,
            )
        step = steps[0]
        if step["weight"][:2] != [growth, ni]:
            size = messages.shape(step["weight"][:2])
            hint = "The convolution reads all channels of x and makes `growth` new ones."
            return Feedback(f"weights of {size} channels", f"{growth}×{ni}", given, hint)
        if feedback := gapless(steps, given):
            return feedback
        if not (same(step["input"], x) or fit(step["input"], [x]) or fit(step["input"], [x], relu=True)):
            return Feedback("the convolution does not get x", wanted, given, "What goes into the convolution?")
        c = step["output"]
        if not (same(new, c) or fit(new, [c]) or fit(new, [c], relu=True)):
            hint = "Join what the convolution (and its batch norm and ReLU) gives, as it is. Is something added to it?"
            return Feedback("the new channels are not what the convolution made", wanted, given, hint)
        if float(new.std()) < 1e-6:
            return Feedback("new channels without anything in them", wanted, given, "What does the convolution give?")
    return None


def _concat_learns(evidence: Evidence) -> Feedback | None:
    for _, _, _, seen, given in _concat_ran(evidence):
        if feedback := gradients_arrive(seen["run"], given, seen["changed"]):
            return feedback
    return None


CONCAT_BLOCK = Exercise(
    id="6.4",
    title="Concatenate instead",
    names=("ConcatBlock", "dense_channels"),
    params=("c0", "growth", "n"),
    minutes=10,
    needs=("5.1",),
    hints=(
        "`torch.cat` joins a list of tensors along a dimension. Which dimension are the channels, and which "
        "tensor comes first in the list?",
        "The block: a 3×3 convolution from `ni` to `growth` channels that keeps the size; `forward` joins [x, "
        "that] along dimension 1. "
        "For the count, add `growth` for each block.",
    ),
    checks=(
        Check("shapes", "`growth` more channels, the same height and width", 2, _concat_shapes),
        Check("first", "x comes first, unchanged", 2, _concat_first),
        Check("new", "The new channels come from a 3×3 convolution of x", 1, _concat_new),
        Check("learns", "Gradients flow, and x stays as it was", 1, _concat_learns),
        Check(
            "blocks",
            "Channels after n blocks",
            1,
            values(dense_channels, ("blocks", "two"), DENSE_HINT, DENSE_MISCONCEPTIONS),
        ),
        Check(
            "few",
            "After one block, and after none",
            1,
            values(dense_channels, ("one", "no"), DENSE_HINT, DENSE_MISCONCEPTIONS),
        ),
        Check("int", "The count is an int", 1, where_answered(returns("int"))),
    ),
)

EXERCISES = (POOL_SKIP_BLOCK, CONV_SKIP_BLOCK, RES_BLOCK, CONCAT_BLOCK)

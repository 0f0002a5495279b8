"""Chapter 2: any size in, ten numbers out. The exercises are listed in `book/appendices/exercises.md`."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.block_checks import gapless
from resnet_live.exercise.judging.checks import (
    NO_FINER,
    first,
    gradients,
    keeps_dtype,
    returns,
    untouched,
    values,
    where_answered,
    where_input_counts,
    without,
)
from resnet_live.exercise.judging.evidence import Evidence, NotJudged
from resnet_live.exercise.judging.gradient_checks import sound
from resnet_live.exercise.judging.module_checks import built, gave, numbers, other_classes, ran
from resnet_live.exercise.judging.pooled_scores import pooled_by

# ---- 2.1 ----


def conv_out(n: int, k: int, s: int = 1, p: int = 0) -> int:
    """What is right in 2.1."""
    return (n + 2 * p - k) // s + 1


CONV_MISCONCEPTIONS = (
    Misconception(
        "one position short",
        lambda n, k, s=1, p=0: (n + 2 * p - k) // s,
        "Count the positions, not the moves: the place where the window starts is one as well.",
    ),
    Misconception(
        "127",
        lambda n, k, s=1, p=0: (n + 2 * p - k + 1) // s + 1,
        "Think of a 3×3 window on 128 pixels: how many pixels does it lose? Not one (that is a 2×2 window).",
    ),
    Misconception(
        "padding on one side",
        lambda n, k, s=1, p=0: (n + p - k) // s + 1,
        "Padding is added on both sides of the row.",
    ),
    Misconception(
        "no padding",
        lambda n, k, s=1, p=0: (n - k) // s + 1,
        "The padding `p` makes no difference in your result. How long is the padded row?",
    ),
    Misconception(
        "rounded up",
        lambda n, k, s=1, p=0: math.ceil((n + 2 * p - k) / s) + 1,
        "A last step that does not fit is not made: which way must the division be rounded?",
    ),
    Misconception(
        "to the nearest",
        lambda n, k, s=1, p=0: round((n + 2 * p - k) / s) + 1,
        "`round` goes to the nearest whole number. A step that does not fit wholly is not made.",
    ),
    Misconception(
        "divided too late",
        lambda n, k, s=1, p=0: (n + 2 * p - k + 1) // s,
        "Add the starting place after the division by the stride, not before.",
    ),
    Misconception(
        "ceil(n/s)",
        lambda n, k, s=1, p=0: -(-n // s),
        "⌈n/s⌉ holds only for a 3×3 window with padding 1. Kernel and padding count.",
    ),
    Misconception(
        "no stride",
        lambda n, k, s=1, p=0: n + 2 * p - k + 1,
        "The stride `s` makes no difference in your result.",
    ),
    Misconception(
        "a fraction",
        lambda n, k, s=1, p=0: (n + 2 * p - k) / s + 1,
        "There is no half position. A last step that does not fit is not made: round down.",
    ),
)


def _no_layer(evidence: Evidence) -> Feedback | None:
    for key, record in evidence.calls.items():
        if record["layers"]:
            return Feedback(
                f"the layer `{record['layers'][0]}` was built and run",
                "a number worked out without building a layer",
                evidence.given(key),
                "Whole-number arithmetic is enough: where can the window stand?",
            )
    return None


CONV_HINT = "How far can a window of k pixels move in the padded row, in steps of s? And where did it start?"

CONV_OUT = Exercise(
    id="2.1",
    title="The output size of a convolution",
    names=("conv_out",),
    params=("n", "k", "s", "p"),
    minutes=5,
    hints=(
        "Draw a row of 7 pixels and a window of 3. Slide it by 1, then by 2, and count the places where it can stand.",
        "The padded row has n + 2p pixels; the window covers k of them. Divide what remains by the stride, whole steps only, and "
        "remember the place where it started.",
    ),
    checks=(
        Check(
            "plain",
            "Stride 1 and no padding",
            1,
            values(conv_out, ("plain", "smallest"), CONV_HINT, CONV_MISCONCEPTIONS),
        ),
        Check("padding", "Padding on both sides", 1, values(conv_out, ("padding",), CONV_HINT, CONV_MISCONCEPTIONS)),
        Check(
            "stride",
            "Strides, in whole steps",
            2,
            values(conv_out, ("stride", "keywords"), CONV_HINT, CONV_MISCONCEPTIONS),
        ),
        Check("int", "Returns an int, without building a layer", 1, where_answered(first(returns("int"), _no_layer))),
    ),
)

# ---- 2.2 ----


def halvings(n: int) -> int:
    """What is right in 2.2."""
    return (n - 1).bit_length()


def _halved_by(step: Callable[[int], int]) -> Callable[[int], int]:
    """How often `step` is made until one pixel or none is left."""

    def answer(n: int) -> int:
        count = 0
        while n > 1:
            n, count = step(n), count + 1
        return count

    return answer


HALVING_MISCONCEPTIONS = (
    Misconception(
        "rounded down",
        lambda n: n.bit_length() - 1,
        "Stride 2 with padding 1 rounds up: 7 pixels become 4, not 3. Follow 7 by hand to the end.",
    ),
    Misconception(
        "counts the sizes",
        lambda n: (n - 1).bit_length() + 1,
        "Count the convolutions, not the sizes: 1×1 needs none at all.",
    ),
    Misconception(
        "stops at two",
        lambda n: max(0, (n - 1).bit_length() - 1),
        "You stop one too early: 2 pixels are not one pixel yet.",
    ),
    Misconception(
        "at least one", lambda n: max(1, (n - 1).bit_length()), "How many convolutions does an image of 1×1 need?"
    ),
    Misconception(
        "logarithm of a float",
        lambda n: math.ceil(math.log2(n)),
        "A float holds 53 bits: neither a logarithm nor `/` can tell a large n from its neighbour. Stay with whole numbers.",
    ),
    Misconception(
        "no padding",
        _halved_by(lambda n: (n - 1) // 2),
        "That is how sides shrink without padding. With padding 1 a half is left, rounded up: 7 pixels become 4, not 3.",
    ),
    Misconception(
        "to the nearest even number",
        _halved_by(lambda n: n // 2 + (n % 4 == 3)),
        "`round` goes to the nearest whole number, and from a half to the even one. A half is rounded up here: 5 pixels become 3.",
    ),
    Misconception("half of n", lambda n: n // 2, "Halve again and again until 1 is left, and count how often."),
)
LARGE_HINT = (
    "An `int` is exact however large it is; a float is not, and `/`, `round(n / 2)` and logarithms work with floats. Does your way "
    "stay with whole numbers, and does it round up each time?"
)
HALVING_HINT = "Follow 7 by hand: what is left after each convolution, rounded which way? Count until it is 1."


def _int_where_it_answers(evidence: Evidence) -> Feedback | None:
    """An error for a large n alone is the business of the check for large n."""
    large_errors = {key for key, record in evidence.calls.items() if key.startswith("large") and record["error"]}
    return returns("int", [key for key in evidence.cases if key not in large_errors])(evidence)


HALVINGS = Exercise(
    id="2.2",
    title="How many halvings",
    names=("halvings",),
    params=("n",),
    minutes=5,
    hints=(
        "One such convolution leaves half of n, rounded up. Repeat that until one pixel is left, and count.",
        "A `while` loop with whole numbers: `(n + 1) // 2` is half of n, rounded up. What must it do for n = 1?",
    ),
    checks=(
        Check("powers", "Powers of two", 1, values(halvings, ("power",), HALVING_HINT, HALVING_MISCONCEPTIONS)),
        Check(
            "between",
            "Sizes between them",
            2,
            values(halvings, ("above", "between"), HALVING_HINT, HALVING_MISCONCEPTIONS),
        ),
        Check(
            "one",
            "One pixel needs none",
            1,
            where_answered(values(halvings, ("one",), HALVING_HINT, HALVING_MISCONCEPTIONS)),
        ),
        Check(
            "large",
            "Exact for large n",
            1,
            values(halvings, ("large",), LARGE_HINT, HALVING_MISCONCEPTIONS),
        ),
        Check("int", "Returns an int", 1, where_answered(_int_where_it_answers)),
    ),
)

# ---- 2.3 ----


def global_avg_pool(x: Tensor) -> Tensor:
    """What is right in 2.3: N×C×H×W → N×C."""
    return x.mean((2, 3))


POOL_MISCONCEPTIONS = (
    Misconception(
        "mean over the batch", lambda x: x.mean((0, 1)), "Dimension 0 is the batch and 1 the channels. You mix images."
    ),
    Misconception("mean over batch only", lambda x: x.mean(0), "Dimension 0 is the batch: you mix different images."),
    Misconception(
        "batch and map", lambda x: x.mean((0, 2, 3)), "Dimension 0 is the batch: each image needs its own averages."
    ),
    Misconception(
        "mean over the channels",
        lambda x: x.mean((1, 2)),
        "Dimension 1 is the channels: each of them needs its own average.",
    ),
    Misconception(
        "mean over all but the batch",
        lambda x: x.mean((1, 2, 3)),
        "Dimension 1 is the channels: each needs its own average.",
    ),
    Misconception("one dimension", lambda x: x.mean(-1), "You averaged over one spatial dimension. A map has two."),
    Misconception("height only", lambda x: x.mean(2), "You averaged over one spatial dimension. A map has two."),
    Misconception(
        "keepdim",
        lambda x: x.mean((2, 3), keepdim=True),
        "The values are right; height and width are still there, as 1 and 1.",
    ),
    Misconception(
        "mean of all",
        lambda x: x.mean(),
        "That is one number for the whole batch: every channel of every image needs its own.",
    ),
    Misconception(
        "sum", lambda x: x.sum((2, 3)), "That is the sum. An average does not grow with the size of the map."
    ),
    Misconception("maximum", lambda x: x.amax((2, 3)), "That is the maximum. The average listens to every position."),
    Misconception("median", lambda x: x.flatten(2).median(2).values, "That is the median, not the average."),
    Misconception(
        "divided by one side",
        lambda x: x.sum((2, 3)) / x.shape[2],
        "Divide by the number of positions: how many has a map?",
    ),
    Misconception(
        "divided by the other",
        lambda x: x.sum((2, 3)) / x.shape[3],
        "Divide by the number of positions: how many has a map?",
    ),
    Misconception(
        "square", lambda x: x.sum((2, 3)) / x.shape[2] ** 2, "A map need not be square: how many positions has it?"
    ),
    Misconception(
        "not square", lambda x: x.sum((2, 3)) / x.shape[3] ** 2, "A map need not be square: how many positions has it?"
    ),
    Misconception(
        "zeros not counted",
        lambda x: x.sum((2, 3)) / (x != 0).sum((2, 3)),
        "Divide by the number of positions: a position that holds 0 is one as well.",
    ),
    Misconception("no average", lambda x: x.flatten(2)[..., 0], "You kept one position and dropped the others."),
)
POOL_HINT = "x is N×C×H×W. Which two dimensions must disappear, and which must stay?"

GLOBAL_AVG_POOL = Exercise(
    id="2.3",
    title="Average over the map",
    names=("global_avg_pool",),
    params=("x",),
    minutes=5,
    hints=(
        "x is N×C×H×W: dimension 0 is the batch, 1 the channels, 2 and 3 the map. Which of them should be gone afterwards?",
        "A tensor can take the mean over several dimensions at once: you name them in a tuple. Or join the two with `flatten` first.",
    ),
    checks=(
        Check(
            "values",
            "One average for each channel of each image",
            2,
            values(global_avg_pool, ("image", "one"), POOL_HINT, POOL_MISCONCEPTIONS),
        ),
        Check(
            "kinds",
            "float64, and tensors that are not contiguous",
            1,
            first(
                values(
                    global_avg_pool,
                    ("float64", "transposed", "channels_last", "strided"),
                    POOL_HINT,
                    POOL_MISCONCEPTIONS,
                    NO_FINER,
                ),
                values(
                    global_avg_pool,
                    ("float64", "transposed", "channels_last", "strided"),
                    "A detour through float32 costs digits: all the way in the dtype of the input.",
                    POOL_MISCONCEPTIONS,
                ),
                keeps_dtype(),
            ),
            ("values",),
        ),
        Check("gradient", "Gradients flow through it", 1, gradients(global_avg_pool), ("values",)),
        Check(
            "untouched",
            "Leaves its input as it was, and on its device",
            1,
            where_input_counts(untouched(), global_avg_pool),
        ),
        Check(
            "by hand",
            "Done by hand, without a pooling or interpolation layer",
            2,
            where_input_counts(
                without(
                    "pooling or interpolation", "You know what the layer computes: write that arithmetic yourself."
                ),
                global_avg_pool,
            ),
        ),
    ),
)

# ---- 2.4 ----


def adaptive_avg_pool(x: Tensor, h: int, w: int) -> Tensor:
    """What is right in 2.4: N×C×H×W → N×C×h×w."""
    return F.adaptive_avg_pool2d(x, (h, w))


# (number of the window, pixels, windows) → the pixel where it starts or ends
Edge = Callable[[int, int, int], int]


def adaptive(
    x: Tensor,
    h: int,
    w: int,
    start: Edge | None = None,
    end: Edge | None = None,
    reduce: Callable[[Tensor, tuple[int, int]], Tensor] = torch.mean,
) -> Tensor:
    """Adaptive pooling with windows from `start(i, n, out)` to `end(i, n, out)`: for the misconceptions."""
    start = start or (lambda i, n, out: i * n // out)
    end = end or (lambda i, n, out: -(-(i + 1) * n // out))

    def spans(n, out):
        return [(start(i, n, out), end(i, n, out)) for i in range(out)]

    rows = [[reduce(x[:, :, a:b, c:d], (2, 3)) for c, d in spans(x.shape[3], w)] for a, b in spans(x.shape[2], h)]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


ADAPTIVE_MISCONCEPTIONS = (
    Misconception(
        "end rounded down",
        lambda x, h, w: adaptive(x, h, w, end=lambda i, n, out: (i + 1) * n // out),
        "Your windows do not overlap. The end of a window is rounded up.",
    ),
    Misconception(
        "at least one pixel",
        lambda x, h, w: adaptive(x, h, w, end=lambda i, n, out: max(i * n // out + 1, (i + 1) * n // out)),
        "Your windows do not overlap. The end of a window is rounded up.",
    ),
    Misconception(
        "one pixel too many",
        lambda x, h, w: adaptive(x, h, w, end=lambda i, n, out: (i + 1) * n // out + 1),
        "`// out + 1` is one pixel too many wherever the division comes out even. What is ⌈6/3⌉?",
    ),
    Misconception(
        "start rounded up",
        lambda x, h, w: adaptive(x, h, w, start=lambda i, n, out: -(-i * n // out)),
        "The start of a window is rounded down, so that windows can overlap.",
    ),
    Misconception(
        "equal windows",
        lambda x, h, w: F.avg_pool2d(x, (x.shape[2] // h, x.shape[3] // w))[:, :, :h, :w],
        "Windows of one fixed size leave pixels over when `h` does not divide H. Work out start and end of each window.",
    ),
    Misconception(
        "equal windows that overlap",
        lambda x, h, w: F.avg_pool2d(
            x,
            (x.shape[2] - (h - 1) * (x.shape[2] // h), x.shape[3] - (w - 1) * (x.shape[3] // w)),
            (x.shape[2] // h, x.shape[3] // w),
        ),
        "Windows of one fixed size and stride are not PyTorch's when `h` does not divide H. Work out start and end of each window.",
    ),
    Misconception(
        "height and width swapped",
        lambda x, h, w: adaptive(x, w, h),
        "`h` is the height of the result, `w` its width. You swapped them.",
    ),
    Misconception(
        "transposed",
        lambda x, h, w: adaptive(x, h, w).transpose(2, 3),
        "Height and width of your result are swapped: rows come first.",
    ),
    Misconception(
        "maximum",
        lambda x, h, w: adaptive(x, h, w, reduce=torch.amax),
        "That is the maximum of each window, not its average.",
    ),
    Misconception(
        "sum",
        lambda x, h, w: adaptive(x, h, w, reduce=torch.sum),
        "That is the sum of each window. Divide by the size of *this* window.",
    ),
    Misconception(
        "divided by a fixed size",
        lambda x, h, w: adaptive(x, h, w, reduce=torch.sum) * h * w / (x.shape[2] * x.shape[3]),
        "Windows differ in size: divide each sum by the size of its own window.",
    ),
    Misconception(
        "mean over batch and channels too",
        lambda x, h, w: adaptive(x, h, w, reduce=lambda window, dims: window.mean().expand(window.shape[:2])),
        "`mean()` without dimensions averages over images and channels, too. Which two dimensions has the window in the map?",
    ),
    Misconception(
        "columns first",
        lambda x, h, w: adaptive(x, h, w).transpose(2, 3).reshape(*x.shape[:2], h, w),
        "The averages are right, their order is not: the result goes row by row, `h` rows of `w`.",
    ),
    Misconception(
        "windows stacked in front",
        lambda x, h, w: adaptive(x, h, w).flatten(2).permute(2, 0, 1).reshape(*x.shape[:2], h, w),
        "The averages are right, and `torch.stack` put the h·w of them in front of images and channels. It takes a `dim`.",
    ),
    Misconception(
        "nearest",
        lambda x, h, w: F.interpolate(x, size=(h, w)),
        "You picked one pixel for each window: average all of them.",
    ),
    Misconception(
        "one average everywhere",
        lambda x, h, w: x.mean((2, 3), keepdim=True).expand(-1, -1, h, w),
        "Every position of the result has its own window.",
    ),
)
ADAPTIVE_HINT = (
    "Write down start and end of each window for 7 pixels into 3: ⌊i·n/out⌋ and ⌈(i+1)·n/out⌉, the end not included."
)

ADAPTIVE_AVG_POOL = Exercise(
    id="2.4",
    title="Windows that adapt",
    names=("adaptive_avg_pool",),
    params=("x", "h", "w"),
    minutes=15,
    hints=(
        "Begin with one dimension: for output i of `out` along n pixels the window starts at ⌊i·n/out⌋ and ends before ⌈(i+1)·n/out⌉.",
        "Two loops, over the h rows and the w columns of the result. In each, cut the window out of x with a slice and average it "
        "over dimensions 2 and 3. Then put the h·w results of shape N×C together with `torch.stack`. Rounding up is `-(-a // b)`.",
    ),
    checks=(
        Check(
            "divides",
            "Windows of equal size",
            1,
            values(adaptive_avg_pool, ("divides", "one", "same"), ADAPTIVE_HINT, ADAPTIVE_MISCONCEPTIONS),
        ),
        Check(
            "overlap",
            "Windows that overlap",
            2,
            values(adaptive_avg_pool, ("overlap",), ADAPTIVE_HINT, ADAPTIVE_MISCONCEPTIONS),
        ),
        Check(
            "larger",
            "A result larger than the input",
            1,
            values(
                adaptive_avg_pool,
                ("larger",),
                "With h > H the windows are one or two pixels long, and neighbours share them. None may be empty.",
                ADAPTIVE_MISCONCEPTIONS,
            ),
        ),
        Check(
            "kinds",
            "float64, and tensors that are not contiguous",
            1,
            first(
                values(
                    adaptive_avg_pool,
                    ("float64", "transposed", "channels_last"),
                    ADAPTIVE_HINT,
                    ADAPTIVE_MISCONCEPTIONS,
                    NO_FINER,
                ),
                values(
                    adaptive_avg_pool,
                    ("float64", "transposed", "channels_last"),
                    "A detour through float32 costs digits: all the way in the dtype of the input.",
                    ADAPTIVE_MISCONCEPTIONS,
                ),
                keeps_dtype(),
            ),
            ("overlap",),
        ),
        Check("gradient", "Gradients flow through it", 1, gradients(adaptive_avg_pool), ("divides", "overlap")),
        Check(
            "untouched",
            "Leaves its input as it was, and on its device",
            1,
            where_input_counts(untouched(), adaptive_avg_pool),
        ),
        Check(
            "by hand",
            "Done by hand, without adaptive pooling or interpolation",
            2,
            where_input_counts(
                without(
                    "adaptive pooling or interpolation", "Cut the windows out yourself: slices and `mean` are enough."
                ),
                adaptive_avg_pool,
            ),
        ),
    ),
)

# ---- 2.5 ----

WIDTHS = (3, 16, 32, 64, 128, 256)
NET_ERRORS_HINT = (
    "Step through `forward`: which shape does each line leave? The pool takes the features, not the image."
)


def _net_built(evidence: Evidence) -> Feedback | None:
    n = evidence.seen["n_classes"]
    return built(evidence, "built", f"AnySizeNet(n_classes={n})") or built(evidence, "built default", "AnySizeNet()")


def _net_shapes(evidence: Evidence) -> Feedback | None:
    if feedback := _net_built(evidence):
        return feedback
    n = evidence.seen["n_classes"]
    for size, record in evidence.seen["sizes"].items():
        if feedback := ran(record, f"two images of {size} in evaluation mode", (2, n)):
            scores_hint = "How many scores there are is the argument `n_classes`, whatever it is."
            return feedback.with_hint(scores_hint if other_classes(record, 2, n) else NET_ERRORS_HINT)
        if record["changed"]:
            return Feedback("the images were changed in place", "images as they were", f"two images of {size}")
    if feedback := ran(evidence.seen["one image"], "one image of 7×5 in evaluation mode", (1, n)):
        return feedback.with_hint(
            "One image is a batch of one: keep dimension 0. `squeeze()` drops it, `flatten(1)` does not."
        )
    if feedback := ran(evidence.seen["default"], "AnySizeNet() with no argument, two images of 1×1", (2, 10)):
        return feedback.with_hint("Without an argument there are ten classes.")
    return None


def _convolutions(evidence: Evidence) -> list[dict]:
    """The convolutions that ran, in order, without a 1×1 one on a 1×1 map: that is a linear layer. Raises NotJudged when it is not
    known whether more of them would have run."""
    if not (flow := evidence.seen.get("flow")):
        raise NotJudged
    steps = [step for step in flow["steps"] if step["op"] == "convolution"]
    found = [step for step in steps if not (step["weight"][2:] == [1, 1] and list(step["input"].shape[2:]) == [1, 1])]
    if flow["error"] and len(found) != len(WIDTHS) - 1:
        raise NotJudged
    return found


def _net_convolutions(evidence: Evidence) -> Feedback | None:
    seen = _convolutions(evidence)
    wanted = "five convolutions with stride 2, " + "→".join(map(str, WIDTHS))
    if not seen:
        return Feedback("no convolution ran", wanted, hint="Does `forward` call the convolutions?")
    chain = [step["weight"][1] * step["groups"] for step in seen] + [seen[-1]["weight"][0]]
    observed = f"{len(seen)} convolution{'s' * (len(seen) > 1)}, {'→'.join(map(str, chain))}"
    if tuple(chain) != WIDTHS or any(step["groups"] != 1 for step in seen):
        return Feedback(observed, wanted, hint="Count the layers and compare the channels with the exercise.")
    strides = [step["stride"] for step in seen]
    if any(set(stride) != {2} for stride in strides):
        return Feedback(
            f"strides {', '.join(str(stride[0]) for stride in strides)}",
            wanted,
            hint="Each convolution halves the map by its own stride, with no pooling in between.",
        )
    if feedback := gapless(seen, ""):
        return feedback
    for step in seen:
        given, made = list(step["input"].shape[2:]), list(step["shape"][2:])
        if made != [-(-side // 2) for side in given]:
            return Feedback(
                f"a convolution made {messages.shape(made)} of a map of {messages.shape(given)}",
                "half of each side, rounded up",
                hint="The convolution in the exercise has a kernel of 3 and a padding of 1. Which output size do yours have?",
            )
    halved = [list(step["input"].shape[2:]) for step in seen]
    for before, after in zip(seen, halved[1:], strict=False):
        if list(before["shape"][2:]) != after:
            return Feedback(
                f"a map of {messages.shape(before['shape'][2:])} became {messages.shape(after)} between two convolutions",
                wanted,
                hint="Nothing but the convolutions changes the size of the map.",
            )
    return None


def _convolved(evidence: Evidence) -> list[dict]:
    """The same. Raises NotJudged when there is none."""
    if not (found := _convolutions(evidence)):
        raise NotJudged
    return found


def _net_nonlinear(evidence: Evidence) -> Feedback | None:
    seen = _convolved(evidence)
    if len(seen) < 2:
        raise NotJudged
    for number, (before, after) in enumerate(zip(seen, seen[1:], strict=False), start=1):
        if is_affine(before["output"], after["input"]):
            return Feedback(
                f"nothing but multiplying and adding between convolutions {number} and {number + 1}",
                "a non-linearity between any two convolutions",
                hint="Two convolutions with no activation between them are one convolution, with batch norm between them too.",
            )
    return None


def is_affine(before: Tensor, after: Tensor) -> bool:
    """In every channel of every image, `after` is a multiple of `before` plus a constant (up to 1e-5 of its spread)."""
    if before.shape != after.shape:
        return False
    x, y = (value.double().flatten(2) for value in (before, after))
    x, y = x - x.mean(2, keepdim=True), y - y.mean(2, keepdim=True)
    slope = (x * y).sum(2, keepdim=True) / (x * x).sum(2, keepdim=True).clamp_min(1e-30)
    off = (y - slope * x).pow(2).mean(2).sqrt()
    return bool((off <= 1e-5 * y.pow(2).mean(2).sqrt()).all())


def _net_average(evidence: Evidence) -> Feedback | None:
    """The scores are one of the parameters of shape classes×256, applied to the mean over the map of what the last convolution gave,
    or of what an activation or batch norm made of that."""
    conv, steps = _convolved(evidence)[-1], gave(evidence.seen["flow"])["steps"]
    last = next(index for index, step in enumerate(steps) if step is conv)
    scores = evidence.seen["flow"]["value"]["data"]
    maps = [step["output"].double().flatten(2) for step in steps[last:] if _is_map(step, conv["weight"][0])]
    found = pooled_by(scores, maps, numbers(evidence.seen["weights"]).values())
    if found:
        feedback = Feedback("other scores", "one linear layer on the mean of each map, and nothing behind")
        return feedback.explained(found) if found.name else None
    return Feedback(
        "the scores do not follow from the averages of the last convolution's maps",
        "one linear layer on the average of each of the 256 maps",
        hint="What goes into the pool: the features, or something else? And what stands between the pool and the linear layer?",
    )


def _is_map(step: dict, channels: int) -> bool:
    size = step["shape"]
    return step["output"] is not None and len(size) in (3, 4) and size[1] == channels and math.prod(size[2:]) > 1


def _net_linear(evidence: Evidence) -> Feedback | None:
    n, convs, scores = evidence.seen["n_classes"], _convolved(evidence), evidence.seen["flow"]["value"]
    # how many scores there are is the first check's business
    classes = scores["shape"][1:] if scores and len(scores.get("shape", [])) == 2 else [n]
    features = convs[-1]["weight"][0]
    # γ and β of a batch norm by hand are 1×C×1×1: one number a channel, as are the lengths of a weight norm
    shapes = [one["shape"] for one in evidence.seen["weights"].values()]
    matrices = [size for size in shapes if sum(side > 1 for side in size) > 1]
    rest = matrices[:]
    for step in convs:
        if step["weight"] in rest:
            rest.remove(step["weight"])
    if len(rest) != 1 or rest[0][:2] not in ([*classes, features], [features, *classes]):
        observed = ", ".join(f"{tuple(size)}" for size in rest) or "none"
        return Feedback(
            f"weights beside those of the convolutions: {observed}",
            f"those of one linear layer, ({classes[0]}, {features})",
            f"AnySizeNet(n_classes={n})",
            "After the pool there is one vector of 256. One layer turns it into the scores; it must not know the image's size.",
        )
    return None


def _net_learns(evidence: Evidence) -> Feedback | None:
    if len(_convolved(evidence)) < 2:
        raise NotJudged
    record = gave(evidence.seen["gradient"])
    given = "two images of 64×48 in training mode"
    if feedback := sound(record, given):
        return feedback
    lost = [
        name
        for name, one in evidence.seen["weights"].items()
        if len(one["shape"]) > 1 and record["parameter_gradients"].get(name) is None
    ]
    if lost or record["gradients"]["0"] is None:
        return Feedback(
            f"no gradient reaches {', '.join(f'`{name}`' for name in lost) or 'the images'}",
            "a gradient at every layer's weights, and at the images",
            given,
            "`.detach()`, `.data` and `no_grad` cut the graph; a layer that is frozen or not used gets none.",
        )
    return None


ANY_SIZE_NET = Exercise(
    id="2.5",
    title="A network for any size",
    names=("AnySizeNet",),
    params=("x",),
    minutes=15,
    hints=(
        "The parts: five convolutions with stride 2 and padding 1, an activation after each, the average over the map, a flatten, one "
        "linear layer. Make them in `__init__`, after `super().__init__()`; use them in that order in `forward`.",
        "`zip(widths, widths[1:])` gives the pairs of channels. In `forward`, give each result a name and pass on *that* name: the "
        "pool takes what the convolutions left. Then print the shape after each line.",
    ),
    checks=(
        Check("shapes", "Any height and width, any number of classes", 2, _net_shapes),
        Check("convolutions", "Five convolutions with stride 2, from 3 to 256 channels", 2, _net_convolutions),
        Check("nonlinear", "A non-linearity between them", 1, _net_nonlinear),
        Check("average", "The average over each map goes into the linear layer", 2, _net_average),
        Check("linear", "One linear layer from 256 numbers to the scores", 1, _net_linear),
        Check("gradient", "Gradients reach every layer", 1, _net_learns),
    ),
)

EXERCISES = (CONV_OUT, HALVINGS, GLOBAL_AVG_POOL, ADAPTIVE_AVG_POOL, ANY_SIZE_NET)

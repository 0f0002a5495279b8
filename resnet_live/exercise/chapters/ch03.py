"""Chapter 3: train it. The exercises are listed in `book/appendices/exercises.md`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.checks import first, returns, values, where_answered
from resnet_live.exercise.judging.compare import NEARLY, count_right, number_in, plain_number
from resnet_live.exercise.judging.evidence import Evidence
from resnet_live.exercise.judging.model_replay import (
    Played,
    explaining,
    in_evaluation,
    model_as_found,
    no_graph,
    replay,
)
from resnet_live.exercise.observers.observe_ch03 import accuracy_at_play, curves

# ---- 3.1 ----

# Decades around the steepest descent. The row of the syllabus says 1.5 and 0.9; a tenth more, because rates are 0.07 decades apart and
# a smoothed curve falls a little later than the true one. The minimum is 1.5 decades above, with the noise at least 1.1.
BELOW, ABOVE = 1.5, 1.0
RATES = {
    "decades": "A defensible rate lies where the loss falls, not where it is lowest.",
    "minimum": "There the loss is lowest, so it falls no longer: the next larger rate diverges. Go back to where it falls fastest.",
    "noise": "That is where one noisy loss stands beside another. Smooth the curve before you look for its steepest place.",
    "flat": "There the curve is still flat: such a rate learns next to nothing. Look at the slope over the *logarithm* of the "
    "rate, smoothed.",
    "diverged": "There the loss rises already; you want the most negative slope. Do not look beyond the minimum, and mind the "
    "ends when you smooth: a window "
    "that hangs over "
    "sees zeros.",
    "position": "That is a position in the list. The rate at this position is asked for.",
    "logarithm": "A learning rate is above zero: is that its logarithm?",
    "beyond": "That is larger than the largest rate that was tried. Is it a rate from the list?",
    "loss": "That is a loss. A learning rate is asked for.",
}


def _curve_text(key: str, lrs: list[float]) -> str:
    kind = {"array": "NumPy arrays", "tensor": "tensors"}.get(key, "lists")
    noise = "noisy, " if key.startswith("noisy") else ""
    return f"a curve of {len(lrs)} losses ({noise}{kind}) for rates from {lrs[0]:.0e} to {lrs[-1]:.1g}"


def _rate_hint(lr: float, kind: str, centre: float, lrs: list[float], losses: list[float]) -> str:
    """The hint for a rate outside the band."""
    if any(abs(lr - loss) < 1e-9 for loss in losses):
        return RATES["loss"]
    if 0 <= lr < len(lrs) and (kind.startswith("int") or (lr == int(lr) and lr > lrs[-1])):
        return RATES["position"]
    if lr > 1.001 * lrs[-1]:
        return RATES["beyond"]
    if lr <= 0:
        return RATES["logarithm"]
    index = int(np.argmin(np.abs(np.log10(lrs) - math.log10(lr))))
    slopes = [np.gradient(losses), np.gradient(losses, np.log10(lrs))]
    steps = np.diff(losses)
    if any(abs(index - int(np.argmin(slope))) <= 1 for slope in slopes) or index - int(np.argmin(steps)) in (0, 1):
        return RATES["noise"]
    if math.log10(lr) < centre:
        return RATES["flat"]
    return RATES["minimum"] if index <= int(np.argmin(losses)) + 2 else RATES["diverged"]


PICK_ERRORS = {
    r"'list' object has no attribute|unsupported operand type.* 'list'|must be Tensor, not|list indices": "The curve may come "
    "as lists, arrays or "
    "tensors. Turn it into one kind in your first line.",
    r"'numpy.ndarray' object has no attribute|'Tensor' object has no attribute|not numpy|ambiguous": "The curve may come as "
    "lists, arrays or tensors. "
    "Turn it into one kind in your first line.",
}


def _rate_right(*beginnings: str):
    """Test: on these curves the rate lies in the band around the steepest descent."""

    def test(evidence: Evidence) -> Feedback | None:
        for key, (centre, lrs, losses) in curves(evidence.generator()).items():
            if not key.startswith(beginnings):
                continue
            record, given = evidence.calls[key], _curve_text(key, lrs)
            wanted = f"a rate between {10 ** (centre - BELOW):.1e} and {10 ** (centre + ABOVE):.1e}"
            if record["error"]:
                return messages.error_feedback(record["error"], given, wanted, PICK_ERRORS)
            if feedback := messages.no_value(record["value"], wanted, given):
                return feedback
            lr = plain_number(record["value"])
            if lr is None:
                return Feedback(messages.value(record["value"]), "one number", given, "Return one learning rate.")
            if not (lr > 0 and -BELOW <= math.log10(lr) - centre <= ABOVE):
                kind = record["value"].get("dtype") or record["value"]["type"]
                hint = RATES["decades"] if lr != lr else _rate_hint(lr, kind, centre, lrs, losses)
                return Feedback(f"{lr:.3g}", wanted, given, hint)
        return None

    return test


def _rate_float(evidence: Evidence) -> Feedback | None:
    for key, (_, lrs, _) in curves(evidence.generator()).items():
        record, given = evidence.calls[key], _curve_text(key, lrs)
        if record["error"]:
            return messages.error_feedback(record["error"], given, "a Python `float`", PICK_ERRORS)
        if feedback := messages.no_value(record["value"], "a Python `float`", given):
            return feedback
        if record["value"]["type"] != "float":
            return Feedback(
                messages.value(record["value"]),
                "a Python `float`",
                given,
                "A tensor with one element gives its number with `.item()`; `float(…)` does it too.",
            )
        if record["changed"]:
            return Feedback(
                "the curve was changed in place",
                "the curve as it was",
                given,
                "Work on a copy: the caller may want to draw it.",
            )
    return None


PICK_LR = Exercise(
    id="3.1",
    title="Read the finder's curve",
    names=("pick_lr",),
    params=("lrs", "losses"),
    minutes=15,
    hints=(
        "Three parts: flat, falling, rising. The lowest point is already the edge of the cliff. Where does the curve fall "
        "fastest, as you see it "
        "in the plot, with the rates on a logarithmic axis?",
        "Cut the curve at its minimum. Smooth it: the mean of, say, seven neighbours, taken only where all seven exist. Then "
        "the differences "
        "between neighbours; the most negative one stands at the steepest place. Or take a tenth of the rate at the minimum.",
    ),
    checks=(
        Check("smooth", "A defensible rate on a smooth curve", 2, _rate_right("smooth")),
        Check("noisy", "A defensible rate on noisy curves", 3, _rate_right("noisy")),
        Check("kinds", "Arrays and tensors as well as lists", 1, _rate_right("array", "tensor")),
        Check("float", "Returns a float and leaves the curve as it was", 1, where_answered(_rate_float)),
    ),
)

# ---- 3.2 ----


# (start, end, the part that is done) → where one is
Curve = Callable[[float, float, float], float]


def cosine(start: float, end: float, part: float) -> float:
    """Half a cosine from `start` to `end`, of which `part` (0 to 1) is done."""
    return start + (1 - math.cos(math.pi * part)) / 2 * (end - start)


def one_cycle(
    step: int, total: int, lr_max: float, pct_start: float = 0.25, div: float = 25.0, div_final: float = 1e5
) -> float:
    """What is right, and part of the misconceptions below. Not taken from the reference answer, on purpose: its full points then say
    that two ways of writing it agree, and a known answer that asks fastai agrees too."""
    position = step / total
    if position <= pct_start:
        return cosine(lr_max / div, lr_max, position / pct_start)
    return cosine(lr_max, lr_max / div_final, (position - pct_start) / (1 - pct_start))


def cycle_by(
    up: Curve = cosine,
    down: Curve = cosine,
    position: Callable[[int, int], float] | None = None,
    start: Callable[[float, float], float] | None = None,
    end: Callable[[float, float, float], float] | None = None,
    pct: float | None = None,
) -> Callable:
    """A `one_cycle` with a misconception in it: other curves, another position, start, end or peak."""

    def answer(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
        at = position(step, total) if position else step / total
        share = pct if pct is not None else pct_start
        low = start(lr_max, div) if start else lr_max / div
        last = end(lr_max, div, div_final) if end else lr_max / div_final
        if at <= share:
            return up(low, lr_max, at / share) if share else lr_max
        return down(lr_max, last, (at - share) / (1 - share))

    return answer


def _whole_steps(rounded: Callable[[float], int]) -> Callable:
    """A `one_cycle` whose warm-up ends with a step."""

    def answer(step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5):
        warm = rounded(total * pct_start)
        if step < warm:
            return cosine(lr_max / div, lr_max, step / warm)
        return cosine(lr_max, lr_max / div_final, (step - warm) / (total - warm))

    return answer


def _line(start: float, end: float, part: float) -> float:
    return start + part * (end - start)


def _quarter(start: float, end: float, part: float) -> float:
    return end + math.cos(math.pi / 2 * part) * (start - end)


CYCLE_MISCONCEPTIONS = (
    Misconception(
        "linear",
        cycle_by(_line, _line),
        "Both ways are straight lines in your result. fastai's are halves of a cosine.",
    ),
    Misconception(
        "linear warm-up",
        cycle_by(up=_line),
        "Your warm-up is a straight line. fastai climbs along half a cosine too: slow, fast, slow.",
    ),
    Misconception(
        "linear decay",
        cycle_by(down=_line),
        "Your way down is a straight line. It follows half a cosine: slow, fast, slow.",
    ),
    Misconception(
        "no warm-up",
        lambda step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5: cosine(
            lr_max, lr_max / div_final, step / total
        ),
        "The warm-up is forgotten: the rate starts at lr_max / div and climbs first.",
    ),
    Misconception(
        "constant warm-up",
        cycle_by(up=lambda start, end, part: end),
        "The warm-up is forgotten: until `pct_start` of the run the rate climbs from lr_max / div.",
    ),
    Misconception(
        "PyTorch's end",
        cycle_by(end=lambda lr_max, div, div_final: lr_max / div / div_final),
        "The end is lr_max / div_final. PyTorch's `OneCycleLR` divides the *first* rate by it, fastai the largest.",
    ),
    Misconception(
        "ends at zero",
        cycle_by(end=lambda lr_max, div, div_final: 0.0),
        "The last rate is not 0 but lr_max / div_final.",
    ),
    Misconception(
        "ends where it began",
        cycle_by(end=lambda lr_max, div, div_final: lr_max / div),
        "The end is lr_max / div_final, far below the start.",
    ),
    Misconception(
        "starts at zero", cycle_by(start=lambda lr_max, div: 0.0), "The first rate is not 0 but lr_max / div."
    ),
    Misconception(
        "starts at the end's rate",
        lambda step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5: cycle_by(start=lambda m, d: m / div_final)(
            step, total, lr_max, pct_start, div, div_final
        ),
        "The first rate is lr_max / div, the last one lr_max / div_final.",
    ),
    *(
        Misconception(
            f"the warm-up rounded by {rounded.__name__}",
            _whole_steps(rounded),
            "The warm-up is `pct_start` of the run, and may end between two steps. Do not round it to whole steps.",
        )
        for rounded in (int, round, math.ceil)
    ),
    Misconception(
        "last step is total - 1",
        cycle_by(position=lambda step, total: step / max(1, total - 1)),
        "The position is step / total: 0 at the beginning, 1 at step = total.",
    ),
    Misconception(
        "counted from one",
        cycle_by(position=lambda step, total: (step + 1) / total),
        "The position is step / total: step 0 stands at the very beginning.",
    ),
    Misconception(
        "a quarter always",
        cycle_by(pct=0.25),
        "The peak is at `pct_start` of the run, whatever that is, not always at a quarter.",
    ),
    Misconception(
        "0.3 always",
        cycle_by(pct=0.3),
        "The peak is at `pct_start` of the run. PyTorch's default is 0.3, fastai's 0.25.",
    ),
    Misconception(
        "div always 25",
        cycle_by(start=lambda lr_max, div: lr_max / 25.0),
        "The first rate is lr_max / div, whatever `div` is.",
    ),
    Misconception(
        "end always 1e5",
        cycle_by(end=lambda lr_max, div, div_final: lr_max / 1e5),
        "The last rate is lr_max / div_final, whatever `div_final` is.",
    ),
    Misconception(
        "a quarter of the cosine",
        cycle_by(_quarter, _quarter),
        "You use a quarter of a cosine's wave, which has a corner. Half a wave, from 0 to π, is flat at both ends.",
    ),
    Misconception(
        "a quarter of the cosine, down",
        cycle_by(down=_quarter),
        "You use a quarter of a cosine's wave on the way down. Half a wave, from 0 to π, is flat at both ends.",
    ),
    Misconception(
        "one bump over the whole run",
        lambda step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5: cosine(
            lr_max / div, lr_max, 2 * step / total
        ),
        "The peak is at `pct_start`, not in the middle, and the way down ends at lr_max / div_final.",
    ),
    Misconception(
        "part of the whole run on the way down",
        lambda step, total, lr_max, pct_start=0.25, div=25.0, div_final=1e5: (
            one_cycle(step, total, lr_max, pct_start, div, div_final)
            if step / total <= pct_start
            else cosine(lr_max, lr_max / div_final, step / total)
        ),
        "On the way down, how much of *that* way is done? It begins at `pct_start` and is 1 − `pct_start` long.",
    ),
)
CYCLE_HINT = (
    "Two halves, each a half cosine: from lr_max / div to lr_max, then to lr_max / div_final. Which part of its half is done "
    "at step / total?"
)
# lr_max is a few thousandths, and the end lr_max / 1e5 some 1e-8: this tells 0 from it, and leaves room for arithmetic in float32.
FINE = 3e-9
# On the way, a wrong end must not show: it has a check of its own.
COARSE = 5e-7


def _rates(*beginnings: str, within: float = FINE):
    return values(one_cycle, beginnings, CYCLE_HINT, CYCLE_MISCONCEPTIONS, {"float32": within})


ONE_CYCLE = Exercise(
    id="3.2",
    title="One cycle",
    names=("one_cycle",),
    params=("step", "total", "lr_max", "pct_start", "div", "div_final"),
    minutes=10,
    hints=(
        "Work out the position step / total first. Below `pct_start` you climb, above it you descend. What part of the climb, "
        "or of the descent, is "
        "done? That is a number from 0 to 1.",
        "Write one helper that goes from `a` to `b` along half a cosine: (1 − cos(π·part)) / 2 is 0 at part = 0 and 1 at part "
        "= 1. Use it twice, with "
        "other ends and another part. `math.cos` takes radians.",
    ),
    checks=(
        Check("up", "The warm-up", 2, _rates("start", "up")),
        Check("down", "The way down", 2, _rates("peak", "down", within=COARSE)),
        Check("end", "The very end", 1, _rates("end")),
        Check("few", "Every step of a short run", 1, _rates("few", within=COARSE)),
        Check("arguments", "Another peak, start and end", 2, _rates("other", "keywords")),
        Check("float", "Returns a float", 1, where_answered(returns("float"))),
    ),
)

# ---- 3.3 ----


def _bilinear(**options):
    return lambda images, size: F.interpolate(images, size=(size, size), mode="bilinear", **options)


# All of them are bilinear: with corners aligned or not, and with a filter against aliasing (as torchvision's default has it) or not.
BILINEAR = (
    _bilinear(),
    _bilinear(antialias=True),
    _bilinear(align_corners=True),
    _bilinear(align_corners=True, antialias=True),
)


@functools.cache
def accuracy_by(resize: Callable = BILINEAR[0], summary: Callable | None = None, lead: float = 0.0) -> Callable:
    """An `accuracy_at` that resizes by `resize(images, size)` and returns `summary(how many are right, how many there are)`; for
    `lead` see `count_right`.

    The right one and the misconceptions are made of it; the reference answer knows one way to resize, and several are right.
    """

    def answer(model, images, labels, size):
        flags = {module: module.training for module in model.modules()}
        model.eval()
        with torch.no_grad():
            right = count_right(model(resize(images, size)), labels, lead)
        for module, flag in flags.items():
            module.training = flag
        return (summary or (lambda right, n: right / n))(right, len(labels))

    return answer


def _centre(images: Tensor, size: int) -> Tensor:
    top, left = max(0, images.shape[2] - size) // 2, max(0, images.shape[3] - size) // 2
    return images[:, :, top : top + size, left : left + size]


OTHER_RESIZES = (
    Misconception(
        "nearest pixel",
        lambda images, size: F.interpolate(images, size=(size, size)),
        "That is the nearest pixel, `interpolate`'s default. Bilinear is asked for.",
    ),
    Misconception(
        "bicubic",
        lambda images, size: F.interpolate(images, size=(size, size), mode="bicubic"),
        "That is bicubic interpolation. Bilinear is asked for.",
    ),
    Misconception(
        "bicubic, smoothed",
        lambda images, size: F.interpolate(images, size=(size, size), mode="bicubic", antialias=True),
        "That is bicubic interpolation. Bilinear is asked for.",
    ),
    Misconception(
        "mean of areas",
        lambda images, size: F.interpolate(images, size=(size, size), mode="area"),
        "That averages areas. Bilinear is asked for.",
    ),
    Misconception("crop", _centre, "That is a crop: parts of the images are gone. Resize the whole image."),
    Misconception(
        "sides swapped",
        lambda images, size: _bilinear()(images, size).transpose(2, 3),
        "Height and width are swapped.",
    ),
)
ACCURACY_MISCONCEPTIONS = (
    Misconception(
        "per cent",
        accuracy_by(summary=lambda right, n: 100 * right / n),
        "An accuracy is a fraction from 0 to 1, not a percentage.",
    ),
    Misconception(
        "how many",
        accuracy_by(summary=lambda right, n: right),
        "That is how many are right. Divide by the number of images.",
    ),
    Misconception(
        "error rate", accuracy_by(summary=lambda right, n: 1 - right / n), "That is the share of wrong answers."
    ),
    Misconception(
        "whole number",
        accuracy_by(summary=lambda right, n: right // n),
        "No image counts as right. Whole-number division `//` leaves nothing of a fraction, and a class that is not looked for image "
        "by image is not the label's.",
    ),
)


MODES = {
    "training": "training mode but for `bn1` and `block.conv2`, with `block.conv2.weight` frozen",
    "one awake": "evaluation mode but for its dropout",
}


def _given_images(evidence: Evidence) -> Callable[[str], str]:
    def given(key: str) -> str:
        scene = evidence.seen[key]
        mode = MODES.get(key, "evaluation mode")
        kind = " (float64)" if key == "float64" else ""
        return f"images of shape {messages.shape(scene['from'])}{kind}, size={scene['size']}, the model in {mode}"

    return given


ACCURACY_ERRORS = {
    r"same number of spatial|Input and output sizes": "`interpolate` takes the new height and width: `size=(size, size)`.",
    r"only one element tensors can be converted|a Tensor with \d+ elements cannot be converted": "One number for all images: "
    "`mean()` or `sum()` first.",
}


def _tested(evidence: Evidence, keys=("same", "smaller", "larger", "float64", *MODES)) -> Feedback | None:
    """Feedback on an answer that raises, returns no number, or does not show each image to the model."""
    for key in keys:
        scene, given = evidence.seen[key], _given_images(evidence)(key)
        if scene["error"]:
            return messages.error_feedback(scene["error"], given, "an accuracy", ACCURACY_ERRORS)
        if feedback := messages.no_value(scene["value"], "an accuracy", given):
            return feedback
        if plain_number(scene["value"]) is None:
            return Feedback(
                messages.value(scene["value"]), "one number", given, "How many of all images are right? One fraction."
            )
        images = sum(len(call["input"]) for call in scene["noted"])
        if images < scene["count"]:
            seen = f"the model saw {images} of {scene['count']} images"
            return Feedback(
                seen, "a model that sees all of them", given, "Ask the model for the scores of every image."
            )
    return None


def _same_accuracy(seen: dict, played: dict) -> bool:
    got, wanted = plain_number(seen["value"]), number_in(played["value"])
    return got is not None and abs(got - wanted) < 1e-5


def _is_right(evidence: Evidence, key: str, resize: Callable) -> bool:
    """Is it the accuracy of the images resized so, or what rounding makes of it where two scores are nearly the same?"""
    scene = evidence.seen[key]
    if _same_accuracy(scene, replay(evidence, accuracy_at_play, accuracy_by(resize))[key]):
        return True
    both = (replay(evidence, accuracy_at_play, accuracy_by(resize, lead=lead)) for lead in (NEARLY, -NEARLY))
    lowest, highest = (number_in(played[key]["value"]) for played in both)
    got = plain_number(scene["value"])
    return got is not None and lowest - 1e-5 < got < highest + 1e-5


def _accuracy_right(evidence: Evidence) -> Feedback | None:
    if feedback := _tested(evidence, ("same",)):
        return feedback
    scene, given = evidence.seen["same"], _given_images(evidence)("same")
    played = replay(evidence, accuracy_at_play, accuracy_by(BILINEAR[0]))["same"]
    if not _is_right(evidence, "same", BILINEAR[0]):
        hint = "For how many images is the largest score at the label's place? Divide by the number of images."
        found = explaining(evidence, accuracy_at_play, ACCURACY_MISCONCEPTIONS, _same_accuracy, ("same",))
        wanted = messages.number(number_in(played["value"]))
        return Feedback(messages.value(scene["value"]), wanted, given).explained(found, hint)
    return None


def _inputs(scene: dict) -> Tensor:
    """All that the model saw, one after the other."""
    return torch.cat([call["input"].double() for call in scene["noted"]])


def _resized(evidence: Evidence) -> Feedback | None:
    keys = ("smaller", "larger", "float64")
    if feedback := _tested(evidence, keys):
        return feedback

    def played() -> Iterator[Played]:
        """As each of BILINEAR has it, the second only when the first does not explain what was seen, and so on."""
        return (replay(evidence, accuracy_at_play, accuracy_by(resize)) for resize in BILINEAR)

    for key in keys:
        scene, given = evidence.seen[key], _given_images(evidence)(key)
        size = [scene["size"]] * 2
        for call in scene["noted"]:
            got = list(call["input"].shape[2:])
            if got != size:
                hint = "The model got images that were not resized." if got == scene["from"][2:] else ""
                hint = (
                    hint
                    or "Height *and* width become `size`. One number alone makes the shorter side so long, or is a factor."
                )
                return Feedback(f"the model got images of {messages.shape(got)}", messages.shape(size), given, hint)
        inputs = _inputs(scene)
        if len(inputs) == scene["count"] and not any(_near(inputs, _inputs(one[key])) for one in played()):
            return _other_resize(evidence, key, inputs, given)
        # answers that see each image more than once are judged by their number alone
        if not any(_is_right(evidence, key, resize) for resize in BILINEAR) and not _accuracy_right(evidence):
            hint = "Compare the scores for the resized images with the labels, all of them."
            number, wanted = number_in(scene["value"]), number_in(next(played())[key]["value"])
            return Feedback(messages.number(number), messages.number(wanted), given, hint)
    return None


def _near(got: Tensor, wanted: Tensor) -> bool:
    return got.shape == wanted.shape and bool((got - wanted).abs().max() <= 1e-3)


def _other_resize(evidence: Evidence, key: str, inputs: Tensor, given: str) -> Feedback:
    found = (
        other
        for other in OTHER_RESIZES
        if _near(inputs, _inputs(replay(evidence, accuracy_at_play, accuracy_by(other.answer))[key]))
    )
    return Feedback(
        "the model got other images than bilinear interpolation gives", "the images, resized", given
    ).explained(
        next(found, None), "Resize the images and nothing else: no crop, no normalisation, no change of their order."
    )


def _tested_in_evaluation(evidence: Evidence) -> Feedback | None:
    scenes = {key: evidence.seen[key] for key in MODES}
    return _tested(evidence, MODES) or in_evaluation(scenes, _given_images(evidence))


def _accuracy_float(evidence: Evidence) -> Feedback | None:
    for key, scene in evidence.seen.items():
        if scene["value"]["type"] != "float":
            hint = "A tensor with one element gives its number with `.item()`; `/` of two ints gives a float."
            return Feedback(messages.value(scene["value"]), "a Python `float`", _given_images(evidence)(key), hint)
    return None


ACCURACY_AT = Exercise(
    id="3.3",
    title="One model, any image size",
    names=("accuracy_at",),
    params=("model", "images", "labels", "size"),
    minutes=15,
    hints=(
        "Four things: resize (`F.interpolate` has a `mode`), evaluation mode, no graph, and the model as it was. Which of "
        "them does `eval()` do, and "
        "which does `no_grad()`?",
        "Before: note `module.training` for every module in `model.modules()`, then `model.eval()`. Scores under "
        "`torch.no_grad()`; `argmax(dim=1)` "
        "gives the class. After: put each flag back, one by one. `model.train()` would wake a frozen batch norm.",
    ),
    checks=(
        Check("accuracy", "The fraction of images that are right", 2, _accuracy_right),
        Check("resize", "Images resized to size × size, bilinear", 2, _resized),
        Check("mode", "In evaluation mode", 1, _tested_in_evaluation),
        Check(
            "graph",
            "No graph is built",
            1,
            first(_tested, lambda evidence: no_graph(evidence.seen, _given_images(evidence))),
        ),
        Check(
            "left",
            "Leaves the model and the images as they were",
            2,
            first(_tested, lambda evidence: model_as_found(evidence.seen, _given_images(evidence))),
        ),
        Check("float", "Returns a Python float", 1, first(_tested, _accuracy_float)),
    ),
)

EXERCISES = (PICK_LR, ONE_CYCLE, ACCURACY_AT)

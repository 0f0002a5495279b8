"""Chapter 9: a state-of-the-art ResNet. The exercises are listed in `book/appendices/exercises.md`."""

from functools import partial
from itertools import permutations

import torch
import torch.nn.functional as F
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
    weighted,
    weighted_feedback,
)
from resnet_live.exercise.judging.block_start import can_learn, starts_as_skip_path
from resnet_live.exercise.judging.channel_fit import fit, same
from resnet_live.exercise.judging.checks import ask, untouched
from resnet_live.exercise.judging.compare import close, most_different
from resnet_live.exercise.judging.evidence import CheckTest, Evidence, NotJudged, judgeable
from resnet_live.exercise.judging.gradient_checks import gradients_arrive
from resnet_live.exercise.judging.layer_checks import ceiling, shared_norm
from resnet_live.exercise.judging.module_checks import made, ran
from resnet_live.exercise.judging.residual_block import convolutions, decompose, normed_step, result
from resnet_live.exercise.observers.calls import upstream
from resnet_live.exercise.observers.observe_ch09 import bottleneck_inputs, stem_inputs

# ---- 9.1 ----

# Allowed modes to make x smaller on the skip path: chapter 6's pool, or a strided 1×1 convolution.
ALLOWED_DOWNSAMPLES = ("average", "strided", "")
NARROW = "1×1 to `width`, 3×3 with the stride, 1×1 to 4·width, with an activation after each of the first two"
SKIP = "F(x) + x on a skip path that has a 1×1 convolution, strided or behind an average pool, where the shape changes"


def _forms(evidence: Evidence, *only: str):
    for name, (form, inputs) in evidence.inputs(bottleneck_inputs).items():
        if not only or name in only:
            x = inputs["odd"]
            given = messages.with_x(messages.call("Bottleneck", form), x)
            yield form, x, evidence.seen[name], given


def _forms_ran(evidence: Evidence, *only: str, every: bool = False):
    """Those forms whose runs gave a result. Raises NotJudged when none did; with `every`, when one did not."""
    forms = list(_forms(evidence, *only))
    found = [form for form in forms if gave_result(form[2], form[1], 4 * form[0][1], form[0][2])]
    return judgeable(found, len(forms) if every else 1)


def _residual(evidence: Evidence, flow: dict, form: tuple[int, int, int]) -> list[dict]:
    """`_residual_of` this flow of the observation, worked out once."""
    return evidence.once((_residual_of, id(flow)), partial(_residual_of, flow, form))


def _residual_of(flow: dict, form: tuple[int, int, int]) -> list[dict]:
    """The three convolutions of the residual path: those that lead from one to the next, by their shapes; [] when there are none."""
    ni, width, stride = form
    shapes = ([width, ni, 1, 1], [width, width, 3, 3], [4 * width, width, 1, 1])
    steps = [step for step in convolutions(flow) if step["weight"] in shapes]
    # no block has more than four; beyond six the orders would be too many to try
    for three in permutations(steps[:6], 3):
        if [step["weight"] for step in three] != list(shapes) or three[1]["stride"] != [stride, stride]:
            continue
        # the skip path's 1×1 may have the shape of the first or the last: that one does not get the 3×3's result
        if (
            not same(three[2]["input"], three[0]["input"])
            and _follows(three[0], three[1])
            and _follows(three[1], three[2])
        ):
            return list(three)
    return []


def _follows(before: dict, after: dict) -> bool:
    """`after` gets, channel by channel, a function of what `before` gave, as batch norm and any activation make it.

    Sorted by what went in, what came out goes up or down with few turns: its ups and downs add up to little more than its range. Those
    of another tensor add up to hundreds of times as much. Some hundred places show it.
    """
    x, y = (value.transpose(0, 1).flatten(1) for value in (before["output"], after["input"]))
    if x.shape != y.shape:
        return False
    x, y = (value[:, :: max(1, value.shape[1] // 400)].double() for value in (x, y))
    ups_and_downs = y.gather(1, x.argsort(1)).diff(dim=1).abs().sum(1)
    return bool((ups_and_downs <= 3 * (y.amax(1) - y.amin(1)) + 1e-4).all())


def _bottle_shapes(evidence: Evidence) -> Feedback | None:
    hint = (
        "4·width channels come out. Compare `ni` with that number, not with `width`, to see whether the skip "
        "path has something "
        "to do; and both paths must leave the same size."
    )
    odd = "On an odd size a convolution with padding rounds up. Does the skip path round up as well?"
    for name, ((ni, width, stride), inputs) in evidence.inputs(bottleneck_inputs).items():
        seen = evidence.seen[name]
        call = messages.call("Bottleneck", (ni, width, stride))
        if feedback := made(seen["built"], call):
            return feedback
        for size in ("divides", "odd", "one pixel"):
            x, record = inputs[size], seen["start"] if size == "odd" else seen["sizes"][size]
            sides = [-(-side // stride) for side in x.shape[2:]]
            given = messages.with_x(call, x)
            shape = f"{call}, x of shape {messages.shape(inputs['odd'].shape)}"
            if record["error"] and (feedback := too_small(seen["start"], inputs["odd"], stride, shape, wide=False)):
                return feedback
            right = odd if size == "odd" and stride > 1 else hint
            if feedback := ran(record, given, (len(x), 4 * width, *sides), hints={SIZES_MEET + "|too small": right}):
                return feedback.with_hint(right)
    return None


def _bottle_layers(evidence: Evidence) -> Feedback | None:
    for form, x, seen, given in _forms(evidence):
        stride = form[2]
        if "perturbed" not in seen:
            raise NotJudged
        three = _residual(evidence, seen["perturbed"], form)
        if not three:
            steps = convolutions(seen["perturbed"])
            observed = ", ".join(
                f"{messages.shape(step['weight'][2:])} {step['weight'][1]}→{step['weight'][0]}" for step in steps
            )
            strides = {tuple(step["stride"]) for step in steps if step["weight"][2:] == [3, 3]}
            hint = (
                "The block is narrow in the middle. Write down the channels before and after each of its "
                "three convolutions."
            )
            if len(steps) < 3:
                hint = OWN_CONVOLUTION
            if stride > 1 and strides == {(1, 1)}:
                hint = "Which of the three has the stride? A strided 1×1 would skip pixels; the 3×3 reads them all."
            return Feedback(f"convolutions: {observed or 'none'}", NARROW, given, hint)
        if not same(three[0]["input"], x) or three[0]["stride"] != [1, 1] or three[2]["stride"] != [1, 1]:
            hint = "The first 1×1 reads x itself, at every pixel. Only the 3×3 has the stride."
            return Feedback("the first convolution does not read all of x", NARROW, given, hint)
        if feedback := gapless(three, given):
            return feedback
        for number, (before, after) in enumerate(zip(three, three[1:], strict=False), start=1):
            if same(before["output"], after["input"]) or fit(after["input"], [before["output"]]):
                hint = "Two convolutions with no activation between them are one convolution."
                observed = f"nothing but multiplying and adding between convolutions {number} and {number + 1}"
                return Feedback(observed, NARROW, given, hint)
    return None


def _last(evidence: Evidence, flow: dict, form: tuple) -> dict:
    """The last convolution of the residual path. At the start what comes before may be anything, so only its shape can tell."""
    found = _residual(evidence, flow, form)
    if found:
        return found[-1]
    return [step for step in convolutions(flow) if step["weight"] == [4 * form[1], form[1], 1, 1]][-1]


def _forms_read(evidence: Evidence, *only: str):
    """Of those forms whose runs gave a result: the ones whose residual path can be told from their skip path. Raises NotJudged when
    none can."""
    found = [form for form in _forms_ran(evidence, *only) if _residual(evidence, form[2]["perturbed"], form[0])]
    return judgeable(found)


def _skip_fits(form: tuple[int, int, int], x: Tensor, seen: dict) -> bool:
    """In a run that failed at the sum because F(x) is too small: did anything have the shape that the skip path must give?"""
    _, width, stride = form
    shape = [len(x), 4 * width, *(-(-side // stride) for side in x.shape[2:])]
    if "perturbed" not in seen:
        return False
    steps = seen["perturbed"]["steps"]
    return too_small(seen["perturbed"], x, stride, "", wide=False) is not None and any(
        s["shape"] == shape for s in steps
    )


def _bottle_skip(evidence: Evidence) -> Feedback | None:
    for form, x, seen, _ in _forms(evidence):
        if not gave_result(seen, x, 4 * form[1], form[2]) and not _skip_fits(form, x, seen):
            raise NotJudged
    for form, x, seen, given in _forms_read(evidence):
        ni, width, stride = form
        found = decompose(seen["perturbed"], x, stride, _last(evidence, seen["perturbed"], form))
        changes = ni != 4 * width
        nothing = stride == 1 and not changes
        if found and not found.mixes_channels and found.downsample == "strided":
            hint = (
                "Where only the size changes, either a pool or a strided 1×1 convolution does it. Bare "
                "slicing throws pixels away."
            )
            return Feedback("every second pixel of x, and nothing else", SKIP, given, hint)
        if feedback := skip_feedback(
            found,
            seen,
            given,
            SKIP,
            downsamples=ALLOWED_DOWNSAMPLES,
            conv_allowed=not nothing,
            plain_allowed=not changes,
        ):
            return feedback
        if nothing and weighted(seen, x, 1, found, partial(_last, evidence, form=form)):
            return weighted_feedback("F(x) + x: nothing to fix here", given)
    return None


def _bottle_gamma(evidence: Evidence) -> Feedback | None:
    return starts_as_skip_path(_forms_read(evidence, "same"), _forms_read(evidence), partial(_last, evidence))


def _bottle_learns(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _forms_ran(evidence):
        if feedback := gradients_arrive(seen["run"], given, seen["changed"]):
            return feedback
    for _, _, seen, given in _forms_ran(evidence, "same"):
        return can_learn(seen, given)
    return None


BOTTLENECK = Exercise(
    id="9.1",
    title="The bottleneck",
    names=("Bottleneck",),
    params=("ni", "width", "stride"),
    minutes=15,
    needs=("5.1", "5.2", "6.3"),
    hints=(
        "Three convolutions: narrow, work, widen. What comes out has 4·width channels, so when does the skip "
        "path have nothing to do?",
        "`ConvLayer(ni, width, 1)`, `ConvLayer(width, width, 3, stride)`, `ConvLayer(width, 4 * width, 1, "
        "act=False)` with γ = 0 in the last. The "
        "skip path is pooled if the stride is above 1, and has a 1×1 convolution to `4 * width` if `ni` is "
        "another number.",
    ),
    checks=(
        Check("shapes", "4·width channels out, for any stride and size", 2, _bottle_shapes),
        Check("layers", "1×1, 3×3 with the stride, 1×1", 3, _bottle_layers),
        Check("skip", "The skip path is fixed where needed, and x itself elsewhere", 2, _bottle_skip),
        Check("gamma", "It starts as its skip path, by γ = 0", 2, _bottle_gamma),
        Check("learns", "It can learn, and leaves x as it was", 1, _bottle_learns),
    ),
)

# ---- 9.2 ----


def mixup(xb: Tensor, yb: Tensor, lam: float, perm: Tensor, n_classes: int) -> tuple[Tensor, Tensor]:
    """What is right, and the stem of the misconceptions below. Written as the formula stands, and not taken from the reference answer
    (`lerp`), on purpose: the two are held against each other."""
    one_hot = F.one_hot(yb, n_classes).to(xb.dtype)
    return lam * xb + (1 - lam) * xb[perm], lam * one_hot + (1 - lam) * one_hot[perm]


def _mixed_by(weight=lambda lam: lam, order=lambda perm: perm, targets=None):
    def answer(xb, yb, lam, perm, n_classes):
        return mixup(xb, yb, weight(lam), order(perm), n_classes)

    return answer


def _only(images: bool):
    def answer(xb, yb, lam, perm, n_classes):
        x, y = mixup(xb, yb, lam, perm, n_classes)
        return (x, mixup(xb, yb, 1.0, perm, n_classes)[1]) if images else (xb, y)

    return answer


MIXUP_MISCONCEPTIONS = (
    Misconception(
        "the larger share",
        _mixed_by(weight=lambda lam: max(lam, 1 - lam)),
        "`lam` is used as it is. You take the larger of `lam` and `1 - lam`: that is for whoever draws it.",
    ),
    Misconception(
        "shares swapped",
        _mixed_by(weight=lambda lam: 1 - lam),
        "`lam` is the share of the image itself; its partner gets the rest. You swapped the two.",
    ),
    Misconception(
        "partners from the end",
        _mixed_by(order=lambda perm: torch.arange(len(perm), device=perm.device).flip(0)),
        "The partner of image i is image `perm[i]`; you take them from the end of the batch.",
    ),
    Misconception(
        "the inverse order",
        _mixed_by(order=lambda perm: perm.argsort()),
        "The partner of image i is image `perm[i]`. You go the other way: indexing is not the same as scattering.",
    ),
    Misconception(
        "the neighbour",
        _mixed_by(order=lambda perm: torch.arange(len(perm), device=perm.device).roll(1)),
        "The partner of image i is image `perm[i]`; you take the neighbour.",
    ),
    Misconception(
        "targets not mixed",
        _only(True),
        "The images are mixed, the targets are not: they need the same shares and the same partners.",
    ),
    Misconception(
        "images not mixed",
        _only(False),
        "The targets are mixed, the images are not.",
    ),
    Misconception(
        "always half and half",
        _mixed_by(weight=lambda lam: 0.5),
        "`lam` makes no difference: it is the share of the image itself.",
    ),
    Misconception(
        "nothing mixed",
        _mixed_by(weight=lambda lam: 1.0),
        "Nothing is mixed. What does `xb[perm]` give?",
    ),
)
MIXUP_HINT = (
    "lam times the one, (1 − lam) times its partner `[perm]`; the same for the images and for the one-hot targets."
)
PAIR = "a pair: the mixed images and the mixed targets"


def _parts(evidence: Evidence, key: str) -> tuple[list[dict] | None, Feedback | None]:
    """The two described values of a call, or the feedback."""
    record, given = evidence.calls[key], evidence.given(key)
    if record["error"]:
        return None, messages.error_feedback(record["error"], given, PAIR)
    if feedback := messages.no_value(record["value"], PAIR, given):
        return None, feedback
    value = record["value"]
    if value["type"] not in ("tuple", "list") or value["count"] != 2:
        return None, Feedback(messages.value(value), PAIR, given, "`return xm, ym` gives a pair.")
    for part in value["items"]:
        if part["type"] != "Tensor" or "data" not in part:
            return None, Feedback(f"in the pair: {messages.value(part)}", "two tensors", given, "Both are tensors.")
    return value["items"], None


def mixed(part: int, *beginnings: str) -> CheckTest:
    """This part of the pair (0: images, 1: targets) has the right shape and values in each call that begins so."""

    def test(evidence: Evidence) -> Feedback | None:
        for key in [key for key in evidence.cases if key.startswith(beginnings)]:
            parts, feedback = _parts(evidence, key)
            if parts is None:
                return feedback and feedback.with_hint(MIXUP_HINT)
            seen, wanted, given = parts[part], ask(mixup, evidence, key)[part], evidence.given(key)
            name = ("images", "targets")[part]
            if seen["shape"] != list(wanted.shape):
                hint = (
                    "Targets are N×n_classes: a probability for each class, also for those that are not in the batch."
                )
                hint = hint if part else "Mixed images have the shape of the images."
                return Feedback(
                    f"{name}: {messages.value(seen)}", f"a tensor of shape {messages.shape(wanted.shape)}", given, hint
                )
            if not seen["dtype"].startswith("float"):
                hint = "Shares of a class are fractions: the one-hot targets must be floats before they are mixed."
                return Feedback(f"{name}: {messages.value(seen)}", "fractions", given, hint)
            # no more exact than the images are: whether the number type is theirs is another check's matter
            kinds = (seen["data"].dtype, evidence.cases[key].args[0].dtype)
            numbers = seen["data"].to(max(kinds, key=lambda kind: torch.finfo(kind).eps))
            if not close(numbers, wanted):
                index, got, right = most_different(numbers, wanted)
                observed, expected = messages.apart(got, right)
                feedback = Feedback(f"{name}: {observed} at {index}", expected, given)
                return feedback.explained(_mixup_misconception(evidence), MIXUP_HINT)
        return None

    return test


def _mixup_misconception(evidence: Evidence) -> Misconception | None:
    for misconception in MIXUP_MISCONCEPTIONS:
        guesses = {key: ask(misconception.answer, evidence, key) for key in evidence.cases}
        if all(_explains(evidence, key, guess) for key, guess in guesses.items()):
            return misconception
    return None


def _explains(evidence: Evidence, key: str, guess) -> bool:
    parts, _ = _parts(evidence, key)
    return parts is not None and all(close(part["data"], want) for part, want in zip(parts, guess, strict=True))


def _mixup_dtype(evidence: Evidence) -> Feedback | None:
    for key, one in evidence.cases.items():
        parts, feedback = _parts(evidence, key)
        if parts is None:
            return feedback and feedback.with_hint(MIXUP_HINT)
        dtype = str(one.args[0].dtype).removeprefix("torch.")
        if parts[0]["dtype"] != dtype:
            hint = "The images keep their number type. Did a detour or a tensor of your own change it?"
            return Feedback(messages.value(parts[0]), f"images of `{dtype}`, as they came", evidence.given(key), hint)
        for part in parts:
            if part["device"] != _device(evidence, one):
                hint = "Tensors that you make yourself go to `xb.device`."
                return Feedback(
                    f"a tensor on `{part['device']}`", "one where the images are", evidence.given(key), hint
                )
    return None


def _device(evidence: Evidence, one) -> str:
    # MPS has no float64: those images stay on the CPU, and may meet labels on the device
    return "cpu" if evidence.device == "mps" and one.args[0].dtype == torch.float64 else evidence.device


def _mixup_untouched(evidence: Evidence) -> Feedback | None:
    """Waits for images that are another mix than the batch itself, or another batch order alone, in one of the calls."""
    for key, one in evidence.cases.items():
        parts, _ = _parts(evidence, key)
        images = one.args[0].cpu()
        if parts and parts[0]["shape"] == list(images.shape) and not close(parts[0]["data"], images.double()):
            return untouched()(evidence)
    raise NotJudged


def _mixup_gradient(evidence: Evidence) -> Feedback | None:
    one = evidence.cases["usual"]
    xb, _, lam, perm, _ = (value.cpu() if isinstance(value, torch.Tensor) else value for value in one.args)
    above = upstream(xb.shape, evidence.seed)
    wanted = lam * above
    wanted = wanted.index_add(0, perm, (1 - lam) * above)
    got = evidence.seen["gradient"]
    if got is None or not close(got, wanted):
        hint = "`.detach()`, `.data` and NumPy cut the graph: stay with tensors."
        return Feedback(
            "no gradient reaches the images" if got is None else "a wrong gradient at the images",
            "the gradient of the mix",
            evidence.given("usual"),
            hint,
        )
    return None


MIXUP = Exercise(
    id="9.2",
    title="Mixup",
    names=("mixup",),
    params=("xb", "yb", "lam", "perm", "n_classes"),
    minutes=10,
    hints=(
        "The images: `lam` of the batch, and the rest of the batch in another order. A class number cannot be "
        "mixed. Which function makes a "
        "row of zeros with a single one of it?",
        "`xb[perm]` is the batch of partners. `F.one_hot(yb, n_classes)` has whole numbers: make them floats, "
        "and mix them as the images.",
    ),
    checks=(
        Check("images", "The images are mixed", 2, mixed(0, "usual", "half", "all", "nothing")),
        Check("targets", "The targets are mixed, as one-hot rows", 2, mixed(1, "usual", "half", "all", "nothing")),
        Check(
            "as it is",
            "`lam` is used as it is",
            1,
            lambda evidence: mixed(0, "small")(evidence) or mixed(1, "small")(evidence),
        ),
        Check(
            "kinds",
            "float64, and tensors that are not contiguous",
            1,
            lambda evidence: (
                mixed(0, "float64", "transposed", "channels_last")(evidence)
                or mixed(1, "float64", "transposed", "channels_last")(evidence)
                or _mixup_dtype(evidence)
            ),
        ),
        Check("gradient", "Gradients flow through it", 1, _mixup_gradient, ("images",)),
        Check("untouched", "Leaves its inputs as they were", 1, _mixup_untouched),
    ),
)

# ---- 9.3 ----


def _stems(evidence: Evidence):
    for name, (kwargs, x) in evidence.inputs(stem_inputs).items():
        options = ", ".join(f"{key}={tuple(value) if key == 'widths' else value}" for key, value in kwargs.items())
        widths, ni = tuple(kwargs.get("widths", (32, 32, 64))), kwargs.get("ni", 3)
        yield (ni, *widths), x, evidence.seen[name], f"stem({options})"


def _stems_ran(evidence: Evidence):
    """Those stems in which a convolution ran, and which gave a result. Raises NotJudged when one did not."""
    for stem in _stems(evidence):
        if "flow" not in stem[2] or ran(stem[2]["flow"], "") or not convolutions(stem[2]["flow"]):
            raise NotJudged
        yield stem


def _quarter(*sides: int) -> list[int]:
    halves = [(side + 1) // 2 for side in sides]
    return [(side + 1) // 2 for side in halves]


def _stem_shapes(evidence: Evidence) -> Feedback | None:
    for chain, x, seen, given in _stems(evidence):
        if feedback := made(seen["built"], given):
            return feedback
        hint = (
            "The first convolution halves the map, the pool halves it again, and both round up because they "
            "have padding 1. The others "
            "keep the size: padding 1 for them, too."
        )
        runs = (
            ("flow", len(x), x.shape[2:]),
            ("run", len(x), x.shape[2:]),
            ("odd", len(x), (13, 11)),
            ("one pixel", 1, (1, 1)),
        )
        for key, n, sides in runs:
            input_text = f"{given}, images of shape {messages.shape((n, chain[0], *sides))}"
            if feedback := ran(seen[key], input_text, (n, chain[-1], *_quarter(*sides))):
                got = (seen[key]["value"] or {}).get("shape", [])
                if got[:1] + got[2:] == [n, *_quarter(*sides)]:
                    return feedback.with_hint("The size is right, the channels are not: the last ones are `widths[2]`.")
                return feedback.with_hint(hint)
    return None


def _stem_sequential(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _stems_ran(evidence):
        if not seen["sequential"]:
            hint = "Three small Sequentials and a pool in one `nn.Sequential`, for instance."
            return Feedback(messages.value(seen["built"]["value"]), "an `nn.Sequential`", given, hint)
    return None


def _stem_convolutions(evidence: Evidence) -> Feedback | None:
    for chain, x, seen, given in _stems_ran(evidence):
        steps = convolutions(seen["flow"])
        wanted = f"three 3×3 convolutions, {'→'.join(map(str, chain))}, with strides 2, 1, 1"
        observed = ", ".join(
            f"{messages.shape(step['weight'][2:])} {step['weight'][1] * step['groups']}→{step['weight'][0]} stride "
            f"{step['stride'][0]}"
            for step in steps
        )
        right = [[b, a, 3, 3] for a, b in zip(chain, chain[1:], strict=False)]
        hint = ""
        if [step["weight"] for step in steps] != right:
            hint = "Count the convolutions, their windows and channels: each goes on where the one before ended."
        elif [step["stride"] for step in steps] != [[2, 2], [1, 1], [1, 1]]:
            hint = "Only the first convolution has stride 2; the last halving is the pool's."
        elif any(step["padding"] != [1, 1] for step in steps):
            hint = "A 3×3 window needs padding 1, or the map loses its edge."
        elif not same(steps[0]["input"], x):
            hint = "The first convolution gets the image itself."
        if hint:
            return Feedback(observed or "no convolution", wanted, given, hint)
        if feedback := gapless(steps, given):
            return feedback
    return None


def _stem_layers(evidence: Evidence) -> Feedback | None:
    wanted = "a batch norm and a ReLU behind each of the three convolutions"
    for _, _, seen, given in _stems_ran(evidence):
        steps = convolutions(seen["flow"])
        for number, step in enumerate(steps, start=1):
            where = f"{given}, behind convolution {number}"
            z = normed_step(seen["flow"], step)
            if z is None:
                hint = "Each convolution has its batch norm, directly behind it."
                return Feedback("no batch norm of the convolution's result", wanted, where, hint)
            if number < len(steps) and not same(steps[number]["input"], z.clamp_min(0)):
                observed = (
                    "no ReLU" if same(steps[number]["input"], z) else "something else than a ReLU of the batch norm"
                )
                return Feedback(observed, wanted, where, "Convolution, batch norm, ReLU: in this order, three times.")
    for _, _, seen, given in _stems_ran(evidence):
        if "again" in seen:
            feedback = shared_norm(seen["again"], given) or ceiling(seen["shares"], f"{given}, very large images")
            if feedback:
                return feedback
    return None


# What can stand behind the last batch norm in place of a ReLU and the max-pool.
STEM_MISCONCEPTIONS = (
    Misconception(
        "no last ReLU",
        lambda z: F.max_pool2d(z, 3, 2, 1),
        "The last ReLU is missing, between the batch norm and the pool.",
    ),
    Misconception(
        "average pool",
        lambda z: F.avg_pool2d(z.relu(), 3, 2, 1),
        "That is an average pool; the stem has a max-pool.",
    ),
    Misconception(
        "average pool without the edge",
        lambda z: F.avg_pool2d(z.relu(), 3, 2, 1, count_include_pad=False),
        "That is an average pool; a stem has a max-pool.",
    ),
    Misconception(
        "max-pool of 2×2",
        lambda z: F.max_pool2d(z.relu(), 2, 2, ceil_mode=True),
        "The pool's window is 2×2. It has three by three, and they overlap.",
    ),
    Misconception(
        "max-pool without padding",
        lambda z: F.max_pool2d(z.relu(), 3, 2, ceil_mode=True),
        "The pool rounds up in another way: give it padding 1.",
    ),
    Misconception(
        "stride in place of the pool",
        lambda z: z.relu()[:, :, ::2, ::2],
        "A stride takes single pixels; the pool takes the largest of nine.",
    ),
)


def _stem_pool(evidence: Evidence) -> Feedback | None:
    wanted = "a 3×3 max-pool with stride 2 and padding 1, of the ReLU of the last batch norm"
    for _, _, seen, given in _stems_ran(evidence):
        z, y = normed_step(seen["flow"], convolutions(seen["flow"])[-1]), result(seen["flow"])
        if z is None:
            return Feedback(
                "no batch norm before the pool", wanted, given, "The third convolution has its batch norm, too."
            )
        normed = z.double()
        if same(y, F.max_pool2d(normed.relu(), 3, 2, 1)):
            continue
        found = next((one for one in STEM_MISCONCEPTIONS if same(y, one.answer(normed))), None)
        hint = "What stands between the last convolution and the end?"
        return Feedback("another result", wanted, given).explained(found, hint)
    return None


def _stem_learns(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _stems_ran(evidence):
        if feedback := ran(seen["run"], given) or gradients_arrive(seen["run"], given):
            return feedback
    return None


STEM = Exercise(
    id="9.3",
    title="A deep stem",
    names=("stem",),
    params=("ni", "widths"),
    minutes=10,
    needs=("5.1",),
    hints=(
        "Three ConvLayers in a row and a pool. Which channels come into the second, and which of the three has "
        "a stride?",
        "`ConvLayer(ni, a, stride=2)`, `ConvLayer(a, b)`, `ConvLayer(b, c)` for the three widths, then "
        "`nn.MaxPool2d` with window 3, stride 2 "
        "and padding 1, all in one `nn.Sequential`.",
    ),
    checks=(
        Check("shapes", "A quarter of the height and width, rounded up", 2, _stem_shapes),
        Check("sequential", "It is an `nn.Sequential`", 1, _stem_sequential),
        Check("convolutions", "Three 3×3 convolutions, the first with stride 2", 2, _stem_convolutions),
        Check("layers", "A batch norm and a ReLU behind each", 2, _stem_layers),
        Check("pool", "Then the max-pool", 2, _stem_pool),
        Check("learns", "Gradients reach everything", 1, _stem_learns),
    ),
)

EXERCISES = (BOTTLENECK, MIXUP, STEM)

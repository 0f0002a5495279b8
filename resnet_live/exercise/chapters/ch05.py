"""Chapter 5: the naive residual block. The exercises are listed in `book/appendices/exercises.md`."""

import functools
import math
import re
from collections.abc import Callable
from dataclasses import replace

import torch

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.block_checks import (
    BIAS,
    OWN_CONVOLUTION,
    SUBTRACTED,
    counted,
    gapless,
    gave_result,
    scaled,
    two_weight_layers,
    weighted,
    weighted_feedback,
)
from resnet_live.exercise.judging.block_start import IDENTITY, can_learn, starts_as_identity, zero_by_gamma
from resnet_live.exercise.judging.channel_fit import fit, normed, same
from resnet_live.exercise.judging.checks import where_answered
from resnet_live.exercise.judging.compare import close, unchanged
from resnet_live.exercise.judging.evidence import CheckTest, Evidence, NotJudged, judgeable
from resnet_live.exercise.judging.gradient_checks import gradients_arrive
from resnet_live.exercise.judging.layer_checks import ceiling
from resnet_live.exercise.judging.module_checks import gave, made, ran
from resnet_live.exercise.judging.residual_block import (
    NO_SKIP,
    Decomposition,
    convolutions,
    decompose,
    normed_step,
    result,
)
from resnet_live.exercise.observers.observe_ch05 import GAMMA_BLOCKS, conv_layer_inputs, naive_inputs

# what PyTorch says of two shapes that cannot be added: to make a new tensor, and to add in place
SIZES_IN = re.compile(r"must match the size of tensor|doesn't match the broadcast shape")
IN_PLACE = re.compile(r"doesn't match the broadcast shape")


# ---- 5.1 ----


def _forms(evidence: Evidence):
    """For each call of ConvLayer: its name, the call, the call with x, x, what was asked for, and what was seen."""
    x, forms = evidence.inputs(conv_layer_inputs)
    for name, (args, kwargs) in forms.items():
        asked = dict(zip(("ni", "nf", "ks", "stride", "act"), args, strict=False)) | kwargs
        asked = {"ks": 3, "stride": 1, "act": True} | asked
        call = messages.call("ConvLayer", args, kwargs)
        yield name, call, messages.with_x(call, x), x, asked, evidence.seen[name]


def _layer_shapes(evidence: Evidence) -> Feedback | None:
    for _, call, given, x, asked, seen in _forms(evidence):
        if feedback := made(seen["built"], call):
            return feedback
        sides = [-(-side // asked["stride"]) for side in x.shape[2:]]
        if feedback := ran(seen["flow"], given, (len(x), asked["nf"], *sides)):
            return feedback.with_hint(
                "For an odd kernel, padding ks//2 keeps the size at stride 1. Does every argument arrive in the "
                "convolution?"
            )
    seen, x = evidence.seen["defaults"], evidence.inputs(conv_layer_inputs)[0]
    nf = seen["flow"]["value"]["shape"][1]
    given = "x that is not contiguous, in evaluation mode"
    return ran(seen["transposed"], given, (len(x), nf, x.shape[3], x.shape[2]))


def _ran(evidence: Evidence):
    """The forms that gave a tensor. Raises NotJudged when none did."""
    forms = [form for form in _forms(evidence) if "flow" in form[-1] and not ran(form[-1]["flow"], "")]
    return judgeable(forms)


def _bordered(entered: torch.Tensor | None, x: torch.Tensor) -> bool:
    """x stands in the middle of what entered the convolution, as with a `padding_mode` that is not zeros."""
    if entered is None or entered.ndim != 4 or entered.shape == x.shape:
        return False
    top, left = ((large - small) // 2 for large, small in zip(entered.shape[2:], x.shape[2:], strict=True))
    return min(top, left) >= 0 and same(entered[:, :, top : top + x.shape[2], left : left + x.shape[3]], x)


def _layer_convolution(evidence: Evidence) -> Feedback | None:
    for _, _, given, x, asked, seen in _ran(evidence):
        steps, wanted = convolutions(seen["flow"]), "one convolution, of x itself"
        if len(steps) != 1:
            return Feedback(
                f"{len(steps)} convolutions ran",
                wanted,
                given,
                "A ConvLayer is one convolution with two companions." if steps else OWN_CONVOLUTION,
            )
        step = steps[0]
        if _bordered(step["input"], x):
            hint = "The padding is the convolution's own, and of zeros: `padding=ks // 2`, with nothing said about its mode."
            return Feedback("the convolution does not get x, but x with a border around it", wanted, given, hint)
        if not same(step["input"], x):
            return Feedback(
                "the convolution does not get x", wanted, given, "Which of the three layers does x meet first?"
            )
        if step["bias"]:
            return Feedback("a convolution with a bias", "one without", given, BIAS)
        size = [asked["nf"], asked["ni"], asked["ks"], asked["ks"]]
        if step["weight"] != size or step["groups"] != 1:
            return Feedback(
                f"weights of shape {messages.shape(step['weight'])}",
                messages.shape(size),
                given,
                "Weights are nf×ni×ks×ks. Compare your order of the arguments with the signature.",
            )
        if feedback := gapless(steps, given):
            return feedback
        pairs = (step["stride"], [asked["stride"]] * 2), (step["padding"], [asked["ks"] // 2] * 2)
        for label, (got, wanted_pair) in zip(("stride", "padding"), pairs, strict=True):
            if got != wanted_pair and not (label == "padding" and got == [0, 0] and asked["ks"] == 1):
                hint = "The padding follows from the kernel's size; the stride is passed on as it is."
                return Feedback(f"{label} {got[0]}", f"{label} {wanted_pair[0]}", given, hint)
    return None


def _layer_parameters(evidence: Evidence) -> Feedback | None:
    for _, given, _, _, asked, seen in _ran(evidence):
        if seen["count"] != len(seen["parameters"]):
            return Feedback(
                f"{seen['count'] - len(seen['parameters'])} parameters have no shape before the first run",
                "parameters that exist at once",
                given,
                "A lazy layer makes its weights at the first run. An optimiser that is made before that has "
                "nothing to train.",
            )
        shapes = [one["shape"] for one in seen["parameters"].values()]
        sizes = sorted(size for size in shapes if math.prod(size) > asked["nf"])
        small = [math.prod(size) for size in shapes if math.prod(size) <= asked["nf"]]
        # a bias in front of the batch norm has cost its points above
        biases = sum(step["bias"] for step in convolutions(seen["flow"]))
        if len(sizes) != 1 or small not in ([asked["nf"]] * 2, [asked["nf"]] * (2 + biases)):
            got = ", ".join(map(messages.shape, shapes)) or "none"
            return Feedback(
                f"parameters of shape {got}",
                "the convolution's weights, and γ and β of the batch norm, one a channel",
                given,
                "A layer made in `__init__` is registered when it is an attribute (not in a plain list), or "
                "part of a Sequential.",
            )
    return None


def _convolved(evidence: Evidence):
    """The forms in which a convolution ran and what came out has its shape. Raises NotJudged when none is so."""
    forms = [
        form
        for form in _ran(evidence)
        if [step["shape"] for step in convolutions(form[-1]["flow"])][:1] == [form[-1]["flow"]["value"]["shape"]]
    ]
    return judgeable(forms)


def _layer_norm(evidence: Evidence) -> Feedback | None:
    wanted = "a batch norm behind the convolution: each channel, over the whole batch, brought to mean β and spread γ"
    for name, _, used, _, _, seen in _convolved(evidence):
        if name == "kernel 1":
            continue
        c, y = convolutions(seen["flow"])[0]["output"].double(), result(seen["flow"])
        found = fit(y, [c]) or fit(y, [c], relu=True)
        given = f"{used}, training mode"
        if found is None and normed_step(seen["flow"], convolutions(seen["flow"])[0]) is not None:
            continue
        if found is None and fit(y, [c.clamp_min(0)]):
            return Feedback(
                "the batch norm comes after the ReLU",
                wanted,
                given,
                "The order counts: convolution, batch norm, and the activation at the end.",
            )
        if found is None:
            hint = (
                "Batch norm multiplies and adds by channel, the same for all images of the batch. What does "
                "your layer do instead?"
            )
            return Feedback("a result that no batch norm of the convolution gives", wanted, given, hint)
        if not normed(found, c):
            hint = (
                "Every channel leaves a new batch norm with mean 0 and spread 1. Is it made, and does `forward` use it?"
            )
            return Feedback("channels that are not normalised", wanted, given, hint)
    seen = evidence.seen["defaults"]
    if "evaluation" not in seen:  # this one could not be made
        raise NotJudged
    for key in ("evaluation", "one image"):
        if feedback := ran(seen[key], "evaluation mode"):
            return feedback
    alone, among = seen["one image"]["value"]["data"], seen["evaluation"]["value"]["data"][:1]
    if not close(alone, among.double()):
        hint = "In evaluation mode batch norm uses its running statistics. Does `eval()` reach it?"
        return Feedback(
            "in evaluation mode an image's result depends on the other images", "it does not", "five images", hint
        )
    return None


def _layer_activation(evidence: Evidence) -> Feedback | None:
    forms = _convolved(evidence)
    if len({asked["act"] for *_, asked, _ in forms}) < 2:
        raise NotJudged
    for _, _, given, _, asked, seen in forms:
        c, y = convolutions(seen["flow"])[0]["output"].double(), result(seen["flow"])
        linear, cut = fit(y, [c]) is not None, fit(y, [c], relu=True) is not None
        if asked["act"] and not cut:
            hint = "With `act=True`, the default, a ReLU comes last."
            observed = (
                "no activation"
                if linear
                else "negative numbers"
                if bool((y < 0).any())
                else "not the ReLU of batch norm"
            )
            return Feedback(observed, "ReLU, and nothing behind it", given, hint)
        if not asked["act"] and not linear:
            hint = "`act=False` leaves the activation out, and nothing else."
            return Feedback(
                "an activation" if cut else "something else than batch norm at the end", "none", given, hint
            )
    return ceiling(evidence.seen["defaults"].get("shares", ()), "very large x, in evaluation mode")


def _layer_learns(evidence: Evidence) -> Feedback | None:
    return gradients_arrive(gave(evidence.seen["defaults"].get("run")), "training mode")


CONV_LAYER = Exercise(
    id="5.1",
    title="A ConvLayer by hand",
    names=("ConvLayer",),
    params=("ni", "nf", "ks", "stride", "act"),
    minutes=10,
    hints=(
        "Three layers in a row. Print `fastai.layers.ConvLayer(3, 32)` and read it from top to bottom; read the "
        "padding and the bias too.",
        "Inherit from `nn.Sequential` and hand the layers to `super().__init__(…)`: a convolution with padding "
        "`ks // 2` and no bias, "
        "a batch norm for `nf` channels, and an `nn.ReLU()` only if `act`.",
    ),
    checks=(
        Check("shapes", "Every kernel size and stride gives the right shape", 2, _layer_shapes),
        Check("convolution", "One convolution, without bias, as asked for", 2, _layer_convolution),
        Check("parameters", "Weights, γ and β exist at once", 1, _layer_parameters),
        Check("norm", "Then a batch norm", 2, _layer_norm),
        Check("activation", "Then a ReLU, unless `act=False`", 2, _layer_activation),
        Check("learns", "Gradients flow, and x stays as it was", 1, _layer_learns),
    ),
)

# ---- 5.2 ----

SKIP_NAMES = ("downsample", "idconv", "idpath", "shortcut", "skip")
GAMMA = "a block whose last batch norm of the residual path has γ = 0"


def _blocks(evidence: Evidence, skip: bool | None = None):
    for name, (_, last) in GAMMA_BLOCKS.items():
        if skip is None or name.startswith("skip") == skip:
            yield evidence.seen[name], f"{last}.weight", f"a block with the parts {_parts_of(name)}"


@functools.cache
def _parts_of(name: str) -> str:
    """The names of the parts of one of GAMMA_BLOCKS."""
    return ", ".join(part for part, _ in GAMMA_BLOCKS[name][0](3, 4).named_children())


def _gamma_ran(record: dict, given: str) -> Feedback | None:
    hints = {
        "a leaf Variable that requires grad": "PyTorch refuses to write into a parameter while it records a graph. "
        "`nn.init` has a function for that; under `torch.no_grad()` your line works too."
    }
    return messages.error_feedback(record["error"], given, GAMMA, hints) if record["error"] else None


def _zeroed(record: dict) -> list[str]:
    """The batch norms' γ that are 0 now."""
    names = [f"{layer}.weight" for layer in record["layers"]]
    return [name for name in names if name in record["after"]["state"] and not record["after"]["state"][name].any()]


def _gamma_zero(skip: bool):
    def test(evidence: Evidence) -> Feedback | None:
        found_some = any(map(_zeroed, evidence.seen.values()))
        for record, right, given in _blocks(evidence, skip):
            if feedback := _gamma_ran(record, given):
                return feedback.with_hint("Walk through `block.named_modules()`: it reaches every layer at any depth.")
            zeroed = _zeroed(record)
            if zeroed == [right]:
                continue
            observed = f"γ = 0 in {', '.join(f'`{name}`' for name in zeroed)}" if zeroed else "no γ is 0"
            on_skip = [name for name in zeroed if name.split(".")[0] in SKIP_NAMES]
            after, before = record["after"]["state"], record["before"]["state"]
            changed = [name for name in before if not torch.equal(before[name], after.get(name, before[name]))]
            if on_skip:
                hint = (
                    "That batch norm stands on the skip path. With γ = 0 there nothing of x comes through. "
                    "Which names belong to the skip path?"
                )
            elif len(zeroed) > 1:
                hint = (
                    "Only the *last* batch norm of the residual path: with γ = 0 in the others as well, the "
                    "path has no gradient to begin with."
                )
            elif zeroed:
                hint = "Another batch norm comes after that one. Which is the last of the residual path?"
            elif any(name.endswith("bias") for name in changed):
                hint = "γ is called `weight` in PyTorch's batch norm, β is `bias`."
            elif changed:
                hint = "You changed something else. γ is the `weight` of the batch norm, not of the convolution or of another layer."
            elif found_some:
                hint = (
                    "Nothing has changed here, in other blocks it has. The last batch norm can stand at any depth, also inside of a "
                    "part, behind the place where the skip path was registered, and its name can be any."
                )
            else:
                hint = "Nothing has changed. Do you write into the layer's `weight` itself, or into a copy?"
            return Feedback(observed, f"γ = 0 in `{right}` alone", given, hint)
        return None

    return test


def _tried(evidence: Evidence):
    """The blocks, of which one at least has a γ of 0 now. Raises NotJudged when none has: then nothing else could go wrong."""
    if not any(map(_zeroed, evidence.seen.values())):
        raise NotJudged
    return _blocks(evidence)


def _gamma_only(evidence: Evidence) -> Feedback | None:
    for record, right, given in _tried(evidence):
        before, after = record["before"], record["after"]
        if gone := [name for name in before["training"] if name not in after["training"]]:
            return Feedback(
                f"`{gone[0]}` is gone", "all layers still there", given, "Only numbers change: no layer goes."
            )
        for name, flag in before["training"].items():
            if after["training"].get(name) != flag:
                hint = "`eval()` and `train()` are not your business here."
                return Feedback(f"the mode of `{name or 'the block'}` has changed", "every mode as it was", given, hint)
        # which γ is 0 has been judged already
        zeroed = [right, *_zeroed(record)]
        names = [name for name in before["state"] if name not in zeroed]
        changed = [
            name
            for name in names
            if name not in after["state"] or not unchanged(before["state"][name], after["state"][name])
        ]
        changed += [f"{name} (new)" for name in after["state"] if name not in before["state"]]
        if changed:
            observed = f"{', '.join(f'`{name}`' for name in changed[:4])} changed"
            hint = "One tensor is filled with zeros. β, running statistics and the convolutions stay."
            return Feedback(observed, "everything but that γ as it was", given, hint)
        for name, grad in before["gradients"].items():
            now = after["gradients"].get(name)
            if name in record["replaced"]:
                continue
            if (grad is None) != (now is None) or (grad is not None and not unchanged(grad, now)):
                return Feedback(f"the gradient of `{name}` changed", "gradients as they were", given, ODD_GRADIENT)
    return None


ODD_GRADIENT = "Fill the numbers of γ; leave `.grad` alone."


def _gamma_in_place(evidence: Evidence) -> Feedback | None:
    for record, _, given in _tried(evidence):
        # what is gone has cost its point above
        replaced = [name for name in record["replaced"] if name in record["after"]["state"]]
        if replaced or record["frozen"]:
            name = (replaced or record["frozen"])[0]
            observed = f"`{name}` is another parameter now" if replaced else f"`{name}` no longer learns"
            hint = (
                "An optimiser holds the parameter that was there before. Write zeros into it: `nn.init` has "
                "a function for that."
            )
            return Feedback(observed, "the same parameter, with other numbers", given, hint)
    return None


def _gamma_returns(evidence: Evidence) -> Feedback | None:
    for record, _, given in _tried(evidence):
        if record["error"]:  # it has cost its points above
            raise NotJudged
        if feedback := messages.no_value(record["value"], "the block", given):
            return feedback.with_hint("End with a `return`.")
        if not record["same"]:
            hint = "Return the object that you were given, not a copy and not a part."
            return Feedback(messages.value(record["value"]), "the very block that was passed in", given, hint)
    return None


ZERO_GAMMA = Exercise(
    id="5.2",
    title="γ = 0",
    names=("zero_gamma",),
    params=("block",),
    minutes=10,
    needs=("5.1",),
    hints=(
        "`block.named_modules()` gives every layer with its name, in the order of registration. A name such as "
        "`downsample.1` says "
        "where the layer stands.",
        "Go through the named modules, keep those that are an `nn.BatchNorm2d` and whose name does not begin "
        "with one of the names of "
        "a skip path, and take the last one that is left. `nn.init.zeros_` fills a tensor in place.",
    ),
    checks=(
        Check("plain", "The last batch norm's γ is 0, where there is no skip path", 2, _gamma_zero(False)),
        Check("skip", "The skip path's batch norm is left alone, wherever it is registered", 3, _gamma_zero(True)),
        Check("only", "Nothing else has changed", 1, _gamma_only),
        Check("in place", "The parameter is the same object", 1, _gamma_in_place),
        Check("returns", "Returns the block", 1, _gamma_returns),
    ),
)

# ---- 5.3 ----


def _naive(evidence: Evidence, name: str):
    args, x = evidence.inputs(naive_inputs)[name]
    return args, x, messages.with_x(messages.call("NaiveResBlock", args), x), evidence.seen[name]


def _naive_built(seen: dict, args: tuple[int, ...]) -> Feedback | None:
    return made(seen["built"], messages.call("NaiveResBlock", args))


def _naive_runs(evidence: Evidence) -> Feedback | None:
    args, x, given, seen = _naive(evidence, "same")
    if feedback := _naive_built(seen, args):
        return feedback
    for run in ("start", "perturbed", "run"):
        if feedback := ran(seen[run], given, x.shape):
            return feedback
    if not convolutions(seen["start"]):
        return Feedback("no convolution ran", "F(x) + x", given, "Does `forward` call the two layers?")
    return None


def _naive_same(evidence: Evidence):
    """`_naive` of the block that changes nothing. Raises NotJudged when it gave no result of x's shape."""
    args, x, given, seen = _naive(evidence, "same")
    if not gave_result(seen, x, args[1], 1):
        raise NotJudged
    return args, x, given, seen


def _naive_layers(evidence: Evidence) -> Feedback | None:
    (ni, nf, *_), x, given, seen = _naive_same(evidence)
    ran_there = convolutions(seen["start"])
    if ran_there and not convolutions(seen["start"], spatial=True):
        hint = "A ConvLayer has a 3×3 window unless it is told otherwise: with 1×1 no pixel meets its neighbours."
        return Feedback(
            "convolutions with windows of one pixel alone", "two ConvLayers, with their `ks=3`", given, hint
        )
    if feedback := two_weight_layers(seen["start"], x, ni, nf, 1, relu=True, bias=False, given=given):
        return feedback
    args, x, given, seen = _naive(evidence, "both")
    if feedback := _naive_built(seen, args):
        return feedback
    ni, nf, stride = args
    if feedback := two_weight_layers(seen["flow"], x, ni, nf, stride, relu=True, bias=False, given=given):
        return feedback
    return _first_changes(convolutions(seen["flow"], spatial=True), nf, stride, given)


def _first_changes(steps: list[dict], nf: int, stride: int, given: str) -> Feedback | None:
    """Feedback on two weight layers of which the second has the stride, or changes the channels."""
    first, second = steps
    hint = "The first layer goes from `ni` to `nf` and has the stride. The second leaves the shape as it is."
    if first["stride"] != [stride, stride]:
        return Feedback(
            f"strides {first['stride'][0]} and {second['stride'][0]}", f"{stride} and 1, in this order", given, hint
        )
    if first["weight"][0] != nf:
        return Feedback(f"{first['weight'][0]} channels after the first layer", f"{nf}", given, hint)
    return None


def _naive_found(seen: dict, x: torch.Tensor) -> Decomposition | None:
    """How the block's result is made; its last convolution is one of 1×1 only where it has no other."""
    flow = seen["perturbed"]
    steps = convolutions(flow, spatial=True) or convolutions(flow)
    return decompose(flow, x, 1, steps[-1]) if steps else None


def _first_added(flow: dict) -> bool:
    """What the second layer gets is added to what it gives."""
    steps = convolutions(flow)
    if not steps or (last := steps[-1])["input"].shape != last["output"].shape:
        return False
    return fit(result(flow), [last["output"].double()], fixed=last["input"].double()) is not None


def _naive_sum(evidence: Evidence) -> Feedback | None:
    _, x, given, seen = _naive_same(evidence)
    found = _naive_found(seen, x)
    wanted = "F(x) + x, where F(x) is what the second layer's batch norm gives"
    if found is None and _first_added(seen["perturbed"]):
        hint = "The sum takes x as it came into `forward`. Was x overwritten, or is another name added?"
        return Feedback("a result that is not F(x) + x, but F(x) + what the first layer gives", wanted, given, hint)
    if found is None:
        hint = (
            "Print F(x), x and the result for one small input. Is there anything behind the second layer or "
            "behind the sum?"
        )
        return Feedback("a result that is not F(x) + x", wanted, given, hint)
    if found.downsample == NO_SKIP:
        return Feedback("F(x) alone", wanted, given, "Where is x added?", misconception="no skip path")
    if not found.has_activation and (count := counted(found)):
        hint = "x counts once, and so does F(x). By what is x, or the whole sum, multiplied or divided?"
        return Feedback(f"x counts {count}", wanted, given, hint, misconception="x counts more than once")
    if not found.has_activation and scaled(found):
        hint = "Is there a layer behind the sum, or on the way of x? A batch norm in either place does this."
        return Feedback("each channel of x is multiplied by a number of its own", wanted, given, hint)
    if found.mixes_channels or found.has_activation:
        hint = "The naive block's skip path has no layer on it."
        return Feedback(
            "x goes through a layer before the sum", wanted, given, hint, misconception="a layer on the skip path"
        )
    if weighted(seen, x, 1, found):
        return weighted_feedback(wanted, given)
    if found.relu_after:
        hint = "Nothing stands behind the sum: a ReLU there cuts off what is negative in x."
        return Feedback("a ReLU after the sum", wanted, given, hint, misconception="ReLU behind the sum")
    if not found.has_residual and seen["run"]["strangers"]:
        raise NotJudged  # its γ is still 0, for nobody finds it to set it to 1: the check of what can learn says why
    if not found.has_residual:
        hint = "With γ = 1 F(x) must count. By what is it multiplied on its way to the sum?"
        return Feedback(
            "F(x) does not arrive in the sum, whatever γ is", wanted, given, hint, misconception="F(x) has no share"
        )
    if found.subtracted:
        return Feedback("F(x) is subtracted", wanted, given, SUBTRACTED, misconception="F(x) subtracted")
    if not found.last_normed:
        hint = "“BatchZero” does not mean that there is no batch norm: it is there, and its γ is 0."
        return Feedback(
            "F(x) is not normalised by a second batch norm",
            wanted,
            given,
            hint,
            misconception="no batch norm at the end",
        )
    return None


def _naive_start(evidence: Evidence) -> Feedback | None:
    _, x, given, seen = _naive_same(evidence)
    found = _naive_found(seen, x)
    if found and found.mixes_channels:
        raise NotJudged  # x itself does not arrive, whatever γ is: the check of the sum has said so
    return starts_as_identity(seen, x, found, given) or zero_by_gamma(convolutions(seen["start"])[-1], given)


def _naive_learns(evidence: Evidence) -> Feedback | None:
    _, _, given, seen = _naive_same(evidence)
    return gradients_arrive(seen["run"], given, seen["changed"]) or can_learn(seen, given)


def _naive_fails(evidence: Evidence) -> Feedback | None:
    _naive_same(evidence)
    for name in ("channels", "stride", "both", "grey and stride"):
        args, _, given, seen = _naive(evidence, name)
        wanted = "PyTorch's own error, in `forward`, because the shapes do not fit"
        if feedback := _naive_built(seen, args):
            hint = "The block can be *made* with any numbers. It is the sum that fails."
            return replace(feedback, hint=hint) if seen["built"]["error"] else feedback
        error = seen["flow"]["error"]
        if not error:
            feedback = ran(seen["flow"], given)
            hint = (
                "The naive block fixes nothing: add x as it is, and let PyTorch say what does not fit. The "
                "fixes come in chapter 6."
            )
            return feedback or Feedback(f"{messages.value(seen['flow']['value'])}", wanted, given, hint)
        if error["kind"] != "RuntimeError" or not (SIZES_IN.search(error["message"])):
            hint = "No guards here: let the addition fail by itself."
            return replace(messages.error_feedback(error, given, wanted), hint=hint)
    return None


def _naive_broadcasts(evidence: Evidence) -> Feedback | None:
    for name in ("grey", "one out", "shrunk", "shrunk row"):
        args, x, given, seen = _naive(evidence, name)
        if feedback := _naive_built(seen, args):
            return feedback
        record = seen["flow"]
        if name != "grey" and record["error"] and IN_PLACE.search(record["error"]["message"]):
            # `f_x += x` is the same sum, and PyTorch does not let it grow
            continue
        size = (len(x), max(args[1], x.shape[1]), *x.shape[2:])
        hint = "This is the trap of the chapter: PyTorch stretches a side of length 1. No guards: let it."
        if feedback := ran(record, given, size):
            return replace(feedback, hint=hint) if record["error"] else feedback.with_hint(hint)
        y, x = result(record), x.double().cpu()
        off = float((y - x).abs().max())
        if off > IDENTITY and fit(y, shared=x):
            hint = "The naive block's skip path has no layer on it, also where the shapes differ."
            return Feedback("x goes through a layer before the sum", "x as it is, stretched", given, hint)
        if off > IDENTITY:
            return Feedback(
                f"the new block adds up to {messages.number(off)} to x",
                "(nearly) nothing",
                given,
                "γ is 0 at the start.",
            )
    return None


NAIVE_RES_BLOCK = Exercise(
    id="5.3",
    title="F(x) + x",
    names=("NaiveResBlock",),
    params=("ni", "nf", "stride"),
    minutes=10,
    needs=("5.1", "5.2"),
    hints=(
        "Two ConvLayers in `__init__`, the second with `act=False`; in `forward` one line for F(x), and one "
        "that adds x. Which number in "
        "the second layer must start at 0?",
        "The first layer goes from `ni` to `nf` and has the stride; the second stays at `nf`. The γ of its "
        "batch norm is set by `nn.init.zeros_`, or "
        "by your `zero_gamma`. `forward` returns the sum, with nothing before it and nothing behind.",
    ),
    checks=(
        Check("runs", "It runs where nothing changes", 1, _naive_runs),
        Check("layers", "F is two ConvLayers, and the stride is used once", 2, _naive_layers),
        Check("sum", "The result is F(x) + x, with nothing behind", 2, _naive_sum),
        Check("start", "It starts as the identity, by γ = 0", 2, _naive_start),
        Check("learns", "It can learn, and leaves x as it was", 1, _naive_learns),
        Check("fails", "It fails where PyTorch fails", 1, _naive_fails),
        Check("broadcasts", "It broadcasts where PyTorch broadcasts", 1, _naive_broadcasts, ("sum",)),
    ),
)

# ---- 5.4 ----


def outcome(ni: int, nf: int, stride: int, size: int, out: int | None = None) -> str:
    """What becomes of F(x) + x: of nf×out×out and ni×size×size."""
    out = -(-size // stride) if out is None else out
    channels, sides = (nf, ni), (out, size)
    if any(a != b and 1 not in (a, b) for a, b in (channels, sides)):
        return "error"
    return "ok" if channels[0] == channels[1] and sides[0] == sides[1] else "silent"


def _in_training(ni: int, nf: int, stride: int, size: int) -> str:
    """What an answer says that runs a new block, in training mode, on one image: batch norm raises where F(x) is 1×1."""
    return "error" if size <= stride else outcome(ni, nf, stride, size)


def _in_place(ni: int, nf: int, stride: int, size: int) -> str:
    """What becomes of `f_x += x`: only x is stretched."""
    pairs = (nf, ni), (-(-size // stride), size)
    return outcome(ni, nf, stride, size) if all(b in (a, 1) for a, b in pairs) else "error"


OUTCOME_MISCONCEPTIONS = (
    Misconception(
        "error wherever shapes differ",
        lambda ni, nf, stride, size: "ok" if ni == nf and stride == 1 else "error",
        "You say that it fails whenever shapes differ. Does 1→32 channels raise anything? Think of broadcasting.",
    ),
    Misconception(
        "one channel in alone",
        lambda ni, nf, stride, size: (
            "ok" if ni == nf and stride == 1 else "silent" if ni == 1 and stride == 1 else "error"
        ),
        "x with one channel is one trap. There are more: F(x) may be what has a side of length 1, in channels "
        "or in the map.",
    ),
    Misconception(
        "channels alone",
        lambda ni, nf, stride, size: (
            "ok" if ni == nf and stride == 1 else "silent" if 1 in (ni, nf) and stride == 1 else "error"
        ),
        "The channels are right. A map can have a side of length 1, too: how small can the stride make it?",
    ),
    Misconception(
        "one channel in hides the map",
        lambda ni, nf, stride, size: (
            "ok" if ni == nf and stride == 1 else "silent" if ni == 1 else outcome(ni, nf, stride, size)
        ),
        "One channel helps the channels only. The map must fit as well.",
    ),
    Misconception(
        "one channel hides the map",
        lambda ni, nf, stride, size: "silent" if 1 in (ni, nf) and ni != nf else outcome(ni, nf, stride, size),
        "One channel helps the channels only. The map must fit as well.",
    ),
    Misconception(
        "rounded down",
        lambda ni, nf, stride, size: outcome(ni, nf, stride, size, size // stride),
        "The convolution has padding: it rounds the size up, not down.",
    ),
    Misconception(
        "silent taken for ok",
        lambda ni, nf, stride, size: "error" if outcome(ni, nf, stride, size) == "error" else "ok",
        "You say whether PyTorch raises. The third answer is for what runs with shapes that were not meant to meet.",
    ),
    Misconception(
        "a stride is an error",
        lambda ni, nf, stride, size: "error" if stride > 1 and size > 1 else outcome(ni, nf, stride, size),
        "A large stride on a small map leaves 1×1, and that is added to every pixel.",
    ),
    Misconception(
        "one channel out hides the map",
        lambda ni, nf, stride, size: "silent" if nf == 1 and ni != 1 else outcome(ni, nf, stride, size),
        "The map must fit as well.",
    ),
    Misconception(
        "one channel out is an error",
        lambda ni, nf, stride, size: "error" if nf == 1 and ni != 1 else outcome(ni, nf, stride, size),
        "With `nf = 1` it is F(x) that is stretched over all channels of x. No error.",
    ),
    Misconception(
        "a stretched map taken for ok",
        lambda ni, nf, stride, size: (
            "ok" if outcome(ni, nf, stride, size) == "silent" and ni == nf else outcome(ni, nf, stride, size)
        ),
        "A 1×1 map that is added to a larger one is silent, too: the sum has not the size that the block promised.",
    ),
    Misconception(
        "one pixel with a stride taken for silent",
        lambda ni, nf, stride, size: (
            "silent" if ni == nf and size == 1 and stride > 1 else outcome(ni, nf, stride, size)
        ),
        "A map that is already 1×1 stays as it is under any stride. Are the two shapes different then?",
    ),
    Misconception(
        "run in training mode",
        _in_training,
        "You say `error` wherever F(x) is 1×1. If you run the block: a new one is in training mode, and there batch norm "
        "refuses one number a channel. It is asked in evaluation mode: `.eval()`.",
    ),
    Misconception(
        "added in place",
        _in_place,
        "You say `error` wherever F(x) has to be stretched. `f_x += x` does that: it writes into F(x), and can stretch only "
        "x. The block here adds with `F(x) + x`.",
    ),
    Misconception(
        "added in place, in training mode",
        lambda ni, nf, stride, size: "error" if size <= stride else _in_place(ni, nf, stride, size),
        "If you run the block: it is asked in evaluation mode, `.eval()`, and adds with `F(x) + x`. `f_x += x` writes into "
        "F(x), and can stretch only x.",
    ),
)
OUTCOME_HINT = (
    "Write both shapes down: nf×⌈size/stride⌉×⌈size/stride⌉ and ni×size×size. Go through the "
    "dimensions one by one: equal, one of them 1, or neither?"
)
OUTCOMES = ("ok", "error", "silent")


def outcomes(*beginnings: str) -> CheckTest:
    """Each call that begins with one of these returns the right word."""

    def test(evidence: Evidence) -> Feedback | None:
        answers = {key: (evidence.calls[key]["value"] or {}).get("value") for key in evidence.cases}
        for key in [key for key in evidence.cases if key.startswith(beginnings)]:
            record, given = evidence.calls[key], evidence.given(key)
            wanted = answer_to(evidence, key, outcome)
            if record["error"]:
                return messages.error_feedback(record["error"], given, f"`{wanted!r}`").with_hint(OUTCOME_HINT)
            if feedback := messages.no_value(record["value"], f"`{wanted!r}`", given):
                return feedback
            if record["value"]["type"] != "str" or answers[key] not in OUTCOMES:
                hint = f"Return one of the words {', '.join(map(repr, OUTCOMES))}, as text."
                return Feedback(messages.value(record["value"]), "one of the three words", given, hint)
            if answers[key] == wanted:
                continue
            found = (
                one
                for one in OUTCOME_MISCONCEPTIONS
                if all(answers[other] == answer_to(evidence, other, one.answer) for other in evidence.cases)
            )
            feedback = Feedback(f"`{answers[key]!r}`", f"`{wanted!r}`", given)
            return feedback.explained(next(found, None), OUTCOME_HINT)
        return None

    return test


def answer_to(evidence: Evidence, key: str, answer: Callable[..., str]) -> str:
    """What `answer` gives for the arguments of a call."""
    one = evidence.cases[key]
    return answer(*one.args, **one.kwargs)


OUTCOME = Exercise(
    id="5.4",
    title="Error, or silent?",
    names=("outcome",),
    params=("ni", "nf", "stride", "size"),
    minutes=10,
    needs=("5.1", "5.3"),
    hints=(
        "F(x) is nf×h×h with h = ⌈size/stride⌉, x is ni×size×size. Where do the two differ, and where does "
        "PyTorch mind?",
        "Two pairs decide: (nf, ni) and (h, size). A pair *fits* when the two are equal, *stretches* when one "
        "of them is 1, and else it *fails*. "
        "One that fails is an error, whatever the other does. All fit: ok.",
    ),
    checks=(
        Check("ok", "Where nothing changes", 1, where_answered(outcomes("same", "one in, one out"))),
        Check(
            "error", "Failure 1 and failure 2", 2, where_answered(outcomes("channels", "stride", "both", "two pixels"))
        ),
        Check("channels", "The trap in the channels, both ways", 2, where_answered(outcomes("grey", "one out"))),
        Check("map", "The trap in the map", 2, where_answered(outcomes("map shrinks"))),
        Check("pixel", "Maps of a single pixel", 1, where_answered(outcomes("one pixel"))),
    ),
)

EXERCISES = (CONV_LAYER, ZERO_GAMMA, NAIVE_RES_BLOCK, OUTCOME)

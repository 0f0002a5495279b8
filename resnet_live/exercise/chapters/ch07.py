"""Chapter 7: ResNet from scratch. The exercises are listed in `book/appendices/exercises.md`."""

import copy
import functools
from dataclasses import replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.channel_fit import same
from resnet_live.exercise.judging.compare import close
from resnet_live.exercise.judging.evidence import Evidence, NotJudged, judgeable
from resnet_live.exercise.judging.gradient_checks import every_path, gradients_arrive, sound
from resnet_live.exercise.judging.module_checks import gave, made, numbers, other_classes, ran
from resnet_live.exercise.judging.pooled_scores import pooled_by
from resnet_live.exercise.observers.observe_ch07 import (
    large_image,
    model_inputs,
    resnet_inputs,
    stage_inputs,
    torchvision_resnet,
    torchvision_state,
)

# What PyTorch or Python says when the stride comes by position; with fastai's ConvLayer it would become the kernel's size.
BY_POSITION = {
    r"takes (from )?\d.* positional arguments but \d": "The block's stride is passed by name, `stride=…`: other "
    "blocks have another "
    "third argument. fastai's `ConvLayer` has the kernel's size there.",
}
WIDTHS = (3, 16, 32, 64, 128, 256)

# ---- 7.1 ----


def _models(evidence: Evidence):
    for name, (kwargs, x) in evidence.inputs(model_inputs).items():
        options = ", ".join(f"{key}={tuple(value) if key == 'widths' else value}" for key, value in kwargs.items())
        widths, classes = tuple(kwargs.get("widths", WIDTHS)), kwargs.get("n_classes", 10)
        yield widths, classes, x, evidence.seen[name], f"get_model(block{', ' if options else ''}{options})"


def _model_shapes(evidence: Evidence) -> Feedback | None:
    for _, classes, x, seen, given in _models(evidence):
        if feedback := made(seen["built"], given, hints=BY_POSITION):
            return feedback
        for key, n in (("evaluation", len(x)), ("run", len(x)), ("one pixel", 1)):
            input_text = (
                f"{given}, images of shape {messages.shape(x.shape if n > 1 or len(x) == 1 else (1, x.shape[1], 1, 1))}"
            )
            if feedback := ran(seen[key], input_text, (n, classes)):
                hint = (
                    "Any image size: what stands between the last block and the linear layer, and how many "
                    "numbers does it leave?"
                )
                if better := _scores_hint(seen[key], n, classes):
                    return replace(feedback, hint=better)
                return replace(feedback, hint=HEAD_HINT) if _head_is_fixed(evidence) else feedback.with_hint(hint)
    return None


def _scores_hint(run: dict, n: int, classes: int) -> str:
    """What to say of scores for n images that have another shape than n×classes, where the shape tells; else ""."""
    if n == 1 and run["value"] and run["value"].get("shape") == [classes]:
        return "The axis of the images is gone: `squeeze()` without a number takes away every axis of length 1."
    if other_classes(run, n, classes):
        return "One score for each class: the linear layer has `n_classes` outputs."
    return ""


HEAD_HINT = (
    "The linear layer's inputs are `widths[-1]`. A number that was typed for one network holds for that one alone."
)


def _head_is_fixed(evidence: Evidence) -> bool:
    """Has the linear layer as many inputs whatever the last block gives?"""
    ends = [
        (seen["passes"][-1]["output"], seen["parameters"]) for *_, seen, _ in _models(evidence) if seen.get("passes")
    ]
    inputs = {one["shape"][1] for _, weights in ends for one in weights.values() if len(one["shape"]) == 2}
    return len(inputs) == 1 < len({maps.shape[1] for maps, _ in ends})


def _models_ran(evidence: Evidence, run: str):
    """The models whose run of this name gave scores. Raises NotJudged when none did."""
    found = [
        model
        for model in _models(evidence)
        if run in model[3] and not ran(model[3][run], "", (len(model[2]), model[1]))
    ]
    return judgeable(found)


def _model_blocks(widths: tuple[int, ...]) -> list[dict]:
    return [{"ni": a, "nf": b, "stride": 2} for a, b in pairwise(widths)]


def _model_calls(evidence: Evidence) -> Feedback | None:
    for widths, _, _, seen, given in _models(evidence):
        if "passes" not in seen:
            raise NotJudged
        wanted = _model_blocks(widths)
        if _as_asked(seen, wanted):
            continue
        observed, right = _calls(seen["calls"]), _calls(wanted)
        if [call | {"stride": 2} for call in seen["calls"]] == wanted:
            name, hint = "stride not passed on", "Each block halves the map: pass `stride=2` to every one."
        else:
            name = "other blocks than the widths ask for"
            hint = "One block for each pair of neighbours in `widths`: `zip(widths, widths[1:])` gives them."
        return Feedback(observed, right, given, hint, misconception=name)
    return None


def _calls(calls: list[dict]) -> str:
    blocks = ", ".join(f"({call['ni']}, {call['nf']}, stride={call['stride']})" for call in calls[:6])
    return f"blocks made: {blocks or 'none'}{' …' if len(calls) > 6 else ''}"


def _ran_blocks(seen: dict) -> list[dict]:
    """How the blocks that ran were asked for, in the order in which they ran first; a copy counts, as a block of its own."""
    made = [*seen["calls"], *seen["copies"]]
    return [made[number] for number in dict.fromkeys(one["number"] for one in seen["passes"])]


def _as_asked(seen: dict, wanted: list[dict]) -> bool:
    """Were these blocks made, one by one, or do these run? Somebody may copy a block, or make the first one last."""
    return wanted in (seen["calls"], _ran_blocks(seen))


def _chain(seen: dict, wanted_blocks: list[dict], x, given: str) -> Feedback | None:
    """Feedback on blocks that do not run once each, one after the other, from x on, in both modes."""
    passes, count = seen["passes"], len(seen["calls"])
    wanted = "each block once, in order, the next one on what the last one gave"
    order = [one["number"] for one in passes]
    if not passes:
        return Feedback("no block ran", wanted, given, "Does the model call the blocks that were made?")
    if len(set(order)) < len(order):
        hint = "One block stands there several times, so they share their weights. Make a new one for each place."
        return Feedback("a block that runs more than once", wanted, given, hint, misconception="one block shared")
    # a copy has no place in the order of making
    if order != list(range(count)) and _ran_blocks(seen) != wanted_blocks and not seen["copies"]:
        hint = "Does every block that is made run, in the order in which it was made?"
        return Feedback(
            f"blocks ran in the order {', '.join(str(one + 1) for one in order) or '(none)'}", wanted, given, hint
        )
    if (number := _broken_at(passes, x)) is not None:
        hint = "Between two blocks stands nothing. Pass on what the last one gave."
        return Feedback(f"block {number + 1} gets something else", wanted, given, hint)
    if not seen["run"]["error"] and (number := _broken_at(seen["training passes"], x)) is not None:
        hint = f"Between two blocks stands nothing, in training mode either. {NO_DROPOUT}"
        return Feedback(f"block {number + 1} gets something else", wanted, f"{given}, training mode", hint)
    return None


NO_DROPOUT = "Is there something that acts while it learns and not in evaluation mode, such as dropout?"


def _broken_at(passes: list[dict], x) -> int | None:
    """The place, from 0 on, of the first block that does not get what the last one gave, or, as the first, x."""
    before = x
    for number, one in enumerate(passes):
        if not same(one["input"], before):
            return number
        before = one["output"]
    return None


def _model_chain(evidence: Evidence) -> Feedback | None:
    for widths, _, x, seen, given in _models(evidence):
        if "passes" not in seen or (seen["evaluation"]["error"] and len(seen["passes"]) < len(seen["calls"])):
            raise NotJudged
        if feedback := _chain(seen, _model_blocks(widths), x, given):
            return feedback
    return None


def _model_head(evidence: Evidence) -> Feedback | None:
    wanted = "one linear layer on the average of each map of the last block"
    for _, _, _, seen, given in _models_ran(evidence, "evaluation"):
        if not seen["passes"]:
            raise NotJudged
        maps = seen["passes"][-1]["output"].double().flatten(2)
        pooled = pooled_by(seen["evaluation"]["value"]["data"], [maps], numbers(seen["parameters"]).values())
        if pooled is None:
            hint = "What goes into the linear layer: the average of the *features*? Is there anything behind it?"
            return Feedback("scores that do not follow from the averages of the last block", wanted, given, hint)
        if pooled.name:
            return Feedback("other scores", wanted, given).explained(pooled)
        if _acts_in_training(seen):
            return Feedback("other scores in training mode than in evaluation mode", wanted, given, NO_DROPOUT)
    return None


def _acts_in_training(seen: dict) -> bool:
    """Does the last block give the same in both modes, and the whole not?"""
    trained = seen["training passes"]
    if ran(seen["run"], "") or not trained or not same(trained[-1]["output"], seen["passes"][-1]["output"]):
        return False
    return not close(seen["run"]["value"]["data"], seen["evaluation"]["value"]["data"].double(), {"float32": 1e-4})


def _model_function(evidence: Evidence) -> Feedback | None:
    seen, given = evidence.seen["function"], "get_model(block), where block is a function that returns a module"
    if any(not model.get("passes") for _, _, _, model, _ in _models(evidence)):
        raise NotJudged
    feedback = made(seen["built"], given) or ran(seen["run"], given)
    return feedback and feedback.with_hint("A block is whatever can be called: a class, a function, a `partial`.")


def _model_learns(evidence: Evidence) -> Feedback | None:
    for _, _, _, seen, given in _models_ran(evidence, "run"):
        if feedback := gradients_arrive(seen["run"], given):
            return feedback
    return None


GET_MODEL = Exercise(
    id="7.1",
    title="A model around any block",
    names=("get_model",),
    params=("block", "widths", "n_classes"),
    minutes=10,
    needs=("5.1", "6.3"),
    hints=(
        "It is the network of chapter 2 with a hole in it: the blocks come from outside. How many are there, "
        "and which channels has each?",
        "`[block(ni, nf, stride=2) for ni, nf in zip(widths, widths[1:])]`, then `nn.AdaptiveAvgPool2d(1)`, "
        "`nn.Flatten()` and a "
        "linear layer from the last width. `nn.Sequential` takes them all with a star.",
    ),
    checks=(
        Check("shapes", "Any widths, classes and image size", 2, _model_shapes),
        Check("calls", "Each block is made as `block(ni, nf, stride=2)`", 2, _model_calls),
        Check("chain", "The blocks run one after the other", 1, _model_chain),
        Check("head", "The average of each map goes into one linear layer", 2, _model_head),
        Check("function", "The block may be any callable", 1, _model_function),
        Check("learns", "Gradients reach everything", 1, _model_learns),
    ),
)

# ---- 7.2 ----


def _stages(evidence: Evidence):
    for name, ((ni, nf, depth, stride), x) in evidence.inputs(stage_inputs).items():
        yield (ni, nf, depth, stride), x, evidence.seen[name], f"make_stage(block, {ni}, {nf}, {depth}, {stride})"


def _stage_shapes(evidence: Evidence) -> Feedback | None:
    for (_, nf, _, stride), x, seen, given in _stages(evidence):
        if feedback := made(seen["built"], given, hints=BY_POSITION):
            return feedback
        size = (len(x), nf, *(-(-side // stride) for side in x.shape[2:]))
        input_text = messages.with_x(given, x)
        if feedback := ran(seen["evaluation"], input_text, size) or ran(seen["run"], input_text, size):
            hint = (
                "The stage as a whole goes from `ni` to `nf` and makes the map smaller by `stride` once. "
                "Which of its blocks does that?"
            )
            error = seen["evaluation"]["error"]
            if error and "[ModuleList]" in error["message"]:
                hint = (
                    "A `ModuleList` keeps blocks and cannot be called. Which container runs them one after the other?"
                )
            return replace(feedback, hint=hint)
    return None


def _stages_ran(evidence: Evidence):
    """The stages, each of which ran. Raises NotJudged when one did not."""
    for stage in _stages(evidence):
        if "run" not in stage[2] or ran(stage[2]["run"], "") or ran(stage[2]["evaluation"], ""):
            raise NotJudged
        yield stage


def _stage_blocks(ni: int, nf: int, depth: int, stride: int) -> list[dict]:
    return [{"ni": ni, "nf": nf, "stride": stride}] + [{"ni": nf, "nf": nf, "stride": 1}] * (depth - 1)


def _stage_calls(evidence: Evidence) -> Feedback | None:
    for (ni, nf, depth, stride), _, seen, given in _stages_ran(evidence):
        wanted = _stage_blocks(ni, nf, depth, stride)
        if _as_asked(seen, wanted):
            continue
        blocks = [*seen["calls"], *seen["copies"]]
        if len(blocks) != depth:
            name = "depth counted otherwise"
            hint = "`depth` counts all blocks of the stage, the first one too. Each is a block of its own."
        elif blocks[0]["stride"] != stride:
            name = "stride not in the first block"
            hint = "It is the first block that makes the map smaller, by its own stride."
        elif sum(call["stride"] != 1 for call in blocks) > 1:
            name = "stride in more than one block"
            hint = "Only the first block has the stride. The others change nothing."
        else:
            name = "channels of the second block"
            hint = "The first block goes from `ni` to `nf`. What comes into the second?"
        return Feedback(_calls(blocks), _calls(wanted), given, hint, misconception=name)
    return None


def _stage_chain(evidence: Evidence) -> Feedback | None:
    for form, x, seen, given in _stages_ran(evidence):
        if feedback := _chain(seen, _stage_blocks(*form), x, given):
            return feedback
        hint = "A stage is its blocks and nothing else."
        observed, wanted = "something stands behind the last block", "what the last block gave"
        if not same(seen["evaluation"]["value"]["data"], seen["passes"][-1]["output"]):
            return Feedback(observed, wanted, given, hint)
        if not same(seen["run"]["value"]["data"], seen["training passes"][-1]["output"]):
            return Feedback(observed, wanted, f"{given}, training mode", f"{hint} {NO_DROPOUT}")
    return None


def _stage_learns(evidence: Evidence) -> Feedback | None:
    for _, _, seen, given in _stages_ran(evidence):
        if feedback := gradients_arrive(seen["run"], given):
            return feedback
    return None


MAKE_STAGE = Exercise(
    id="7.2",
    title="A stage",
    names=("make_stage",),
    params=("block", "ni", "nf", "depth", "stride"),
    minutes=10,
    needs=("5.1", "6.3"),
    hints=(
        "The first block is special: it alone sees `ni` channels and has the stride. How many others are there, "
        "and what do they change?",
        "Make the first block, then `depth - 1` more from `nf` to `nf`, each by a call of its own, and put all "
        "into an `nn.Sequential`. The "
        "stride is passed by name.",
    ),
    checks=(
        Check("shapes", "The stage changes channels and size once", 2, _stage_shapes),
        Check("calls", "`depth` blocks, of which only the first changes anything", 2, _stage_calls),
        Check("chain", "They run one after the other, each with its own weights", 1, _stage_chain),
        Check("learns", "Gradients reach all of them", 1, _stage_learns),
    ),
)

# ---- 7.3 ----


def _resnets(evidence: Evidence):
    for name, (depths, kwargs, x) in evidence.inputs(resnet_inputs).items():
        options = "".join(f", {key}={value}" for key, value in kwargs.items())
        yield depths, kwargs.get("n_classes", 1000), x, evidence.seen[name], f"resnet({depths}{options})"


def _resnet_own(evidence: Evidence) -> Feedback | None:
    for _, classes, x, seen, given in _resnets(evidence):
        if feedback := made(seen["built"], given):
            return feedback
        if seen["foreign"]:
            hint = (
                "torchvision's code may be read, and its weights loaded. Network and block are to be classes "
                "of your own."
            )
            return Feedback(f"`{seen['foreign'][0]}` in the model", "classes of your own", given, hint)
        input_text = f"{given}, images of shape {messages.shape(x.shape)}"
        if feedback := ran(seen["evaluation"], input_text, (len(x), classes)):
            hint = (
                "Step through `forward`: stem, four stages, average, flatten, linear layer. Which shape does "
                "each leave?"
            )
            if "large" in seen and not seen["large"]["error"]:
                hint = "It takes images of 224×224 alone. Which pool makes one number of a map of any size?"
                return replace(feedback, hint=hint)
            if better := _scores_hint(seen["evaluation"], len(x), classes):
                return replace(feedback, hint=better)
            return feedback.with_hint(hint)
    return None


def _resnets_ran(evidence: Evidence):
    """As `_resnets`, with images and the scores for them: those networks that gave some, if only for a large image. Raises NotJudged
    when none did, and when one is not the student's own."""
    found = []
    for depths, classes, x, seen, given in _resnets(evidence):
        if seen.get("foreign"):
            raise NotJudged
        for run in ("evaluation", "large"):
            if run not in seen:
                continue
            images = x if run == "evaluation" else large_image(evidence.generator())
            if not ran(seen[run], "", (len(images), classes)):
                found.append((depths, classes, images, seen[run]["value"]["data"], seen, given))
                break
    return judgeable(found)


def _resnet_loads(evidence: Evidence) -> Feedback | None:
    for depths, classes, _, _, seen, given in _resnets_ran(evidence):
        record = seen["load"]
        if not record["error"]:
            continue
        wanted = "the names and shapes of torchvision's ResNet, all of them and no others"
        missing, more = record["missing"], record["unexpected"]
        if missing or more:
            only = [f"yours alone: {', '.join(f'`{name}`' for name in missing[:3])}"] * bool(missing)
            only += [f"torchvision's alone: {', '.join(f'`{name}`' for name in more[:3])}"] * bool(more)
            hint = "`state_dict()` names a weight by its attributes. Print both lists of names side by side."
            if all(name.endswith("bias") for name in [*missing, *more]):
                hint = "A batch norm follows each convolution. Which of the two has the bias?"
            elif any("downsample" in name for name in [*missing, *more]):
                hint = (
                    "`downsample` is there where a block changes stride or channels, and nowhere else: a "
                    "Sequential of a "
                    "convolution and a batch norm."
                )
            return Feedback("; ".join(only), wanted, given, hint)
        right = {
            key: list(value.shape) for key, value in torchvision_resnet(tuple(depths), classes).state_dict().items()
        }
        name = next((name for name in right if seen["shapes"].get(name) != right[name]), None)
        if name is None:
            return messages.error_feedback(record["error"], given, wanted)
        wrong = f"`{name}` of shape {messages.shape(seen['shapes'][name])}"
        hint = "Compare kernel sizes and channels with `torchvision.models.resnet18()`, printed."
        return Feedback(wrong, messages.shape(right[name]), given, hint)
    return None


def _blocks(model):
    return [block for name, stage in model.named_children() if name.startswith("layer") for block in stage]


def _no_relu_behind(model):
    for block in _blocks(model):
        block.relu = _Once()


class _Once(nn.Module):
    """ReLU at the first call, nothing at the second: a block without a ReLU behind the sum."""

    def __init__(self, first: bool = True):
        super().__init__()
        self.calls, self.first = 0, first

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x.relu() if (self.calls % 2 == 1) == self.first else x


def _no_relu_between(model):
    for block in _blocks(model):
        block.relu = _Once(first=False)


def _stride_second(model):
    for block in _blocks(model):
        block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride


def _set(**parts):
    def change(model):
        for name, part in parts.items():
            setattr(model, name, part)

    return change


def _pool_first(model):
    # a hook, so that no weight gets another name
    model.conv1.register_forward_hook(lambda conv, given, made: F.max_pool2d(made, 3, 2, 1))
    model.maxpool = nn.Identity()


def _stem_padding(size: int):
    def change(model):
        model.conv1.padding = (size, size)

    return change


# Changes of torchvision's network, each a misconception, and what to say when the answer's outputs are the same.
RESNET_MISCONCEPTIONS = (
    Misconception(
        "no max-pool",
        _set(maxpool=nn.Identity()),
        "Between the first ReLU and the first stage there is a max-pool with stride 2.",
    ),
    Misconception(
        "max-pool without padding",
        _set(maxpool=nn.MaxPool2d(3, 2)),
        "The max-pool has padding 1, as every window of 3 here.",
    ),
    Misconception(
        "max-pool of 2×2", _set(maxpool=nn.MaxPool2d(2, 2)), "The max-pool has a window of 3×3 and padding 1, not 2×2."
    ),
    Misconception(
        "max-pool before the batch norm",
        _pool_first,
        "The order of the stem: convolution, batch norm, ReLU, and then the max-pool.",
    ),
    Misconception(
        "average pool in the stem", _set(maxpool=nn.AvgPool2d(3, 2, 1)), "Behind the stem's ReLU comes a *max*-pool."
    ),
    Misconception(
        "no ReLU in the stem", _set(relu=nn.Identity()), "A ReLU follows the first batch norm, before the max-pool."
    ),
    Misconception(
        "maximum at the end",
        _set(avgpool=nn.AdaptiveMaxPool2d(1)),
        "At the end each map is averaged; you take its maximum.",
    ),
    Misconception(
        "stem without padding",
        _stem_padding(0),
        "The 7×7 convolution needs a padding that lets it reach the edge: 7 // 2.",
    ),
    Misconception(
        "stem with padding 1",
        _stem_padding(1),
        "The 7×7 convolution needs a padding that lets it reach the edge: 7 // 2.",
    ),
    Misconception(
        "no ReLU behind the sum",
        _no_relu_behind,
        "The paper's block, and torchvision's, has a ReLU *after* the addition.",
    ),
    Misconception(
        "no ReLU between the convolutions", _no_relu_between, "A ReLU stands between the two convolutions of a block."
    ),
    Misconception(
        "stride in the second convolution",
        _stride_second,
        "The stride is in the first convolution of the block, not in the second.",
    ),
)


def _resnet_equal(evidence: Evidence) -> Feedback | None:
    drawn: dict[str, dict[str, Tensor]] = {}
    for depths, classes, x, got, seen, given in _resnets_ran(evidence):
        images, weights = x.cpu(), torchvision_state(depths, classes, evidence.seed)
        if "training" in seen:
            drawn[given] = weights
        net = torchvision_resnet(tuple(depths), classes)
        # so closely alike in float32 already that float64, which takes three times as long, can find nothing else
        if close(got, _scores(net, weights, images), {"float32": 2e-5}):
            continue
        double = {name: value.double() if value.is_floating_point() else value for name, value in weights.items()}
        right = _scores(net, double, images.double())
        if _alike(got, right):
            continue
        observed = f"outputs that differ by up to {messages.number(float((got - right).abs().max()))}"
        feedback = Feedback(observed, "equal outputs", f"{given}, the same weights as torchvision's")
        nets = ((one, _misconceived_resnet(tuple(depths), classes, one)) for one in RESNET_MISCONCEPTIONS)
        found = next((one for one, net in nets if _alike(got, _scores(net, weights, images))), None)
        hint = (
            "All weights fit, so the difference is in what has none: strides, paddings, pools, ReLUs, a batch norm's `eps`, "
            "something behind the linear layer, or the order of the steps. Compare the outputs after the stem, then after each stage."
        )
        return feedback.explained(found, hint)
    again = (_draws(seen, given) for *_, seen, given in _resnets(evidence))
    return next((feedback for feedback in again if feedback), None) or _equal_in_training(evidence, drawn)


@functools.cache
def _misconceived_resnet(depths: tuple[int, ...], n_classes: int, misconception: Misconception) -> nn.Module:
    """`torchvision_resnet`, changed as the misconception has it."""
    model = copy.deepcopy(torchvision_resnet(depths, n_classes))
    misconception.answer(model)
    return model


@torch.no_grad()
def _scores(net: nn.Module, weights: dict[str, Tensor], images: Tensor) -> Tensor:
    return torch.func.functional_call(net, weights, images)


def _draws(seen: dict, given: str) -> Feedback | None:
    """Feedback on a network that gives other scores with each run in training mode."""
    if not seen.get("again") or ran(seen["training"], "") or ran(seen["again"], ""):
        return None
    first, again = (seen[run]["value"]["data"] for run in ("training", "again"))
    if close(again, first.double(), {"float32": 1e-3}):
        return None
    return Feedback(
        "other scores with each run in training mode",
        "the same scores with the same weights, as torchvision's network gives",
        f"{given}, the same images twice",
        "Does something draw random numbers while it learns, such as dropout? torchvision's ResNet has none.",
    )


def _equal_in_training(evidence: Evidence, drawn: dict[str, dict[str, Tensor]]) -> Feedback | None:
    """Feedback on scores in training mode that are not torchvision's, of a network whose scores in evaluation mode are.

    `drawn`: torchvision's weights that are there already, by the network's call; their running statistics change.
    """
    for depths, classes, x, seen, given in _resnets(evidence):
        if "training" not in seen or ran(seen["training"], "", (len(x), classes)):
            continue
        got = seen["training"]["value"]["data"]
        weights = drawn.get(given) or torchvision_state(depths, classes, evidence.seed)
        right = _scores(_training_resnet(tuple(depths), classes), weights, x.cpu()).double()
        # a spread over eight numbers, one layer after the other, leaves float32 three digits
        if close(got, right, {"float32": 1e-2}):
            continue
        return Feedback(
            f"outputs that differ by up to {messages.number(float((got - right).abs().max()))} in training mode, and by "
            "nothing in evaluation mode",
            "equal outputs in both modes",
            f"{given}, the same weights as torchvision's",
            "While it learns, a batch norm uses the mean and the spread of this very batch. Do yours, with `nn.BatchNorm2d` as it is?",
        )
    return None


@functools.cache
def _training_resnet(depths: tuple[int, ...], n_classes: int) -> nn.Module:
    return copy.deepcopy(torchvision_resnet(depths, n_classes)).train()


def _alike(got, right) -> bool:
    """Through some forty layers float32 keeps more than four digits; a misconception changes the first."""
    return close(got, right, {"float32": 2e-4})


def _resnet_learns(evidence: Evidence) -> Feedback | None:
    _resnets_ran(evidence)
    seen = evidence.seen["odd"]
    given = "training mode"
    gave(seen.get("training"))
    if feedback := sound(seen["training"], given):
        return feedback
    if seen["lost"] or seen["training"]["gradients"].get("0") is None:
        where = ", ".join(f"`{name}`" for name in seen["lost"][:3]) or "the images"
        hint = "`.detach()`, `.data` and `no_grad` cut the graph; a layer that is made and not used gets none."
        return Feedback(f"no gradient reaches {where}", "a gradient at every parameter", given, hint)
    if seen["training"]["changed"]:
        return Feedback(
            "the images were changed in place", "images as they were", given, "Which operation writes into its input?"
        )
    return every_path(seen["training"], given)


RESNET = Exercise(
    id="7.3",
    title="ResNet, with torchvision's weights",
    names=("resnet",),
    params=("depths", "n_classes"),
    minutes=30,
    needs=("5.1", "7.2"),
    hints=(
        "Print `torchvision.models.resnet18(weights=None)` and `list(….state_dict())`. Names are attributes: "
        "`layer2.0.downsample.1.weight` "
        "says which class has which attribute, and where a Sequential stands.",
        "A block with `conv1`, `bn1`, `conv2`, `bn2` and, where stride or channels change, `downsample`: a "
        "strided 1×1 convolution and a "
        "batch norm; ReLU after the addition. A network with `conv1` (7×7, stride 2, padding 3), `bn1`, ReLU, "
        "max-pool, `layer1` to "
        "`layer4` with 64, 128, 256, 512 channels (the first without stride), the average and `fc`. No "
        "convolution has a bias.",
    ),
    checks=(
        Check("own", "Classes of your own, images in, scores out", 2, _resnet_own),
        Check("loads", "torchvision's `state_dict` loads strictly", 3, _resnet_loads),
        Check("equal", "The outputs are equal", 3, _resnet_equal, ("loads",)),
        Check("learns", "Gradients reach every layer", 1, _resnet_learns),
    ),
)

EXERCISES = (GET_MODEL, MAKE_STAGE, RESNET)

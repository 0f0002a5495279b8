"""Chapter 4: is deeper better? The exercises are listed in `book/appendices/exercises.md`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

import torch
from torch import Tensor

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.block_checks import gapless
from resnet_live.exercise.judging.channel_fit import fit, normed
from resnet_live.exercise.judging.checks import first
from resnet_live.exercise.judging.compare import close, number_in, plain_number
from resnet_live.exercise.judging.evidence import Evidence, NotJudged
from resnet_live.exercise.judging.gradient_checks import sound
from resnet_live.exercise.judging.layer_checks import ceiling, shared_norm
from resnet_live.exercise.judging.model_replay import explaining, model_as_found, replay
from resnet_live.exercise.judging.module_checks import built, gave, made, numbers, ran
from resnet_live.exercise.judging.pooled_scores import as_asked, pooled_by
from resnet_live.exercise.judging.residual_block import convolutions
from resnet_live.exercise.observers.observe_ch04 import SIDE, grad_norms_play

# ---- 4.1 ----


def norms_by(norm: Callable[[Tensor, Tensor], Tensor | float]) -> Callable:
    """A `grad_norms` that gives `norm(gradient, parameter)` for each parameter that takes part."""

    def answer(model, loss):
        named = {name: value for name, value in model.named_parameters() if value.requires_grad}
        grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
        return {
            name: float(norm(grad, value))
            for (name, value), grad in zip(named.items(), grads, strict=True)
            if grad is not None
        }

    return answer


def _old(value: Tensor) -> Tensor:
    return torch.zeros_like(value) if value.grad is None else value.grad


grad_norms = norms_by(lambda grad, _: grad.norm())

NORM_MISCONCEPTIONS = (
    Misconception(
        "accumulated",
        norms_by(lambda grad, value: (grad + _old(value)).norm()),
        "`backward()` *adds* to `.grad`. What an earlier step left there is part of your norm.",
    ),
    Misconception(
        "old ones",
        lambda model, loss: {name: float(_old(value).norm()) for name, value in model.named_parameters()},
        "That is the norm of the gradient of an earlier step. Who works out the gradient of *this* loss?",
    ),
    Misconception(
        "squared",
        norms_by(lambda grad, _: grad.pow(2).sum()),
        "That is the square of the norm: the root is missing.",
    ),
    Misconception(
        "sum of absolutes",
        norms_by(lambda grad, _: grad.abs().sum()),
        "That is the sum of absolute values, the L1 norm.",
    ),
    Misconception(
        "maximum", norms_by(lambda grad, _: grad.abs().max()), "That is the largest absolute value, the L∞ norm."
    ),
    Misconception(
        "mean of absolutes",
        norms_by(lambda grad, _: grad.abs().mean()),
        "That is a mean of absolute values, not a norm.",
    ),
    Misconception(
        "root mean square",
        norms_by(lambda grad, _: grad.pow(2).mean().sqrt()),
        "You took the mean of the squares: the L2 norm takes their sum.",
    ),
    Misconception(
        "mean square", norms_by(lambda grad, _: grad.pow(2).mean()), "That is the mean square: sum, then take the root."
    ),
    Misconception(
        "sum",
        norms_by(lambda grad, _: grad.sum()),
        "That is the plain sum: positive and negative parts cancel. Square first.",
    ),
    Misconception(
        "mean",
        norms_by(lambda grad, _: grad.mean()),
        "That is the mean: positive and negative parts cancel. Square first.",
    ),
    Misconception(
        "standard deviation",
        norms_by(lambda grad, _: grad.std()),
        "That is the spread around the mean. A norm measures from zero, and does not divide.",
    ),
    Misconception(
        "norm of the weights",
        lambda model, loss: {name: float(value.detach().norm()) for name, value in model.named_parameters()},
        "That is the norm of the parameter itself. Its gradient is asked for.",
    ),
    Misconception(
        "relative",
        norms_by(lambda grad, value: grad.norm() / value.norm()),
        "You divided by the norm of the parameter. The norm of the gradient alone is asked for.",
    ),
)
# For exceptions: by a part of the message.
NORM_ERRORS = {
    r"'NoneType' object has no attribute": "A parameter that takes no part in the loss has no gradient, not even zero: it is "
    "`None`. And before "
    "`backward` every gradient is.",
    r"does not require grad": "A frozen parameter (`requires_grad` is false) has no gradient: leave it out.",
    r"appears to not have been used in the graph": "A parameter that takes no part in the loss: `torch.autograd.grad` must be "
    "told that such are "
    "allowed.",
    r"backward through the graph a second time": "The graph is used up by the first pass back. One pass gives all gradients.",
}
NORM_HINT = (
    "Square all entries of a parameter's gradient, add them up, take the root. Which loss do the gradients belong to?"
)


def _norms(scene: dict) -> dict[str, dict] | None:
    """The student's dict as {repr of the key: described value}, or None."""
    seen = scene["value"]
    return dict(seen["items"]) if seen and seen["type"] == "dict" else None


def _given_net(key: str) -> str:
    return {
        "fresh": "a network with no gradients yet",
        "before": "a network in which every second parameter has a `.grad` from an earlier step",
        "idle": "a network with a layer `spare` that is not used and a frozen `conv1.weight`",
        "float64": "a network in float64",
    }[key]


def _near(got: float, wanted: float, scale: float) -> bool:
    # The gradient itself is worked out in float32, and on some devices in another order: 1e-5 of it. Every misconception is
    # off by far more.
    return abs(got - wanted) <= 2e-4 * abs(wanted) + 1e-6 * scale


def _same_norms(seen: dict, played: dict, scale: float, left_out: Collection[str]) -> bool:
    """`scale`: the largest norm. Rounding is a part of that also where positive and negative parts cancel, in a sum or a mean.
    `left_out`: the parameters that are not looked at."""
    got, wanted = _norms(seen), _norms(played)
    if got is None or wanted is None:
        return False
    right = {name: number_in(value) for name, value in wanted.items()}
    scale = max(scale, *map(abs, right.values()))
    for name in (right.keys() | got.keys()) - set(left_out):
        number = plain_number(got[name]) if name in got else 0.0
        if number is None or not _near(number, right.get(name, 0.0), scale):
            return False
    return True


def _left_out(evidence: Evidence) -> set[str]:
    """The parameters (their names' reprs) that have no entry where all take part: the answer passes them by, and loses points for it
    once. The empty set where it has less than a third of them: then there is not enough left to judge the rest by."""
    scene = evidence.seen["fresh"]
    known = {repr(name) for name in scene["before"]["gradients"]}
    missing = known - (_norms(scene) or {}).keys()
    return missing if 3 * len(known - missing) >= len(known) else set()


def _norms_given(
    evidence: Evidence, keys: Iterable[str] = ("fresh", "float64"), left_out: Collection[str] = ()
) -> Feedback | None:
    """Feedback on an answer that gives no dict with an entry for each parameter that takes part, but for those `left_out`, whatever
    the numbers."""
    for key in keys:
        scene, given = evidence.seen[key], _given_net(key)
        if scene["error"]:
            return messages.error_feedback(scene["error"], given, "a dict of norms", NORM_ERRORS)
        if feedback := messages.no_value(scene["value"], "a dict of norms", given):
            return feedback
        got = _norms(scene)
        if got is None:
            seen = messages.value(scene["value"])
            return Feedback(
                seen, "a dict: parameter name → norm", given, "One number for each parameter, under its name."
            )
        known = [repr(name) for name in scene["before"]["gradients"]]
        for name in got:
            if name not in known:
                hint = "`named_parameters()` gives each parameter with its name."
                return Feedback(f"a key {name}", "the names of the parameters, as text", given, hint)
        idle = ("'spare.", "'conv1.weight") if key == "idle" else ()
        for name in known:
            if name not in got and name not in left_out and not name.startswith(idle):
                hint = "Which parameters does your loop visit?"
                return Feedback(f"no entry for `{name[1:-1]}`", "one for each parameter that takes part", given, hint)
    return None


def _norms_right(*keys: str, every: bool = False):
    """Test: in these scenes the dict holds the norm of each parameter that takes part, and nothing strange besides. Unless `every`, a
    parameter that the answer passes by in all scenes is another check's matter."""

    def test(evidence: Evidence) -> Feedback | None:
        left_out = set() if every else _left_out(evidence)
        if feedback := _norms_given(evidence, keys, left_out):
            return feedback
        played = replay(evidence, grad_norms_play, grad_norms)
        found = (_norm_feedback(evidence, key, played[key], left_out) for key in keys)
        return next((feedback for feedback in found if feedback), None)

    return test


def _norm_feedback(evidence: Evidence, key: str, played: dict, left_out: Collection[str]) -> Feedback | None:
    given, got = _given_net(key), _norms(evidence.seen[key]) or {}
    numbers = {name: number_in(value) for name, value in (_norms(played) or {}).items()}
    scale = max(numbers.values())
    for name, number in numbers.items():
        if name in left_out:
            continue
        shown, value = f"`{name[1:-1]}`", plain_number(got[name])
        if value is None:
            return Feedback(
                f"{shown}: {messages.value(got[name])}", "one number", given, "The norm of a tensor is one number."
            )
        if not _near(value, number, scale):
            same = partial(_same_norms, scale=scale, left_out=left_out)
            explained_by = partial(explaining, evidence, grad_norms_play, NORM_MISCONCEPTIONS, same)
            found = explained_by(("fresh", "before", "float64")) or explained_by((key,))
            feedback = Feedback(f"{shown}: {messages.number(value)}", messages.number(number), given)
            return feedback.explained(found, NORM_HINT)
    for name in got:
        if name not in numbers and plain_number(got[name]) != 0:
            return Feedback(
                f"`{name[1:-1]}`: {messages.value(got[name])}",
                "no entry, or 0",
                given,
                "A frozen parameter, or one of a layer that is not used, takes no part in the loss. Its gradient is `None`.",
            )
    return None


def _enough_given(evidence: Evidence) -> Feedback | None:
    return _norms_given(evidence, left_out=_left_out(evidence))


def _no_hooks(evidence: Evidence) -> Feedback | None:
    for key, scene in evidence.seen.items():
        for name, count in scene["hooks"].items():
            return Feedback(
                f"{'a hook' if count == 1 else f'{count} hooks'} on `{name}` afterwards",
                "the model as it was, without hooks",
                _given_net(key),
                "A hook runs in every later step of the training. What `register_hook` returns has a method `remove()`.",
            )
    return None


def _norms_are_floats(evidence: Evidence) -> Feedback | None:
    for key in ("fresh", "before", "float64"):
        for name, value in (_norms(evidence.seen[key]) or {}).items():
            if value["type"] != "float":
                return Feedback(
                    f"`{name[1:-1]}`: {messages.value(value)}",
                    "a Python `float`",
                    _given_net(key),
                    "A tensor with one element gives its number with `.item()`.",
                )
    return None


GRAD_NORMS = Exercise(
    id="4.1",
    title="How much gradient arrives",
    names=("grad_norms",),
    params=("model", "loss"),
    minutes=10,
    hints=(
        "`named_parameters()` gives names and parameters. There are two ways to gradients: `loss.backward()`, which adds to "
        "every `.grad`, and "
        "`torch.autograd.grad(loss, parameters)`, which returns them and touches nothing.",
        "With `torch.autograd.grad`: ask only for parameters with `requires_grad`, and pass `allow_unused=True`; what takes "
        "no part comes back as "
        "`None`. With `backward`: keep a reference to each `.grad`, set it to `None` first, and put it back at the end.",
    ),
    checks=(
        Check("norms", "The L2 norm of each parameter's gradient", 2, _norms_right("fresh", "float64", every=True)),
        Check("before", "Gradients of an earlier step do not count", 2, _norms_right("before")),
        Check("idle", "Parameters that take no part are absent or 0", 1, _norms_right("idle")),
        Check(
            "left",
            "Each .grad is afterwards what it was, and so is the model",
            2,
            first(_enough_given, lambda evidence: model_as_found(evidence.seen, _given_net), _no_hooks),
        ),
        Check("float", "The norms are Python floats", 1, first(_enough_given, _norms_are_floats)),
    ),
)

# ---- 4.2 ----

CHANNELS = (16, 32, 64)


def _nets(evidence: Evidence):
    """(depth, n, record) of each net that was looked at."""
    for depth, record in evidence.seen["nets"].items():
        yield int(depth), (int(depth) - 2) // 6, record


def _plain_shapes(evidence: Evidence) -> Feedback | None:
    classes = evidence.seen["n_classes"]
    for depth, _, record in _nets(evidence):
        call = f"plain_net({depth}, n_classes={classes})"
        if feedback := made(record["built"], call):
            return feedback
        images = f"{call}, two images of {SIDE}×{SIDE} in evaluation mode"
        if feedback := ran(record["flow"], images, (2, classes)):
            return feedback.with_hint("Step through the network: which shape does each layer leave?")
    if feedback := built(evidence, "built default", "plain_net(8)"):
        return feedback
    feedback = ran(evidence.seen["default"], f"plain_net(8), one image of {SIDE}×{SIDE}", (1, 10))
    return feedback and feedback.with_hint("Without an argument there are ten classes. One image is a batch of one.")


def _spans(record: dict) -> list[tuple[dict, list[dict]]]:
    """Each convolution that ran with the steps after it, up to the next. A 1×1 one on a 1×1 map is a linear layer. Raises NotJudged
    for a net that was not built."""
    if "flow" not in record:
        raise NotJudged
    spans: list[tuple[dict, list[dict]]] = []
    for step in record["flow"]["steps"]:
        if step["op"] == "convolution" and not (
            step["weight"][2:] == [1, 1] and list(step["input"].shape[2:]) == [1, 1]
        ):
            spans.append((step, []))
        elif spans:
            spans[-1][1].append(step)
    return spans


def _plain_convolutions(evidence: Evidence) -> Feedback | None:
    for depth, n, record in _nets(evidence):
        given = f"plain_net({depth})"
        convs = [conv for conv, _ in _spans(record)]
        if record["flow"]["error"] and len(convs) != 6 * n + 1:
            raise NotJudged  # more of them might have run
        if feedback := _count_feedback(convs, n, given):
            return feedback
        widths = [3, 16] + [width for width in CHANNELS for _ in range(2 * n)]
        for number, (conv, ni, nf) in enumerate(zip(convs, widths, widths[1:], strict=False), start=1):
            if conv["weight"][:2] != [nf, ni] or conv["groups"] != 1:
                seen = f"convolution {number} goes from {conv['weight'][1] * conv['groups']} to {conv['weight'][0]} channels"
                return Feedback(
                    seen,
                    f"{ni} to {nf}",
                    given,
                    "The first convolution of a stage changes the channels, the others keep them.",
                )
        if feedback := gapless(convs, given) or _maps_feedback(convs, n, given):
            return feedback
    return None


def _count_feedback(convs: list[dict], n: int, given: str) -> Feedback | None:
    wanted = f"{6 * n + 1} convolutions of 3×3: one, and three stages of 2n = {2 * n}"
    other = next((conv["weight"][2:] for conv in convs if conv["weight"][2:] != [3, 3]), None)
    if other is not None:
        return Feedback(
            f"a convolution of {messages.shape(other)}", wanted, given, "Every convolution of this net is 3×3."
        )
    if len(convs) == 6 * n + 1:
        return None
    hint = {
        3 * n + 1: "A stage has 2n convolutions, not n.",
        6 * n: "One 3×3 convolution comes before the three stages.",
        6 * n + 2: "6n + 2 counts the linear layer as well.",
        12 * n + 1: "A stage has 2n convolutions, not 4n: is a pair counted as one?",
    }.get(len(convs), "depth = 6n + 2: one convolution, three stages, one linear layer. Solve it for n.")
    return Feedback(f"{len(convs)} convolution{'s' * (len(convs) != 1)}", wanted, given, hint)


def _maps_feedback(convs: list[dict], n: int, given: str) -> Feedback | None:
    sides = [SIDE] * (2 * n + 1) + [SIDE // 2] * (2 * n) + [SIDE // 4] * (2 * n)
    before = [SIDE, SIDE]
    for number, (conv, side) in enumerate(zip(convs, sides, strict=True), start=1):
        got, entered = list(conv["shape"][2:]), list(conv["input"].shape[2:])
        if entered != before:
            return Feedback(
                f"a map of {messages.shape(before)} became {messages.shape(entered)} before convolution {number}",
                "maps that change their size only inside a convolution",
                given,
                "The paper halves by the stride of the first convolution of a stage, not by a pooling layer.",
            )
        if got != [side, side]:
            hint = "The first convolution of the second and of the third stage has stride 2; all others have stride 1."
            if max(got) == max(entered) - 2:
                hint = "A 3×3 window without padding loses two pixels: padding 1 keeps the size."
            return Feedback(
                f"convolution {number} leaves a map of {messages.shape(got)}", messages.shape([side, side]), given, hint
            )
        before = got
    return None


def _plain_normalised(evidence: Evidence) -> Feedback | None:
    for depth, n, record in _nets(evidence):
        run, given = _run_of_norms(record), f"plain_net({depth})"
        spans = _spans(run)
        if not spans or (run["flow"]["error"] and len(spans) != 6 * n + 1):
            raise NotJudged
        for number, (conv, steps) in enumerate(spans, start=1):
            norms, where = _norm_outputs(record, conv, steps), f"convolution {number}"
            if not norms:
                if _relu_first(record, conv, steps):
                    return _before_norm(where, given)
                return Feedback(
                    f"no batch norm after {where}",
                    "convolution → batch norm → ReLU, each time",
                    given,
                    "Each convolution is followed by a batch norm with as many channels, the last one too.",
                )
            if number == len(spans):
                continue  # the head's check looks at what follows the last one
            if feedback := _relu_feedback(norms[-1], spans[number][0]["input"], steps, where, given):
                return feedback
        if feedback := ceiling(run.get("shares", ()), f"{given}, very large images") or _same_again(record, given):
            return feedback
    return None


def _run_of_norms(record: dict) -> dict:
    """The run in which batch norms are looked for: {"flow", "weights"}. That of the net as built, where one of them may be written by
    hand."""
    return record.get("by hand") or record


def _norm_outputs(record: dict, conv: dict, steps: list[dict]) -> list[Tensor]:
    """What the batch norms behind a convolution gave, of the steps up to the next one: by their names, or (see `_run_of_norms`) by the
    numbers, up to the last step that only multiplies and adds by channel."""
    if "by hand" not in record:
        return [step["output"] for step in steps if "batch_norm" in step["op"]]
    found: list[Tensor] = []
    for step in steps:
        made = step["output"]
        if made is None or made.shape != conv["output"].shape or not (line := fit(made, [conv["output"]])):
            continue
        if found or normed(line, conv["output"]):
            found.append(made)
    return found


def _relu_first(record: dict, conv: dict, steps: list[dict]) -> bool:
    """A batch norm by hand takes the ReLU of the convolution."""
    cut = conv["output"].relu()
    lines = [
        fit(step["output"], [cut]) for step in steps if step["output"] is not None and step["output"].shape == cut.shape
    ]
    return any(normed(line, cut) for line in lines if line)


def _before_norm(where: str, given: str) -> Feedback:
    wanted = "convolution → batch norm → ReLU, and nothing else"
    hint = "The paper's order: convolution, batch norm, ReLU."
    return Feedback(f"ReLU before batch norm after {where}", wanted, given, hint)


def _same_again(record: dict, given: str) -> Feedback | None:
    """Feedback on a net that gives other scores in a second run in training mode."""
    runs = [record["gradient"], record["again"]]
    if any(ran(run, "") for run in runs):
        return None  # the first check has said so, or it runs in evaluation mode alone
    first_scores, again = (run["value"]["data"].double() for run in runs)
    if first_scores.shape == again.shape and (first_scores - again).abs().max() <= 1e-2 * max(
        1, first_scores.abs().max()
    ):
        return None
    return Feedback(
        "other scores in a second run on the same images",
        "convolution → batch norm → ReLU, and nothing else",
        f"{given}, training mode",
        "Something in it is left to chance, as dropout is. A plain net has nothing of that kind.",
    )


def _relu_feedback(normed: Tensor, entered: Tensor, steps: list[dict], where: str, given: str) -> Feedback | None:
    if close(entered, normed.double().relu()):
        return None
    wanted = "convolution → batch norm → ReLU, and nothing else"
    if close(entered, normed.double()):
        head = next((step["op"] for step in steps if "relu" in step["op"] or "batch_norm" in step["op"]), "")
        if "relu" in head:
            return _before_norm(where, given)
        return Feedback(
            f"no ReLU after {where}", wanted, given, "Two convolutions with no activation between them are one."
        )
    return Feedback(
        f"what enters the convolution after {where} is not the ReLU of the batch norm",
        wanted,
        given,
        "A plain net is one layer after the other: no skip path, no other activation, no dropout.",
    )


PLAIN_POOLS = (
    as_asked(lambda t: t.relu().mean((2, 3))),
    Misconception("no last ReLU", lambda t: t.mean((2, 3)), "No ReLU follows the last batch norm."),
    Misconception(
        "maximum of each map",
        lambda t: t.relu().amax((2, 3)),
        "That is the maximum of each map; this net takes the average.",
    ),
    Misconception("sum of each map", lambda t: t.relu().sum((2, 3)), "That is the sum of each map. Take the average."),
)


def _plain_head(evidence: Evidence) -> Feedback | None:
    """The scores are a parameter of shape classes×64 applied to the average of relu(last batch norm)."""
    classes = evidence.seen["n_classes"]
    for depth, _, record in _nets(evidence):
        given = f"plain_net({depth}, n_classes={classes})"
        gave(record.get("flow"))
        run = _run_of_norms(record)
        scores = gave(run["flow"])["value"]["data"]
        norms = [norm for conv, steps in _spans(run)[-1:] for norm in _norm_outputs(record, conv, steps)]
        if not norms:
            raise NotJudged
        found = pooled_by(scores, [norms[-1].double()], numbers(run["weights"]).values(), PLAIN_POOLS)
        if found and not found.name:
            continue
        return Feedback(
            "the scores do not follow from the averages of the 64 maps",
            "average pool, then one linear layer",
            given,
        ).explained(
            found,
            "After the last ReLU: the average of each of the 64 maps, then one linear layer, and nothing after it.",
        )
    return None


def _plain_learns(evidence: Evidence) -> Feedback | None:
    for depth, _, record in _nets(evidence):
        given = f"plain_net({depth})"
        if len(_spans(record)) < 2:
            raise NotJudged
        # 1×1 convolutions, and whatever else was not asked for, have cost their points above
        wide = len(convolutions(record["flow"], spatial=True))
        kernels = sum(len(one["shape"]) == 4 and one["shape"][2:] != [1, 1] for one in record["weights"].values())
        if kernels < wide:
            return Feedback(
                f"{kernels} of the {wide} convolutions have weights of their own that the model knows",
                "weights for each of them",
                given,
                "Layers in a Python list are not registered (`nn.Sequential` and `nn.ModuleList` register them), and `[layer] "
                "* 3` is three "
                "times the same layer.",
            )
        if feedback := sound(gave(record["gradient"]), given) or shared_norm(record["again"], given):
            return feedback
        lost = [
            name
            for name, one in record["weights"].items()
            if len(one["shape"]) > 1 and record["gradient"]["parameter_gradients"].get(name) is None
        ]
        if lost:
            return Feedback(
                f"no gradient reaches {', '.join(f'`{name}`' for name in lost[:3])}",
                "a gradient at every layer's weights",
                given,
                "`.detach()`, `.data` and `no_grad` cut the graph; a layer that is frozen or not used gets none.",
            )
    return None


def _plain_refuses(evidence: Evidence) -> Feedback | None:
    errors = [record["built"]["error"] for _, _, record in _nets(evidence)]
    if all(error and {"ValueError", "NotImplementedError"} & {*error["kinds"]} for error in errors):
        raise NotJudged  # who refuses every depth refuses none
    wanted = "a `ValueError`"
    for depth, record in evidence.seen["refused"].items():
        given, error = f"plain_net({depth})", record["error"]
        if error is None and "Error" in record["value"]["type"]:
            return Feedback("an error was returned", wanted, given, "`raise` it: a returned error stops nobody.")
        if error is None:
            hint = "Whole-number division throws the rest away, and nobody notices. Test that depth is 6n + 2, and raise if not."
            if int(depth) % 6 == 2:
                hint = "n is 1, 2, 3, …: the first such net has 8 layers. Test that too."
            return Feedback(f"{messages.value(record['value'])}, without a word", wanted, given, hint)
        if "ValueError" not in error["kinds"]:
            hint = "Say it yourself, before you build anything: `raise ValueError(…)` with the rule in the message."
            if error["kind"] == "AssertionError":
                hint = (
                    "`assert` is for your own mistakes, and `python -O` skips it. For a value that cannot be: `raise "
                    "ValueError(…)`."
                )
            return Feedback(f"{error['kind']}: {error['message']}", wanted, given, hint)
    return None


PLAIN_NET = Exercise(
    id="4.2",
    title="A plain net of any depth",
    names=("plain_net",),
    params=("depth", "n_classes"),
    minutes=20,
    hints=(
        "6n + 2: one convolution, 3 · 2n convolutions, one linear layer. So n is (depth − 2) / 6. When is that a whole number, "
        "and is it one of 1, 2, 3, …?",
        "Write a small function that returns convolution, batch norm and ReLU for given channels and stride. Then make the "
        "list of channels, "
        "[3, 16, 16, …, 32, …, 64, …], and go through its pairs: where the channels grow from one stage to the next, the stride is 2.",
    ),
    checks=(
        Check("shapes", "Builds, and gives one score for each class", 1, _plain_shapes),
        Check(
            "convolutions",
            "6n + 1 convolutions in three stages: channels and sizes",
            3,
            _plain_convolutions,
        ),
        Check(
            "normalised",
            "Batch norm and ReLU after each of them, and nothing else",
            2,
            _plain_normalised,
        ),
        Check("head", "Average pool and one linear layer", 1, _plain_head),
        Check("learns", "Every layer has weights of its own that learn", 1, _plain_learns),
        Check("depth", "ValueError for a depth that is not 6n + 2", 2, _plain_refuses),
    ),
)

EXERCISES = (GRAD_NORMS, PLAIN_NET)

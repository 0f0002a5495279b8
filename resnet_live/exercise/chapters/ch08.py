"""Chapter 8: the same in pure PyTorch. The exercises are listed in `book/appendices/exercises.md`.

What is right comes from the course's own loop, which is held to fastai's losses, and not from the reference answers: so their full
points say something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.checks import first
from resnet_live.exercise.judging.compare import NEARLY, count_right, number_in, plain_number
from resnet_live.exercise.judging.evidence import Evidence, NotJudged
from resnet_live.exercise.judging.model_replay import explaining, in_evaluation, model_as_found, no_graph, replay
from resnet_live.exercise.observers.observe_ch08 import (
    EPOCHS,
    RUNS,
    STEPS,
    evaluate_play,
    train_step_play,
    undisturbed_play,
)
from resnet_live.training.loop import train_step

# (scores, labels) → loss
LossFunction = Callable[[Tensor, Tensor], Tensor]

# ---- 8.1 ----


def step_of(
    clear: str | None = "before",
    loss: Callable[[LossFunction, Tensor, Tensor], Tensor] | None = None,
    change: Callable[[list[nn.Parameter]], object] | None = None,
    after: bool = False,
    mode: Callable[[nn.Module], object] | None = None,
) -> Callable:
    """A `train_step` with a misconception in it. `clear`: when gradients are cleared; `loss(loss_func, scores, labels)`;
    `change(parameters)` between backward and step; `after`: return the loss after the step; `mode(model)` first."""

    def answer(model, xb, yb, loss_func, opt):
        if mode:
            mode(model)
        if clear == "before":
            opt.zero_grad()
        value = (loss or (lambda f, scores, labels: f(scores, labels)))(loss_func, model(xb), yb)
        value.backward()
        if change:
            change([p for p in model.parameters() if p.grad is not None])
        opt.step()
        if clear == "after":
            opt.zero_grad()
        return loss_func(model(xb), yb).item() if after else value.item()

    return answer


def _by_hand(model, xb, yb, loss_func, opt):
    opt.zero_grad()
    loss = loss_func(model(xb), yb)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= opt.param_groups[0]["lr"] * parameter.grad
    return loss.item()


def _twice(model, xb, yb, loss_func, opt):
    loss = train_step(model, xb, yb, loss_func, opt)
    opt.step()
    return loss


STEP_MISCONCEPTIONS = (
    Misconception(
        "no zero_grad",
        step_of(clear=None),
        "`zero_grad` is missing: `backward()` adds to the gradients that are there already, and those of the step before count again.",
    ),
    Misconception(
        "cleared after the step",
        step_of(clear="after"),
        "You clear the gradients after the step. What somebody left there before your first one still counts: clear before "
        "`backward()`.",
    ),
    Misconception(
        "softmax before the loss",
        step_of(loss=lambda f, scores, labels: f(scores.softmax(1), labels)),
        "Softmax before the loss: the loss function gets the scores as they are (cross-entropy has its own softmax).",
    ),
    Misconception(
        "sigmoid before the loss",
        step_of(loss=lambda f, scores, labels: f(scores.sigmoid(), labels)),
        "The loss function gets the scores as they are, without a sigmoid.",
    ),
    Misconception(
        "cross-entropy always",
        step_of(loss=lambda f, scores, labels: F.cross_entropy(scores, labels)),
        "You use cross-entropy whatever `loss_func` is. Call the one that you were given.",
    ),
    *(
        Misconception(
            f"{clip.__name__} {limit}",
            step_of(change=partial(clip, **{setting: limit})),
            "The gradients are clipped before the step. No clipping here: a step as the optimiser makes it.",
        )
        for clip, setting in (
            (torch.nn.utils.clip_grad_norm_, "max_norm"),
            (torch.nn.utils.clip_grad_value_, "clip_value"),
        )
        for limit in (1.0, 5.0, 10.0, 100.0)
    ),
    Misconception(
        "loss after the step",
        step_of(after=True),
        "That is the loss after the step, from a second forward pass. The loss of the step is the one that you called `backward` on.",
    ),
    Misconception(
        "evaluation mode",
        step_of(mode=lambda model: model.eval()),
        "The model ran in evaluation mode: batch norm used its stored averages. The mode is the caller's business.",
    ),
    Misconception(
        "two steps",
        _twice,
        "The weights move as in two steps: is `step()`, or `backward()`, called more than once?",
    ),
    Misconception(
        "by hand",
        _by_hand,
        "The weights move by rate times gradient alone. The optimiser that you were given knows about momentum, weight decay and "
        "learning rates of its own: call its `step()`.",
    ),
)
STEP_ERRORS = {
    r"has no attribute 'backward'": "`.item()` gives a plain number, which has no graph. Call `backward()` on the loss, and "
    "take its number at the end.",
    r"does not require grad and does not have a grad_fn": "The loss has no graph: `detach`, `no_grad`, `argmax` or a new "
    "tensor stands between the "
    "weights and it.",
    r"not implemented for 'Long'|target tensor|Expected floating point type for target|expected scalar type "
    "Long|multi-target|batch_size|0D or 1D": "The loss function takes the scores first, then the labels.",
    r"backward through the graph a second time": "One `backward` for each forward pass.",
}
LOSS_HINT = "The weights move as they should. Return what `loss_func` gave for this batch, as it is: not rounded, not multiplied."
STEP_HINT = (
    "In this order: clear the gradients, forward pass, loss, backward pass, one step of the optimiser. Nothing else."
)


def _given_step(key: str, number: int = 0) -> str:
    optimiser, settings, _, _, dtype = STEPS[key]
    how = ", ".join(f"{name}={value:g}" for name, value in settings.items())
    what = f"step {number + 1} with {optimiser.__name__}({how})"
    if key == "left over":
        what += ", gradients of an earlier step still there"
    if key == "momentum":
        what += ", the last layer with a learning rate of its own"
    if key == "own loss":
        what += ", a loss function that is not cross-entropy"
    return what + (", in float64" if dtype == torch.float64 else "")


def _near(got: float, wanted: float, double: bool = False) -> bool:
    # float32 through a few layers, on any device: 1e-5. The misconceptions are off by far more. In float64 a rounded number shows.
    return abs(got - wanted) <= (1e-9 if double else 2e-4) * max(0.1, abs(wanted))


def _in_float64(key: str) -> bool:
    *_, dtype = STEPS[key]
    return dtype == torch.float64


def _moves(record: dict) -> dict[str, Tensor]:
    before, after = record["before"]["state"], record["after"]["state"]
    trained = record["before"]["gradients"]
    return {name: after[name].double() - before[name].double() for name in trained if name in after}


def _same_move(got: Tensor | None, wanted: Tensor, largest: float) -> bool:
    if got is None or got.shape != wanted.shape:
        return False
    # relative to this parameter's move, and to a rounding error of float32 in the largest one
    return bool((got - wanted).norm() <= 2e-3 * wanted.norm() + 1e-4 * largest)


def _moved_wrong(record: dict, played: dict) -> str:
    """The name of the first parameter that did not move as it should; "" when all did."""
    got, wanted = _moves(record), _moves(played)
    largest = max(float(move.norm()) for move in wanted.values())
    return next((name for name, move in wanted.items() if not _same_move(got.get(name), move, largest)), "")


def _same_steps(seen: dict, played: dict) -> bool:
    for number, record in seen.items():
        value = plain_number(record["value"]) if record["value"] else None
        wanted = number_in(played[number]["value"])
        if value is None or not _near(value, wanted) or _moved_wrong(record, played[number]):
            return False
    return True


def _step_explained(feedback: Feedback, evidence: Evidence, key: str) -> Feedback:
    """The feedback on a step of this scene with a hint, and the misconception's name where one explains it."""
    record = evidence.seen[key]["0"]
    if record["noted"] and not any(move.abs().sum() for move in _moves(record).values()):
        grads = [grad for grad in record["after"]["gradients"].values() if grad is not None]
        if any(bool(grad.abs().sum()) for grad in grads):
            return feedback.with_hint("No weight moves: is the optimiser's `step()` called, and behind `backward()`?")
        return feedback.with_hint(
            "The optimiser finds no gradient: is there a `backward()` before `step()`, and is nothing cleared between the two?"
        )
    explained_by = partial(explaining, evidence, train_step_play, STEP_MISCONCEPTIONS, _same_steps)
    played = replay(evidence, train_step_play, train_step)
    hint = STEP_HINT if _moved_wrong(record, played[key]["0"]) else LOSS_HINT
    return feedback.explained(explained_by(STEPS) or explained_by((key,)), hint)


def _step_ran(record: dict, given: str) -> Feedback | None:
    if record["error"]:
        return messages.error_feedback(record["error"], given, "a loss", STEP_ERRORS)
    return None


def _step_loss(evidence: Evidence) -> Feedback | None:
    """The loss of the first step of each scene, before that step."""
    played = replay(evidence, train_step_play, train_step)
    for key in STEPS:
        record, given = evidence.seen[key]["0"], _given_step(key)
        if feedback := _step_ran(record, given):
            return feedback
        wanted = number_in(played[key]["0"]["value"])
        if feedback := messages.no_value(record["value"], messages.number(wanted), given):
            return feedback
        number = plain_number(record["value"])
        if number is None:
            return Feedback(
                messages.value(record["value"]), "the loss, one number", given, "Return the loss of this batch."
            )
        if not _near(number, wanted, _in_float64(key)):
            if _near(number, wanted):
                return Feedback(*messages.apart(number, wanted), given, "Return the loss as it is, not rounded.")
            return _step_explained(Feedback(messages.number(number), messages.number(wanted), given), evidence, key)
    return None


def _steps_made(*which: tuple[str, str]):
    """Test: in these (scene, step) the parameters moved as the optimiser moves them."""

    def test(evidence: Evidence) -> Feedback | None:
        played = replay(evidence, train_step_play, train_step)
        for key, number in which:
            record, given = evidence.seen[key][number], _given_step(key, int(number))
            if feedback := _step_ran(record, given):
                return feedback
            if name := _moved_wrong(record, played[key][number]):
                moves = _moves(record)
                far, wanted = moves[name].norm().item(), _moves(played[key][number])[name].norm().item()
                seen = f"`{name}` did not move" if far == 0 else f"`{name}` moved by {far:.4g} (its norm)"
                if far and abs(far - wanted) < 1e-3 * wanted:
                    seen += ", in another direction"
                return _step_explained(Feedback(seen, f"a move of {wanted:.4g}", given), evidence, key)
        return None

    return test


def _step_tried(evidence: Evidence) -> None:
    """Raises NotJudged when in no step the network was asked and nothing raised: then nothing else could go wrong."""
    records = [record for key in STEPS for record in evidence.seen[key].values()]
    if not any(record["noted"] and not record["error"] for record in records):
        raise NotJudged


def _step_float(evidence: Evidence) -> Feedback | None:
    _step_tried(evidence)
    for key in STEPS:
        for number, record in evidence.seen[key].items():
            given = _given_step(key, int(number))
            if feedback := _step_ran(record, given) or messages.no_value(record["value"], "a Python `float`", given):
                return feedback
            if record["value"]["type"] != "float":
                hint = "A tensor with one element gives its number with `.item()`. A tensor also keeps its whole graph alive."
                return Feedback(messages.value(record["value"]), "a Python `float`", given, hint)
    return None


def _batch_untouched(evidence: Evidence) -> Feedback | None:
    _step_tried(evidence)
    for key in STEPS:
        for record in evidence.seen[key].values():
            if record["changed"]:
                name = {"1": "xb", "2": "yb"}.get(record["changed"][0], "an argument")
                hint = "The same batch comes again in the next epoch. Make a new tensor."
                return Feedback(f"`{name}` was changed in place", "the batch as it was", _given_step(key), hint)
    return None


TRAIN_STEP = Exercise(
    id="8.1",
    title="One training step",
    names=("train_step",),
    params=("model", "xb", "yb", "loss_func", "opt"),
    minutes=10,
    hints=(
        "Five lines, one for each verb: clear, predict and compare, go back, step, tell. Which of them must come first, when "
        "gradients of an "
        "earlier step may still be there?",
        "The optimiser has `zero_grad()` and `step()`, the loss has `backward()` and `item()`. The loss function takes the "
        "scores first.",
    ),
    checks=(
        Check("loss", "Returns the loss of the batch", 2, _step_loss),
        Check(
            "step",
            "The optimiser makes one step",
            3,
            _steps_made(("first", "0"), ("float64", "0"), ("own loss", "0"), ("momentum", "0"), ("adamw", "0")),
        ),
        Check(
            "left over",
            "Gradients left over from before do not count",
            2,
            _steps_made(("left over", "0"), ("momentum", "1"), ("momentum", "2"), ("adamw", "1")),
        ),
        Check("float", "The loss is a Python float", 1, _step_float),
        Check("batch", "Leaves the batch as it was", 1, _batch_untouched),
    ),
)

# ---- 8.2 ----


def _measured(model, batches, loss_func, lead=0.0):
    """(loss, how many are right, see `count_right`, how many there are) of each batch: `evaluate` in parts, from which its
    misconceptions are made."""
    flags = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        found = []
        for xb, yb in batches:
            scores = model(xb)
            found.append((loss_func(scores, yb).item(), count_right(scores, yb, lead), len(yb)))
    for module, flag in flags.items():
        module.training = flag
    return found


def measured_by(summary: Callable, loss: Callable | None = None) -> Callable:
    """An `evaluate` that gives `summary(what _measured gives)`; `loss(loss_func)` is used in place of `loss_func`."""
    return lambda model, batches, loss_func: summary(_measured(model, batches, loss(loss_func) if loss else loss_func))


def _mean_loss(found) -> float:
    return sum(loss * n for loss, _, n in found) / sum(n for _, _, n in found)


def _accuracy(found) -> float:
    return sum(right for _, right, _ in found) / sum(n for _, _, n in found)


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


evaluate = measured_by(lambda found: (_mean_loss(found), _accuracy(found)))


def _accuracies(model, batches, loss_func):
    """The lowest and the highest that rounding can make of the accuracy, where two scores are nearly the same."""
    kept = list(batches)
    return tuple(_accuracy(_measured(model, kept, loss_func, lead)) for lead in (NEARLY, -NEARLY))


UNEVEN = "That is a mean over batches. The last batch is smaller: each *image* must count the same, so weigh by the size of the batch."
EVALUATE_MISCONCEPTIONS = (
    Misconception(
        "mean over batches",
        measured_by(lambda found: (_mean(f[0] for f in found), _mean(f[1] / f[2] for f in found))),
        UNEVEN,
    ),
    Misconception(
        "mean loss over batches", measured_by(lambda found: (_mean(f[0] for f in found), _accuracy(found))), UNEVEN
    ),
    Misconception(
        "mean accuracy over batches",
        measured_by(lambda found: (_mean_loss(found), _mean(f[1] / f[2] for f in found))),
        UNEVEN,
    ),
    Misconception(
        "swapped",
        measured_by(lambda found: (_accuracy(found), _mean_loss(found))),
        "The loss comes first, then the accuracy.",
    ),
    Misconception(
        "per cent",
        measured_by(lambda found: (_mean_loss(found), 100 * _accuracy(found))),
        "An accuracy is a fraction from 0 to 1, not a percentage.",
    ),
    Misconception(
        "how many are right",
        measured_by(lambda found: (_mean_loss(found), sum(f[1] for f in found))),
        "That is how many are right. Divide by the number of images.",
    ),
    Misconception(
        "sum of the batches' losses over the images",
        measured_by(lambda found: (sum(f[0] for f in found) / sum(f[2] for f in found), _accuracy(found))),
        "Each batch's loss is a mean already. Times the size of its batch it is a sum, and sums can be added.",
    ),
    Misconception(
        "sum of the batches' losses",
        measured_by(lambda found: (sum(f[0] for f in found), _accuracy(found))),
        "That is the sum of the batches' losses. A mean over all images is asked for.",
    ),
    Misconception(
        "sum over images",
        measured_by(lambda found: (sum(f[0] * f[2] for f in found), _accuracy(found))),
        "That is the sum over all images. Divide by their number.",
    ),
    Misconception(
        "equal batches",
        measured_by(
            lambda found: (
                sum(f[0] * f[2] for f in found) / (len(found) * found[0][2]),
                sum(f[1] for f in found) / (len(found) * found[0][2]),
            )
        ),
        "The batches are not all of the size of the first: add up how many images each holds.",
    ),
    Misconception(
        "last batch only",
        measured_by(lambda found: (found[-1][0], found[-1][1] / found[-1][2])),
        "Only the last batch counts: add up over all of them.",
    ),
    Misconception(
        "first batch only",
        measured_by(lambda found: (found[0][0], found[0][1] / found[0][2])),
        "You return after the first batch. Is the `return` indented into the loop?",
    ),
    Misconception(
        "incomplete batch left out",
        measured_by(lambda found: (_mean_loss(found[:-1]), _accuracy(found[:-1]))),
        "The last, smaller batch is left out.",
    ),
    Misconception(
        "error rate",
        measured_by(lambda found: (_mean_loss(found), 1 - _accuracy(found))),
        "That is the share of wrong answers.",
    ),
    Misconception(
        "softmax before the loss",
        measured_by(
            lambda found: (_mean_loss(found), _accuracy(found)), lambda f: lambda scores, y: f(scores.softmax(1), y)
        ),
        "Softmax before the loss: the loss function gets the scores as they are (cross-entropy has its own softmax).",
    ),
    Misconception(
        "cross-entropy always",
        measured_by(lambda found: (_mean_loss(found), _accuracy(found)), lambda _: F.cross_entropy),
        "You use cross-entropy whatever `loss_func` is. Call the one that you were given.",
    ),
)
ARITHMETIC = ("plain", "loader", "own loss", "float64")
MIXED = ("training", "one awake")  # scenes in which modules differ in their mode


def _given_batches(evidence: Evidence) -> Callable[[str], str]:
    def given(key: str) -> str:
        how = {
            "plain": "a list of batches, the model in evaluation mode",
            "loader": "a DataLoader, the model in evaluation mode",
            "own loss": "a list of batches, a loss function that is not cross-entropy",
            "float64": "a list of batches in float64",
            "training": "a list of batches, the model in training mode but for `bn1` and `block.conv2`, with dropout, some "
            "gradients, and `block.conv2.weight` frozen",
            "one awake": "a list of batches, the model in evaluation mode but for its dropout",
            "generator": "a generator, which gives each batch once",
        }[key]
        return f"{evidence.seen[key]['images']} images in uneven batches: {how}"

    return given


def _is_pair(scene: dict) -> bool:
    """The value is a tuple or list of two."""
    seen = scene["value"]
    return bool(seen) and seen["type"] in ("tuple", "list") and seen["count"] == 2


def _pair(scene: dict) -> list[dict]:
    """The two described values. Raises ValueError for anything but a pair."""
    if not _is_pair(scene):
        raise ValueError("no pair")
    return scene["value"]["items"]


ONCE = (
    "`batches` may be anything that a `for` loop takes, a generator too: go through it once, in one loop, and ask neither for its "
    "length nor for a batch by number."
)


def _once(evidence: Evidence) -> Feedback | None:
    """Feedback on an answer that needs more of `batches` than to go through it once, so that a generator gives other numbers."""
    for index in (0, 1):
        feedback = (
            None if _number_right(index, ARITHMETIC)(evidence) else _number_right(index, ("generator",))(evidence)
        )
        if feedback:
            return replace(feedback, hint=ONCE)
    return None


def _evaluated(evidence: Evidence, keys=(*ARITHMETIC, *MIXED)) -> Feedback | None:
    """Feedback on an answer that raises, gives no pair, or does not show each image to the model."""
    for key in keys:
        scene, given = evidence.seen[key], _given_batches(evidence)(key)
        if scene["error"]:
            return messages.error_feedback(scene["error"], given, "the mean loss and the accuracy", STEP_ERRORS)
        if feedback := messages.no_value(scene["value"], "the mean loss and the accuracy", given):
            return feedback
        if not _is_pair(scene):
            return Feedback(
                messages.value(scene["value"]), "two numbers, (mean loss, accuracy)", given, "`return loss, accuracy`"
            )
        images = sum(len(call["input"]) for call in scene["noted"])
        if images < scene["images"]:
            return Feedback(
                f"the model saw {images} of {scene['images']} images",
                "a model that sees all of them",
                given,
                "Does the loop go through all batches, the last one too? Is the `return` indented into it?",
            )
    return None


def _same_pair(index: int | None = None):
    def same(seen: dict, played: dict) -> bool:
        got, wanted = _pair(seen), _pair(played)
        indices = (0, 1) if index is None else (index,)
        numbers = [(plain_number(got[p]), number_in(wanted[p])) for p in indices]
        return all(number is not None and _near(number, right) for number, right in numbers)

    return same


def _number_right(index: int, keys: tuple[str, ...]):
    """Test: number `index` of the pair (0: loss, 1: accuracy) is right in these scenes."""
    name = ("the mean loss", "the accuracy")[index]
    hint = (
        "Each image counts the same: sum the losses of all images, divide by how many there are.",
        "How many of all images have their largest score at the right class? Divide by how many there are.",
    )[index]

    def test(evidence: Evidence) -> Feedback | None:
        if feedback := _evaluated(evidence, keys):
            return feedback
        played = replay(evidence, evaluate_play, evaluate)
        for key in keys:
            got, given = _pair(evidence.seen[key])[index], _given_batches(evidence)(key)
            wanted = number_in(_pair(played[key])[index])
            number = plain_number(got)
            if number is None:
                return Feedback(f"{name}: {messages.value(got)}", "one number", given, "Return two plain numbers.")
            if not _near(number, wanted) and not (index == 1 and _a_tie(evidence, key, number)):
                if key == "training" and (
                    feedback := in_evaluation({key: evidence.seen[key]}, _given_batches(evidence))
                ):
                    return feedback
                explained_by = partial(explaining, evidence, evaluate_play, EVALUATE_MISCONCEPTIONS, keys=ARITHMETIC)
                found = explained_by(same=_same_pair()) or explained_by(same=_same_pair(index))
                feedback = Feedback(f"{name}: {messages.number(number)}", messages.number(wanted), given)
                return feedback.explained(found, hint)
        return None

    return test


def _a_tie(evidence: Evidence, key: str, number: float) -> bool:
    """May the accuracy be this number too, by rounding?"""
    lowest, highest = map(number_in, _pair(replay(evidence, evaluate_play, _accuracies)[key]))
    return lowest - 1e-6 <= number <= highest + 1e-6


def _evaluation_mode(evidence: Evidence) -> Feedback | None:
    scenes = {key: evidence.seen[key] for key in MIXED}
    return _evaluated(evidence) or in_evaluation(scenes, _given_batches(evidence))


def _two_floats(evidence: Evidence) -> Feedback | None:
    for key in (*ARITHMETIC, *MIXED):
        for name, value in zip(("the mean loss", "the accuracy"), _pair(evidence.seen[key]), strict=True):
            if value["type"] != "float":
                hint = "A tensor with one element gives its number with `.item()`; `/` of two ints gives a float."
                given = _given_batches(evidence)(key)
                return Feedback(f"{name}: {messages.value(value)}", "a Python `float`", given, hint)
    return None


EVALUATE = Exercise(
    id="8.2",
    title="Measure without touching",
    names=("evaluate",),
    params=("model", "batches", "loss_func"),
    minutes=15,
    hints=(
        "Add up over all batches, divide once at the end. The loss function gives the mean of one batch: what must you "
        "multiply it by to add it up? "
        "And which mode, and which gradient mode, is right for a measurement?",
        "Before the loop: note `module.training` for every module in `model.modules()`, then `model.eval()`. The loop runs "
        "under `torch.no_grad()`. "
        "After it: put each flag back, one by one; `model.train()` would wake a frozen batch norm.",
    ),
    checks=(
        Check("loss", "The mean loss, each image counting the same", 2, _number_right(0, ARITHMETIC)),
        Check("accuracy", "The accuracy, a fraction of all images", 2, _number_right(1, ARITHMETIC)),
        Check("mode", "In evaluation mode", 1, _evaluation_mode),
        Check(
            "graph",
            "No graph is built",
            1,
            first(_evaluated, lambda evidence: no_graph(evidence.seen, _given_batches(evidence))),
        ),
        Check(
            "left",
            "Leaves the model as it was",
            2,
            first(_evaluated, lambda evidence: model_as_found(evidence.seen, _given_batches(evidence))),
        ),
        Check("float", "Both are Python floats, for any iterable of batches", 1, first(_evaluated, _two_floats, _once)),
    ),
)

# ---- 8.3 ----


SAVE_ERRORS = {
    r"[Cc]an't pickle|cannot pickle|Can't get local object": "Save numbers, not objects: `state_dict()` of each of the three, "
    "and the epoch.",
}
LOAD_ERRORS = {
    r"Weights only load failed|WeightsUnpickler|Unsupported (global|operand)": "The file holds whole objects. Save the "
    "`state_dict()` of each of the "
    "three, and the epoch.",
    r"Missing key\(s\) in state_dict|Unexpected key\(s\) in state_dict": "The names in the file are not those of the model: "
    "save what `state_dict()` gives, "
    "whole.",
    r"deserialize object on (a )?CUDA": "The file says that its tensors belong on a GPU. `torch.load` can be told where to "
    "put them: `map_location`.",
}


def _checkpoint_ran(record: dict, given: str, hints: dict[str, str], expected: str) -> Feedback | None:
    if not record["error"]:
        return None
    return messages.error_feedback(record["error"], given, expected, hints)


def _given_run(kind: str) -> str:
    return f"a run with {kind}"


def _written(evidence: Evidence, kind: str) -> Feedback | None:
    """Feedback on a checkpoint that was not written, or could not be read back."""
    seen, given = evidence.seen[kind], _given_run(kind)
    if feedback := _checkpoint_ran(seen["save"], given, SAVE_ERRORS, "a file"):
        return feedback
    if not all(seen["files"]):
        return Feedback(
            "no file at `path` after `save_checkpoint`",
            "one file there",
            given,
            "`torch.save(what, path)`, with the very path.",
        )
    return _checkpoint_ran(seen["load"], given, LOAD_ERRORS, "the epoch")


def _file_readable(evidence: Evidence) -> Feedback | None:
    for kind in RUNS:
        seen, given = evidence.seen[kind], _given_run(kind)
        if feedback := _checkpoint_ran(seen["save"], given, SAVE_ERRORS, "a file"):
            return feedback
        if not all(seen["files"]):
            return _written(evidence, kind)
        if seen["readable"]:
            return Feedback(
                f"{seen['readable']['kind']}: {seen['readable']['message'].partition(chr(10))[0][:120]}",
                "a file that `torch.load(path, weights_only=True)` reads",
                given,
                "The file holds whole objects, and reading those can run any code. Save the `state_dict()` of each of the "
                "three, and the epoch.",
            )
        if seen["beside"]:
            names = ", ".join(f"`{name}`" for name in seen["beside"])
            return Feedback(
                f"`save_checkpoint` leaves {names} beside its two files",
                "one file at `path` from each call, and no other",
                f"{given}, saved twice, at `first.pt` and `second.pt`",
                "Whoever moves a checkpoint moves one file: put everything into it. A temporary file is fine if `replace` then gives "
                "it its place.",
            )
    return None


def _differs(got: dict, wanted: dict, tolerance: float = 0.0) -> list[str]:
    """Names of the entries that differ; `tolerance` is relative to the norm of each."""
    names = []
    for name, right in wanted.items():
        if name not in got:
            names.append(name)
            continue
        if not _within(got[name], right, tolerance):
            names.append(name)
    return names


def _within(got: Tensor | float, wanted: Tensor | float, tolerance: float) -> bool:
    if not isinstance(got, Tensor) and not isinstance(wanted, Tensor):
        return abs(got - wanted) <= tolerance * (abs(wanted) + 1e-3)
    a, b = torch.as_tensor(got), torch.as_tensor(wanted)
    # most are the same to the last digit, which is quickly seen; a sum is finite only where all numbers are
    if a.dtype == b.dtype and torch.equal(a, b) and bool(a.sum().isfinite()):
        return True
    a, b = a.double(), b.double()
    return a.shape == b.shape and bool((a - b).norm() <= tolerance * (b.norm() + 1e-3))


def _epoch_returned(evidence: Evidence) -> Feedback | None:
    for kind in RUNS:
        if feedback := _written(evidence, kind):
            return feedback
        seen, given = evidence.seen[kind], _given_run(kind)
        # the second checkpoint too, in case the first call's number was kept somewhere else than in the file
        for key, epoch in zip(("load", "load second"), seen["epochs"], strict=True):
            input_text = f"{given}, saved with epoch={epoch}"
            if feedback := _checkpoint_ran(seen[key], input_text, LOAD_ERRORS, str(epoch)):
                return feedback
            if feedback := messages.no_value(seen[key]["value"], str(epoch), input_text):
                return feedback
            number = plain_number(seen[key]["value"])
            if number != epoch or seen[key]["value"]["type"] not in ("int", "Tensor"):
                hint = "Return the number that was saved, as it was."
                hint = "That is the epoch after it. Return the number that was saved." if number == epoch + 1 else hint
                return Feedback(messages.value(seen[key]["value"]), str(epoch), input_text, hint)
    return None


def _trusted(evidence: Evidence) -> Feedback | None:
    """Feedback on an observation in which even the run before the checkpoint is not the one that it should be."""
    played = replay(evidence, undisturbed_play)
    for kind in RUNS:
        for key in ("saved", "undisturbed"):
            # float32 against float64 over some steps of training, on any device
            if off := _differs(evidence.seen[kind][key]["model"], played[kind][key]["model"], tolerance=0.02):
                return Feedback(
                    f"`{off[0]}` is not what training gives", "PyTorch as it is", _given_run(kind), messages.ODD
                )
    return None


def _filled(part: str):
    """Test: this part of the given objects is filled with what was saved, to the last digit."""

    def test(evidence: Evidence) -> Feedback | None:
        if feedback := evidence.once(_trusted, lambda: _trusted(evidence)):
            return feedback
        for kind in RUNS:
            if feedback := _written(evidence, kind):
                return feedback
            seen, given = evidence.seen[kind], _given_run(kind)
            if feedback := evidence.once((_from_memory, kind), partial(_from_memory, seen, given)):
                return feedback
            for saved, loaded in (("saved", "loaded"), ("second saved", "second loaded")):
                if off := _differs(seen[loaded][part], seen[saved][part]):
                    observed, hint = _fill_message(part, off, seen, loaded, saved)
                    return Feedback(observed, f"what the {FILLED[part]} had when it was saved", given, hint)
        return None

    return test


NOT_IN_FILE = "All that comes back must be in the file at `path`: another process has nothing else."


def _from_memory(seen: dict, given: str) -> Feedback | None:
    """Feedback on an answer that gives back what was saved although the numbers in the file are others by now."""
    if seen["readable"]:
        return None
    for part in ("model", "opt"):
        tensors = {
            name: value
            for name, value in seen["saved"][part].items()
            if isinstance(value, Tensor)
            and value.is_floating_point()
            and bool(value.abs().sum() > 0)
            and not name.startswith("group")
        }
        differ = set(_differs(seen["halved loaded"][part], tensors))
        if kept := [name for name in tensors if name not in differ]:
            return Feedback(
                f"`{kept[0]}` does not come from the file", "the numbers that are in the file", given, NOT_IN_FILE
            )
    return None


FILLED = {"model": "model", "opt": "optimiser", "sched": "scheduler"}


def _fill_message(part: str, off: list[str], seen: dict, loaded: str, saved: str) -> tuple[str, str]:
    count, total = len(off), len(seen[saved][part])
    observed = f"{count} of {total} entries of the {FILLED[part]} differ, `{off[0]}` for one"
    same_as_before = not _differs(seen[loaded][part], seen["untouched"][part])
    if same_as_before and seen[loaded][part].keys() == seen["untouched"][part].keys():
        observed = f"the {FILLED[part]} that you were given is as it was before `load_checkpoint`"
        hint = (
            f"Fill the given {FILLED[part]} with `load_state_dict`. Giving the name a new value (`{part} = …`) changes "
            f"nothing outside."
        )
        if part == "opt":
            hint = "The optimiser has a memory (momentum, step counts) and its rates. Save its `state_dict()`, and load it."
        if part == "sched":
            hint = "The scheduler knows how far the run has come. Save its `state_dict()`, and load it."
        return observed, hint
    if part == "model" and all("running" in name or "num_batches" in name for name in off):
        return observed, "Parameters are not all: batch norm's running statistics are buffers. `state_dict()` has both."
    if not _differs(seen[loaded][part], seen["second saved" if saved == "saved" else "saved"][part]):
        if part == "sched":
            return (
                observed,
                f"It stands where another checkpoint has it: is `step()` called while loading? {NOT_IN_FILE}",
            )
        return observed, f"That is the state of another file. {NOT_IN_FILE}"
    return observed, "All numbers must come back as they were: no rounding, nothing left out."


def _resumed(evidence: Evidence) -> Feedback | None:
    for kind in RUNS:
        seen, given = evidence.seen[kind], _given_run(kind)
        for part in FILLED:
            # on some devices the same steps do not give the same last digits twice
            if off := _differs(seen["resumed"][part], seen["undisturbed"][part], tolerance=1e-4):
                return Feedback(
                    f"`{off[0]}` of the {FILLED[part]} differs {EPOCHS} epochs after loading",
                    "what a run without a break gives",
                    given,
                    "All three hold what was saved, and yet the next steps are others. Does the optimiser still hold the model's own "
                    "parameters (`assign=True` makes new ones)? Does loading make a step, or change a mode?",
                )
    return None


def _saving_is_silent(evidence: Evidence) -> Feedback | None:
    for kind in RUNS:
        seen = evidence.seen[kind]
        empty = (seen.get("readable") or {"kind": ""})["kind"] == "EOFError"
        if seen["save"]["error"] or not all(seen["files"]) or empty:
            raise NotJudged
        for part in FILLED:
            if off := _differs(seen["after saving"][part], seen["saved"][part]):
                return Feedback(
                    f"`{off[0]}` of the {FILLED[part]} is another after `save_checkpoint`",
                    f"a {FILLED[part]} as it was",
                    _given_run(kind),
                    "Saving reads. `state_dict()` gives the very tensors of the model, not copies: do not change them.",
                )
    return None


def _from_gpu(evidence: Evidence) -> Feedback | None:
    """A file that says of its tensors that they were on a GPU, with each number halved: it and nothing else must come back."""
    for kind in RUNS:
        seen = evidence.seen[kind]
        given = f"{_given_run(kind)}, a file written on a GPU that this machine does not have"
        if "load gpu" not in seen:  # a file that could not be read could not be changed either
            raise NotJudged
        if feedback := _checkpoint_ran(seen["load gpu"], given, LOAD_ERRORS, "a model on this machine's device"):
            return feedback
        saved = seen["saved"]["model"]
        halved = {name: value / 2 if value.is_floating_point() else value for name, value in saved.items()}
        if off := _differs(seen["gpu loaded"]["model"], halved, tolerance=1e-6):
            return Feedback(
                f"`{off[0]}` is not what the file holds",
                "the numbers of the file",
                given,
                NOT_IN_FILE,
            )
    return None


CHECKPOINTS = Exercise(
    id="8.3",
    title="Stop, and go on as if nothing had happened",
    names=("save_checkpoint", "load_checkpoint"),
    params=("path", "model", "opt", "sched", "epoch"),
    minutes=15,
    hints=(
        "Model, optimiser and scheduler each have `state_dict()` and `load_state_dict()`. Which of them change while training?",
        "Save one dict with four entries by `torch.save`. Read it by `torch.load` with two options: one that allows nothing "
        "but tensors and plain "
        "values, one that says where tensors go when the GPU that wrote them is not there. Then three `load_state_dict`, and "
        "return the epoch.",
    ),
    checks=(
        Check("file", "One file of state dicts, readable with weights_only=True", 2, _file_readable),
        Check("epoch", "Loading returns the epoch that was saved", 1, _epoch_returned),
        Check("model", "The given model is filled: parameters and buffers", 2, _filled("model")),
        Check("opt", "The given optimiser is filled", 2, _filled("opt")),
        Check("sched", "The given scheduler is filled", 1, _filled("sched")),
        Check("resume", "A resumed run equals an undisturbed one", 2, _resumed, ("model", "opt", "sched")),
        Check("silent", "Saving changes nothing", 1, _saving_is_silent),
        Check("gpu", "A CPU can read what a GPU wrote", 1, _from_gpu, ("model",)),
    ),
)

EXERCISES = (TRAIN_STEP, EVALUATE, CHECKPOINTS)

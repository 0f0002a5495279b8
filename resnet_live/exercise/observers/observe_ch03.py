"""Chapter 3: the inputs, and what to observe of an answer."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .calls import AnswerFunction, Case, Observer, call, calls, case
from .inputs import InputGenerator
from .small_net import call_with_model, set_mode, small_net
from .values import Scenes, Tree

# ---- 3.1 ----

NOISE, CALM, SPIKE = 0.015, 0.004, (0.24, 0.34)


def finder_curve(generator: InputGenerator, centre: float, noisy: bool) -> tuple[list[float], list[float]]:
    """(learning rates, losses) as a finder notes them: flat, falling, a minimum, rising steeply, and stopped at four times
    the minimum.

    The steepest descent over log10 of the rate is at `centre`, the minimum 1.5 decades above it. Every loss is a little off (a curve
    that falls all the way from the first point on is none that a finder gives); with `noisy` more so, and two batches in the flat
    part were hard ones.
    """
    n = generator.randint(95, 130)
    powers = np.linspace(-7, 1.3, n)
    fall = 1.3 / (1 + np.exp(-(powers - centre) / 0.22)) + 0.024 * np.logaddexp(0, (powers - centre) / 0.3)
    rise = 0.02 * np.exp(np.minimum((powers - centre - 1.55) / 0.16, 9))
    losses = 2.3 - fall + rise
    end = int(np.argmax(losses > 4 * losses.min()))
    losses += (NOISE if noisy else CALM) * np.array([generator.random.gauss(0, 1) for _ in range(n)])
    if noisy:
        # the harder one where no defensible rate lies, if there is room: that is the steepest place of a curve that nobody smooths
        flat = [index for index in range(10, n) if powers[index] < centre - 0.9]
        hard = generator.choice([index for index in flat if powers[index] < centre - 1.7] or flat)
        losses[hard] += SPIKE[1]
        # a flat part that is short may have no room for both: then as far apart as they can be
        apart = [index for index in flat if abs(index - hard) > 2] or [max(flat, key=lambda index: abs(index - hard))]
        losses[generator.choice(apart)] += SPIKE[0]
    return (10 ** powers[:end]).tolist(), losses[:end].tolist()


def curves(generator: InputGenerator) -> dict[str, tuple[float, list[float], list[float]]]:
    """{key: (log10 of the rate of the steepest descent, rates, losses)}; far apart, so that no constant is right for all, nor is a
    fixed place in the list."""
    found = {}
    for key, low, high in (
        ("smooth low", -4.8, -4.4),
        ("smooth high", -1.5, -1.25),
        ("noisy low", -4.8, -4.4),
        ("noisy middle", -3.2, -2.6),
        ("noisy other", -2.6, -2.0),
        ("noisy high", -1.85, -1.3),
        ("array", -4.8, -4.4),
        ("tensor", -1.85, -1.3),
    ):
        centre = generator.uniform(low, high)
        found[key] = (centre, *finder_curve(generator, centre, key.startswith("noisy")))
    return found


def pick_lr(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """One call for each curve: lists, but for "array" (NumPy) and "tensor" (float32, on the CPU as fastai's recorder has them)."""
    seen: Tree = {}
    for key, (_, lrs, losses) in curves(generator).items():
        make = {"array": np.array, "tensor": torch.tensor}.get(key, list)
        given = make(lrs), make(losses)
        record = call(answer, case(*given), generator)
        changed = [
            not np.array_equal(np.asarray(now), np.asarray(make(was)))
            for now, was in zip(given, (lrs, losses), strict=True)
        ]
        seen[key] = record | {"changed": [name for name, off in zip("01", changed, strict=True) if off]}
    return {"calls": seen}


# ---- 3.2 ----


def one_cycle_cases(generator: InputGenerator) -> dict[str, Case]:
    """Positions at the start, on the way up, at the peak, on the way down and at the end; by default and with other arguments."""

    def lr() -> float:
        return round(generator.uniform(1e-3, 8e-3), 5)

    total = 4 * generator.randint(20, 60)
    cases = {"start": case(0, total, lr()), "end": case(total, total, lr()), "peak": case(total // 4, total, lr())}
    for number in range(3):
        cases[f"up {number}"] = case(generator.randint(1, total // 4 - 1), total, lr())
        cases[f"down {number}"] = case(generator.randint(total // 4 + 1, total - 1), total, lr())
    # a warm-up that does not end with a step: rounding it shows
    small = generator.choice([3, 5, 6, 7])
    for step in range(small + 1):
        cases[f"few steps {step}"] = case(step, small, lr())
    pct, div, final = (
        generator.choice([0.1, 0.3, 0.4, 0.6]),
        float(generator.randint(5, 15)),
        float(generator.randint(200, 900)),
    )
    total = 10 * generator.randint(6, 12) + generator.choice([3, 7])
    for name, step in (
        ("start", 0),
        ("up", int(pct * total) - generator.randint(1, 4)),
        ("down", generator.randint(int(pct * total) + 2, total - 2)),
        ("end", total),
    ):
        cases[f"other {name}"] = case(step, total, lr(), pct, div, final)
    cases["keywords"] = case(
        step=generator.randint(5, total - 5), total=total, lr_max=lr(), div_final=final, pct_start=pct, div=div
    )
    return cases


# ---- 3.3 ----


def accuracy_at_play(generator: InputGenerator, answer: AnswerFunction, double: bool = False) -> Scenes:
    """`answer(model, images, labels, size)`: see `call_with_model`, and "count", "from" (the images' shape), "size".

    "same": images that have the size already; "smaller", "larger", "float64": in evaluation mode; "training", "one awake": with
    dropout, see `set_mode`.
    """
    for key in ("same", "smaller", "larger", "float64", "training", "one awake"):
        dtype = torch.float64 if key == "float64" else torch.float32
        n_classes, count, size = generator.randint(4, 6), generator.randint(13, 20), generator.choice([10, 12, 14])
        net = small_net(generator, n_classes, dropout=0.5 if key in ("training", "one awake") else 0.0)
        h, w = {"same": (size, size), "larger": (8, 9)}.get(key, (generator.randint(18, 24), generator.randint(25, 30)))
        layout = "channels_last" if key == "larger" else "plain"
        images = generator.tensor(count, 3, h, w, dtype=dtype, layout=layout)
        if double:
            images = images.double()
        net.to(images)
        labels = some_right(generator, net, images, size, n_classes)
        set_mode(net, key, generator)
        scene = call_with_model(answer, net, net, images, labels, size)
        yield key, scene | {"count": count, "from": list(images.shape), "size": size}


def some_right(
    generator: InputGenerator, net: nn.Module, images: torch.Tensor, size: int, n_classes: int
) -> torch.Tensor:
    """Labels of which the network gets about two thirds right at this size, so that the accuracy says something.

    `net` is in training mode before and afterwards.
    """
    with torch.no_grad():
        scores = net.eval()(F.interpolate(images, size=(size, size), mode="bilinear"))
        net.train()
    labels = generator.labels(len(images), n_classes).to(images.device)
    keep = torch.tensor([generator.uniform(0, 1) < 0.6 for _ in range(len(images))], device=images.device)
    return torch.where(keep, scores.argmax(1), labels)


OBSERVERS = {
    "3.1": Observer(pick_lr),
    "3.2": calls(one_cycle_cases),
    "3.3": Observer(lambda generator, answer: dict(accuracy_at_play(generator, answer))),
}

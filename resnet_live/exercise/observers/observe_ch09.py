"""Chapter 9: the inputs, and what to observe of an answer."""

import torch
from torch import Tensor

from . import modules
from .built_blocks import observe_in_sizes
from .calls import AnswerFunction, Case, Observer, call, case
from .inputs import InputGenerator
from .layer_facts import run_counted, shares_at_top
from .values import Tree

# ---- 9.1 ----


def bottleneck_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, int, int], dict[str, Tensor]]]:
    """By name: (ni, width, stride), and x of an odd size, of one that the stride divides, and of one pixel."""
    w, v = generator.sample(range(2, 5), 2)
    forms = {
        "same": (4 * w, w, 1),
        "equal to width": (v, v, 1),
        "channels": (4 * v + 1, w, 1),
        "stride": (4 * w, w, 2),
        "both": (5, v, 2),
        "stride 3": (3, w, 3),
    }
    return {
        name: (
            form,
            {
                "odd": 1.7 * generator.tensor(6, form[0], 11, 13),
                "divides": generator.tensor(2, form[0], 12, 12),
                "one pixel": generator.tensor(2, form[0], 1, 1),
            },
        )
        for name, form in forms.items()
    }


def bottleneck(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """9.1: see `observe_in_sizes`."""
    return observe_in_sizes(generator, answer, bottleneck_inputs(generator))


# ---- 9.2 ----


def mixup_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 9.2, by name."""
    n, classes = generator.randint(4, 6), generator.randint(7, 10)

    def batch(lam, dtype=torch.float32, layout="plain", n_classes=classes, **how):
        xb = generator.tensor(n, 3, 5, 4, dtype=dtype, layout=layout)
        # where the images are: on MPS, float64 stays on the CPU
        yb = generator.labels(n, min(n_classes, 5)).to(xb.device)
        perm = torch.randperm(n, generator=generator.torch_generator).to(xb.device)
        return case(xb, yb, lam, perm, n_classes, **how)

    # the classes present are fewer than there are
    return {
        "usual": batch(round(generator.uniform(0.55, 0.9), 3)),
        "small lam": batch(round(generator.uniform(0.1, 0.4), 3)),
        "all": batch(1.0),
        "nothing": batch(0.0),
        "half": batch(0.5, n_classes=classes + 3),
        "float64": batch(round(generator.uniform(0.2, 0.8), 3), torch.float64),
        "transposed": batch(round(generator.uniform(0.2, 0.8), 3), layout="transposed"),
        "channels_last": batch(round(generator.uniform(0.2, 0.8), 3), layout="channels_last"),
    }


def mixup(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """9.2: the calls, and the gradient of one at the images."""
    seen: Tree = {"calls": {}}
    for key, one in mixup_cases(generator).items():
        seen["calls"][key] = call(answer, one, generator)
        if key == "usual":
            seen["gradient"] = call(_first_of(answer), Case(one.args, one.kwargs, True), generator)["gradients"].get(
                "0"
            )
    return seen


def _first_of(answer: AnswerFunction):
    def first(*args):
        return answer(*args)[0]

    return first


# ---- 9.3 ----


def stem_inputs(generator: InputGenerator) -> dict[str, tuple[dict, Tensor]]:
    """By name: the keyword arguments, and images."""
    a, b, c = generator.sample(range(3, 9), 3)
    ni = generator.choice([1, 2, 4])
    return {
        "widths": ({"widths": (a, b, c)}, generator.tensor(4, 3, 32, 24)),
        "both": ({"ni": ni, "widths": [c, a, b]}, generator.tensor(4, ni, 21, 19)),
        "default": ({}, generator.tensor(3, 3, 17, 14)),
    }


def stem(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """9.3: each stem: what flows through it, and runs on other sizes."""
    seen: Tree = {}
    for name, (kwargs, x) in stem_inputs(generator).items():
        net, built = modules.build(generator, answer, **kwargs)
        one: Tree = {"built": built}
        seen[name] = one
        if net is None:
            continue
        one["sequential"] = isinstance(net, torch.nn.Sequential)
        one["flow"] = modules.flow(net, x, training=True)
        one["run"] = modules.run(net, x, training=True, gradient=generator)
        one["one pixel"] = modules.run(net, x[:1, :, :1, :1])
        one["odd"] = modules.run(net, x[:, :, :13, :11])
        if name == "default":  # the first two of its layers have as many channels
            one["again"], one["shares"] = run_counted(net, x), shares_at_top(net, x)
    return seen


OBSERVERS = {
    "9.1": Observer(bottleneck),
    "9.2": Observer(mixup, mixup_cases),
    "9.3": Observer(stem),
}

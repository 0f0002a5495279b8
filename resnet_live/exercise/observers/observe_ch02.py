"""Chapter 2: the inputs, and what to observe of an answer."""

from collections.abc import Iterable

import torch
from torch import nn

from . import modules
from .calls import AnswerFunction, Case, Observer, call, calls, case
from .inputs import InputGenerator
from .values import Tree

POOLING = ("pool", "upsample", "interpolate", "grid_sampler")
ADAPTIVE = ("adaptive", "upsample", "interpolate", "grid_sampler")


def conv_out_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 2.1, by name."""
    sizes = generator.sample(range(20, 300), 12)
    cases = {f"plain {k}": case(n, k) for n, k in zip(sizes, (1, 2, 3, 5, 7), strict=False)}
    for k in (2, 3, 5):
        cases[f"padding {k}"] = case(generator.randint(20, 300), k, p=generator.randint(1, k))
    # A whole number of steps, one pixel left over, and as many as can be: `round` is wrong with the last alone.
    for s in (2, 3, 4):
        n, k, p = generator.randint(20, 300), generator.randint(2, 7), generator.randint(0, 3)
        over = (n + 2 * p - k) % s
        cases[f"stride {s} whole"] = case(n - over, k, s, p)
        cases[f"stride {s} left over"] = case(n - over + generator.randint(1, s - 1), k, s=s, p=p)
        cases[f"stride {s} nearly one more"] = case(n - over + s - 1, k, s, p=p)
    cases["smallest"] = case(k := generator.randint(2, 7), k)
    cases["keywords"] = case(n=generator.randint(20, 300), k=3, s=2, p=1)
    return cases


def conv_out(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """2.1: what `call` returns for each of the cases, and "layers", PyTorch's layers that ran in it."""
    records = {}
    for key, one in conv_out_cases(generator).items():
        with modules.kinds_run() as kinds:
            record = call(answer, one, generator)
        records[key] = record | {"layers": _pytorch_layers(kinds)}
    return {"calls": records}


def _pytorch_layers(kinds: Iterable[type]) -> list[str]:
    """The names of PyTorch's layers among these classes, or that one of them inherits from. A module that is nobody's but the
    student's is none of them, and neither is a container."""
    found = set()
    for kind in kinds:
        theirs = [
            one for one in kind.__mro__ if one.__module__.startswith("torch.nn.modules.") and one is not nn.Module
        ]
        found.update([one.__name__ for one in theirs if not one.__module__.endswith(".container")][:1])
    return sorted(found)


def halvings_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 2.2, by name."""
    cases = {"one": case(1)}
    for power in generator.sample(range(1, 11), 4):
        cases[f"power {power}"] = case(2**power)
    for power in generator.sample(range(3, 11), 4):
        cases[f"above {power}"] = case(2**power + 1)
        cases[f"between {power}"] = case(generator.randint(2**power + 2, 2 ** (power + 1) - 1))
    # A float holds 53 bits: a logarithm cannot tell these from the power beside them.
    for power in (generator.randint(54, 62), generator.randint(63, 200)):
        cases[f"large {power}"] = case(2**power + 1)
        cases[f"large below {power}"] = case(2**power - 1)
    return cases


def global_avg_pool_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 2.3, by name."""
    n, c, h, w = generator.randint(2, 4), generator.randint(5, 9), generator.randint(10, 14), generator.randint(15, 20)
    return {
        "image": case(generator.tensor(n, c, h, w), gradient=True),
        "one image": case(generator.tensor(1, c, h, h)),
        "one channel": case(generator.tensor(n, 1, h, w)),
        "one position": case(generator.tensor(n, c, 1, 1)),
        "float64": case(generator.tensor(n, c, w, h, dtype=torch.float64), gradient=True),
        "transposed": case(generator.tensor(n, c, h, w, layout="transposed")),
        "channels_last": case(generator.tensor(n, c, w, h, layout="channels_last")),
        "strided": case(generator.tensor(n, c, h, w, layout="strided")),
        # a quarter of the numbers are 0 and count as any other
        "image behind a ReLU": case(generator.tensor(n, c, h, w).relu()),
    }


def adaptive_avg_pool_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 2.4, by name."""
    n, c = generator.randint(2, 3), generator.randint(4, 6)
    h, w = generator.choice([3, 4]), generator.choice([2, 5])
    return {
        "divides": case(generator.tensor(n, c, 2 * h, 3 * w), h, w, gradient=True),
        "one": case(generator.tensor(n, c, 7, 9), 1, 1),
        "same": case(generator.tensor(n, c, 4, 6), 4, 6),
        "overlap": case(generator.tensor(n, c, 7, 11), 3, generator.choice([2, 4]), gradient=True),
        "overlap more": case(generator.tensor(n, c, generator.choice([10, 13]), 9), 7, 5),
        "larger": case(generator.tensor(n, c, 3, 4), generator.choice([5, 7]), 6),
        "float64": case(generator.tensor(n, c, 7, 8, dtype=torch.float64), 4, 3, gradient=True),
        "transposed": case(generator.tensor(n, c, 6, 8, layout="transposed"), h=3, w=5),
        "channels_last": case(generator.tensor(n, c, 8, 6, layout="channels_last"), 3, 4),
    }


# Height and width of the images that every net must take, down to a single pixel. Each new shape costs a convolution's set-up on CPU,
# some ten milliseconds, so the sizes are few and used again.
SIZES = ((64, 48), (23, 90), (1, 1))


def any_size_net(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """2.5: a net for random classes and one with the default, run on several sizes."""
    n_classes = generator.choice([3, 5, 7, 12])
    default, built_default = modules.build(generator, answer)
    net, built = modules.build(generator, answer, n_classes=n_classes)
    seen: Tree = {"n_classes": n_classes, "built": built, "built default": built_default}
    if default is not None:
        seen["default"] = modules.run(default, generator.tensor(2, 3, 1, 1))
    if net is None:
        return seen
    seen["flow"] = modules.flow(net, generator.tensor(2, 3, 64, 48))
    seen["weights"] = modules.weights(net)
    seen["sizes"] = {f"{h}×{w}": modules.run(net, generator.tensor(2, 3, h, w)) for h, w in SIZES}
    seen["one image"] = modules.run(net, generator.tensor(1, 3, 7, 5))
    seen["gradient"] = modules.run(net, generator.tensor(2, 3, 64, 48), training=True, gradient=generator)
    return seen


OBSERVERS = {
    "2.1": Observer(conv_out, conv_out_cases),
    "2.2": calls(halvings_cases),
    "2.3": calls(global_avg_pool_cases, ops=POOLING),
    "2.4": calls(adaptive_avg_pool_cases, ops=ADAPTIVE),
    "2.5": Observer(any_size_net),
}

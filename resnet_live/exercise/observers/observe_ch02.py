"""Chapter 2: what to draw, and what to observe of an answer."""

import torch

from . import modules
from .calls import Case, Observer, calls, case
from .inputs import Draw

POOLING = ("pool", "upsample", "interpolate", "grid_sampler")
ADAPTIVE = ("adaptive", "upsample", "interpolate", "grid_sampler")


def conv_out_cases(draw: Draw) -> dict[str, Case]:
    sizes = draw.sample(range(20, 300), 12)
    cases = {f"plain {k}": case(n, k) for n, k in zip(sizes, (1, 2, 3, 5, 7), strict=False)}
    for k in (2, 3, 5):
        cases[f"padding {k}"] = case(draw.int(20, 300), k, p=draw.int(1, k))
    # Both a whole number of steps and some pixels left over, for each stride.
    for s in (2, 3, 4):
        n, k, p = draw.int(20, 300), draw.int(2, 7), draw.int(0, 3)
        over = (n + 2 * p - k) % s
        cases[f"stride {s} whole"] = case(n - over, k, s, p)
        cases[f"stride {s} left over"] = case(n - over + draw.int(1, s - 1), k, s=s, p=p)
    cases["smallest"] = case(k := draw.int(2, 7), k)
    cases["keywords"] = case(n=draw.int(20, 300), k=3, s=2, p=1)
    return cases


def halvings_cases(draw: Draw) -> dict[str, Case]:
    cases = {"one": case(1)}
    for power in draw.sample(range(1, 11), 4):
        cases[f"power {power}"] = case(2**power)
    for power in draw.sample(range(3, 11), 4):
        cases[f"above {power}"] = case(2**power + 1)
        cases[f"between {power}"] = case(draw.int(2**power + 2, 2 ** (power + 1) - 1))
    # A float holds 53 bits: a logarithm cannot tell these from the power beside them.
    for power in (draw.int(54, 62), draw.int(63, 200)):
        cases[f"large {power}"] = case(2**power + 1)
        cases[f"large below {power}"] = case(2**power - 1)
    return cases


def global_avg_pool_cases(draw: Draw) -> dict[str, Case]:
    n, c, h, w = draw.int(2, 4), draw.int(5, 9), draw.int(10, 14), draw.int(15, 20)
    return {
        "image": case(draw.tensor(n, c, h, w), gradient=True),
        "one image": case(draw.tensor(1, c, h, h)),
        "one channel": case(draw.tensor(n, 1, h, w)),
        "one position": case(draw.tensor(n, c, 1, 1)),
        "float64": case(draw.tensor(n, c, w, h, dtype=torch.float64), gradient=True),
        "transposed": case(draw.tensor(n, c, h, w, layout="transposed")),
        "channels_last": case(draw.tensor(n, c, w, h, layout="channels_last")),
        "strided": case(draw.tensor(n, c, h, w, layout="strided")),
    }


def adaptive_avg_pool_cases(draw: Draw) -> dict[str, Case]:
    n, c = draw.int(2, 3), draw.int(4, 6)
    h, w = draw.choice([3, 4]), draw.choice([2, 5])
    return {
        "divides": case(draw.tensor(n, c, 2 * h, 3 * w), h, w, gradient=True),
        "one": case(draw.tensor(n, c, 7, 9), 1, 1),
        "same": case(draw.tensor(n, c, 4, 6), 4, 6),
        "overlap": case(draw.tensor(n, c, 7, 11), 3, draw.choice([2, 4]), gradient=True),
        "overlap more": case(draw.tensor(n, c, draw.choice([10, 13]), 9), 7, 5),
        "larger": case(draw.tensor(n, c, 3, 4), draw.choice([5, 7]), 6),
        "float64": case(draw.tensor(n, c, 7, 8, dtype=torch.float64), 4, 3, gradient=True),
        "transposed": case(draw.tensor(n, c, 6, 8, layout="transposed"), h=3, w=5),
        "channels_last": case(draw.tensor(n, c, 8, 6, layout="channels_last"), 3, 4),
    }


# Height and width of the images that every net must take, down to a single pixel. Each new shape costs a convolution's set-up on CPU,
# some ten milliseconds, so the sizes are few and used again.
SIZES = ((64, 48), (23, 90), (1, 1))


def any_size_net(draw: Draw, answer) -> dict:
    n_classes = draw.choice([3, 5, 7, 12])
    default, built_default = modules.build(draw, answer)
    net, built = modules.build(draw, answer, n_classes=n_classes)
    seen = {"n_classes": n_classes, "built": built, "built default": built_default}
    if default is not None:
        seen["default"] = modules.run(default, draw.tensor(2, 3, 1, 1))
    if net is None:
        return seen
    seen["flow"] = modules.flow(net, draw.tensor(2, 3, 64, 48))
    seen["facts"] = modules.facts(net)
    seen["sizes"] = {f"{h}×{w}": modules.run(net, draw.tensor(2, 3, h, w)) for h, w in SIZES}
    seen["one image"] = modules.run(net, draw.tensor(1, 3, 7, 5))
    seen["gradient"] = modules.run(net, draw.tensor(2, 3, 64, 48), training=True, gradient=draw)
    return seen


OBSERVERS = {
    "2.1": calls(conv_out_cases),
    "2.2": calls(halvings_cases),
    "2.3": calls(global_avg_pool_cases, ops=POOLING),
    "2.4": calls(adaptive_avg_pool_cases, ops=ADAPTIVE),
    "2.5": Observer(any_size_net),
}

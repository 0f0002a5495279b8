"""Chapter 6: the inputs, and what to observe of an answer."""

from torch import Tensor

from . import modules
from .built_blocks import build_again, observe_block, observe_in_sizes, other_numbers, perturb_zeros
from .calls import AnswerFunction, Case, Observer, call, case
from .inputs import InputGenerator
from .values import Tree

STRIDES = (1, 2, 3)
# Channels that share a factor, which neither is of the other, so that a convolution in groups (of which there may be as many as that)
# is another than a whole one.
SHARED = ((4, 6), (6, 4))

# ---- 6.1 ----


def pool_skip_inputs(generator: InputGenerator) -> dict[str, Tensor]:
    """Inputs by name: sizes that the strides divide and sizes that they do not."""
    c = generator.randint(4, 6)
    return {
        "divides": generator.tensor(4, c, 12, 12),
        "odd": generator.tensor(4, c, 11, 13),
        "one pixel": generator.tensor(2, c, 1, 1),
        "long": generator.tensor(2, c, 5, 2),
    }


def pool_skip(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """6.1: the block for each stride, with zeros perturbed, and its runs; "moved": with `other_numbers` too."""
    inputs = pool_skip_inputs(generator)
    c = inputs["odd"].shape[1]
    seen: Tree = {}
    for stride in STRIDES:
        args, kwargs = {1: ((c,), {}), 2: ((c,), {"stride": 2}), 3: ((c, 3), {})}[stride]
        net, built = modules.build(generator, answer, *args, **kwargs)
        one: Tree = {"built": built}
        seen[str(stride)] = one
        if net is None:
            continue
        with perturb_zeros(net):
            for name in ("divides", "odd"):
                one[name] = modules.flow(net, inputs[name], training=True)
            one["run"] = modules.run(net, inputs["divides"], training=True, gradient=generator)
            one["run"]["slopes"] = modules.slopes_at(net, inputs["odd"][:2], generator)
            with other_numbers(net):
                one["moved"] = modules.flow(net, inputs["divides"], training=True)
        for name in ("one pixel", "long"):
            one[name] = modules.run(net, inputs[name])
    return seen


# ---- 6.2 ----


def conv_skip_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, int], Tensor]]:
    """By name: (ni, nf), and x."""
    a, b, c = generator.sample(range(3, 8), 3)
    forms = {"change": (a, b), "back": SHARED[a < b], "same": (c, c), "grey": (1, b), "one out": (a, 1)}
    # not of spread 1: a batch norm on the skip path must not look like nothing
    return {name: (form, 1.7 * generator.tensor(4, form[0], 9, 7)) for name, form in forms.items()}


def conv_skip(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """6.2: see `observe_block`."""
    seen: Tree = {}
    for name, (form, x) in conv_skip_inputs(generator).items():
        seen[name] = observe_block(generator, answer, x, *form)
    return seen


# ---- 6.3 ----


def res_block_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, int, int], dict[str, Tensor]]]:
    """By name: the arguments (ni, nf, stride), and x of an odd size, of one that the stride divides, and of one pixel."""
    a, b, c = generator.sample(range(3, 8), 3)
    forms = {
        "same": (c, c, 1),
        "channels": (a, b, 1),
        "stride": (c, c, 2),
        "both": (a, b, 2),
        "stride 3": (*SHARED[a < b], 3),
        "grey": (1, b, 1),
        "grey and stride": (1, b, 3),
        "one out": (a, 1, 2),
    }
    return {
        name: (
            form,
            {
                "odd": 1.7 * generator.tensor(4, form[0], 11, 13),
                "divides": generator.tensor(2, form[0], 12, 12),
                "one pixel": generator.tensor(2, form[0], 1, 1),
                "two rows": generator.tensor(2, form[0], 2, 5),
            },
        )
        for name, form in forms.items()
    }


def res_block(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """6.3: see `observe_in_sizes`."""
    return observe_in_sizes(generator, answer, res_block_inputs(generator))


# ---- 6.4 ----


def concat_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, int], Tensor]]:
    """By name: (ni, growth), and x."""
    b, c = generator.sample(range(3, 8), 2)
    forms = {
        "usual": generator.choice(SHARED),
        "more than there is": (3, c + 4),
        "one channel": (1, b),
        "one new": (c, 1),
    }
    return {name: (form, generator.tensor(4, form[0], 9, 7)) for name, form in forms.items()}


def dense_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 6.4, by name."""
    c0, k, n = generator.randint(16, 80), generator.randint(5, 40), generator.randint(4, 20)
    return {
        "blocks": case(c0, k, n),
        "blocks by name": case(
            c0=generator.randint(16, 80), growth=generator.randint(5, 40), n=generator.randint(4, 20)
        ),
        "blocks, growth above c0": case(k, k + c0, n),
        "one block": case(c0, k, 1),
        "no block": case(c0, k, 0),
        "two blocks": case(c0, k, 2),
    }


def concat(generator: InputGenerator, block: AnswerFunction, channels: AnswerFunction) -> Tree:
    """6.4: the calls of the count, and each form of the block; "moved": its run with `other_numbers`."""
    seen: Tree = {
        "calls": {
            key: call(channels, one, generator)
            for key, one in dense_cases(InputGenerator(generator.seed, "cpu")).items()
        }
    }
    for name, (form, x) in concat_inputs(generator).items():
        seen[name] = observe_block(generator, block, x, *form)
        net = build_again(seen[name], generator, block, *form)
        if net is not None:
            seen[name]["one pixel"] = modules.run(net, x[:1, :, :1, :1])
            with perturb_zeros(net), other_numbers(net):
                seen[name]["moved"] = modules.run(net, x, training=True)
    return seen


OBSERVERS = {
    "6.1": Observer(pool_skip),
    "6.2": Observer(conv_skip),
    "6.3": Observer(res_block),
    "6.4": Observer(concat, dense_cases),
}

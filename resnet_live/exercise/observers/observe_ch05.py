"""Chapter 5: the inputs, and what to observe of an answer."""

import torch
from torch import Tensor, nn

from . import modules
from .built_blocks import observe_block
from .calls import AnswerFunction, Case, Observer, call, calls, case
from .inputs import InputGenerator
from .layer_facts import shares_at_top
from .values import Tree

# ---- 5.1 ----


def conv_layer_inputs(generator: InputGenerator) -> tuple[Tensor, dict[str, tuple[tuple, dict]]]:
    """x, and the calls of ConvLayer by name: positional and keyword arguments."""
    ni, nf = generator.sample(range(3, 7), 2)
    x = generator.tensor(5, ni, 11, 9)
    return x, {
        "defaults": ((ni, nf), {}),
        "no activation": ((ni, nf), {"act": False}),
        "positional": ((ni, nf, 3, 2, False), {}),
        # stride 3: a padding that follows from the stride as well is ks//2 at 1 and 2; channels with a common divisor: groups
        "stride": ((ni, 2 * ni), {"stride": 3}),
        "kernel 1": ((ni, nf), {"ks": 1}),
        "kernel 5": ((ni, nf, 5, 2), {}),
        "kernel 7": ((ni, ni, 7), {"stride": generator.choice([2, 4])}),
    }


def conv_layer(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """5.1: each form of the layer, its parameters and its runs."""
    x, forms = conv_layer_inputs(generator)
    seen: Tree = {}
    for name, (args, kwargs) in forms.items():
        net, built = modules.build(generator, answer, *args, **kwargs)
        one: Tree = {"built": built}
        seen[name] = one
        if net is None:
            continue
        one["count"] = sum(1 for _ in net.parameters())
        one["parameters"] = modules.weights(net)
        one["flow"] = modules.flow(net, x, training=True)
        if name == "defaults":
            one["run"] = modules.run(net, x, training=True, gradient=generator)
            one["evaluation"], one["one image"] = modules.run(net, x), modules.run(net, x[:1])
            one["transposed"] = modules.run(net, x.transpose(2, 3))
            one["shares"] = shares_at_top(net, x)
    return seen


# ---- 5.2 ----


class Block(nn.Module):
    """A residual block of the given parts, registered in this order. `skip`: the names of those of the skip path."""

    def __init__(self, parts: dict[str, nn.Module], skip: tuple[str, ...] = ()):
        super().__init__()
        self.skip_names = skip
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        f_x = y = x
        for name, part in self.named_children():
            f_x, y = (f_x, part(y)) if name in self.skip_names else (part(f_x), y)
        return f_x + y


def _layer(ni: int, nf: int, ks: int = 3, act: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(ni, nf, ks, padding=ks // 2, bias=False), nn.BatchNorm2d(nf)]
    return nn.Sequential(*layers, *([nn.ReLU()] if act else []))


def _parts(ni: int, nf: int) -> dict[str, nn.Module]:
    layers = [nn.Conv2d(ni, nf, 3, padding=1, bias=False), nn.BatchNorm2d(nf), nn.ReLU()]
    layers += [nn.Conv2d(nf, nf, 3, padding=1, bias=False), nn.BatchNorm2d(nf)]
    return dict(zip(("conv1", "bn1", "relu", "conv2", "bn2"), layers, strict=True))


def _parts_norm_first(ni: int, nf: int) -> dict[str, nn.Module]:
    """Batch norm in front of each convolution: the last parameter of the path is no γ and no β."""
    layers = [nn.BatchNorm2d(ni), nn.Conv2d(ni, nf, 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(nf), nn.Conv2d(nf, nf, 3, padding=1, bias=False)]
    return dict(zip(("bn1", "conv1", "bn2", "conv2"), layers, strict=True))


# What each block is made of, and the name of its last batch norm of the residual path: the judge knows it from here.
GAMMA_BLOCKS = {
    "convs": (lambda a, b: Block({"convs": nn.Sequential(_layer(a, a), _layer(a, a, act=False))}), "convs.1.1"),
    "weight layers": (
        lambda a, b: Block({"weight_layer1": _layer(a, a), "weight_layer2": _layer(a, a), "act": nn.ReLU()}),
        "weight_layer2.1",
    ),
    "three layers": (
        lambda a, b: Block({"conv_a": _layer(a, b, 1), "conv_b": _layer(b, b), "conv_c": _layer(b, a, 1, act=False)}),
        "conv_c.1",
    ),
    "norm first": (lambda a, b: Block(_parts_norm_first(a, a)), "bn2"),
    # names against the alphabet, and a weight with one dimension that is no γ
    "stem, body": (
        lambda a, b: Block({"stem": _layer(a, a), "body": nn.Sequential(*_layer(a, a, act=False), nn.PReLU())}),
        "body.1",
    ),
    "skip downsample last": (
        lambda a, b: Block(_parts(a, b) | {"downsample": _layer(a, b, 1, act=False)}, ("downsample",)),
        "bn2",
    ),
    "skip downsample first": (
        lambda a, b: Block({"downsample": _layer(a, b, 1, act=False)} | _parts(a, b), ("downsample",)),
        "bn2",
    ),
    "skip idconv between": (
        lambda a, b: Block(
            {"weight_layer1": _layer(a, b), "idconv": _layer(a, b, 1, act=False), "weight_layer2": _layer(b, b)},
            ("idconv",),
        ),
        "weight_layer2.1",
    ),
    "skip idpath last": (
        lambda a, b: Block(
            {
                "convpath": nn.Sequential(_layer(a, b), _layer(b, b, act=False)),
                "idpath": nn.Sequential(nn.AvgPool2d(1), _layer(a, b, 1, act=False)),
                "act": nn.ReLU(),
            },
            ("idpath",),
        ),
        "convpath.1.1",
    ),
    "skip shortcut first": (
        lambda a, b: Block(
            {"shortcut": _layer(a, b, 1, act=False), "layers": nn.Sequential(_layer(a, b), _layer(b, b))},
            ("shortcut",),
        ),
        "layers.1.1",
    ),
    "skip downsample, norm first": (
        lambda a, b: Block(_parts_norm_first(a, b) | {"downsample": _layer(a, b, 1, act=False)}, ("downsample",)),
        "bn2",
    ),
    # each name stands last once: who has forgotten it zeroes that batch norm
    "skip idconv last": (lambda a, b: Block(_parts(a, b) | {"idconv": _layer(a, b, 1, act=False)}, ("idconv",)), "bn2"),
    "skip shortcut last": (
        lambda a, b: Block(_parts(a, b) | {"shortcut": _layer(a, b, 1, act=False)}, ("shortcut",)),
        "bn2",
    ),
    "skip last": (
        lambda a, b: Block(
            {"convs": nn.Sequential(_layer(a, a, 1), _layer(a, a), _layer(a, b, 1)), "skip": _layer(a, b, 1)}, ("skip",)
        ),
        "convs.2.1",
    ),
}


def zero_gamma(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """5.2: each of GAMMA_BLOCKS before and after the call."""
    a, b = generator.sample(range(3, 9), 2)
    seen: Tree = {}
    for name, (make, _) in GAMMA_BLOCKS.items():
        block = make(a, b)
        with torch.no_grad():
            for value in [*block.parameters(), *block.buffers()]:
                if value.is_floating_point():
                    value.copy_(0.5 + torch.rand(value.shape, generator=generator.torch_generator))
        block.to(generator.device)
        for layer in list(block.modules())[::2]:
            layer.training = False
        for number, value in enumerate(block.parameters()):
            value.grad = torch.ones_like(value) if number % 2 else None
        before, owners = modules.snapshot(block), dict(block.named_parameters())
        record: Tree = {"before": before, "error": None, "value": None}
        same: list[bool] = []
        one = call(_noting(answer, same), Case((block,)), generator)
        record |= {"error": one["error"], "value": one["value"], "same": same == [True]}
        record["after"] = modules.snapshot(block)
        now = dict(block.named_parameters())
        record["replaced"] = [key for key, value in owners.items() if now.get(key) is not value]
        record["frozen"] = [key for key, value in now.items() if not value.requires_grad]
        record["layers"] = [key for key, layer in block.named_modules() if isinstance(layer, nn.BatchNorm2d)]
        seen[name] = record
    return seen


def _noting(answer: AnswerFunction, same: list[bool]):
    """`answer`, which also notes in `same` whether it returned what it was given."""

    def noting(given: nn.Module):
        result = answer(given)
        same.append(result is given)
        return result

    return noting


# ---- 5.3 ----


def naive_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, ...], Tensor]]:
    """By name: the arguments (ni, nf[, stride]), and x."""
    c, nf = generator.sample(range(4, 8), 2)
    even = generator.choice([4, 6])
    return {
        "same": ((c, c), generator.tensor(4, c, 9, 7)),
        "channels": ((3, nf), generator.tensor(4, 3, 9, 7)),
        "stride": ((c, c, 2), generator.tensor(4, c, 9, 7)),
        # nf is another number than ni, and a multiple of it
        "both": ((2, even, 2), generator.tensor(4, 2, 9, 7)),
        "grey and stride": ((1, nf, 3), generator.tensor(4, 1, 9, 7)),
        "grey": ((1, nf), generator.tensor(4, 1, 9, 7)),
        "one out": ((c, 1), generator.tensor(4, c, 9, 7)),
        "shrunk": ((c, c, 2), generator.tensor(4, c, 2, 2)),
        "shrunk row": ((c, c, 3), generator.tensor(4, c, 1, 3)),
    }


def naive(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """5.3: each form of the block; the one that changes nothing in full."""
    seen: Tree = {}
    for name, (args, x) in naive_inputs(generator).items():
        if name == "same":
            seen[name] = observe_block(generator, answer, x, *args)
            continue
        by_name = {"stride": args[2]} if len(args) == 3 and name != "shrunk" else {}
        net, built = modules.build(generator, answer, *(args[:2] if by_name else args), **by_name)
        seen[name] = {"built": built}
        if net is not None:
            seen[name] |= {"flow": modules.flow(net, x, training=True)}
    return seen


# ---- 5.4 ----


def outcome_cases(generator: InputGenerator) -> dict[str, Case]:
    """The calls of 5.4, by name."""
    c, nf = generator.sample(range(2, 33), 2)
    even, odd = 2 * generator.randint(4, 16), 2 * generator.randint(4, 16) + 1
    s = generator.randint(2, 4)
    small = generator.randint(2, 4)
    return {
        "same": case(c, c, 1, even),
        "same odd": case(nf, nf, 1, odd),
        "same by name": case(ni=c, nf=c, stride=1, size=odd),
        "channels": case(c, nf, 1, even),
        "channels back": case(nf, c, 1, odd),
        "channels, a multiple": case(c, 2 * c, 1, even),
        "channels, a divisor": case(2 * nf, nf, 1, odd),
        "stride": case(c, c, 2, even),
        "stride odd": case(nf, nf, s, odd),
        "both": case(c, nf, 2, even),
        "grey": case(1, nf, 1, even),
        "one out": case(c, 1, 1, odd),
        "one in, one out": case(1, 1, 1, even),
        "grey and stride": case(1, nf, 2, even),
        "one out and stride": case(c, 1, s, odd),
        "map shrinks": case(c, c, small, small),
        "map shrinks more": case(c, c, small + 2, generator.randint(2, small + 1)),
        "map shrinks, grey": case(1, nf, small, small),
        "map shrinks, one out": case(nf, 1, small, small),
        "map shrinks, channels": case(c, nf, small, small),
        "two pixels": case(nf, nf, small, small + 1),
        "one pixel": case(c, c, generator.randint(2, 4), 1),
        "one pixel, no stride": case(nf, nf, 1, 1),
        "one pixel, grey": case(1, c, 2, 1),
        "one pixel, one out": case(c, 1, 3, 1),
        "one pixel, channels": case(c, nf, 2, 1),
    }


OBSERVERS = {
    "5.1": Observer(conv_layer),
    "5.2": Observer(zero_gamma),
    "5.3": Observer(naive),
    "5.4": calls(outcome_cases),
}

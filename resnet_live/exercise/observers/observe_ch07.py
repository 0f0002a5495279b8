"""Chapter 7: the inputs, and what to observe of an answer."""

import functools

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from . import modules
from .calls import AnswerFunction, Observer
from .inputs import InputGenerator
from .values import Tree

# ---- 7.1, 7.2 ----


class Blocks:
    """Makes blocks as a student's code asks for them, and notes how it was asked and what passes through them.

    `block` is what the student's code gets: a class whose stride must be passed by name, as with fastai's `ConvLayer`, whose third
    argument is the kernel's size. `calls`: {"ni", "nf", "stride"} of each block made by a call; `copies`: the same of each block that
    ran and was made by none, as by `copy.deepcopy`; `passes`: for each block that ran, in order: {"number" (in the order of making,
    copies behind all others), "input", "output"}.
    """

    def __init__(self):
        notes = self
        self.calls: list[Tree] = []
        self.copies: list[Tree] = []
        self.passes: list[Tree] = []
        # the convolutions' weights, by which a block is known: a deep copy has its own, a shallow one has not
        self.made: list[nn.Parameter] = []
        self.copied: list[nn.Parameter] = []

        class Block(nn.Module):
            def __init__(self, ni, nf, *, stride=1):
                super().__init__()
                self.asked = {"ni": _number(ni), "nf": _number(nf), "stride": _number(stride)}
                notes.calls.append(self.asked)
                self.conv = nn.Conv2d(ni, nf, 3, stride, 1)
                notes.made.append(self.conv.weight)

            def forward(self, x: Tensor) -> Tensor:
                y = torch.tanh(self.conv(x))
                number = notes.number(self.conv.weight, self.asked)
                notes.passes.append({"number": number, "input": x.detach().clone(), "output": y.detach().clone()})
                return y

        self.block = Block

    def number(self, weight: nn.Parameter, asked: Tree) -> int:
        """The number of the block with this weight; `asked`: how it, or the block that it is a copy of, was asked for."""
        known = [*self.made, *self.copied]
        found = next((number for number, one in enumerate(known) if one is weight), None)
        if found is not None:
            return found
        self.copied.append(weight)
        self.copies.append(dict(asked))
        return len(known)

    def take(self) -> list[Tree]:
        """The passes since the last call."""
        taken, self.passes = self.passes, []
        return taken


def _runs(net: nn.Module, notes: Blocks, x: Tensor, generator: InputGenerator) -> Tree:
    """{"run": in training mode with gradients, "training passes": those of it, no more than in evaluation mode (on the way back
    a block may run again, to save memory), "evaluation", "passes": those of the latter, "copies": see `Blocks`} of a net made of
    `notes.block`."""
    training = modules.run(net, x, training=True, gradient=generator)
    trained = notes.take()
    evaluation = modules.run(net, x)
    passes = notes.take()
    return {
        "run": training,
        "training passes": trained[: len(passes)],
        "evaluation": evaluation,
        "passes": passes,
        "copies": notes.copies,
    }


def _number(value) -> int | str:
    return value if type(value) is int else str(value)


def model_inputs(generator: InputGenerator) -> dict[str, tuple[dict, Tensor]]:
    """By name: the keyword arguments of get_model, and a batch of images."""
    classes = generator.choice([3, 5, 7])
    # never 3, as most images have: somebody may leave out the first width
    short = (generator.choice([1, 2, 4]), *generator.sample(range(4, 12), 2))
    last, wide = generator.randint(4, 11), generator.randint(12, 19)
    # a width that stays, twice, and one that becomes smaller: each pair counts, also where it changes nothing or stood before
    long = (3, wide, wide, wide, last)
    return {
        "default": ({}, generator.tensor(2, 3, 40, 33)),
        "short": ({"widths": short, "n_classes": classes}, generator.tensor(3, short[0], 13, 18)),
        "long": ({"widths": list(long), "n_classes": classes + 1}, generator.tensor(1, 3, 21, 9)),
        "one": ({"widths": (3, classes + 4)}, generator.tensor(2, 3, 6, 5)),
    }


def get_model(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """7.1: models around `Blocks`, and one around a function."""
    seen: Tree = {}
    for name, (kwargs, x) in model_inputs(generator).items():
        notes = Blocks()
        net, built = modules.build(generator, answer, notes.block, **kwargs)
        one: Tree = {"built": built, "calls": notes.calls}
        seen[name] = one
        if net is None:
            continue
        one |= _runs(net, notes, x, generator)
        one["one pixel"] = modules.run(net, x[:1, :, :1, :1])
        one["parameters"] = modules.weights(net)
        one["flow"] = modules.flow(net, x)
    # the block may be any callable: here a function
    notes = Blocks()
    (kwargs, x) = model_inputs(InputGenerator(generator.seed, generator.device))["short"]
    net, built = modules.build(generator, answer, lambda ni, nf, stride=1: notes.block(ni, nf, stride=stride), **kwargs)
    seen["function"] = {"built": built}
    if net is not None:
        seen["function"]["run"] = modules.run(net, x)
    return seen


def stage_inputs(generator: InputGenerator) -> dict[str, tuple[tuple[int, ...], Tensor]]:
    """By name: (ni, nf, depth, stride), and x."""
    a, b, c = generator.sample(range(3, 10), 3)
    forms = {
        "three": (a, b, 3, 2),
        "one": (b, a, 1, 2),
        "deep": (a, c, generator.randint(4, 6), 1),
        "same channels": (c, c, 2, 2),
        "stride 3": (c, b, 2, 3),
        # the first block is there also where it has nothing to change
        "nothing changes": (b, b, 3, 1),
    }
    return {name: (form, generator.tensor(2, form[0], 11, 14)) for name, form in forms.items()}


def make_stage(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """7.2: stages of `Blocks`."""
    seen: Tree = {}
    for name, ((ni, nf, depth, stride), x) in stage_inputs(generator).items():
        notes = Blocks()
        if name == "deep":
            net, built = modules.build(generator, answer, block=notes.block, ni=ni, nf=nf, depth=depth, stride=stride)
        else:
            net, built = modules.build(generator, answer, notes.block, ni, nf, depth, stride)
        one: Tree = {"built": built, "calls": notes.calls}
        seen[name] = one
        if net is None:
            continue
        one |= _runs(net, notes, x, generator)
    return seen


# ---- 7.3 ----


def resnet_inputs(generator: InputGenerator) -> dict[str, tuple[list[int], dict, Tensor]]:
    """By name: depths, the other arguments, and images."""
    classes = generator.choice([4, 6, 9])
    odd = generator.choice([[1, 2, 1, 1], [2, 1, 1, 1], [1, 1, 2, 1]])
    return {
        "odd": (odd, {"n_classes": classes}, generator.tensor(2, 3, 45, 38)),
        # one image: an axis of length 1 must stay
        "resnet18": ([2, 2, 2, 2], {}, generator.tensor(1, 3, 33, 48)),
    }


def large_image(generator: InputGenerator) -> Tensor:
    """One image of ImageNet's usual size, for a network that takes no other."""
    return generator.tensor(1, 3, 224, 224)


RING = 131_071


@functools.cache
def torchvision_resnet(depths: tuple[int, ...], n_classes: int) -> nn.Module:
    """torchvision's basic-block ResNet without numbers (on the device "meta"), in evaluation mode. Change nothing in it."""
    from torchvision.models.resnet import BasicBlock, ResNet

    with torch.device("meta"):
        return ResNet(BasicBlock, list(depths), n_classes).eval()


def torchvision_state(depths: list[int], n_classes: int, seed: int) -> dict[str, Tensor]:
    """Random weights and statistics by the names of torchvision's basic-block ResNet, of a size that lets signals through.

    ResNet-18's 11 million weights are read from a ring of random numbers, each tensor from a place of its own: drawing them all would
    take longer than judging the answer. The ring's length is a prime number, so no two rows of a layer are alike.
    """
    source = torch.Generator().manual_seed(seed)
    ring = torch.randn(RING, generator=source)
    state = {}
    for name, value in torchvision_resnet(tuple(depths), n_classes).state_dict().items():
        if value.dtype == torch.int64:
            state[name] = torch.tensor(0)
        elif value.ndim > 1:
            fan = value[0].numel()
            count, scaled = value.numel(), ring * (2 / fan) ** 0.5
            scaled = scaled.roll(int(torch.randint(RING, (), generator=source)))
            drawn = scaled.repeat(count // RING + 1) if count > RING else scaled
            state[name] = drawn[:count].view(value.shape)
        elif name.endswith("running_var"):
            state[name] = 0.5 + torch.rand(value.shape, generator=source)
        elif name.endswith("weight"):
            # a negative γ turns the order of values round: only then does it show whether a maximum is taken before or behind it
            sign = torch.where(torch.rand(value.shape, generator=source) < 0.2, -1.0, 1.0)
            state[name] = sign * (0.5 + torch.rand(value.shape, generator=source))
        else:
            state[name] = 0.2 * torch.randn(value.shape, generator=source)
    return state


def resnet(generator: InputGenerator, answer: AnswerFunction) -> Tree:
    """7.3: nets of several depths, and how torchvision's weights load into them."""
    seen: Tree = {}
    for name, (depths, kwargs, x) in resnet_inputs(generator).items():
        net, built = modules.build(generator, answer, depths, **kwargs)
        one: Tree = {"built": built}
        seen[name] = one
        if net is None:
            continue
        one["foreign"] = _foreign({type(layer) for layer in net.modules()})
        # lazy layers have no shapes before the first run
        modules.run(net, x)
        state = torchvision_state(depths, kwargs.get("n_classes", 1000), generator.seed)
        one["shapes"] = {
            key: list(value.shape)
            for key, value in [*net.named_parameters(), *net.named_buffers()]
            if not is_lazy(value)
        }
        one["load"] = modules.load_state(net, {key: value.to(generator.device) for key, value in state.items()})
        with modules.kinds_run() as kinds:
            one["evaluation"] = modules.run(net, x)
            if one["evaluation"]["error"]:
                one["large"] = modules.run(net, large_image(InputGenerator(generator.seed, generator.device)))
        one["foreign"] += _foreign(kinds)
        if name == "odd":
            one["training"] = modules.run(net, x, training=True, gradient=generator)
            # only what draws random numbers, as dropout, gives other scores now
            one["again"] = modules.run(net, x, training=True)
            one["training"]["slopes"] = modules.slopes_at(net, x, generator)
            # which parameters got none, not the millions of numbers
            lost = [key for key, grad in one["training"].pop("parameter_gradients").items() if grad is None]
            one["lost"] = lost
    return seen


def _foreign(kinds: set[type]) -> list[str]:
    """The names of those that are, or inherit from, a network or block of a library of models."""
    libraries = ("torchvision.", "timm.", "fastai.vision.models", "resnet_live.")
    return sorted(
        f"{base.__module__}.{base.__qualname__}"
        for kind in kinds
        for base in kind.__mro__
        if f"{base.__module__}.".startswith(libraries)
    )


OBSERVERS = {
    "7.1": Observer(get_model),
    "7.2": Observer(make_stage),
    "7.3": Observer(resnet),
}

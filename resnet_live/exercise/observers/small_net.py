"""A small network to pass to an answer, and what it notices when it is used.

Its numbers come from the input generator, so that a judge who generates them again has the same network.
"""

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .calls import RAISED, AnswerFunction
from .inputs import InputGenerator
from .modules import snapshot
from .values import Tree, describe, describe_error

# The layers to which the mode matters.
WITH_MODES = ("bn1", "block.bn2", "dropout")


class ModelCalls:
    """A list of what a model noticed in each call. Deep copies of the model write into the same one."""

    def __init__(self):
        self.calls: list[Tree] = []

    def __deepcopy__(self, memo):
        return self


class SmallNet(nn.Module):
    """Two 3×3 convolutions with batch norm and SiLU, the average over the map, dropout, a linear layer: N×3×H×W → N×classes.

    The second convolution and its batch norm lie in a block: whoever looks at the model's children alone does not find them.

    No ReLU: where its input is zero but for rounding, float32 has a slope of 1 and the judge's float64 one of 0, or the other way
    round, and then right gradients differ.

    Each call is noted in `noted.calls`: "input" (tensor), "training" (the flags of the layers to which it matters), "graph" (whether
    the scores carry one).
    """

    def __init__(self, n_classes: int, dropout: float = 0.0):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        inner = {"conv2": nn.Conv2d(6, 8, 3, padding=1, bias=False), "bn2": nn.BatchNorm2d(8)}
        self.block = nn.Sequential(OrderedDict(inner))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(8, n_classes)
        self.noted = ModelCalls()

    def forward(self, x: Tensor) -> Tensor:
        h = F.silu(self.bn1(self.conv1(x)))
        h = F.silu(self.block(h))
        scores = self.fc(self.dropout(h.mean((2, 3))))
        self.noted.calls.append(
            {
                "input": x.detach().clone(),
                "training": {name: bool(self.get_submodule(name).training) for name in WITH_MODES},
                "graph": scores.requires_grad,
            }
        )
        return scores


def small_net(generator: InputGenerator, n_classes: int, dropout: float = 0.0) -> SmallNet:
    """A `SmallNet` with random parameters and running statistics, on the generator's device, in training mode."""
    with torch.random.fork_rng(devices=[]):
        net = SmallNet(n_classes, dropout)
    return fill(net, generator)


@torch.no_grad()
def fill(net: nn.Module, generator: InputGenerator) -> nn.Module:
    """Overwrite parameters and buffers by random numbers of a sensible size; returns `net`, on the generator's device.

    Batch norms get running statistics far from those of a batch, so that training and evaluation mode differ clearly.
    """
    net.to(generator.device)

    def noise(like: Tensor) -> Tensor:
        return (generator.tensor(*like.shape) - 0.5).to(like)

    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.weight.copy_(noise(layer.weight) * math.sqrt(2 / layer.weight[0].numel()))
            if layer.bias is not None:
                layer.bias.copy_(noise(layer.bias) * 0.3)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.weight.copy_(1 + noise(layer.weight) * 0.2)
            layer.bias.copy_(noise(layer.bias) * 0.3)
            layer.running_mean.copy_(noise(layer.running_mean) * 0.5)
            layer.running_var.copy_((noise(layer.running_var) * 0.3).exp())
    return net


def leave_gradients(net: nn.Module, generator: InputGenerator, every: int = 1) -> None:
    """Give each parameter (or every second, …) a gradient of random numbers, as an earlier step would have left it."""
    for number, parameter in enumerate(net.parameters()):
        noise = generator.tensor(*parameter.shape).to(parameter)
        if number % every == 0:
            parameter.grad = noise


def set_mode(net: SmallNet, key: str, generator: InputGenerator) -> None:
    """Put the network into the mode of this scene, in which it must be found again afterwards.

    "training": but for a batch norm and a convolution whose weight is frozen, with gradients at every second parameter; "one awake":
    evaluation mode, but for the dropout; everything else: evaluation mode. So whoever puts back less than each module's flag (the
    model's alone, those of batch norms) or thaws all parameters leaves the network as another one.
    """
    net.train(key == "training")
    if key == "training":
        net.bn1.eval()
        net.block.conv2.eval()
        net.block.conv2.weight.requires_grad_(False)
        leave_gradients(net, generator, every=2)
    elif key == "one awake":
        net.dropout.train()


def call_with_model(answer: AnswerFunction, model: nn.Module, *args: object) -> Tree:
    """Call `answer(*args)`, which has to do with `model`.

    Returns {"value": see `describe`, "error": see `describe_error`, "before", "after": `snapshot`s of the model, "noted": what
    the model's `noted` has, "grad_mode": whether PyTorch records graphs afterwards (it does again from then on), "changed": which
    of the tensors among the arguments were changed, by number}.
    """
    tensors = {str(number): value for number, value in enumerate(args) if isinstance(value, Tensor)}
    kept = {name: value.detach().clone() for name, value in tensors.items()}
    record: Tree = {"value": None, "error": None, "before": snapshot(model), "changed": []}
    noted = getattr(model, "noted", None)
    if noted is not None:
        noted.calls.clear()
    try:
        record["value"] = describe(answer(*args))
    except RAISED as error:
        record["error"] = describe_error(error)
    record["grad_mode"] = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    record["noted"] = list(noted.calls) if noted is not None else []
    record["after"] = snapshot(model)
    for name, value in tensors.items():
        if value.shape != kept[name].shape or not torch.equal(value.detach(), kept[name]):
            record["changed"].append(name)
    return record

"""How large the signal stays on its way forward and the gradient on its way back, in untrained nets of many depths.

Plain or with skips, with or without batch norm, from three initialisations. Everything is computed in 64 bits: what a deep net
without batch norm makes of its input is below the smallest 32-bit number. About three CPU minutes.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from resnet_live.data.source import Source
from resnet_live.experiments.record import Experiment
from resnet_live.models.small import plain_net, residual_net
from resnet_live.training import trainer

DEPTHS = (8, 20, 32, 56, 110)
SEEDS = (0, 1, 2)
IMAGES, SIZE = 8, 32
NETS: dict[str, Callable[[int], nn.Sequential]] = {"plain": plain_net, "residual": residual_net}
# How the convolutions start: He et al. 2015 (for ReLU), Glorot and Bengio 2010, and the fixed 0.01 of AlexNet's time.
STARTS: dict[str, Callable[[Tensor], Tensor]] = {
    "He": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
    "Glorot": nn.init.xavier_normal_,
    "0.01": partial(nn.init.normal_, std=0.01),
}


def experiment(source: Source) -> Experiment:
    """One part a net and depth, with all its starts and seeds."""
    parts = {f"{net}-{depth}": partial(all_starts, source, net, depth) for depth in DEPTHS for net in NETS}
    return Experiment("signal_and_gradient", "Signal and gradient, block by block, in untrained nets.", source, parts)


def all_starts(source: Source, net: str, depth: int) -> dict:
    """`net`, `depth` and `runs`: dicts with `start`, `norm`, `seed` and what `race` returns."""
    few = replace(source, train=source.train[:: max(1, len(source.train) // IMAGES)][:IMAGES], valid=source.valid[:1])
    images = trainer.load_images(few, SIZE)
    xb = trainer.test_view(images.train, SIZE)
    runs = []
    for start in STARTS:
        for norm in (True, False):
            for seed in SEEDS:
                model = prepared(net, depth, start, norm, seed)
                runs.append({"start": start, "norm": norm, "seed": seed, **race(model, xb, images.train_labels)})
    return {"net": net, "depth": depth, "runs": runs}


def prepared(net: str, depth: int, start: str, norm: bool, seed: int) -> nn.Sequential:
    """A fresh net in 64 bits and training mode; without `norm` its batch norms are identities."""
    model = trainer.seeded(partial(NETS[net], depth), seed)
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, nn.Conv2d):
                STARTS[start](layer.weight)
            elif isinstance(layer, nn.BatchNorm2d) and not norm:
                setattr(parent, name, nn.Identity())
    return model.double()


def race(model: nn.Sequential, xb: Tensor, yb: Tensor) -> dict[str, list[float]]:
    """One forward and one backward pass: `signal` and `gradient` behind the first convolution and behind each block.

    `signal`: the root mean square of the feature map; `gradient`: the L2 norm of the loss's gradient with respect to it; each
    with three significant digits.
    """
    maps: list[Tensor] = []
    x = xb.double()
    for part in model[:-1]:
        for block in part if maps else [part]:
            x = block(x)
            x.retain_grad()
            maps.append(x)
    F.cross_entropy(model[-1](x), yb).backward()
    gradients = [found.grad for found in maps]
    return {
        "signal": [_rounded(found.detach().square().mean().sqrt()) for found in maps],
        "gradient": [_rounded(grad.norm()) for grad in gradients if grad is not None],
    }


def _rounded(value: Tensor) -> float:
    return float(f"{value.item():.3g}")

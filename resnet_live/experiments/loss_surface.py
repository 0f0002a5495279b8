"""The loss of a trained net over a plane through its weights.

Li, Xu, Taylor, Studer and Goldstein 2018, "Visualizing the Loss Landscape of Neural Nets", section 4
(https://arxiv.org/abs/1712.09913): two random directions, each filter of a direction as long as the filter it moves. Without
that, a net with small weights would look steep and one with large weights flat, although batch norm makes them equal.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


def filter_direction(model: nn.Module, random: torch.Generator) -> list[Tensor]:
    """A random direction in weight space, one tensor a parameter, each filter as long (L2) as the model's own filter.

    A filter is what makes one output: a slice of a convolution's or linear layer's weight along dimension 0. Biases and
    the parameters of batch norms do not move: their direction is 0.
    """
    return [_filterwise(p.detach(), random) for p in model.parameters()]


def _filterwise(weight: Tensor, random: torch.Generator) -> Tensor:
    if weight.ndim < 2:
        return torch.zeros_like(weight)
    # drawn on the CPU, so that every device gets the same direction
    drawn = torch.randn(weight.shape, generator=random).to(weight)
    length = drawn.flatten(1).norm(dim=1).clamp_min(1e-12)
    scale = weight.flatten(1).norm(dim=1) / length
    return drawn * scale.view(-1, *[1] * (weight.ndim - 1))


@torch.no_grad()
def loss_surface(
    model: nn.Module, loss: Callable[[nn.Module], float], steps: Sequence[float], seed: int = 0
) -> list[list[float | None]]:
    """`loss(model)` at weights + a·d₁ + b·d₂, as rows for b in `steps`, in each a value for every a in `steps`.

    d₁ and d₂ are two `filter_direction`s, drawn from `seed`; the weights that the model has lie at a = b = 0. Values keep
    four digits; what is not finite is None. The weights are put back afterwards, also when `loss` raises.
    """
    random = torch.Generator().manual_seed(seed)
    across, up = filter_direction(model, random), filter_direction(model, random)
    parameters = list(model.parameters())
    start = [p.detach().clone() for p in parameters]
    rows: list[list[float | None]] = []
    try:
        for b in steps:
            rows.append([])
            for a in steps:
                for p, p0, d1, d2 in zip(parameters, start, across, up, strict=True):
                    p.copy_(p0 + a * d1 + b * d2)
                rows[-1].append(_four_digits(loss(model)))
    finally:
        for p, p0 in zip(parameters, start, strict=True):
            p.copy_(p0)
    return rows


def _four_digits(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None

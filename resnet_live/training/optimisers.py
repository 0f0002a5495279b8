"""The optimisers that recorded experiments choose from: PyTorch's own, with weight decay where it belongs."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def make_optimiser(model: nn.Module, name: str, lr: float, momentum: float, weight_decay: float) -> list[Optimizer]:
    """The optimisers that together train all of `model`'s parameters.

    `name`: "sgd" (Nesterov momentum), "adamw" (β₁ = `momentum`; β₂ and ε as fastai has them) or "muon": Muon for the
    weights of convolutions, AdamW at a tenth of `lr` for everything else. Biases and the weights of batch norms do not
    decay (He et al. 2019, "Bag of Tricks for Image Classification", section 3.1).
    """
    learned = [p for p in model.parameters() if p.requires_grad]
    if name == "muon":
        kernels = [p for p in learned if p.ndim == 4]
        rest = [p for p in learned if p.ndim != 4]
        muon = ConvMuon(kernels, lr=lr, momentum=momentum, weight_decay=weight_decay)
        return [muon, torch.optim.AdamW(decay_groups(rest, weight_decay), lr=lr / 10, betas=(0.9, 0.99), eps=1e-5)]
    groups = decay_groups(learned, weight_decay)
    if name == "sgd":
        return [torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=True)]
    return [torch.optim.AdamW(groups, lr=lr, betas=(momentum, 0.99), eps=1e-5)]


def decay_groups(parameters: list[nn.Parameter], weight_decay: float) -> list[dict]:
    """Two groups for an optimiser: weights, which decay, and parameters with one dimension or none, which do not."""
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


class ConvMuon(torch.optim.Muon):
    """PyTorch's Muon for convolutions: each kernel nf×ni×k×k is treated as a matrix nf×(ni·k·k).

    Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a weight matrix by the nearest
    orthogonal one, so that each step changes all directions equally. The step is scaled by √max(1, rows ÷ columns).
    """

    def __init__(self, kernels: list[nn.Parameter], **options: float):
        self.kernels = kernels
        super().__init__([nn.Parameter(_as_matrix(kernel.detach(), kernel)) for kernel in kernels], **options)

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step along the gradients that the kernels hold."""
        for group in self.param_groups:
            for kernel, matrix in zip(self.kernels, group["params"], strict=True):
                matrix.grad = None if kernel.grad is None else _as_matrix(kernel.grad, kernel)
        return super().step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the kernels' gradients."""
        for kernel in self.kernels:
            kernel.grad = None


def _as_matrix(values: Tensor, kernel: Tensor) -> Tensor:
    """nf×ni×k×k as nf×(ni·k·k), the columns in the order in which `kernel` lies in memory.

    For the kernel itself this is a view of the same memory: changing one changes the other.
    """
    if kernel.is_contiguous():
        return values.contiguous().view(len(values), -1)
    values = values.contiguous(memory_format=torch.channels_last)
    return values.permute(0, 2, 3, 1).view(len(values), -1)

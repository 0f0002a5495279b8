"""How strong the gradient is that reaches each parameter."""

import torch
from torch import Tensor, nn


def grad_norms(model: nn.Module, loss: Tensor) -> dict[str, float]:
    """L2 norm of the gradient of `loss` (a number) by parameter name, in the model's order.

    No `.grad` is touched, and `loss.backward()` still works afterwards. A parameter that is frozen or takes no part in
    `loss` is left out. Raises ValueError when `loss` is not a single number or carries no graph (made under
    `torch.no_grad()`, say), so that nothing can be differentiated.
    """
    if loss.numel() != 1:
        raise ValueError(f"loss must be one number, this has the shape {tuple(loss.shape)}. Take its mean.")
    if not loss.requires_grad:
        raise ValueError("loss carries no graph: compute it outside torch.no_grad(), from parameters that train.")
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(loss.sum(), list(named.values()), retain_graph=True, allow_unused=True)
    return {name: _norm(grad) for name, grad in zip(named, grads, strict=True) if grad is not None}


def _norm(grad: Tensor) -> float:
    # A vanished gradient of 1e-30 would be lost in its own square: measure it in units of its largest value.
    grad = grad.detach().float()
    largest = grad.abs().max().item() if grad.numel() else 0.0
    return largest * (grad / largest).norm().item() if 0 < largest < float("inf") else largest


def layer_norms(model: nn.Module, loss: Tensor) -> dict[str, float]:
    """`grad_norms` of the weight layers only: the `weight` of each convolution and linear layer, first to last.

    A sequence to draw: batch norms and biases are left out. Raises ValueError as `grad_norms` does.
    """
    layers = (nn.modules.conv._ConvNd, nn.Linear)
    weights = {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, layers)}
    return {name: norm for name, norm in grad_norms(model, loss).items() if name in weights}

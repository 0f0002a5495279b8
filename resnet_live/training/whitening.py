"""A first convolution that is computed from the images in place of learned: it whitens their patches, and stays as it is.

Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", section 3.2: neighbouring pixels say nearly the same, so a patch
varies a lot in a few directions and hardly in the others. Divided by its spread, each direction counts alike.
"""

import torch
from torch import Tensor, nn

LEAST = (
    5e-4  # added to each variance, in shares of the images' own (they are normalised): what is nearly still is noise
)


def whiten(conv: nn.Conv2d, images: Tensor) -> None:
    """Fill `conv` with the whitening of `images` (float N×C×H×W, normalised) and freeze it.

    Half of the filters are the directions in which the patches vary most, each divided by its spread; the other half are the
    same with the other sign, for the ReLU behind. With more filters than directions, they begin again. `conv` has no bias.
    """
    side, count = conv.kernel_size[0], conv.out_channels
    patches = images.unfold(2, side, 1).unfold(3, side, 1).permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(0, 2).double()
    variances, directions = torch.linalg.eigh(patches.T @ patches / len(patches))  # smallest first
    filters = (directions / (variances + LEAST).sqrt()).T.flip(0)
    half = filters[torch.arange((count + 1) // 2) % len(filters)]
    both = torch.cat([half, -half])[:count].view(count, *conv.weight.shape[1:])
    with torch.no_grad():
        conv.weight.copy_(both)
    conv.weight.requires_grad_(False)


def first_convolution(model: nn.Module) -> nn.Conv2d:
    """The convolution of `model` that sees the image. Raises ValueError when it has none."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            return module
    raise ValueError(f"{type(model).__name__} has no convolution that could whiten the image.")

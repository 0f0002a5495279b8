"""The one-cycle schedule as fastai has it: the learning rate up and down on cosines, the momentum mirrored."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


def one_cycle(opt: Optimizer, steps: int, lr_max: float = 3e-3, pct_start: float = 0.25) -> OneCycleLR:
    """The schedule of fastai's `fit_one_cycle` for `steps` optimisation steps; call its `step()` after each.

    Step i (from 0) stands at i/`steps` of the cycle in fastai and at i/(`steps` − 1) in PyTorch, whose warm-up also ends a
    step early. One more step in the length and in the warm-up makes them agree.
    """
    return OneCycleLR(
        opt,
        lr_max,
        total_steps=steps + 1,
        pct_start=(pct_start * steps + 1) / (steps + 1),
        div_factor=25,
        final_div_factor=1e5 / 25,  # PyTorch divides the first rate, fastai the largest
        base_momentum=0.85,
        max_momentum=0.95,
    )

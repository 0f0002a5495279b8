"""Is one feature map made of others, channel by channel? Worked out from their numbers, by least squares.

Batch norm in training mode is one multiplication and one addition a channel, so "y = γ·norm(F) + β + skip" holds exactly when the
fit of y, channel by channel, on the last convolution's output, the skip path and a constant leaves nothing over; with a ReLU behind
it, when it leaves nothing over where y > 0, and the rest is cut at 0. What is left over after a right fit in float32 is below 1e-5; a
wrong one leaves 0.01 and more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

TOLERANCE = 2e-4
NORMED = 0.02
ENOUGH, SURELY = 6, 2  # rows for each unknown in a first look; by how much a fit must fail there
FIRM = 1e-3  # how large, at least, what a column has of its own must be


@dataclass(frozen=True)
class ChannelFit:
    """A fit without remainder: `slopes`: C×k, of the columns that each channel has for itself; `mix`: C×K, of those that all channels
    share; `constant`: C."""

    slopes: Tensor
    mix: Tensor
    constant: Tensor


def fit(
    target: Tensor,
    own: Sequence[Tensor] = (),
    shared: Tensor | None = None,
    fixed: Tensor | None = None,
    relu: bool = False,
) -> ChannelFit | None:
    """`target` (N×C×H×W) as `fixed` + slopes·`own` + mix·`shared` + constant, channel by channel; None when something is left over.

    `own`: tensors of target's shape; `shared`: N×K×H×W, of which every channel takes its own mixture; `relu`: with a ReLU behind.
    """
    found = _first(target, own, [(shared, fixed)], relu)
    return found[1] if found else None


def first_fit(
    target: Tensor, own: Sequence[Tensor], skips: Mapping[str, Tensor | None], mixed: bool, relu: bool = False
) -> tuple[str, ChannelFit] | None:
    """The first of `skips` that gives a `fit` as its `shared` (`mixed`) or as its `fixed`, None as neither: its name, and the
    fit. All of them have the same number of channels."""
    pairs = [(one, None) if mixed else (None, one) for one in skips.values()]
    found = _first(target, own, pairs, relu)
    return (list(skips)[found[0]], found[1]) if found else None


def _first(
    target: Tensor,
    own: Sequence[Tensor],
    pairs: Sequence[tuple[Tensor | None, Tensor | None]],
    relu: bool,
) -> tuple[int, ChannelFit] | None:
    """`fit` for each pair of a `shared` and a `fixed`, all at once: the number of the first that leaves nothing over, and its fit."""
    if target.ndim != 4 or any(one.shape != target.shape for one in own):
        return None
    numbers = [
        number
        for number, (shared, fixed) in enumerate(pairs)
        if (fixed is None or fixed.shape == target.shape) and (shared is None or _meets(shared, target))
    ]
    y = by_channel(target)
    allowed = TOLERANCE * max(1.0, float(y.abs().max()))
    # a ReLU lets nothing through that is below 0
    if not numbers or (relu and float(y.min()) < -allowed):
        return None
    columns = [by_channel(one) for one in own]
    # pairs×K×rows; pairs×C×rows
    fitting = [pairs[number] for number in numbers]
    common = torch.stack([y[:0] if shared is None else by_channel(shared) for shared, _ in fitting])
    wanted = torch.stack([y if fixed is None else y - by_channel(fixed) for _, fixed in fitting])
    weight = (y > 0).double() if relu else torch.ones_like(y)
    unknowns = len(columns) + 1 + common.shape[1]
    # a channel that is nearly always cut says nothing about its slopes
    known = weight.sum(1) >= unknowns + 3
    if known.double().mean() < 0.3:
        return None

    def table(rows: slice, which: slice = slice(None)) -> Tensor:
        """What is multiplied by the unknowns, and what is wanted, in some of the rows: pairs×C×rows×(unknowns + 1)."""
        ends = wanted[which, :, rows, None]
        each = [one[:, rows, None].expand_as(ends) for one in [*columns, torch.ones_like(y)]]
        all_alike = common[which, None, :, rows].transpose(2, 3).expand(-1, len(y), -1, -1)
        return torch.cat([*each, all_alike, ends], -1) * weight[:, rows, None]

    # Most fits fail, and a few rows show it: R's last number is what no unknowns can take away there.
    few = slice(None, None, y.shape[1] // (ENOUGH * unknowns) | 1)
    rs = torch.linalg.qr(table(few), mode="r").R
    left = rs[..., -1, -1].square()
    fails = ((left > (SURELY * allowed) ** 2 * weight[:, few].sum(1)) & known).any(1)

    def explains(found: Tensor, pair: int) -> bool:
        """Nothing is left over of y with these numbers: C×unknowns."""
        made = found[:, len(columns) :][:, :1] + found[:, len(columns) + 1 :] @ common[pair] + (y - wanted[pair])
        for number, one in enumerate(columns):
            made += found[:, number, None] * one
        return bool(((made.clamp_min(0) if relu else made) - y).abs()[known].max() <= allowed)

    for pair in (~fails).nonzero().flatten().tolist():
        if not all(one.sum().isfinite() for one in (y, wanted[pair], common[pair], *columns)):
            continue
        r = rs[pair]
        found = torch.linalg.solve_triangular(r[:, :-1, :-1], r[:, :-1, -1:], upper=True).squeeze(-1)
        size = r.diagonal(dim1=1, dim2=2)[:, :-1].abs()
        # where they are too few to tell the unknowns apart, all rows, and of all solutions the smallest
        if not (size.amin(1) > FIRM * size.amax(1))[known].all() or not explains(found, pair):
            whole = table(slice(None), slice(pair, pair + 1))[0]
            found = torch.linalg.lstsq(whole[..., :-1], whole[..., -1:]).solution.squeeze(-1)
            if not explains(found, pair):
                continue
        found[~known] = torch.nan
        slopes, constant, mix = found.split([len(own), 1, found.shape[1] - len(own) - 1], 1)
        return numbers[pair], ChannelFit(slopes, mix, constant[:, 0])
    return None


def _meets(shared: Tensor, target: Tensor) -> bool:
    """They have images and pixels alike."""
    return (shared.shape[0], *shared.shape[2:]) == (target.shape[0], *target.shape[2:])


def normed(found: ChannelFit, before: Tensor, mean: bool = True) -> bool:
    """As batch norm starts: the fit's first slope makes the spread of each channel of `before` 1, and (`mean`) its mean 0."""
    x = by_channel(before)
    scale = found.slopes[:, 0].abs() * (x.var(1, unbiased=False) + 1e-5).sqrt()
    centre = found.slopes[:, 0] * x.mean(1) + found.constant
    known = scale.isfinite()
    good = (scale - 1).abs()[known].max() < NORMED
    return bool(good and (not mean or centre.abs()[known].max() < NORMED))


def by_channel(value: Tensor, columns: slice = slice(None)) -> Tensor:
    """N×C×… as C rows, float64, on the CPU; of these the `columns`."""
    return value.cpu().transpose(0, 1).flatten(1)[:, columns].double()


def same(a: Tensor | None, b: Tensor) -> bool:
    """Equal up to float32's rounding."""
    return (
        a is not None and a.shape == b.shape and bool(torch.isclose(a.double(), b.double(), rtol=1e-5, atol=1e-5).all())
    )


def learned(mix: Tensor, parameters: Mapping[str, Tensor], spreads: Sequence[Tensor] = ()) -> bool:
    """Each row of `mix` (nf×ni) is a multiple of the same row of one parameter, as behind a 1×1 convolution and a batch norm; or the
    same with the columns divided by one of `spreads` (ni numbers), as with a batch norm in front, whose γ is a parameter too."""
    gains = [value.double() for value in parameters.values() if value.shape == mix.shape[1:]]
    fronts = [torch.ones_like(mix[0])]
    if mix.shape[1] > 1:  # a single column is any front's
        fronts += [gain / one for one in spreads for gain in (fronts[0], *gains) if bool(gain.all())]
    return any(_rows_of_one(mix / front, parameters) for front in fronts)


def spread(x: Tensor) -> Tensor:
    """By what batch norm divides each channel of x."""
    return (by_channel(x).var(1, unbiased=False) + 1e-5).sqrt()


def _rows_of_one(mix: Tensor, parameters: Mapping[str, Tensor]) -> bool:
    """Each row of `mix` is a multiple of the same row of one of these."""
    known = mix.isfinite().all(1)
    for value in parameters.values():
        flat = value.double().squeeze()
        for weight in (flat, flat.T if flat.ndim == 2 else flat):
            if value.ndim < 2 or weight.numel() != mix.numel():
                continue
            rows = weight.reshape(mix.shape)
            cosine = F.cosine_similarity(rows[known], mix[known], dim=1, eps=1e-12).abs()
            # the sign and size of a row are batch norm's; rows of one number say nothing more than that they are not all alike
            nothing = torch.maximum(rows[known].abs().amax(1), mix[known].abs().amax(1)) < 1e-4
            if bool(((cosine > 1 - 1e-4) | nothing).all()) and (mix.shape[1] > 1 or _differ(mix[known])):
                return True
    return False


def _differ(mix: Tensor) -> bool:
    return len(mix) < 2 or bool((mix - 1).abs().max() > 1e-3)

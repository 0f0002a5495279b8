"""How a block with a residual and a skip path makes its result, worked out from the operations that ran and their numbers.

Nothing here depends on names, on layers against functions, or on the order of steps that commute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_live.exercise.judging.channel_fit import ChannelFit, first_fit, fit, normed, same, spread

NO_SKIP = "none"
EXPLAINED = "explained"


def convolutions(flow: dict[str, Any], spatial: bool | None = None) -> list[dict[str, Any]]:
    """The convolutions that ran, without those by which a pool is written (their weights are constants that add pixels up);
    `spatial`: only those with (True) or without (False) a window larger than one pixel."""
    seen = [step for step in flow["steps"] if step["op"] == "convolution" and not step.get("counts")]
    if spatial is None:
        return seen
    return [step for step in seen if any(side > 1 for side in step["weight"][2:]) == spatial]


def result(flow: dict[str, Any]) -> Tensor:
    """What came out, in float64."""
    return flow["value"]["data"].double()


def normed_step(flow: dict[str, Any], conv: dict[str, Any]) -> Tensor | None:
    """The output of the batch norm behind this convolution, in a run of a block as built; None when there is none."""
    index = next(number for number, step in enumerate(flow["steps"]) if step is conv)
    for step in flow["steps"][index + 1 :]:
        after = step["output"]
        if after is not None and after.shape == conv["output"].shape:
            found = fit(after, [conv["output"]])
            if found and normed(found, conv["output"]):
                return after
    return None


# ---- Decomposition ----


def _padded(x: Tensor, s: int) -> Tensor:
    return F.avg_pool2d(F.pad(x, (0, -x.shape[3] % s, 0, -x.shape[2] % s)), s)


# How x can be made smaller by the stride, and what to say about each of the wrong modes.
DOWNSAMPLES: dict[str, Callable[[Tensor, int], Tensor]] = {
    "average": lambda x, s: F.avg_pool2d(x, s, ceil_mode=True),
    "strided": lambda x, s: x[:, :, ::s, ::s],
    "max": lambda x, s: F.max_pool2d(x, s, ceil_mode=True),
    "adaptive": lambda x, s: F.adaptive_avg_pool2d(x, _sides(x, s)),
    "adaptive max": lambda x, s: F.adaptive_max_pool2d(x, _sides(x, s)),
    "zeros": _padded,
    "window 3": lambda x, s: F.avg_pool2d(x, 3, s, 1),
    "window 3 without the edge": lambda x, s: F.avg_pool2d(x, 3, s, 1, count_include_pad=False),
    "window 2": lambda x, s: F.avg_pool2d(x, 2, s, ceil_mode=True),
    "interpolated": lambda x, s: F.interpolate(x, size=_sides(x, s), mode="bilinear"),
    "interpolated at the corners": lambda x, s: F.interpolate(
        x, size=_sides(x, s), mode="bilinear", align_corners=True
    ),
    "nearest": lambda x, s: F.interpolate(x, size=_sides(x, s)),
    "sum": lambda x, s: F.avg_pool2d(x, s, ceil_mode=True, divisor_override=1),
}
DOWNSAMPLE_HINTS = {
    "strided": "Your skip path keeps one pixel of each window and drops the others. Let all of them count.",
    "max": "The skip path takes the largest value of each window; it should take the mean, so that all pixels count.",
    "adaptive": "Adaptive pooling gives the right size. Where the stride does not divide the size, its windows "
    "overlap, so "
    "the values are others than those of a pool whose window is the stride.",
    "adaptive max": "The skip path takes the largest value of each window; it should take the mean.",
    "zeros": "Zeros were added at the edge and count in the mean, so the edge gets darker. The last window's "
    "mean is over what is there.",
    "window 3": "The windows on the skip path are 3×3 and overlap. Their size is that of the stride, and they "
    "do not overlap.",
    "window 3 without the edge": "The windows on the skip path are 3×3 and overlap. Their size is that of the stride.",
    "window 2": "The window has 2×2 pixels whatever the stride. Pool by the stride, so that no pixel is left "
    "out or read twice.",
    "interpolated": "Interpolation gives the right size and, but for stride 2 on even sizes, other values than "
    "the mean of each window.",
    "interpolated at the corners": "Interpolation gives the right size, and other values than the mean of each window.",
    "nearest": "Your skip path keeps one pixel of each window and drops the others. Let all of them count.",
    "sum": "The skip path adds the pixels of each window up. It should take their mean.",
}


def _sides(x: Tensor, s: int) -> tuple[int, int]:
    return -(-x.shape[2] // s), -(-x.shape[3] // s)


@dataclass(frozen=True)
class Decomposition:
    """How a block's result is made.

    `downsample`: how the skip path makes x smaller, a key of DOWNSAMPLES; "" where it does not, NO_SKIP where there is none;
    `mixes_channels`: it has a 1×1 convolution; `has_activation`: it has an activation; `relu_after`: a ReLU behind the sum; `last`:
    the residual path's last convolution; `fit`: the numbers, the slope of the residual path first; `inner`: where that path ends
    with a ReLU, the fit of what is before it; `spreads`: of x and of x made smaller, by channel.
    """

    downsample: str
    mixes_channels: bool
    has_activation: bool
    relu_after: bool
    last: dict[str, Any]
    fit: ChannelFit
    inner: ChannelFit | None
    spreads: tuple[Tensor, ...]

    @property
    def has_residual(self) -> bool:
        """The residual path has a share in the result."""
        return bool(self.fit.slopes[:, 0].nan_to_num().abs().max() > 1e-4)

    @property
    def subtracted(self) -> bool:
        """The residual path is taken away from x: what batch norm multiplies it by is positive, so here the sum does not add."""
        return self.has_residual and bool((self.fit.slopes[:, 0].nan_to_num() <= 1e-4).all())

    @property
    def last_normed(self) -> bool:
        """With γ = 1, the residual path's last convolution is followed by a batch norm."""
        return normed(self.inner or self.fit, self.last["output"], mean=False)


def decompose(flow: dict[str, Any], x: Tensor, stride: int, last: dict[str, Any] | None = None) -> Decomposition | None:
    """The first explanation of the result, right ones before wrong ones; None when nothing explains it.

    `last`: the residual path's last convolution (default: the last one that is not 1×1). The explanation is kept with the flow:
    several checks ask for it.
    """
    spatial = convolutions(flow, spatial=True)
    if last is None and not spatial:
        return None
    last = last or spatial[-1]
    known: list[tuple] = flow.setdefault(EXPLAINED, [])
    for asked_x, asked_stride, asked_last, found in known:
        if asked_stride == stride and asked_last is last and torch.equal(asked_x, x):
            return found
    found = _explanation(flow, x, stride, last)
    known.append((x, stride, last, found))
    return found


def _explanation(flow: dict[str, Any], x: Tensor, stride: int, last: dict[str, Any]) -> Decomposition | None:
    y, x = result(flow), x.double().cpu()
    residuals = list(_residuals(flow, last, y))
    modes = DOWNSAMPLES.items() if stride > 1 else ()
    skips: dict[str, Tensor | None] = {name: make(x, stride) for name, make in modes} or {"": x}
    for relu in (False, True):
        for own, inner in residuals:
            for mixed, tried in ((False, {NO_SKIP: None} | skips), (True, skips)):
                if found := first_fit(y, own, tried, mixed, relu):
                    spreads = _spreads(x, skips.get(found[0]))
                    return Decomposition(found[0], mixed, False, relu, last, found[1], inner, spreads)
    for own, inner in residuals:
        for activated in _relu_steps(flow, y):
            if not (skip := first_fit(activated, (), skips, mixed=True, relu=True)):
                continue
            for relu in (False, True):
                if added := fit(y, own, fixed=activated, relu=relu):
                    return Decomposition(skip[0], True, True, relu, last, added, inner, ())
    return None


def _spreads(x: Tensor, small: Tensor | None) -> tuple[Tensor, ...]:
    return (spread(x), spread(small)) if small is not None and small is not x else (spread(x),)


def _residuals(
    flow: dict[str, Any], last: dict[str, Any], y: Tensor
) -> Iterator[tuple[list[Tensor], ChannelFit | None]]:
    """What may stand for F(x) in a fit: the last convolution's output, or that with a ReLU behind (fastai's second layer)."""
    f_x = last["output"].double()
    yield [f_x], None
    for step in _relu_steps(flow, y):
        if inner := fit(step, [f_x], relu=True):
            yield [step], inner


def _relu_steps(flow: dict[str, Any], y: Tensor) -> list[Tensor]:
    """The intermediate results of y's shape that are never negative and sometimes 0, without the last (which is y)."""
    found: list[Tensor] = []
    for step in flow["steps"]:
        made = step["output"]
        if made is None or made.shape != y.shape or made.min() < 0 or not (made == 0).any() or same(made, y):
            continue
        if not any(same(made, one) for one in found):
            found.append(made.double())
    return found


def downsampled(mode: str, x: Tensor, stride: int) -> Tensor:
    """x made smaller by the stride in this mode (see `Decomposition.downsample`), in float64 on the CPU."""
    x = x.double().cpu()
    return DOWNSAMPLES[mode](x, stride) if mode else x

"""How often a few seeds show a gain that is there, and how often one that is not: two nets compared many times over, by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets as w
import numpy as np

from resnet_live.experiments.compare_runs import CONFIDENCE
from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import signed
from resnet_live.widgets.drawing.controls import Kit, message

SEEDS, GAINS = (2, 3, 5, 10), (0.0, 0.5, 1.0, 2.0)
COMPARISONS, DRAWN = 2000, 30

_TOP, _BOTTOM, _LEFT = 24, 184, 34


@dataclass(frozen=True)
class Luck:
    """`COMPARISONS` comparisons of `seeds` runs a side, where the true difference is `gain` points: one value for each.

    `low`, `high`: the interval; `shown`: it lies beside zero; `apart`: all runs of one side lie above all of the other.
    """

    seeds: int
    gain: float
    low: np.ndarray
    high: np.ndarray
    shown: np.ndarray
    apart: np.ndarray


def seed_luck(spread: float, seeds: Sequence[int] = SEEDS, gains: Sequence[float] = GAINS) -> w.Widget:
    """The interactive figure: choose the runs a side and the true gain; see intervals, and how often each rule sees a gain.

    `spread`: standard deviation over seeds of one net, in points of accuracy. `gains`: in points. Raises ValueError for a
    spread that is not above 0, and for fewer than two seeds.
    """
    if not spread > 0 or min(seeds) < 2:
        raise ValueError(f"A spread above 0 and two seeds or more: got {spread} and {min(seeds)}.")
    kit = Kit()
    start = 3 if 3 in seeds else seeds[0]
    controls = [kit.one_of("seeds a side", seeds, start), kit.one_of("true gain", gains, gains[0])]
    reach = max(gains) + 3 * spread
    return kit.interactive("seed-luck", controls, lambda n, gain: _state(compared(n, gain, spread), reach))


def compared(seeds: int, gain: float, spread: float) -> Luck:
    """Runs drawn from two bell curves that lie `gain` apart, compared by the rule of all pages; the same numbers each time."""
    from scipy.stats import ttest_ind

    random = np.random.default_rng(seeds)
    one = random.normal(gain, spread, (COMPARISONS, seeds))
    other = random.normal(0.0, spread, (COMPARISONS, seeds))
    interval = ttest_ind(one, other, axis=1, equal_var=False).confidence_interval(CONFIDENCE)
    shown = (interval.low > 0) | (interval.high < 0)
    apart = (one.min(1) > other.max(1)) | (one.max(1) < other.min(1))
    return Luck(seeds, gain, interval.low, interval.high, shown, apart)


def _state(luck: Luck, reach: float) -> str:
    def y(points: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (min(max(points, -reach), reach) + reach) / (2 * reach)

    step = (svg.WIDTH - 8 - _LEFT) / DRAWN
    lines = {True: "", False: ""}
    for place in range(DRAWN):
        x = svg.num(_LEFT + (place + 0.5) * step)
        low, high = float(luck.low[place]), float(luck.high[place])
        lines[bool(luck.shown[place])] += f"M{x} {svg.num(y(low))}V{svg.num(y(high))}"
    right = svg.WIDTH - 8
    frame = svg.path(f"M{_LEFT} {_TOP}V{_BOTTOM}M{_LEFT} {svg.num(y(0))}H{right}", "neutral s")
    truth = svg.path(f"M{_LEFT} {svg.num(y(luck.gain))}H{right}", "extra dash")
    labels = "".join(svg.text(_LEFT - 4, y(v) + 4, signed(v, 1), "e") for v in {-reach, 0.0, reach})
    shown = svg.path(lines[True], f"{'ok' if luck.gain else 'silent'} s w") + svg.path(lines[False], "neutral s w")
    count = int(luck.shown[:DRAWN].sum())
    alt = (
        f"{DRAWN} intervals of a difference in points, {luck.seeds} seeds a side, the true gain {luck.gain:g} dashed. "
        f"{count} of them lie beside zero."
    )
    title = svg.text(2, 14, f"{DRAWN} of {COMPARISONS:,} comparisons: difference in points")
    return svg.picture(_BOTTOM + 8, alt, title, frame, shown, truth, labels) + message(_words(luck))


def _words(luck: Luck) -> str:
    by_interval, by_overlap = (f"<code>{rule.mean():.0%}</code>" for rule in (luck.shown, luck.apart))
    side = f"With {luck.seeds} seeds a side"
    if not luck.gain:
        return (
            f"Both nets are equally good. {side} the interval lies beside zero in {by_interval} of the comparisons, "
            f"and the runs do not overlap in {by_overlap}: each of these is a false alarm."
        )
    return (
        f"One net is better by {luck.gain:g} point{'' if luck.gain == 1 else 's'}. {side} the interval shows it in {by_interval} "
        f"of the comparisons; in the others you would say “no difference that {luck.seeds} seeds can show”. "
        f"The runs do not overlap in {by_overlap}."
    )

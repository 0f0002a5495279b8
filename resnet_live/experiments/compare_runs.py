"""Say in words whether two sets of runs differ, and no more than they can show: the one rule of all pages.

The rule is the 95 % interval of the difference of the means over seeds, by Welch's method, which does not assume that both
sides scatter alike. An interval that holds zero shows no difference; a side with one run has no spread, and gets no verdict.
Two nets that have answered for the same images can be compared image by image as well: `verdict_by_image`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from resnet_live.training.right_images import unpack

CONFIDENCE = 0.95


class Outcome(Enum):
    """What two sets of runs can show."""

    ONE_RUN = auto()  # a side has one run only: no spread to compare with, no verdict
    NOT_SHOWN = auto()  # the interval holds zero
    HIGHER = auto()
    LOWER = auto()


@dataclass(frozen=True)
class Difference:
    """The mean of some runs minus that of others (`gap`), its interval from `low` to `high`, and how many runs each side has.

    `low` and `high` are nan when a side has one run only.
    """

    gap: float
    low: float
    high: float
    runs: int
    others: int

    @property
    def outcome(self) -> Outcome:
        """What the interval shows."""
        if min(self.runs, self.others) == 1:
            return Outcome.ONE_RUN
        if self.low <= 0 <= self.high:
            return Outcome.NOT_SHOWN
        return Outcome.HIGHER if self.gap > 0 else Outcome.LOWER

    @property
    def seeds(self) -> str:
        """How many seeds each side has, in words: "3 seeds", or "3 and 5 seeds"."""
        return f"{self.runs} seeds" if self.runs == self.others else f"{self.runs} and {self.others} seeds"

    @property
    def interval(self) -> str:
        """The interval in words, without a unit: "95% interval 0.40 to 1.60"."""
        return f"{CONFIDENCE:.0%} interval {number(self.low)} to {number(self.high)}"


def difference(values: Sequence[float], others: Sequence[float]) -> Difference:
    """Compare the results of two sets of runs, one value a seed. Raises ValueError when a side has no runs."""
    if not values or not others:
        raise ValueError(f"Nothing to compare: one side has {len(values)} runs, the other {len(others)}.")
    gap = sum(values) / len(values) - sum(others) / len(others)
    low = high = math.nan
    if min(len(values), len(others)) > 1:
        low, high = _welch(values, others, gap)
    return Difference(gap, low, high, len(values), len(others))


def paired_by_image(right: Sequence[float], others: Sequence[float]) -> Difference:
    """Compare two nets on the same images: each side says for each image, in one order, how far it was right (0 to 1).

    Most images are easy for both or hard for both: looked at in pairs, these drop out, and the interval is narrower than that of
    two accuracies. It says what other images of this kind would give *these two nets*, nothing of other seeds. Its counts are
    images. Raises ValueError when the sides differ in length, or have fewer than two images.
    """
    if len(right) != len(others) or len(right) < 2:
        raise ValueError(
            f"Pairs need the same images, two or more: one side has {len(right)}, the other {len(others)}."
        )
    apart = [a - b for a, b in zip(right, others, strict=True)]
    gap = sum(apart) / len(apart)
    if len(set(apart)) == 1:
        return Difference(gap, gap, gap, len(right), len(others))
    from scipy.stats import ttest_1samp

    interval = ttest_1samp(apart, 0.0).confidence_interval(CONFIDENCE)
    return Difference(gap, float(interval.low), float(interval.high), len(right), len(others))


def right_by_image(kept: Sequence[str], images: int) -> list[float]:
    """For each of the `images` for validation: the share of the runs that are right on it. `kept`: each run's `right`, as recorded.

    Empty without runs. Raises ValueError when a text is not of so many images.
    """
    answers = [unpack(right, images) for right in kept]
    return [sum(image) / len(answers) for image in zip(*answers, strict=True)]


def verdict(what: str, name: str, values: Sequence[float], other: str, others: Sequence[float]) -> str:
    """One sentence that compares `values` of the runs `name` with those of `other`, e.g. losses after the last epoch.

    Raises ValueError when a side has no runs.
    """
    if not values or not others:
        raise ValueError(f"Nothing to compare: {name} has {len(values)} runs, {other} has {len(others)}.")
    found = difference(values, others)
    name, other = _quoted(name), _quoted(other)
    gap = f"{number(abs(found.gap))} {'higher' if found.gap > 0 else 'lower'} than {other}"
    match found.outcome:
        case Outcome.ONE_RUN:
            return (
                f"{what}: {name} came out {gap}. "
                "With one run there is no spread to compare with: it may be chance, so there is no verdict."
            )
        case Outcome.NOT_SHOWN:
            return (
                f"{what}: no difference that {found.seeds} can show. "
                f"{name} came out {gap} on average; {found.interval}, which holds zero."
            )
        case _:
            return f"{what}: {name} is {gap} on average ({found.interval}, {found.seeds})."


def verdict_by_image(name: str, right: Sequence[float], other: str, others: Sequence[float]) -> str:
    """One sentence that compares the nets `name` and `other` on the same images, in points; both sides as `right_by_image` has them.

    Raises ValueError as `paired_by_image` does.
    """
    found = paired_by_image([100 * share for share in right], [100 * share for share in others])
    gap = f"{number(abs(found.gap))} points {'higher' if found.gap > 0 else 'lower'} than {other}"
    if found.outcome is Outcome.NOT_SHOWN:
        return (
            f"Image by image: no difference that these {found.runs:,} images can show. "
            f"{name} came out {gap}; {found.interval}, which holds zero."
        )
    return f"Image by image, on the same {found.runs:,}: {name} is {gap} ({found.interval})."


def _welch(values: Sequence[float], others: Sequence[float], gap: float) -> tuple[float, float]:
    if len(set(values)) == len(set(others)) == 1:
        return gap, gap  # no run differs from its like, so there is nothing to estimate a width from
    from scipy.stats import ttest_ind  # half a second: only where runs are compared

    interval = ttest_ind(values, others, equal_var=False).confidence_interval(CONFIDENCE)
    return float(interval.low), float(interval.high)


def _quoted(name: str) -> str:
    """A name with a comma in quotes, so that a sentence shows where it ends: “160, the file itself” came out lower."""
    return f"“{name}”" if "," in name else name


def number(value: float) -> str:
    """`value` as pages show it: two decimals, two digits from 100 on, a true minus sign."""
    shown = f"{value:.2f}" if abs(value) < 100 else f"{value:.2g}"
    return "0.00" if shown == "-0.00" else shown.replace("-", "−")

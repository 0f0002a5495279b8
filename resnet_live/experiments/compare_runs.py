"""Say in words whether two sets of runs differ, and no more than they can show."""

from collections.abc import Sequence


def ranges_apart(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether all of `a` lies above all of `b`, or below. Runs of one method lie within a range; ranges that touch do not count."""
    return min(a) > max(b) or max(a) < min(b)


def verdict(what: str, name: str, values: Sequence[float], other: str, others: Sequence[float]) -> str:
    """One sentence that compares `values` of the runs `name` with those of `other`, e.g. losses after the last epoch.

    It claims a difference only when the ranges do not overlap, and says so when a side has one run only: then there is
    no spread to compare with. Raises ValueError when a side has no runs.
    """
    if not values or not others:
        raise ValueError(f"Nothing to compare: {name} has {len(values)} runs, {other} has {len(others)}.")
    gap = sum(values) / len(values) - sum(others) / len(others)
    direction = "higher" if gap > 0 else "lower"
    if min(len(values), len(others)) == 1:
        return (
            f"{what}: {name} came out {_number(gap)} {direction} than {other}. "
            "With one run there is no spread to compare with: it may be chance."
        )
    if not ranges_apart(values, others):
        return f"{what}: the runs of {name} and {other} overlap. No difference that these seeds can show."
    return f"{what}: {name} is {_number(gap)} {direction} than {other} on average, and the runs do not overlap."


def _number(gap: float) -> str:
    return f"{abs(gap):.2f}" if abs(gap) < 100 else f"{abs(gap):.2g}"

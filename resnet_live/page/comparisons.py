"""Several comparisons of runs in one table: what `compare_runs.verdict` says in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from resnet_live.experiments.compare_runs import Outcome, difference, number

if TYPE_CHECKING:
    from pandas import DataFrame

_SHOWN = {
    Outcome.ONE_RUN: "one run a side: no verdict",
    Outcome.NOT_SHOWN: "no difference shown",
    Outcome.HIGHER: "higher",
    Outcome.LOWER: "lower",
}


def comparisons(*rows: tuple[str, str, Sequence[float], str, Sequence[float]]) -> DataFrame:
    """One line for each row (what, name, its values, other, their values), as `verdict` takes them.

    Columns: the two means, their difference with its interval ("–" with one run a side), and what that shows of `name`.
    Raises ValueError when a side has no runs.
    """
    from pandas import DataFrame

    lines = []
    for what, name, values, other, others in rows:
        found = difference(values, others)
        known = found.outcome is not Outcome.ONE_RUN
        lines.append(
            {
                "what": what,
                "runs": f"{name} and {other}".replace("-", "\N{NON-BREAKING HYPHEN}"),
                "means": f"{number(sum(values) / len(values))} and {number(sum(others) / len(others))}",
                "difference": number(found.gap),
                "95 % interval": f"{number(found.low)} to {number(found.high)}" if known else "–",
                "it is": _SHOWN[found.outcome],
            }
        )
    # named by the columns: an index with a name of its own would get a second, empty row of headings
    return DataFrame(lines).set_index("what").rename_axis(index=None, columns="what")

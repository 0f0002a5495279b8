"""What is wrong with a network's batch norms and ReLUs by `observers.layer_facts`. Each function gives feedback, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_live.exercise.feedback import Feedback

# Without a ceiling one number of hundreds is the largest, behind a max-pool it counts up to four times, and where small weights
# have made a map constant it fills one channel of 16 or more. With a ceiling it is half of them.
MOST_AT_TOP = 0.1


def shared_norm(record: Mapping[str, Any], given: str) -> Feedback | None:
    """Feedback on a batch norm that ran more than once in a run (see `run_counted`)."""
    for name, count in record["norms"].items():
        if count > 1:
            return Feedback(
                f"the batch norm `{name}` ran after {count} convolutions",
                "a batch norm of its own for each convolution",
                given,
                "The layers share one batch norm: its γ, β and running statistics would have to fit all of them. Make a new one for "
                "each layer.",
                misconception="shared batch norm",
            )
    return None


def ceiling(shares: Sequence[float], given: str) -> Feedback | None:
    """Feedback on an activation that cuts off large numbers (see `shares_at_top`)."""
    if all(share <= MOST_AT_TOP for share in shares):
        return None
    return Feedback(
        "an activation that cuts off large numbers",
        "a ReLU: it cuts off what is below 0, and nothing else",
        given,
        "ReLU has no upper limit. `nn.ReLU6` and `nn.Hardtanh` have one.",
        misconception="ReLU with a ceiling",
    )

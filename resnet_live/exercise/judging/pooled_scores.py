"""Do a network's scores follow from its last feature maps by one pool and one linear layer?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from resnet_live.exercise.feedback import Misconception
from resnet_live.exercise.judging.compare import close


def as_asked(answer: Callable[[Tensor], Tensor]) -> Misconception:
    """What is asked for, in a list of misconceptions: it has neither a name nor a hint."""
    return Misconception("", answer, "")


# How maps (N×C×positions) can become one number a channel.
POOLS = (
    as_asked(lambda t: t.mean(2)),
    Misconception(
        "maximum of each map",
        lambda t: t.amax(2),
        "That is the maximum of each map; this network takes the average.",
    ),
    Misconception(
        "sum of each map",
        lambda t: t.sum(2),
        "That is the sum of each map: it grows with the image. Take the average.",
    ),
    Misconception(
        "one position of each map",
        lambda t: t[..., 0],
        "One position of the map speaks for all. Average over the map.",
    ),
)


# What may stand behind the linear layer, and has no place there.
ENDS = (
    as_asked(lambda scores: scores),
    Misconception(
        "softmax behind the linear layer",
        lambda scores: scores.softmax(1),
        "There is a softmax behind the linear layer. Softmax belongs to the loss: cross-entropy has its own.",
    ),
    Misconception(
        "log-softmax behind the linear layer",
        lambda scores: scores.log_softmax(1),
        "There is a log-softmax behind the linear layer. It belongs to the loss: cross-entropy has its own.",
    ),
    Misconception(
        "sigmoid behind the linear layer",
        lambda scores: scores.sigmoid(),
        "There is a sigmoid behind the linear layer. The loss takes plain scores.",
    ),
    Misconception(
        "ReLU behind the linear layer",
        lambda scores: scores.relu(),
        "There is a ReLU behind the linear layer. A score may be negative.",
    ),
)


def pooled_by(
    scores: Tensor, maps: Iterable[Tensor], parameters: Iterable[Tensor], pools: Iterable[Misconception] = POOLS
) -> Misconception | None:
    """What was misunderstood where one of `maps` gives the scores: the first of ENDS and of `pools` with which it does (without a name
    where both are as asked); None when none does.

    `scores`: N×classes; `maps`: float64, as the pools take them; `parameters`: the network's: the linear layer's weights are one of
    shape classes×C, or C×classes where it is written as a product, its bias one of shape classes, or none.
    """
    if scores.ndim != 2:
        return None
    own, classes = [value.double() for value in parameters], scores.shape[1]
    biases = [value.flatten() for value in own if value.shape in ((classes,), (1, classes))]
    biases.append(torch.zeros(classes, dtype=torch.float64))
    weights = [value.flatten(1) for value in own if value.ndim > 1 and len(value) == classes]
    weights += [value.T for value in own if value.ndim == 2 and value.shape[1] == classes]
    maps, pools = list(maps), list(pools)
    for end in ENDS:
        for pool in pools:
            for pooled in map(pool.answer, maps):
                fitting = [weight for weight in weights if weight.shape[1] == pooled.shape[1]]
                if any(close(scores, end.answer(pooled @ weight.T + bias)) for weight in fitting for bias in biases):
                    return end if end.name else pool
    return None

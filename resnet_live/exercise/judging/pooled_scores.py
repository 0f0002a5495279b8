"""Do a network's scores follow from its last feature maps by one pool and one linear layer?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from resnet_live.exercise.judging.compare import close

Pool = Callable[[Tensor], Tensor]

# How maps (N×C×positions) can become one number a channel: the hint, "" where it is the average that is asked for.
POOLS: Mapping[str, Pool] = {
    "": lambda t: t.mean(2),
    "That is the maximum of each map; this network takes the average.": lambda t: t.amax(2),
    "That is the sum of each map: it grows with the image. Take the average.": lambda t: t.sum(2),
    "One position of the map speaks for all. Average over the map.": lambda t: t[..., 0],
}


# What may stand behind the linear layer, and has no place there.
ENDS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "": lambda scores: scores,
    "There is a softmax behind the linear layer. Softmax belongs to the loss: cross-entropy has its own.": lambda scores: (
        scores.softmax(1)
    ),
    "There is a log-softmax behind the linear layer. It belongs to the loss: cross-entropy has its own.": lambda scores: (
        scores.log_softmax(1)
    ),
    "There is a sigmoid behind the linear layer. The loss takes plain scores.": lambda scores: scores.sigmoid(),
    "There is a ReLU behind the linear layer. A score may be negative.": lambda scores: scores.relu(),
}


def pool_hint(
    scores: Tensor, maps: Iterable[Tensor], parameters: Iterable[Tensor], pools: Mapping[str, Pool] = POOLS
) -> str | None:
    """The hint of the first pool, and of the first thing behind the linear layer, with which one of `maps` gives the scores; None when
    none does.

    `scores`: N×classes; `maps`: float64, as the pools take them; `parameters`: the network's: the linear layer's weights are one of
    shape classes×C, its bias one of shape classes, or none.
    """
    own, classes = [value.double() for value in parameters], scores.shape[1]
    biases = [value for value in own if value.shape == (classes,)] + [torch.zeros(classes, dtype=torch.float64)]
    weights = [value.flatten(1) for value in own if value.ndim > 1 and len(value) == classes]
    maps = list(maps)
    for end_hint, end in ENDS.items():
        for hint, pool in pools.items():
            for pooled in map(pool, maps):
                fitting = [weight for weight in weights if weight.shape[1] == pooled.shape[1]]
                if any(close(scores, end(pooled @ weight.T + bias)) for weight in fitting for bias in biases):
                    return end_hint or hint
    return None

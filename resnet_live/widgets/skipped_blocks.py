"""A trained net, one block taken out of it: what is left of the accuracy, in a residual net and in a plain one.

The experiment is that of Veit, Wilber and Belongie 2016 (https://arxiv.org/abs/1605.06431), section 4.1.
"""

from collections.abc import Sequence
from math import isfinite

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message
from resnet_live.widgets.drawing.nets import COLOUR

_LEFT = 42
_CHAIN = 54  # y of the wire that goes through the blocks
_TOP, _BOTTOM = 102, 212  # of the bars


def skipped_blocks(runs: Sequence[dict], chance: float = 0.1) -> w.Widget:
    """The interactive figure: choose a block to leave out, and the net if there are both kinds.

    `runs`: dicts with `net` (its name begins with "residual" or "plain"), `whole` (the accuracy of the whole net, a fraction) and
    `skipped`, a list of dicts with `name` (as "2.1", stage.block), `changes_shape` and `accuracy` (None where the net cannot run
    without the block), as `experiments.chapter07` records them. Several runs of one net are averaged. `chance`: what
    guessing scores. Raises ValueError without runs, for an unknown net, for accuracies outside 0…1, and when runs differ in
    their blocks.
    """
    nets = {kind: _SkippedNet(kind, [run for run in runs if run["net"].startswith(kind)]) for kind in COLOUR}
    strange = [run["net"] for run in runs if not run["net"].startswith(tuple(COLOUR))]
    if strange:
        raise ValueError(f"The net {strange[0]!r} is neither residual nor plain.")
    nets = {kind: net for kind, net in nets.items() if net.runs}
    if not nets:
        raise ValueError("skipped_blocks needs at least one run.")
    names = {tuple(row["name"] for row in run["skipped"]) for run in runs}
    if len(names) > 1 or not min(names, key=len):
        raise ValueError("All runs need the same blocks, at least one.")
    values = [v for run in runs for v in (run["whole"], *(row["accuracy"] for row in run["skipped"])) if v is not None]
    if not all(isfinite(v) and 0 <= v <= 1 for v in values):
        raise ValueError("Accuracies are fractions from 0 to 1.")
    (blocks,) = names
    kit = Kit()
    without = kit.one_of("leave out", ["none", *blocks], "none")
    if len(nets) == 1:
        (net,) = nets.values()
        return kit.interactive("skipped-blocks", [without], lambda name: _state(net, name, chance))
    kind = kit.either("net", "residual", "plain", False)
    return kit.interactive(
        "skipped-blocks",
        [kind, without],
        lambda plain, name: _state(nets["plain" if plain else "residual"], name, chance),
    )


class _SkippedNet:
    """One kind of net: its blocks, and the mean accuracies of its runs."""

    def __init__(self, kind: str, runs: Sequence[dict]):
        self.kind, self.runs, self.colour = kind, len(runs), COLOUR[kind]
        if not runs:
            return
        self.whole = sum(run["whole"] for run in runs) / len(runs)
        self.changes = {row["name"]: row["changes_shape"] for row in runs[0]["skipped"]}
        self.without: dict[str, float | None] = {}
        for rows in zip(*(run["skipped"] for run in runs), strict=False):
            values = [row["accuracy"] for row in rows]
            self.without[rows[0]["name"]] = None if None in values else sum(values) / len(values)


def _state(net: _SkippedNet, chosen: str, chance: float) -> str:
    listed = "; ".join(f"{name}: {_percent(value)}" for name, value in net.without.items())
    alt = (
        f"A chain of {len(net.without)} blocks of a {net.kind} net, {_taken_out(chosen)}. Below, the accuracy without each: "
        f"{listed}. The whole net: {_percent(net.whole)}."
    )
    chain, bars = _chain(net, chosen), _bars(net, chosen, chance)
    return svg.picture(_BOTTOM + 34, alt, chain, bars) + message(_message(net, chosen))


def _taken_out(chosen: str) -> str:
    return "all in place" if chosen == "none" else f"block {chosen} taken out"


def _slots(net: _SkippedNet) -> tuple[float, list[tuple[str, float]]]:
    """The width that a block has, and where each begins."""
    width = (svg.WIDTH - 6 - _LEFT) / len(net.without)
    return width, [(name, _LEFT + i * width) for i, name in enumerate(net.without)]


def _chain(net: _SkippedNet, chosen: str) -> str:
    """The blocks in a row. Skip paths run above them, dashed where pooling and a 1×1 convolution fix them."""
    width, slots = _slots(net)
    edge = min(16.0, width * 0.55)
    drawn = svg.text(2, 14, f"{net.kind} net, {_taken_out(chosen)}")
    drawn += svg.path(f"M{_LEFT - 14} {_CHAIN}h14", "neutral s")
    for name, x in slots:
        out = name == chosen
        gap = (width - edge) / 2
        box = svg.box(x + gap, _CHAIN - edge / 2, edge, edge)
        wires = f"M{svg.num(x)} {_CHAIN}h{svg.num(gap)}m{svg.num(edge)} 0h{svg.num(gap)}"
        if net.kind == "residual":
            arc = f"M{svg.num(x + 2)} {_CHAIN}v-24h{svg.num(width - 4)}v24"
            drawn += svg.path(arc, "skip dash" if net.changes[name] else "skip s")
        elif out and net.without[name] is not None:
            wires = f"M{svg.num(x)} {_CHAIN}h{svg.num(width)}"
        if out:
            drawn += svg.path(box, "error dash")
            if net.kind == "residual" or net.without[name] is None:
                continue
        else:
            drawn += svg.path(box, f"{net.colour} d")
        drawn += svg.path(wires, f"{net.colour} s")
    return drawn


def _bars(net: _SkippedNet, chosen: str, chance: float) -> str:
    """The accuracy without each block, and lines for the whole net and for guessing."""
    width, slots = _slots(net)

    def y(accuracy: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * accuracy

    drawn = svg.text(2, _TOP - 10, "accuracy without the block")
    for name, x in slots:
        value = net.without[name]
        if value is None:
            drawn += svg.text(x + width / 2, _BOTTOM - 6, "×", "m")
        else:
            bar = svg.box(x + 0.18 * width, y(value), 0.64 * width, _BOTTOM - y(value))
            drawn += svg.path(bar, f"{net.colour} {'f' if name == chosen else 't'}")
        drawn += svg.text(x + width / 2, _BOTTOM + 15, name, "m b" if name == chosen else "m")
    right = svg.WIDTH - 6
    frame = f"M{_LEFT} {_TOP}V{_BOTTOM}H{right}"
    lines = svg.path(f"M{_LEFT} {svg.num(y(net.whole))}H{right}", "ok dash")
    lines += svg.path(f"M{_LEFT} {svg.num(y(chance))}H{right}", "neutral dash")
    labels = "".join(svg.text(_LEFT - 5, y(v) + 4, f"{v:.0%}", "e") for v in (0.0, 0.5, 1.0))
    return drawn + svg.path(frame, "neutral s") + lines + labels + svg.text(right, _BOTTOM + 30, "stage.block", "e")


def _message(net: _SkippedNet, chosen: str) -> str:
    mean = f" (mean of {net.runs} runs)" if net.runs > 1 else ""
    if chosen == "none":
        return (
            f"The whole {net.kind} net: <code>{net.whole:.1%}</code> right{mean}, the green line. "
            "Guessing gives the lower line."
        )
    value = net.without[chosen]
    if value is None:
        return (
            f"Block <code>{chosen}</code> changes channels and size. Without it the next block gets a shape that it "
            "cannot take: a plain net has no way round."
        )
    if net.kind == "plain":
        how = "what comes in goes straight to the next block"
    elif net.changes[chosen]:
        how = "F is gone; x still gets through, pooled and with its 1×1 convolution"
    else:
        how = "F is gone; x goes on as it is"
    return (
        f"Without block <code>{chosen}</code> ({how}): <code>{value:.1%}</code> instead of "
        f"<code>{net.whole:.1%}</code>{mean}."
    )


def _percent(value: float | None) -> str:
    return "cannot run" if value is None else f"{value:.1%}"

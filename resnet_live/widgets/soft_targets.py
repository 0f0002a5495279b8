"""What the loss is asked for under Mixup and label smoothing: the ten target probabilities, and the lowest loss they allow.

Mixup: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization". Label smoothing: Szegedy et al. 2016, "Rethinking the
Inception Architecture", section 7; as PyTorch's `cross_entropy(label_smoothing=ε)` has it: ε is shared out among all classes.
"""

from collections.abc import Sequence
from math import log

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

LAMBDAS = tuple(i / 10 for i in range(11))
SMOOTHINGS = (0.0, 0.1, 0.2)

_ROW = 24
_LEFT, _LONGEST = 122, 160  # x at which the bars begin, length of a bar for probability 1
_PICTURE = 84  # side of the mixed picture
# Of some classes a drawing, in a square of 100 units; the others are mixed as their names.
_DRAWN = {
    "church": "M50 4v22M42 12h16M50 26l-16 20h32zM34 46v50h32v-50M66 60h28v36h-28M44 96v-22q6-10 12 0v22M74 70h8v12h-8z",
    "golf ball": "M6 50a44 44 0 1 0 88 0a44 44 0 1 0-88 0"
    + "".join(f"M{x} {y}h2" for y in range(22, 84, 14) for x in range(22 + y % 4 * 3, 84, 14)),
}


def targets(classes: int, first: int, second: int, lam: float, smoothing: float) -> list[float]:
    """The target probabilities of an image that is λ of class `first` and 1 − λ of class `second`, smoothed."""
    hard = [lam * (number == first) + (1 - lam) * (number == second) for number in range(classes)]
    return [(1 - smoothing) * share + smoothing / classes for share in hard]


def lowest_loss(probabilities: Sequence[float]) -> float:
    """The cross-entropy when the model's probabilities equal the targets; nothing gets below it."""
    return -sum(p * log(p) for p in probabilities if p > 0)


def soft_targets(names: Sequence[str], first: int = 4, second: int = 8) -> w.Widget:
    """The interactive figure: Mixup's λ and the smoothing ε → a bar for each class in `names`.

    `first` and `second` are the positions of the two mixed classes; ValueError when they are the same or not there.
    """
    if first == second or not {first, second} <= set(range(len(names))):
        raise ValueError(f"Two different positions in {len(names)} names are needed, got {first} and {second}.")
    kit = Kit()
    controls = [kit.one_of("Mixup λ", LAMBDAS, 0.7), kit.one_of("smoothing ε", SMOOTHINGS, 0.0)]

    images = _shape(names[first], "extra"), _shape(names[second], "residual")

    def draw(lam: float, smoothing: float) -> str:
        shares = targets(len(names), first, second, lam, smoothing)
        return _state(names, first, second, images, shares, lam, smoothing)

    return kit.interactive("soft-targets", controls, draw, nest=(1, 0), lasting="".join(map(svg.named, images)))


def _state(
    names: Sequence[str],
    first: int,
    second: int,
    images: tuple[str, str],
    shares: Sequence[float],
    lam: float,
    smoothing: float,
) -> str:
    bars = {"extra d": "", "residual d": "", "neutral t": ""}
    labels = ""
    for number, (name, share) in enumerate(zip(names, shares, strict=True)):
        y = 4 + number * _ROW
        style = {first: "extra d", second: "residual d"}.get(number, "neutral t")
        if share:
            bars[style] += svg.box(_LEFT, y, share * _LONGEST, _ROW - 8)
        labels += svg.text(_LEFT - 6, y + 13, name, "e")
        labels += svg.text(_LEFT + share * _LONGEST + 6, y + 13, f"{share:.2f}", "k")
    named = ", ".join(f"{name} {share:.2f}" for name, share in zip(names, shares, strict=True) if share)
    alt = f"A bar for the target probability of each class, λ = {lam}, ε = {smoothing}: {named}."
    top = len(names) * _ROW + 10
    mixed = _mixed(images[0], top, lam) + _mixed(images[1], top, round(1 - lam, 1))
    frame = svg.path(f"M{_LEFT} {top}V{top + _PICTURE}H{_LEFT + _PICTURE}V{top}z", "neutral s")
    words = svg.text(_LEFT - 6, top + 13, "the picture", "e")
    drawing = svg.picture(
        top + _PICTURE + 4, alt, *(svg.path(d, s) for s, d in bars.items()), labels, mixed, frame, words
    )
    return drawing + message(
        _message(names[first], names[second], shares[first], shares[second], shares, lam, smoothing)
    )


def _shape(name: str, colour: str) -> str:
    """An image of the class, in a square of `_PICTURE` units."""
    if name not in _DRAWN:
        return svg.text(_PICTURE / 2, _PICTURE / 2, name, "m b")
    return f"<g transform='scale({_PICTURE / 100})'>{svg.path(_DRAWN[name], f'{colour} s w')}</g>"


def _mixed(shape: str, top: float, share: float) -> str:
    """The shape in the picture, as strong as its share."""
    return f"<g opacity='{share:g}' transform='translate({_LEFT} {top})'>{svg.shown(shape)}</g>" if share else ""


def _message(one: str, other: str, first: float, second: float, shares, lam: float, smoothing: float) -> str:
    mixed = (
        f"{lam:.0%} {one} and {1 - lam:.0%} {other}"
        if 0 < lam < 1
        else f"an image of one class, {one if lam else other}"
    )
    smoothed = f", and {smoothing:.0%} of the certainty shared out among all classes" if smoothing else ""
    words = f"{mixed[0].upper()}{mixed[1:]}{smoothed}: the target is <code>{first:.2f}</code> for {one}, "
    words += f"<code>{second:.2f}</code> for {other}. "
    floor = lowest_loss(shares)
    if not floor:
        return words + "A certain and right answer has loss <code>0.00</code>."
    return words + f"No answer has a loss below <code>{floor:.2f}</code>."

"""The one-cycle schedule of a finished run: learning rate up and down, momentum mirrored, and the loss.

The idea is Leslie Smith's (1cycle, https://arxiv.org/abs/1708.07120 and https://arxiv.org/abs/1803.09820), with the
cosine form of fastai's `fit_one_cycle`. The lists come from the run itself: `learn.recorder.hps["lr"]` and `["mom"]`.
"""

from collections.abc import Callable, Iterable
from math import isfinite

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

POSITIONS = 30  # stops of the slider
_POINTS = 60  # of each curve
_LEFT, _RIGHT = 58, 330  # x of the first and the last step
_HEIGHT, _PANEL = 56, 92  # of a curve, and of a panel with its caption


def one_cycle(lrs: Iterable, moms: Iterable, losses: Iterable | None = None, epochs: float | None = None) -> w.Widget:
    """The interactive figure: a slider walks over the run.

    `lrs`, `moms` and, if given, `losses` (smoothed training loss) hold one number a step: lists, NumPy arrays or
    tensors; `epochs` is how many passes over the data they make (None: the words leave it out). Losses that are not
    finite leave a gap in the curve. Raises ValueError for fewer than two steps, unequal lengths, non-finite `lrs` or
    `moms`, and for `epochs` that are not positive.
    """
    series = {"learning rate": _numbers("lrs", lrs), "momentum": _numbers("moms", moms)}
    for name, values in series.items():
        if not all(map(isfinite, values)):
            raise ValueError(f"The {name} of this run holds values that are not finite; nothing can be drawn.")
    if losses is not None:
        series["training loss"] = _numbers("losses", losses)
    lengths = {name: len(values) for name, values in series.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ValueError(f"Each list needs one value a step, but the lengths differ: {listed}.")
    steps = lengths["learning rate"]
    if steps < 2:
        raise ValueError(f"A schedule needs at least 2 steps, here are {steps}.")
    if epochs is not None and not (isfinite(epochs) and epochs > 0):
        raise ValueError(f"epochs must be a positive number, not {epochs!r}.")

    kit = Kit()
    stops = _spread(steps, POSITIONS)
    walk = kit.walk("position", stops, len(stops) // 2, [f"step {stop + 1}" for stop in stops])
    return kit.interactive("one-cycle", [walk], _drawer(series, epochs))


def _numbers(name: str, values: Iterable) -> list[float]:
    """Floats from a list, an array or a tensor on any device. Raises ValueError unless it holds one number a step."""
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold one number a step: {error}") from None


def _spread(steps: int, most: int) -> list[int]:
    """At most `most` positions over range(steps), the first and the last among them."""
    count = min(steps, most)
    return [round(i * (steps - 1) / (count - 1)) for i in range(count)]


def _phase(step: int, lrs: list[float]) -> str:
    """Where in the cycle a step lies, in words."""
    top = max(lrs)
    if min(lrs) == top:
        return "the learning rate never changes"
    if lrs[step] == top:
        return "the peak"
    if step < lrs.index(top):
        return "warming up: the learning rate rises"
    return "cooling down: the learning rate falls"


_COLOUR = {"learning rate": "residual", "momentum": "extra", "training loss": "neutral"}
_FORMAT: dict[str, Callable[[float], str]] = {
    "learning rate": "{:.1e}".format,
    "momentum": "{:.2f}".format,
    "training loss": "{:.2f}".format,
}


def _drawer(series: dict[str, list[float]], epochs: float | None) -> Callable[[int], str]:
    """The function that draws one state; the curves are the same in each and made once."""
    steps = len(series["learning rate"])
    panels = [_Panel(name, values, i * _PANEL) for i, (name, values) in enumerate(series.items())]
    bottom = len(panels) * _PANEL
    end = f"{epochs:g} epochs" if epochs and epochs != 1 else "1 epoch" if epochs else f"step {steps}"
    axis = svg.text(_LEFT, bottom + 10, "0" if epochs else "step 1") + svg.text(_RIGHT, bottom + 10, end, "e")
    lasting = "".join(panel.lasting for panel in panels) + axis

    def draw(step: int) -> str:
        x = _LEFT + (_RIGHT - _LEFT) * step / (steps - 1)
        marker = svg.path("".join(f"M{svg.num(x)} {panel.top + 24}v{_HEIGHT + 2}" for panel in panels), "neutral dash")
        here = "".join(panel.here(step, x) for panel in panels)
        now = "; ".join(f"{name} {_FORMAT[name](values[step])}" for name, values in series.items())
        alt = f"Curves over {steps} steps: {', '.join(series)}; the marker is at step {step + 1}: {now}."
        return svg.picture(bottom + 16, alt, marker, lasting, here) + message(_message(step, series, epochs))

    return draw


class _Panel:
    """One curve over the steps with its caption and its extremes."""

    def __init__(self, name: str, values: list[float], top: float):
        self.name, self.values, self.top = name, values, top
        finite = [v for v in values if isfinite(v)]
        self.low, self.high = (min(finite), max(finite)) if finite else (0.0, 1.0)
        form = _FORMAT[name]
        frame = f"M{_LEFT} {top + 26}v{_HEIGHT}H{_RIGHT}"
        labels = svg.text(_LEFT - 6, top + 31, form(self.high), "e") if finite else ""
        if self.high > self.low:
            labels += svg.text(_LEFT - 6, top + 30 + _HEIGHT, form(self.low), "e")
        self.lasting = svg.path(frame, "neutral s") + labels + svg.path(self._curves(), f"{_COLOUR[name]} s w")

    def _y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 1.0
        return self.top + 26 + _HEIGHT * (1 - share)

    def _curves(self) -> str:
        """Path data of the curve; a value that is not finite ends a stretch."""
        stretches: list[list[tuple[float, float]]] = [[]]
        for step in _spread(len(self.values), _POINTS):
            if isfinite(self.values[step]):
                x = _LEFT + (_RIGHT - _LEFT) * step / (len(self.values) - 1)
                stretches[-1].append((x, self._y(self.values[step])))
            elif stretches[-1]:
                stretches.append([])
        return "".join(svg.curve(stretch) for stretch in stretches if len(stretch) > 1)

    def here(self, step: int, x: float) -> str:
        """The dot on the curve and the value in the caption."""
        value = self.values[step]
        caption = svg.text(_LEFT, self.top + 13, f"{self.name}: {_FORMAT[self.name](value)}", "b")
        return caption + (svg.dot(x, self._y(value), f"{_COLOUR[self.name]} f") if isfinite(value) else "")


def _message(step: int, series: dict[str, list[float]], epochs: float | None) -> str:
    lrs = series["learning rate"]
    when = f"step {step + 1} of {len(lrs)}"
    if epochs:
        when += f" (epoch {(step + 1) / len(lrs) * epochs:.1f})"
    values = [f"{name} <code>{_FORMAT[name](values[step])}</code>" for name, values in series.items()]
    return f"{when}: {', '.join(values)}: {_phase(step, lrs)}."

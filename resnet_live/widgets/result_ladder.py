"""The recorded steps of an ablation: what each adds, what it brought, and whether the runs can tell that from chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite

import ipywidgets as w

from resnet_live.experiments.compare_runs import Outcome, difference
from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import signed
from resnet_live.widgets.drawing.controls import Kit, message

_ROW = 24
_TOP = 22
_LEFT, _RIGHT = 152, 330  # x of the lowest and of the highest accuracy


@dataclass(frozen=True)
class AblationStep:
    """One step of an ablation: a short `name` (at most 20 letters), what it `adds` in a few plain words, and the `accuracies`
    (fractions) that its runs ended with, one a seed. `below`: the name of the step that it is compared with (None: the
    one before it; the first is compared with nothing).
    """

    name: str
    adds: str
    accuracies: Sequence[float]
    below: str | None = None

    @property
    def mean(self) -> float:
        return sum(self.accuracies) / len(self.accuracies)


def result_ladder(steps: Sequence[AblationStep], goal: tuple[str, float] | None = None) -> w.Widget:
    """The interactive figure: a slider climbs the steps; each run is a dot on a line of accuracy.

    A step is compared with the one below it, and a step of several runs with the first one too, where the first has several.
    `goal`: (name, accuracy) of a line to compare with. Raises ValueError for no steps, a step without runs, accuracies
    outside 0…1, and a `below` that is no step before it.
    """
    if not steps:
        raise ValueError("A ladder needs at least one step.")
    for number, step in enumerate(steps):
        if not step.accuracies or not all(isfinite(a) and 0 <= a <= 1 for a in step.accuracies):
            raise ValueError(f"Step {step.name!r} needs accuracies from 0 to 1, has {list(step.accuracies)}.")
        if step.below is not None and step.below not in [earlier.name for earlier in steps[:number]]:
            raise ValueError(f"Step {step.name!r} stands on {step.below!r}, which is no step before it.")
    kit = Kit()
    walk = kit.walk("step", range(len(steps)), 0, [step.name for step in steps])
    return kit.interactive("result-ladder", [walk], _LadderDrawer(steps, goal))


class _LadderDrawer:
    """Draws one state; all but the marked step is the same in each and made once."""

    def __init__(self, steps: Sequence[AblationStep], goal: tuple[str, float] | None):
        self.steps, self.goal = steps, goal
        values = [a for step in steps for a in step.accuracies] + ([goal[1]] if goal else [])
        self.low, self.high = floor(20 * min(values)) / 20, ceil(20 * max(values)) / 20
        if self.low == self.high:
            self.low -= 0.05
        self.bottom = _TOP + len(steps) * _ROW
        self.lasting = self._axis()

    def __call__(self, chosen: int) -> str:
        step = self.steps[chosen]
        mark = svg.path(svg.box(1, self._y(chosen) - 11, svg.WIDTH - 2, _ROW - 2), "neutral t")
        rows = "".join(self._row(number) for number in range(len(self.steps)))
        ends = (
            f"{step.mean:.1%}"
            if len(step.accuracies) == 1
            else f"{min(step.accuracies):.1%} to {max(step.accuracies):.1%}"
        )
        alt = f"Accuracy of each of {len(self.steps)} steps, one dot a run; marked: {step.name}, {ends}."
        return svg.picture(self.bottom + 18, alt, mark, self.lasting, rows) + message(self._message(chosen))

    def _x(self, accuracy: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (accuracy - self.low) / (self.high - self.low)

    def _y(self, number: int) -> float:
        return _TOP + (number + 0.5) * _ROW

    def _axis(self) -> str:
        ends = svg.text(_LEFT, self.bottom + 13, f"{self.low:.0%}", "m")
        ends += svg.text((_LEFT + _RIGHT) / 2, self.bottom + 13, "accuracy", "m")
        ends += svg.text(_RIGHT, self.bottom + 13, f"{self.high:.0%}", "e")
        frame = svg.path(f"M{_LEFT} {_TOP}V{self.bottom}H{_RIGHT}", "neutral s")
        if not self.goal:
            return frame + ends
        name, accuracy = self.goal
        line = svg.path(f"M{svg.num(self._x(accuracy))} {_TOP}V{self.bottom}", "ok dash")
        return frame + ends + line + svg.text(_RIGHT, 14, f"{name}: {accuracy:.2%}", "e")

    def _row(self, number: int) -> str:
        step, y = self.steps[number], self._y(number)
        low, high = self._x(min(step.accuracies)), self._x(max(step.accuracies))
        line = svg.path(f"M{svg.num(low)} {svg.num(y)}H{svg.num(high)}", "extra s w") if high > low else ""
        dots = "".join(svg.dot(self._x(a), y, "extra f", 3.5) for a in step.accuracies)
        return svg.text(6, y + 4, step.name) + line + dots

    def _message(self, chosen: int) -> str:
        step, runs = self.steps[chosen], len(self.steps[chosen].accuracies)
        seeds = "one run" if runs == 1 else f"{runs} runs, {min(step.accuracies):.1%} to {max(step.accuracies):.1%}"
        words = f"{escape(step.name)}: {escape(step.adds)}. Accuracy <code>{step.mean:.1%}</code> ({seeds})"
        if not chosen:
            return words + "."
        below = next(r for r in self.steps if r.name == step.below) if step.below else self.steps[chosen - 1]
        words += f", {_compared(step, below)}"
        first = self.steps[0]
        if below is not first and min(len(step.accuracies), len(first.accuracies)) > 1:
            words += f" And {_compared(step, first)}"
        return words


def _compared(step: AblationStep, below: AblationStep) -> str:
    """What `step` brings against `below`, as far as the runs can tell; as HTML, with a full stop."""
    found = difference([100 * a for a in step.accuracies], [100 * a for a in below.accuracies])
    words = f"<code>{signed(found.gap, 1)}</code> points against “{escape(below.name)}”: "
    match found.outcome:
        case Outcome.ONE_RUN:
            return words + "with one run on a side there is no spread to compare with, so no verdict."
        case Outcome.NOT_SHOWN:
            return words + f"no difference that {found.seeds} can show ({found.interval})."
        case outcome:
            return words + f"a {'gain' if outcome is Outcome.HIGHER else 'loss'} ({found.interval})."

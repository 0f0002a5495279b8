"""Training size against test size: how large the object appears in both, drawn to scale, and what the recorded nets score.

Touvron et al. 2019, "Fixing the train-test resolution discrepancy" (https://arxiv.org/abs/1906.06423).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.chart import LINE, Chart
from resnet_live.widgets.drawing.controls import Kit, message

SHARE = 0.6  # of the whole picture: how long the drawn object is
_UNIT = 0.5  # units of the drawing for a pixel
_LEFT, _FLOOR, _MIDDLE = 40, 138, 186  # of the squares
_TOP, _BOTTOM = 182, 290  # of the chart


@dataclass(frozen=True)
class TestedNet:
    """Nets that differ in their seed alone, tested at several sizes.

    `name`: how they were trained and with what images they are tested; `trained`: side of the last training crops in pixels;
    `accuracies`: test size in pixels → the accuracy of each seed in %.
    """

    __test__ = False  # for pytest: no test

    name: str
    trained: int
    accuracies: dict[int, list[float]]


def enlargement(scale: tuple[float, float]) -> float:
    """How much larger an object appears in a training crop than in the whole picture at the same size, on average.

    `scale`: the least and the greatest share of the picture's area that a crop covers, all shares being equally likely.
    """
    low, high = scale
    return 2 / (low**0.5 + high**0.5)


def size_lab(nets: Sequence[TestedNet], scale: tuple[float, float]) -> w.Widget:
    """The interactive figure: choose a net and a test size; see the object in both, and the accuracies.

    `scale`: of the nets' training crops, see `enlargement`. Raises ValueError without nets, and for one without accuracies.
    """
    if not nets or not all(net.accuracies and all(net.accuracies.values()) for net in nets):
        raise ValueError("size_lab needs nets, each with the accuracies of its test sizes.")
    lab = _Lab(tuple(nets), enlargement(scale))
    kit = Kit()
    start = nets[0].trained if nets[0].trained in lab.sizes else lab.sizes[0]
    names = [net.name for net in nets]
    controls = [kit.menu("net and images", names), kit.one_of("test size", lab.sizes, start)]
    return kit.interactive("size-lab", controls, lambda name, size: lab.state(nets[names.index(name)], size))


@dataclass(frozen=True)
class _Lab:
    """What all states of the figure share: the nets, and how much larger an object appears in a training crop."""

    nets: tuple[TestedNet, ...]
    larger: float

    @cached_property
    def sizes(self) -> list[int]:
        """Every test size of any net, in order."""
        return sorted({size for net in self.nets for size in net.accuracies})

    @cached_property
    def chart(self) -> Chart:
        sizes, values = self.sizes, [v for net in self.nets for seeds in net.accuracies.values() for v in seeds]
        across, up = (sizes[0] - 6, sizes[-1] + 6), (min(values) - 2, max(values) + 2)
        return Chart(_LEFT, svg.WIDTH - 8, _TOP, _BOTTOM, across, up)

    def state(self, net: TestedNet, size: int) -> str:
        """Drawing and words for a net at a test size."""
        fits = net.trained * self.larger  # the test size at which an object is as large as in training
        tested = self.sizes[0] <= fits <= self.sizes[-1]
        return self._picture(net, size, fits, tested) + message(_message(net, size, fits, tested))

    def _picture(self, net: TestedNet, size: int, fits: float, tested: bool) -> str:
        chart = self.chart
        shapes = [
            svg.text(_LEFT, 14, "in training", "b"),
            svg.text(_LEFT, 14 + LINE + 2, f"{net.trained} px, a crop"),
            *_square(_LEFT, net.trained, SHARE * fits, "neutral"),
            svg.text(_MIDDLE, 14, "in the test", "b"),
            svg.text(_MIDDLE, 14 + LINE + 2, f"{size} px, the whole"),
            *_square(_MIDDLE, size, SHARE * size, "residual"),
            chart.axes(self.sizes, "test size (px)"),
            svg.text(2, _TOP - 8, "accuracy (%)"),
            *(svg.path(_curve(other, chart), "neutral s") for other in self.nets if other is not net),
            svg.path(_curve(net, chart), "residual s w"),
            *(
                svg.dot(chart.px(s), chart.py(value), "residual f", 4.5 if s == size else 2)
                for s, seeds in net.accuracies.items()
                for value in seeds
            ),
        ]
        if tested:
            shapes.append(svg.path(f"M{svg.num(chart.px(fits))} {_TOP}V{_BOTTOM}", "skip dash"))
            shapes.append(svg.text(svg.WIDTH - 8, _TOP - 8, "dashed: as large as in training", "e"))
        return svg.picture(_BOTTOM + 2 * LINE + 10, _alt(net, size, fits), *shapes)


def _square(left: float, side: int, length: float, colour: str) -> list[str]:
    """A picture of `side` pixels, with an object of `length` pixels in its middle."""
    wide, long = side * _UNIT, length * _UNIT
    x, y = left + (wide - long) / 2, _FLOOR + 4 - wide / 2
    num = svg.num
    fish = (
        f"M{num(x)} {num(y)}Q{num(x + 0.35 * long)} {num(y - 0.38 * long)} {num(x + 0.74 * long)} {num(y - 0.03 * long)}"
        f"L{num(x + long)} {num(y - 0.2 * long)}L{num(x + 0.92 * long)} {num(y)}L{num(x + long)} {num(y + 0.2 * long)}"
        f"L{num(x + 0.74 * long)} {num(y + 0.03 * long)}Q{num(x + 0.35 * long)} {num(y + 0.38 * long)} {num(x)} {num(y)}z"
    )
    frame = svg.path(svg.box(left, _FLOOR + 4 - wide, wide, wide), f"{colour} s")
    eye = svg.dot(x + 0.17 * long, y - 0.05 * long, "ink f", max(1.2, 0.025 * long))
    return [frame, svg.path(fish, "skip d"), eye]


def _curve(net: TestedNet, chart: Chart) -> str:
    sizes = sorted(net.accuracies)
    return chart.line(sizes, [fmean(net.accuracies[size]) for size in sizes])


def _alt(net: TestedNet, size: int, fits: float) -> str:
    means = ", ".join(f"{s} px: {fmean(net.accuracies[s]):.1f}" for s in sorted(net.accuracies))
    return (
        f"Two squares to scale with the same fish: {net.trained} px with a fish of {SHARE * fits:.0f} px, "
        f"and {size} px with one of {SHARE * size:.0f} px. Below, accuracy in % against test size, {net.name}: {means}."
    )


def _message(net: TestedNet, size: int, fits: float, tested: bool) -> str:
    words = (
        f"Trained at {net.name}. "
        f"At <code>{size} px</code> the object is <code>{size / fits:.2f}</code> times as large as it was in training on average; "
        f"it would be as large at <code>{fits:.0f} px</code>{'' if tested else ', which was not tested'}. "
    )
    if size not in net.accuracies:
        return words + "Of these nets this test size was not recorded."
    seeds = net.accuracies[size]
    spread = f", from {min(seeds):.1f} to {max(seeds):.1f} over {len(seeds)} seeds" if len(seeds) > 1 else ""
    return words + f"Accuracy: <code>{fmean(seeds):.1f} %</code>{spread}."

"""Convolution arithmetic: out = floor((n + 2p − k) / s) + 1, with the picture of the windows.

The formula is the one in PyTorch's documentation of `Conv2d` (without dilation); one side of the map is drawn.
"""

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

KERNELS = (1, 2, 3, 5)
EXAMPLE = 128  # the size that the chapters use

_CELL = 28
_LANE = 22  # height of a lane of windows
_LANES = 3  # room for so many lanes at least: the words below should not jump
_BARS = 75  # y of the first lane


def windows(n: int, k: int, s: int, p: int) -> list[range]:
    """The cells that each window covers, counted from the first padding cell; empty when the kernel does not fit."""
    return [range(start, start + k) for start in range(0, n + 2 * p - k + 1, s)]


def conv_arithmetic() -> w.Widget:
    """The interactive figure: input cells n, kernel k, stride s, padding p → output cells."""
    kit = Kit()
    controls = [
        kit.whole("input cells n", 4, 7, 7),
        kit.one_of("kernel size k", KERNELS, 3),
        kit.whole("stride s", 1, 3, 2),
        kit.whole("padding p", 0, 2, 1),
    ]
    return kit.interactive("conv-arithmetic", controls, _state, nest=(3, 2, 0, 1))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _state(n: int, k: int, s: int, p: int) -> str:
    seen = windows(n, k, s, p)
    cells = n + 2 * p
    left = (svg.WIDTH - cells * _CELL) / 2
    unused = [] if not seen else sorted(set(range(cells)).difference(*seen))
    lanes = -(-k // s) if seen else 1
    bottom = _BARS + max(lanes, _LANES) * _LANE
    if seen:
        fate = f"{_count(len(seen), 'window')} of {_count(k, 'cell')}, {s} apart: {_count(len(seen), 'output')}."
        below = _windows(seen, lanes, left) + _output(seen, left, bottom)
    else:
        fate = f"a kernel of {k} cells, wider than the row: no window fits."
        below = _too_wide(k, cells, left, bottom)
    alt = f"{n} cells, padding {p} + {p}; {fate}"
    drawing = svg.picture(bottom + 50, alt, _input(n, p, left, unused), below, style="m")
    return drawing + message(_message(n, k, s, p, len(seen), len(unused)))


def _input(n: int, p: int, left: float, unused: list[int]) -> str:
    """The row of input cells, padding dashed, with a cross on cells that no window covers."""
    zeros = [left + _CELL * (i + 0.5) for i in (*range(p), *range(p + n, n + 2 * p)) if i not in unused]
    crosses = "".join(f"M{svg.num(left + _CELL * i + 8)} 29l12 12m0-12l-12 12" for i in unused)
    padding = [svg.row(x, 21, p, _CELL, _CELL) for x in (left, left + (p + n) * _CELL)]
    caption = f"input: n = {n}" + (f", padding {p} + {p}" if p else "")
    return (
        svg.text(svg.WIDTH / 2, 13, caption)
        + svg.path(svg.row(left + p * _CELL, 21, n, _CELL, _CELL), "neutral t")
        + svg.path("".join(padding), "neutral dash")
        + svg.letters(zeros, 40, "0" * len(zeros))
        + svg.path(crosses, "silent s")
    )


def _windows(seen: list[range], lanes: int, left: float) -> str:
    """A bar for each window, named a, b, c …, in lanes so that none covers another."""
    bars, names = "", ""
    for n in range(lanes):
        lane, y = seen[n::lanes], _BARS + n * _LANE
        bars += _lane([left + window.start * _CELL for window in lane], len(seen[0]) * _CELL, y)
        names += svg.letters([_centre(window, left) for window in lane], y + 14, _names(seen)[n::lanes])
    caption = f"{_count(len(seen), 'window')} of {_count(len(seen[0]), 'cell')}"
    if len(seen) > 1:
        caption += f", {seen[1].start} apart"
    return svg.text(svg.WIDTH / 2, _BARS - 8, caption) + svg.path(bars, "residual t") + names


def _lane(xs: list[float], width: float, y: float) -> str:
    """Path data of the bars that begin at `xs`."""
    height = _LANE - 4
    if len(xs) > 1 and xs[1] - xs[0] == width:
        return svg.row(xs[0], y, len(xs), width, height)
    return "".join(svg.box(x, y, width, height) for x in xs)


def _output(seen: list[range], left: float, top: float) -> str:
    """The output cells, each below the middle of its window."""
    centres = [_centre(window, left) for window in seen]
    starts = [x - _CELL / 2 for x in centres]
    if len(seen) > 1 and seen[1].start == 1:
        boxes = svg.row(starts[0], top + 18, len(seen), _CELL, _CELL)
    else:
        boxes = "".join(svg.box(x, top + 18, _CELL, _CELL) for x in starts)
    return (
        svg.text(svg.WIDTH / 2, top + 11, f"output: {_count(len(seen), 'cell')}")
        + svg.path(boxes, "residual d")
        + svg.letters(centres, top + 37, _names(seen))
    )


def _too_wide(k: int, cells: int, left: float, bottom: float) -> str:
    return (
        svg.text(svg.WIDTH / 2, _BARS - 8, f"the kernel is {k} cells wide, the row {cells}")
        + svg.path(svg.row(left, _BARS, 1, k * _CELL, _LANE - 4), "error t")
        + svg.text(svg.WIDTH / 2, bottom + 11, "no window fits: no output")
    )


def _centre(window: range, left: float) -> float:
    return left + (window.start + len(window) / 2) * _CELL


def _names(seen: list[range]) -> str:
    return "abcdefghijklmnop"[: len(seen)]


def _message(n: int, k: int, s: int, p: int, out: int, unused: int) -> str:
    if not out:
        return (
            f"<code>{n} → error</code>: PyTorch refuses. <code class='k'>RuntimeError: Calculated padded input size "
            f"per channel: ({n + 2 * p}). Kernel size: ({k}). Kernel size can't be greater than actual input size"
            "</code>"
        )
    large = (EXAMPLE + 2 * p - k) // s + 1
    words = f"<code>{n} → {out}</code>: floor(({n} + 2·{p} − {k}) / {s}) + 1 = {out}."
    if unused:
        words += f" {_count(unused, 'cell')} (×) {'is' if unused == 1 else 'are'} in no window."
    words += f" Likewise {EXAMPLE} becomes {large}"
    if (k, s, p) == (3, 1, 0):
        words += f" (not {large + 1}: that takes a 2×2 kernel)"
    return words + "."

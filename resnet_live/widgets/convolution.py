"""Convolution arithmetic: out = floor((n + 2p − k) / s) + 1, with the picture of the windows.

The formula is the one in PyTorch's documentation of `Conv2d` (without dilation); one side of the map is drawn.
"""

import ipywidgets as w

from resnet_live.widgets import svg
from resnet_live.widgets.frame import interactive, one_of, says, whole

KERNELS = (1, 2, 3, 5)
EXAMPLE = 128  # the size that the chapters use

_CELL = 28
_LANE = 22  # height of a lane of windows
_LANES = 3  # room for so many lanes at least: the words below should not jump


def windows(n: int, k: int, s: int, p: int) -> list[range]:
    """The cells that each window covers, counted from the first padding cell; empty when the kernel does not fit."""
    return [range(start, start + k) for start in range(0, n + 2 * p - k + 1, s)]


def conv_arithmetic() -> w.Widget:
    """The interactive figure: input cells n, kernel k, stride s, padding p → output cells."""
    controls = [
        whole("input cells n", 4, 7, 7),
        one_of("kernel size k", KERNELS, 3),
        whole("stride s", 1, 3, 2),
        whole("padding p", 0, 2, 1),
    ]
    return interactive("conv-arithmetic", controls, _state, nest=(3, 2, 0, 1))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _state(n: int, k: int, s: int, p: int) -> str:
    seen = windows(n, k, s, p)
    cells = n + 2 * p
    left = (svg.WIDTH - cells * _CELL) / 2
    used = {cell for window in seen for cell in window}
    shapes = [_input(n, p, left, used)]
    row = f"{n} cells, {p} of padding at each end"
    if seen:
        lanes = -(-k // s)
        bottom = 70 + max(lanes, _LANES) * _LANE
        shapes += [_windows(seen, lanes, left), _output(seen, left, bottom)]
        alt = f"{row}; {_count(len(seen), 'window')} of {_count(k, 'cell')}, {s} apart: {_count(len(seen), 'output')}."
    else:
        bottom = 70 + _LANES * _LANE
        shapes += [_too_wide(k, cells)]
        alt = f"{row}; a kernel of {k} cells, wider than the row: no window fits."
    return svg.picture(bottom + 46, alt, *shapes) + says(_words(n, k, s, p, seen, cells - len(used)))


def _input(n: int, p: int, left: float, used: set[int]) -> str:
    """The row of input cells, padding dashed, with a cross on cells that no window covers."""
    x = [left + _CELL * i for i in range(n + 2 * p)]
    padding = [*range(p), *range(p + n, n + 2 * p)]
    unused = [i for i in range(n + 2 * p) if used and i not in used]
    crosses = "".join(f"M{svg.num(x[i] + 8)} 29l12 12m0-12l-12 12" for i in unused)
    zeros = [x[i] + _CELL / 2 for i in padding if i not in unused]
    caption = f"input: n = {n}" + (f", and {p} + {p} padding" if p else ", no padding")
    return (
        svg.text(svg.WIDTH / 2, 13, caption, "m")
        + svg.path(svg.row(x[p], 21, n, _CELL, _CELL), "neutral t")
        + svg.path(svg.row(x[0], 21, p, _CELL, _CELL) + svg.row(x[p] + n * _CELL, 21, p, _CELL, _CELL), "neutral dash")
        + svg.letters(zeros, 40, "0" * len(zeros))
        + svg.path(crosses, "silent s")
    )


def _windows(seen: list[range], lanes: int, left: float) -> str:
    """A bar for each window, named a, b, c …, in lanes so that none covers another."""
    lane = [70 + i % lanes * _LANE for i in range(len(seen))]
    bars = [
        svg.box(left + window.start * _CELL + 1, y, len(window) * _CELL - 2, _LANE - 4)
        for window, y in zip(seen, lane, strict=True)
    ]
    names = [
        svg.letters([_centre(window, left) for window in seen[n::lanes]], 83 + n * _LANE, _names(seen)[n::lanes])
        for n in range(lanes)
    ]
    caption = f"{_count(len(seen), 'window')} of {_count(len(seen[0]), 'cell')}"
    if len(seen) > 1:
        caption += f", {seen[1].start} apart"
    return svg.text(svg.WIDTH / 2, 63, caption, "m") + svg.path("".join(bars), "residual t") + "".join(names)


def _output(seen: list[range], left: float, top: float) -> str:
    """The output cells, each below the middle of its window."""
    centres = [_centre(window, left) for window in seen]
    if len(seen) > 1 and seen[1].start == 1:
        boxes = svg.row(centres[0] - _CELL / 2, top + 19, len(seen), _CELL, _CELL)
    else:
        boxes = "".join(svg.box(x - _CELL / 2, top + 19, _CELL, _CELL) for x in centres)
    return (
        svg.text(svg.WIDTH / 2, top + 12, f"output: {_count(len(seen), 'cell')}", "m")
        + svg.path(boxes, "residual d")
        + svg.letters(centres, top + 38, _names(seen), "m b")
    )


def _too_wide(k: int, cells: int) -> str:
    left = (svg.WIDTH - cells * _CELL) / 2
    return (
        svg.text(svg.WIDTH / 2, 63, f"the kernel: {k} cells, the row: {cells}", "m")
        + svg.path(svg.box(left + 1, 70, k * _CELL - 2, _LANE - 4), "error t")
        + svg.text(svg.WIDTH / 2, 70 + _LANES * _LANE + 12, "no window fits: no output", "m")
    )


def _centre(window: range, left: float) -> float:
    return left + (window.start + len(window) / 2) * _CELL


def _names(seen: list[range]) -> str:
    return "abcdefghijklmnop"[: len(seen)]


def _words(n: int, k: int, s: int, p: int, seen: list[range], unused: int) -> str:
    if not seen:
        return (
            f"<code>{n} → error</code>: PyTorch refuses. <code class='k'>RuntimeError: Calculated padded input size per "
            f"channel: ({n + 2 * p}). Kernel size: ({k}). Kernel size can't be greater than actual input size</code>"
        )
    large = (EXAMPLE + 2 * p - k) // s + 1
    words = f"<code>{n} → {len(seen)}</code>: floor(({n} + 2·{p} − {k}) / {s}) + 1 = {len(seen)}."
    if unused:
        words += f" {_count(unused, 'cell')} (×) {'is' if unused == 1 else 'are'} in no window."
    words += f" By the same rule {EXAMPLE} becomes {large}"
    if (k, s, p) == (3, 1, 0):
        words += f" (not {large + 1}: that takes a 2×2 kernel)"
    return words + "."

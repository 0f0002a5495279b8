"""The windows of adaptive average pooling, as PyTorch chooses them: from ⌊i·n/out⌋ to ⌈(i+1)·n/out⌉.

Source: the documentation and kernels of `torch.nn.AdaptiveAvgPool1d`; one side of the map is drawn.
"""

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

LONGEST, MOST = 12, 8  # input cells, outputs

_CELL = 18
_LEFT = 44  # x of the first cell
_ROW = 22
_ROWS = 4  # room for so many windows at least: the words below should not jump


def windows(n: int, out: int) -> list[tuple[int, int]]:
    """(start, end) of each of the `out` windows over n cells; `end` is not part of the window."""
    return [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]


def adaptive_windows() -> w.Widget:
    """The interactive figure: n cells, `out` outputs → the windows of adaptive average pooling."""
    kit = Kit()
    controls = [kit.whole("input cells n", 1, LONGEST, 7), kit.whole("outputs", 1, MOST, 3)]
    return kit.interactive("adaptive-windows", controls, _state, nest=(1, 0))


def _state(n: int, out: int) -> str:
    found = windows(n, out)
    shared = [cell for cell in range(n) if sum(a <= cell < b for a, b in found) > 1]
    both = f"cells in more than one: {', '.join(map(str, shared))}" if shared else "no cell is in two"
    alt = f"{n} input {'cell' if n == 1 else 'cells'}; below, {out} {'window' if out == 1 else 'windows'}; {both}."
    height = 62 + max(out, _ROWS) * _ROW
    left = _LEFT + (LONGEST - n) * _CELL / 2
    rows = [_row(i, a, b, left) for i, (a, b) in enumerate(found)]
    return svg.picture(height, alt, _input(n, shared, left), *rows) + message(_message(n, out, found))


def _listed(found: list[tuple[int, int]]) -> str:
    return ", ".join(f"[{a}:{b}]" for a, b in found)


def _input(n: int, shared: list[int], left: float) -> str:
    """The row of input cells with their positions; cells in more than one window are shaded."""
    x = [left + _CELL * i for i in range(n)]
    caption = "input x (shaded: in more than one window)" if shared else "input x"
    return (
        svg.text(svg.WIDTH / 2 - 14, 13, caption, "m")
        + svg.path(svg.row(x[0], 21, n, _CELL, 24), "neutral t")
        + svg.path("".join(svg.box(x[i], 21, _CELL, 24) for i in shared), "extra d")
        + svg.letters([v + _CELL / 2 for v in x[:10]], 38, "0123456789"[:n], "m")
        + "".join(svg.text(x[i] + _CELL / 2, 38, str(i), "m") for i in range(10, n))
    )


def _row(i: int, start: int, end: int, left: float) -> str:
    """Window `i` in its own row: the output it makes, the cells it covers, the slice."""
    y = 57 + i * _ROW
    return (
        svg.text(2, y + 14, f"y[{i}]", "k")
        + svg.path(svg.box(left + start * _CELL + 1, y, (end - start) * _CELL - 2, _ROW - 5), f"residual {'td'[i % 2]}")
        + svg.text(svg.WIDTH, y + 14, f"x[{start}:{end}]", "k e")
    )


def _message(n: int, out: int, found: list[tuple[int, int]]) -> str:
    words = f"<code>{n} → {out}</code>: each output is the mean of its window, {_listed(found)}. "
    if out == 1:
        return words + "One window takes every cell: this is global pooling."
    if out == n:
        return words + "Each window is one cell: nothing changes."
    if n % out == 0:
        return words + f"No overlap: {out} divides {n}, so each window is {n // out} cells."
    if out % n == 0:
        return words + f"More outputs than cells: {out // n} windows in a row share the same cell."
    why = f"{out} does not divide {n}, so starts are rounded down and ends rounded up"
    more = "More outputs than cells; " if out > n else ""
    return words + f"{more}{'windows' if more else 'Windows'} overlap: {why}."

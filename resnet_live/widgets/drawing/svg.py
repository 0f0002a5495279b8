"""Terse SVG: short enough that a few hundred drawings fit into one page.

Colours and text styles are class names of `resnet_live.widgets.drawing.style_sheet`; coordinates are the units of the view box, which
is `WIDTH` wide: at that width on a phone one unit is one pixel, so text of 13 units stays readable.
"""

from collections.abc import Iterable
from html import escape
from zlib import crc32

WIDTH = 340


def num(value: float) -> str:
    """The shortest text of a coordinate, to a tenth of a unit: `4`, `4.5`."""
    return f"{value:.1f}".removesuffix(".0")


def picture(height: float, alt: str, *shapes: str, style: str = "", width: float = WIDTH) -> str:
    """An SVG image `width` × `height` units of the shapes; `alt` says in words what it shows, `style` holds for all."""
    cls = f"rl-pic {style}".strip()
    return (
        f"<svg class='{cls}' viewBox='0 0 {num(width)} {num(height)}' role='img' aria-label='{escape(alt)}'>"
        f"{''.join(shapes)}</svg>"
    )


def named(shapes: str) -> str:
    """Shapes that are not seen where they stand, but wherever `shown(shapes)` does: for what many states have in common."""
    return f"<svg><g id='{_name(shapes)}' class='rl-pic'>{shapes}</g></svg>"


def shown(shapes: str) -> str:
    """The shapes that `named` has put into the page, once, in this picture."""
    return f"<use href='#{_name(shapes)}'/>"


def _name(shapes: str) -> str:
    """By what is in them: two figures of one page can only share a name when they share the shapes."""
    return f"rl-shapes-{crc32(shapes.encode()):x}"


def box(x: float, y: float, width: float, height: float) -> str:
    """Path data of a rectangle with its upper left corner at (x, y)."""
    return f"M{num(x)} {num(y)}h{num(width)}v{num(height)}h-{num(width)}z"


def row(x: float, y: float, cells: int, width: float, height: float) -> str:
    """Path data of `cells` boxes side by side; much shorter than a box each."""
    if not cells:
        return ""
    return (
        box(x, y, cells * width, height)
        + f"m{num(width)} 0v{num(height)}" * min(cells - 1, 1)
        + (f"m{num(width)}-{num(height)}v{num(height)}" * (cells - 2))
    )


def path(data: str, style: str) -> str:
    """A shape from path data; `style` names a colour of the palette and how to use it, e.g. `residual t`."""
    return f"<path class='{style}' d='{data}'/>" if data else ""


def curve(points: Iterable[tuple[float, float]]) -> str:
    """Path data of a line through the points."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def dot(x: float, y: float, style: str, radius: float = 4.5) -> str:
    """A disc around (x, y)."""
    return f"<circle class='{style}' cx='{num(x)}' cy='{num(y)}' r='{num(radius)}'/>"


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Words with their baseline at (x, y); `style`: `m` centred, `e` ending there, `k` monospace, `b` bold."""
    cls = f" class='{style}'" if style else ""
    return f"<text{cls} x='{num(x)}' y='{num(y)}'>{escape(words)}</text>"


def times(shape: Iterable[int]) -> str:
    """A shape as text in a picture: `3×32×32`."""
    return "×".join(map(str, shape))


def letters(xs: Iterable[float], y: float, characters: str, style: str = "") -> str:
    """One character at each x, in a single element. Raises ValueError when the counts differ."""
    positions = [num(x) for x in xs]
    if len(positions) != len(characters):
        raise ValueError(f"{len(positions)} positions for the {len(characters)} characters {characters!r}")
    cls = f" class='{style}'" if style else ""
    return f"<text{cls} x='{' '.join(positions)}' y='{num(y)}'>{characters}</text>" if positions else ""

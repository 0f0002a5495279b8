"""Figures for pages: vector, with alternative text, in the colours of the page they stand on."""

from __future__ import annotations

import base64
import io
import re
import textwrap
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from resnet_live.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

# Drawn instead of black, so that it can be found again in the SVG and replaced by the page's own text colour.
INK = "#010203"

# Photographs with words in the picture: inches, points and dots an inch, so that a phone of 390 px shows them 11 px high.
PHOTO_WIDTH, PHOTO_LETTERS, PHOTO_DOTS = 5.4, 12.5, 150

# A drawing fills the column up to this many times its own size; its words are then as large as those of the page.
WIDEST = 1.1

STYLE = {
    "svg.fonttype": "none",  # keep words as words: searchable, small, in the page's font
    "font.size": 12,
    "figure.figsize": (5.4, 3.2),  # as wide as a phone shows it with words that can still be read
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.2,
    "legend.frameon": False,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color"), INK
    ),
}


class Picture:
    """HTML that a notebook shows: an inline SVG or a photograph, with `alt` as what a screen reader says."""

    def __init__(self, html: str, alt: str):
        self.html, self.alt = html, alt

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.alt


def show(fig: Figure, alt: str, photo: bool = False) -> Picture:
    """Turn a matplotlib figure into a `Picture` and close it.

    `alt`: what the figure shows, in words (ValueError when empty). `photo=True` for figures made of photographs:
    a JPEG instead of SVG, as wide as a phone, whose titles break where they are wider than their photograph. In SVG,
    ink becomes the page's text colour and each colour of `palette.COLOURS` its CSS variable, so that one drawing is right
    on light pages and on dark ones. Legends are moved above their axes, where they cover no curve.
    """
    import matplotlib.pyplot as plt

    if not alt.strip():
        raise ValueError("alt is empty: say in words what the figure shows, for those who cannot see it.")
    for ax in fig.axes:
        _legend_above(ax)
    html = _photograph(fig, alt) if photo else _drawing(fig, alt)
    plt.close(fig)
    return Picture(f'<figure class="rl-figure">{html}</figure>', alt)


def photograph(image: Image, alt: str = "", width: int | None = None, quality: int = 80) -> str:
    """An `<img>` with the PIL `image` inside it as JPEG (a data address), `width` CSS pixels wide."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="JPEG", quality=quality, optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    size = f' width="{width}"' if width else ""
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alt)}"{size}>'


def _legend_above(ax: Axes) -> None:
    """Set the legend, if there is one, above the axes, and the title above that."""
    legend = ax.get_legend()
    if legend is None:
        return
    handles, words = [each for each in legend.legend_handles if each], [text.get_text() for text in legend.get_texts()]
    columns = 1 if max(map(len, words)) > 28 else 2
    ax.legend(handles, words, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2)
    lines = -(-len(words) // columns)
    ax.set_title(ax.get_title(), pad=14 + 17 * lines)


def _photograph(fig: Figure, alt: str) -> str:
    from PIL import Image

    _fit_a_phone(fig)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=PHOTO_DOTS, bbox_inches="tight", pad_inches=0.02, facecolor="white")
    return photograph(Image.open(buffer), alt)


def _fit_a_phone(fig: Figure) -> None:
    """Make a grid of photographs `PHOTO_WIDTH` wide; its titles keep their size, and get the lines that they need."""
    width, height = fig.get_size_inches()
    grids = [spec.get_gridspec() for ax in fig.axes if (spec := ax.get_subplotspec())]
    columns, rows = max((grid.ncols for grid in grids), default=1), max((grid.nrows for grid in grids), default=1)
    letters = int(PHOTO_WIDTH * 72 / columns / (0.6 * PHOTO_LETTERS))
    most = 0  # lines of a title
    for ax in fig.axes:
        lines = [
            part for line in ax.get_title().split("\n") for part in textwrap.wrap(line, letters, break_long_words=False)
        ]
        ax.set_title("\n".join(lines), fontsize=PHOTO_LETTERS)
        most = max(most, len(lines))
    fig.set_size_inches(PHOTO_WIDTH, height * PHOTO_WIDTH / width + rows * most * 1.2 * PHOTO_LETTERS / 72)
    fig.set_layout_engine("constrained")


def _drawing(fig: Figure, alt: str) -> str:
    import matplotlib

    buffer = io.StringIO()
    # The salt makes the identifiers in the SVG differ between figures and agree between builds.
    with matplotlib.rc_context({"svg.hashsalt": alt, "svg.fonttype": "none"}):
        fig.savefig(buffer, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    return themed(buffer.getvalue(), alt)


def _power(text: re.Match[str]) -> str:
    """A power, `10⁻³`, of which matplotlib places each sign for its own typeface: as one word, with the exponent raised."""
    signs = re.findall(r'y="([-\d.]+)" style="font-size: ([\d.]+)px;[^>]*>([^<]*)<', text[0])
    parts = [
        (float(y), float(size), "".join(words for *_, words in group))
        for (y, size), group in groupby(signs, key=lambda sign: sign[:2])
    ]
    at, letters, words = parts[0]
    for y, size, raised in parts[1:]:
        words += f'<tspan dy="{y - at:.3g}" style="font-size: {size / letters:.0%}">{raised}</tspan>'
        at = y
    return (
        f'<text y="{parts[0][0]:g}" style="font: {letters:g}px var(--pst-font-family-base, sans-serif)">{words}</text>'
    )


def themed(svg: str, alt: str) -> str:
    """The `<svg>` element of matplotlib's file: colours bound to the page, `alt` attached, fixed size removed."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    # Names like "axes_1" would stand twice on a page with two figures; only clip paths and markers are referred to.
    svg = re.sub(r' id="[A-Za-z.]\w*?[._]\w+"', "", svg)
    svg = svg.replace(INK, "currentColor")
    for name, shade in COLOURS.items():
        svg = svg.replace(shade.light, f"var(--rl-{name}, {shade.light})")
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--pst-font-family-base, sans-serif)", svg)
    svg = re.sub(r"<text>(?:\s*<tspan [^>]*>[^<]*</tspan>)+\s*</text>", _power, svg)
    size = re.search(r'width="([\d.]+)pt"', svg)
    if size is None:
        raise ValueError("This is no SVG file of matplotlib: its width is not given in points.")
    width = float(size[1]) * 4 / 3 * WIDEST  # points to CSS pixels
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    head = f'<svg role="img" aria-label="{escape(alt)}" style="max-width: {width:.0f}px; width: 100%"'
    return svg.replace("<svg", head, 1)

"""A figure with controls, seen where nothing can be operated: the picture of the state in which it stands."""

import re
from collections.abc import Iterator
from typing import Any

import ipywidgets as w

from resnet_live.widgets.drawing.style_sheet import SHAPES

_SVG = re.compile(r"<svg\b[^>]*[^/]>")
_USE = re.compile(r"<use href='#([\w-]+)'/>")
WIDE = 432  # CSS pixels, as in the figure
STANDS = "An interactive figure, as it stood when it was shown."


class Figure(w.VBox):
    """The parts of a figure below each other. Whoever shows no widgets (a class's board, a published page) gets its `still`."""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any] | None:
        bundle, html = super()._repr_mimebundle_(**kwargs), still(self)
        return bundle | {"text/html": html} if bundle and html else bundle


def still(figure: w.Box) -> str:
    """HTML of the state that `figure` stands in, each drawing with its own styles: how its controls are set, and what they show.

    "" when there is nothing to see in it but words: a question must not be answered, and code is read better in the chapter.
    """
    parts = list(_seen(figure))
    if not any("<svg" in part or "<img" in part for part in parts):
        return ""
    html = _USE.sub(lambda use: _named(figure, use[1]), "".join(parts))
    html = _SVG.sub(lambda svg: f"{svg[0][:-1]} style='max-width: {WIDE}px'><style>{SHAPES}</style>", html)
    return f"<div class='rl-still'><p>{STANDS}</p>{html}</div>"


def _seen(widget: w.Widget) -> Iterator[str]:
    if isinstance(widget, w.Stack):
        if widget.selected_index is not None:
            yield from _seen(widget.children[widget.selected_index])
    elif isinstance(widget, w.Box):
        for child in widget.children:
            yield from _seen(child)
    elif widget.layout.display == "none":
        return
    elif isinstance(widget, w.HTML):
        yield widget.value
    elif (setting := getattr(widget, "label", None) or getattr(widget, "value", None)) is not None:
        yield f"<p>{widget.description}: {setting}</p>"


def _named(figure: w.Box, name: str) -> str:
    """The shapes that `svg.named` made, which stand unseen beside the states."""
    unseen = "".join(part.value for part in figure.children if isinstance(part, w.HTML))
    shapes = unseen.partition(f"<g id='{name}' ")[2].partition("</g></svg>")[0]
    return f"<g {shapes}</g>"

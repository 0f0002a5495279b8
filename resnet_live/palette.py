"""The one visual language of the course: which colour means what, in every figure.

The colours are taken from the colour-blind-safe set of Okabe and Ito (https://jfly.uni-koeln.de/color/).
Each has two shades, one for light pages and one for dark ones. In SVG and HTML use `css(name)`: the book's style sheet
sets the CSS variable for the theme in use, and the light shade is the fallback where the style sheet is absent (JupyterLab).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shade:
    """One meaning's colour: `light` on white pages, `dark` on black ones (hex strings)."""

    light: str
    dark: str


COLOURS = {
    "residual": Shade("#0072b2", "#56b4e9"),  # the residual path F(x)
    "skip": Shade("#b35900", "#e69f00"),  # the skip path x
    "error": Shade("#b3261e", "#ff8a80"),  # PyTorch raised
    "silent": Shade("#8a6100", "#f0c75e"),  # it runs, and is wrong
    "ok": Shade("#00694e", "#3ecfa0"),  # checked
    "neutral": Shade("#5f6b7a", "#a8b3c0"),  # axes, grids, padding
    "extra": Shade("#8d4b75", "#d69cc0"),  # a further curve
}


def css(name: str) -> str:
    """The CSS value of the colour `name`, e.g. `var(--rl-skip, #b35900)`. Raises KeyError for an unknown name."""
    return f"var(--rl-{name}, {COLOURS[name].light})"

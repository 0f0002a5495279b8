"""The book's style sheet and the figures' own agree with the palette, and the palette can be read."""

import re
from pathlib import Path

import pytest

from resnet_live.palette import COLOURS, css
from resnet_live.widgets.drawing.style_sheet import STYLE

STATIC = Path(__file__).parents[3] / "book" / "_static"
BOOK, FIGURES = ((STATIC / name).read_text(encoding="utf-8") for name in ("resnet_live.css", "figures.css"))
BACKGROUNDS = {"light": "#ffffff", "dark": "#12181f"}


def variables(rule: str) -> dict[str, str]:
    return dict(re.findall(r"--rl-([a-z]+): *(#[0-9a-f]{6});", rule))


def block(selector: str) -> str:
    """The declarations of the first rule whose selector ends with `selector`."""
    return re.search(re.escape(selector) + r" \{(.*?)\}", BOOK, re.DOTALL)[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_book_has_the_colours_of_the_palette(theme):
    expected = {name: getattr(shade, theme) for name, shade in COLOURS.items()}
    assert variables(block(f'html[data-theme="{theme}"]')) == expected


def test_light_is_also_the_default_of_the_book():
    assert re.search(r':root,\s*html\[data-theme="light"\] \{', BOOK)


def test_jupyterlab_has_the_dark_colours_too():
    dark = re.search(r'\[data-jp-theme-light="false"\]\{(.*?)\}', STYLE)[1]
    assert variables(dark) == {name: shade.dark for name, shade in COLOURS.items()}


@pytest.mark.parametrize("name", COLOURS)
def test_each_colour_can_be_named_by_a_class(name):
    assert f".rl-pic .{name}{{--c:{css(name)}}}" in STYLE


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", BACKGROUNDS)
@pytest.mark.parametrize("name", COLOURS)
def test_each_colour_can_be_read_on_the_page(name, theme):
    """WCAG 2 AA asks for a contrast of 4.5 for text; buttons set the background's colour on it, too."""
    low, high = sorted([luminance(getattr(COLOURS[name], theme)), luminance(BACKGROUNDS[theme])])
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("sheet", [BOOK, FIGURES, STYLE])
def test_braces_match(sheet):
    assert sheet.count("{") == sheet.count("}") > 5


def test_colours_outside_the_palette_come_from_the_theme():
    rules = BOOK.split("/* ---- Text", 1)[1] + FIGURES
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules)

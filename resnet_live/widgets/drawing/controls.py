"""Controls, states and the links between them.

Only links that work without a kernel are used: the `value` of an IntSlider or the `index` of a selection to the
`selected_index` of a Stack. Several controls make nested stacks: the first control chooses in the outermost one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w
from ipywidgets.widgets.widget_int import SliderStyle
from ipywidgets.widgets.widget_selection import ToggleButtonsStyle
from ipywidgets.widgets.widget_string import HTMLStyle

from resnet_live.widgets.drawing.still import Figure
from resnet_live.widgets.drawing.style_sheet import STYLE


@dataclass(frozen=True)
class Control:
    """A control and what it can be set to.

    `widget`.`trait` is the position to follow; it counts from `start` at the first of `values`.
    """

    widget: w.Widget
    trait: str
    values: Sequence[Any]
    start: int = 0

    @property
    def position(self) -> int | None:
        """Where the control stands now."""
        return getattr(self.widget, self.trait)


class Kit:
    """Makes the parts of one figure. They share their layouts and styles: each costs about a kilobyte in the page."""

    def __init__(self):
        self._full = w.Layout(width="100%", margin="0")
        self._state = {"layout": self._full, "style": HTMLStyle()}
        self._slider = {
            "layout": w.Layout(width="100%", max_width="27rem"),
            "style": SliderStyle(description_width="7.5rem"),
        }
        self._buttons = {
            "layout": self._slider["layout"],
            "style": ToggleButtonsStyle(button_width="auto", description_width="7.5rem"),
        }
        self._made: dict[str, w.HTML] = {}
        self._nothing = self.html("")

    def whole(self, description: str, low: int, high: int, value: int) -> Control:
        """A slider over the whole numbers from `low` (≥ 0) to `high`, labelled `description`."""
        slider = w.IntSlider(value, low, high, description=description, **self._slider)
        return Control(slider, "value", range(low, high + 1), low)

    def one_of(self, description: str, values: Sequence[Any], value: Any) -> Control:
        """A slider over the given values, labelled `description`, that shows the value chosen; two values get buttons."""
        options = [(str(v), v) for v in values]
        if len(options) == 2:
            index = list(values).index(value)
            buttons = w.ToggleButtons(
                options=[*map(str, values)], index=index, description=description, **self._buttons
            )
            return Control(buttons, "index", values)
        slider = w.SelectionSlider(options=options, value=value, description=description, **self._slider)
        return Control(slider, "index", values)

    def walk(self, description: str, values: Sequence[Any], position: int, names: Sequence[str] = ()) -> Control:
        """A slider over the given values, at `values[position]`, that leaves it to the picture to show the value.

        `names`: what is said to those who do not see the picture, one for each value; default the values as text.
        """
        said = [f"{name}" for name in names or values]
        options = [(name, place) for place, name in enumerate(said)]
        slider = w.SelectionSlider(
            options=options, index=position, description=description, readout=False, **self._slider
        )
        return Control(slider, "index", values)

    def either(self, description: str, without: str, with_: str, value: bool) -> Control:
        """Two buttons that say what each means: `without` for False, `with_` for True."""
        buttons = w.ToggleButtons(options=[without, with_], index=int(value), description=description, **self._buttons)
        return Control(buttons, "index", (False, True))

    def menu(self, description: str, names: Sequence[str]) -> Control:
        """A menu of the names, at the first."""
        style, layout = {"description_width": "auto"}, self._slider["layout"]
        menu = w.Dropdown(options=list(names), index=0, description=description, style=style, layout=layout)
        return Control(menu, "index", names)

    def html(self, source: str) -> w.HTML:
        """One state, from HTML; the same HTML gives the same widget."""
        if source not in self._made:
            self._made[source] = w.HTML(source, **self._state)
        return self._made[source]

    def stack(self, control: Control, children: Sequence[w.Widget]) -> w.Stack:
        """The stack in which `control` chooses: child number i is shown for the i-th of the control's values."""
        # A stack counts from 0. Where the control does not, the places before its first value stay unused.
        padding = [self._nothing] * control.start
        stack = w.Stack([*padding, *children], selected_index=control.position, layout=self._full)
        w.jslink((control.widget, control.trait), (stack, "selected_index"))
        return stack

    def nested(self, controls: Sequence[Control], draw: Callable[..., str]) -> w.Stack:
        """Stacks in stacks: `draw` is called with one value of each control and gives that state's HTML."""
        first, *rest = controls
        if rest:
            children = [self.nested(rest, partial(draw, value)) for value in first.values]
        else:
            children = [self.html(draw(value)) for value in first.values]
        return self.stack(first, children)

    def figure(self, name: str, *children: w.Widget, lasting: str = "") -> w.VBox:
        """The children below each other, with the style sheet. Its CSS classes are `rl-widget` and `rl-<name>`.

        `lasting`: shapes that several states show by their name (`svg.named`); they stand in the page once, unseen.
        """
        nowhere = w.Layout(display="none")
        unseen = [w.HTML(part, layout=nowhere, style=self._state["style"]) for part in (STYLE, lasting) if part]
        return Figure([*unseen, *children], layout=self._full).add_class("rl-widget").add_class(f"rl-{name}")

    def interactive(
        self,
        name: str,
        controls: Sequence[Control],
        draw: Callable[..., str],
        nest: Sequence[int] = (),
        lasting: str = "",
    ) -> w.VBox:
        """A figure with its controls above it.

        `draw` is called with one value of each control, in order. `nest` gives the order of the stacks, outermost
        first, as positions in `controls`; fewest values outermost makes the fewest stacks. `lasting`: see `figure`.
        """
        order = list(nest) or list(range(len(controls)))

        def draw_in_order(*chosen):
            return draw(*(chosen[order.index(i)] for i in range(len(controls))))

        states = self.nested([controls[i] for i in order], draw_in_order)
        return self.figure(name, *(control.widget for control in controls), states, lasting=lasting)


def message(html: str) -> str:
    """The line of words below a picture; screen readers announce it and tests read it."""
    return f"<p class='rl-says' aria-live='polite'>{html}</p>"

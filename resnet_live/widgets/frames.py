"""Pictures of the page's own making, one at a time, chosen by name."""

from html import escape

import ipywidgets as w

from resnet_live.widgets.drawing.controls import Kit, message


def frames(label: str, pictures: dict[str, tuple[str, str]]) -> w.Widget:
    """One of several pictures, chosen from a menu called `label`.

    `pictures` maps the name in the menu to (the picture as HTML, with its own alternative text; what it shows, in
    plain words). Raises ValueError when there are none.
    """
    if not pictures:
        raise ValueError(f"frames({label!r}): there are no pictures to choose from")
    kit = Kit()
    return kit.interactive(
        "frames",
        [kit.menu(label, list(pictures))],
        lambda name: f"<div class='rl-picture'>{pictures[name][0]}</div>" + message(escape(pictures[name][1])),
    )

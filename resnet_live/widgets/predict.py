"""Predict, then run: a question whose answers are judged in the page."""

import ipywidgets as w

from resnet_live.code_in_text import code_as_html
from resnet_live.widgets.drawing.controls import Control, Kit


def predict(question: str, options: dict[str, str], answer: str) -> w.Widget:
    """A question with one button for each answer; nothing is shown before one is chosen.

    `options` maps the text of each answer to the reason that is shown when it is chosen; `answer` is the right one.
    Question and reasons are plain text, in which `` `code` `` is set as code. The reply begins with "Right." or
    "Not quite.". Raises ValueError for fewer than two options and for an answer that is not among them.
    """
    if len(options) < 2:
        raise ValueError(f"A question needs at least two options, here are {len(options)}: {question!r}")
    if answer not in options:
        raise ValueError(f"The answer {answer!r} is not one of the options: {', '.join(map(repr, options))}")
    kit = Kit()
    buttons = w.ToggleButtons(
        options=list(options),
        value=None,
        description="Your answer",
        style={"button_width": "auto", "description_width": "auto"},
        layout=w.Layout(width="100%"),
    )
    replies = [kit.html(_reply(text, reason, text == answer)) for text, reason in options.items()]
    asked = kit.html(f"<p class='rl-question'>{code_as_html(question)}</p>")
    return kit.figure("predict", asked, buttons, kit.stack(Control(buttons, "index", list(options)), replies))


def _reply(text: str, reason: str, right: bool) -> str:
    verdict, colour = ("Right.", "ok") if right else ("Not quite.", "error")
    # the choice is repeated in words: a pressed button alone is told by its colour
    return (
        f"<p class='rl-says rl-{colour}' aria-live='polite'><strong>{verdict}</strong> "
        f"You chose “{code_as_html(text)}”. {code_as_html(reason)}</p>"
    )

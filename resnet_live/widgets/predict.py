"""Predict, then run: a question whose answers are judged in the page."""

from typing import Any

import ipywidgets as w

from resnet_live.code_in_text import code_as_html
from resnet_live.questions import Choice, Question, find_question
from resnet_live.widgets.drawing.controls import Control, Kit


def predict(step: str, right: str | None = None, **values: Any) -> w.Widget:
    """The question of step `step`, e.g. "2.5", with one button for each choice; nothing is shown before one is chosen.

    The text stands in `resnet_live/questions/`, so that the cell does not give the answer. `right`: the text of the right choice,
    where the page works it out from its results; `values`: what stands for `{name}` in the text. The reply begins with "Right."
    or "Not quite.". Raises QuestionError for a question that does not exist or cannot be asked so.
    """
    return ask(find_question(step).answered(right, values))


def ask(question: Question) -> w.Widget:
    """The figure of a question whose right choice is known."""
    kit, texts = Kit(), [choice.text for choice in question.choices]
    buttons = w.ToggleButtons(
        options=texts,
        value=None,
        description="Your answer",
        style={"button_width": "auto", "description_width": "auto"},
        layout=w.Layout(width="100%"),
    )
    replies = [kit.html(_reply(choice, choice.text == question.right)) for choice in question.choices]
    asked = kit.html(f"<p class='rl-question'>{code_as_html(question.ask)}</p>")
    return kit.figure("predict", asked, buttons, kit.stack(Control(buttons, "index", texts), replies))


def _reply(choice: Choice, right: bool) -> str:
    verdict, colour = ("Right.", "ok") if right else ("Not quite.", "error")
    # the choice is repeated in words: a pressed button alone is told by its colour
    return (
        f"<p class='rl-says rl-{colour}' aria-live='polite'><strong>{verdict}</strong> "
        f"You chose “{code_as_html(choice.text)}”. {code_as_html(choice.why)}</p>"
    )

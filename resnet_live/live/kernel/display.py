"""Short lines for the people in front of the screen: HTML where there is HTML, plain text elsewhere."""

from collections.abc import Callable, Iterable
from functools import wraps
from html import escape
from typing import Any

from resnet_live import page
from resnet_live.figures import Picture
from resnet_live.live.chapter import LiveError, Step, StepKind, consecutive
from resnet_live.palette import css

_APART = f"margin-top:1em;padding-left:.8em;border-left:4px solid {css('neutral')};font-weight:600"


def show_message(*lines: str, announced: Iterable[str] = (), facts: dict[str, str] | None = None) -> None:
    """Show `lines`, each a paragraph; `` `code` `` is set as code. Nothing to say shows nothing.

    `announced`: what the class does next. It stands apart from what a cell has printed. `facts`: what programs read beside the words;
    they stand in the output's metadata.
    """
    from IPython.display import display

    announced = list(announced)
    if lines or announced:
        said, coming = page.message(*lines), page.message(*announced)
        box = f'<div style="{_APART}">{coming.html}</div>' if announced else ""
        shown = Picture(said.html + box, "\n".join([*lines, *announced]))
        display(shown, metadata=metadata(facts or {}))


def plain(method: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    """A magic that shows a LiveError as a sentence, without a traceback."""

    @wraps(method)
    def quiet(self: Any, line: str = "") -> None:
        try:
            method(self, line.strip())
        except LiveError as error:
            show_message(str(error))

    return quiet


def metadata(facts: dict[str, str]) -> dict[str, dict[str, str]]:
    """Metadata of an output that hold `facts` for programs: those who read them need not search the words."""
    return {"resnet_live": facts} if facts else {}


def step_code(step: Step) -> Picture:
    """A step's code, to be read or copied."""
    return Picture(f"<pre style='user-select: all'>{escape(step.code)}</pre>", step.code)


def numbers(steps: list[Step]) -> str:
    """Steps in words: "2.5", "2.5 and 2.7", "2.5 to 2.8", "2.1, 2.5 to 2.8 and 2.10"."""
    parts = []
    for run in consecutive(step.number for step in steps):
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return listed(parts)


def about(step: Step) -> str:
    """A step's minutes and kind in words."""
    kinds = {
        StepKind.TYPED: "typed in class",
        StepKind.MISTAKE: f"a planned mistake ({'it fails' if step.raises else 'it runs, and is wrong'})",
        StepKind.FIX: "fixes the mistake before it",
        StepKind.SETUP: "set-up, ready in the live notebook",
        StepKind.FIGURE: "a figure, ready in the live notebook",
        StepKind.PREDICT: "a question to the class, ready in the live notebook",
    }
    return f"{minutes(step.minutes)} min, {kinds[step.kind]}"


def listed(parts: list[str]) -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def minutes(value: float) -> str:
    """Minutes for people: "2", "2½", "14"."""
    whole, rest = divmod(round(value * 2), 2)
    return f"{whole or ''}½" if rest else f"{whole}"

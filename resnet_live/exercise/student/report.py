"""The report of a check: a line for each check, and for each that failed what was seen, expected, on which input, and a hint."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape

from resnet_live.code_in_text import code_as_html
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState, Judgement
from resnet_live.palette import COLOURS, css

MARKS = {CheckState.PASSED: "✓", CheckState.FAILED: "✗", CheckState.WAITING: "·"}
COLOUR = {CheckState.PASSED: "ok", CheckState.FAILED: "error", CheckState.WAITING: "neutral"}
LABELS = (("seen", "Seen"), ("expected", "Expected"), ("given", "Input"), ("hint", "Look at"))

# JupyterLab, VS Code, Colab: each marks its dark theme in its own way. The book's pages bring the variables themselves.
STYLE = (
    '<style>[data-jp-theme-light="false"],body.vscode-dark,html[theme="dark"]{'
    + "".join(f"--rl-{name}:{shade.dark};" for name, shade in COLOURS.items())
    + "}"
    ".rl-check{max-width:52rem;line-height:1.5;font-size:1rem}"
    ".rl-check ul{list-style:none;margin:.4rem 0;padding:0}.rl-check li{margin:.15rem 0;padding-left:1.6em;text-indent:-1.6em}"
    ".rl-check li>*{text-indent:0}.rl-check .m{display:inline-block;width:1.6em;font-weight:700}"
    ".rl-check dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.2rem 0 .5rem;padding-left:.8rem;"
    "border-left:3px solid var(--c)}"
    ".rl-check dt{font-weight:600;margin:0}.rl-check dd{margin:0;overflow-wrap:anywhere}"
    ".rl-check code,.rl-check pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.92em;"
    "background:none;color:inherit;padding:0}"
    ".rl-check pre{white-space:pre-wrap;padding-left:.8rem;border-left:3px solid var(--c)}.rl-check p{margin:.3rem 0}</style>"
)


class Displayable(ABC):
    """Something that a notebook shows as HTML and a terminal as text."""

    @property
    @abstractmethod
    def text(self) -> str:
        """As plain text."""

    @property
    @abstractmethod
    def html(self) -> str:
        """As HTML, with its style."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


@dataclass(repr=False)
class Note(Displayable):
    """A short message, with `code` between backticks, and perhaps some lines of code under them."""

    message: str
    code: str = ""
    colour: str = "neutral"

    @property
    def text(self) -> str:
        return self.message.replace("`", "") + (f"\n\n{self.code.rstrip()}\n" if self.code else "")

    @property
    def html(self) -> str:
        code = f"<pre>{escape(self.code.rstrip())}</pre>" if self.code else ""
        return f"{STYLE}<div class='rl-check' style='--c:{css(self.colour)}'><p>{code_as_html(self.message)}</p>{code}</div>"


@dataclass(repr=False)
class CheckReport(Displayable):
    """What `check` shows: the exercise, one result for each check, and `notes` (progress, seed) under them."""

    exercise: Exercise
    results: list[Judgement]
    notes: list[str]

    @property
    def points(self) -> int:
        """The points that the checks gave."""
        return sum(result.points for result in self.results)

    @property
    def passed(self) -> bool:
        """All checks passed."""
        return all(result.state is CheckState.PASSED for result in self.results)

    @property
    def summary(self) -> str:
        """One line: "2.3 global_avg_pool: 5 of 7 points"."""
        return f"{self.exercise.id} {', '.join(self.exercise.names)}: {self.points} of {self.exercise.points} points"

    @property
    def text(self) -> str:
        lines = [f"{self.exercise.id} {self.exercise.title}"]
        for result, feedback, again in self._entries():
            lines.append(f"{MARKS[result.state]} {result.points}/{result.check.points}  {result.check.title}{again}")
            if feedback:
                parts = [(label, getattr(feedback, part)) for part, label in LABELS]
                lines += [f"        {label + ':':10}{part.replace('`', '')}" for label, part in parts if part]
        return "\n".join([*lines, *(note.replace("`", "") for note in self.notes), self.summary])

    @property
    def html(self) -> str:
        items = "".join(self._item(*entry) for entry in self._entries())
        notes = "".join(f"<p>{code_as_html(note)}</p>" for note in self.notes)
        colour = css("ok" if self.passed else "error")
        head = f"<p><strong>{self.exercise.id} {escape(self.exercise.title)}</strong> · "
        head += f"<strong style='color:{colour}'>{self.points} of {self.exercise.points} points</strong></p>"
        return f"{STYLE}<div class='rl-check' role='group' aria-label='{escape(self.summary)}'>{head}<ul>{items}</ul>{notes}</div>"

    def _entries(self) -> list[tuple[Judgement, Feedback | None, str]]:
        """Each judgement, the feedback to show in full (a repeated one is not), and what stands behind the title."""
        titles = {result.check.key: result.check.title for result in self.results}
        passed = {result.check.key for result in self.results if result.state is CheckState.PASSED}
        entries: list[tuple[Judgement, Feedback | None, str]] = []
        shown: list[tuple[str, str]] = []
        for result in self.results:
            feedback, again = result.feedback, ""
            if result.state is CheckState.WAITING:
                first = next((titles[key] for key in result.check.after if key not in passed), "")
                again = f" (comes after “{first}”)" if first else " (nothing to judge it by)"
            if feedback and (feedback.seen, feedback.hint) in shown:
                feedback, again = None, " (for the same reason)"
            elif feedback:
                shown.append((feedback.seen, feedback.hint))
            entries.append((result, feedback, again))
        return entries

    def _item(self, result: Judgement, feedback: Feedback | None, again: str) -> str:
        colour = css(COLOUR[result.state])
        line = f"<span class='m' style='color:{colour}' aria-hidden='true'>{MARKS[result.state]}</span>"
        line += f"{escape(result.check.title)} <span style='color:{colour}'>{result.state}{escape(again)}, "
        line += f"{result.points}/{result.check.points}</span>"
        parts = [(label, getattr(feedback, part)) for part, label in LABELS] if feedback else []
        rows = "".join(f"<dt>{label}</dt><dd>{code_as_html(part)}</dd>" for label, part in parts if part)
        return f"<li>{line}{f'<dl style={chr(39)}--c:{colour}{chr(39)}>{rows}</dl>' if rows else ''}</li>"

"""What `%check` found, and how it is worded: findings, and the verdict on a step."""

from dataclasses import dataclass
from enum import StrEnum
from html import escape

from resnet_live.code_in_text import code_as_html
from resnet_live.live.chapter import Step
from resnet_live.palette import css


class StepStatus(StrEnum):
    """Whether a step gives what it should. RIGHT: what counts in it was compared, and is right; RAN: it was not, or could not be
    compared; NOT_YET: it was compared and differs, or an error came that is not planned."""

    RIGHT = "right"
    RAN = "ran"
    NOT_YET = "not yet"

    @property
    def mark(self) -> str:
        """The character that stands before a line."""
        return {StepStatus.RIGHT: "✓", StepStatus.RAN: "·", StepStatus.NOT_YET: "✗"}[self]


_COLOURS = {StepStatus.RIGHT: "ok", StepStatus.RAN: "silent", StepStatus.NOT_YET: "error"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its status and a sentence or two, with `code` between backticks.

    A remark has no status: it is said, and decides nothing.
    """

    status: StepStatus | None
    text: str


@dataclass(frozen=True, repr=False)
class StepVerdict:
    """What a check found on step `step`. Shown as HTML in a notebook, as text elsewhere."""

    step: Step
    findings: tuple[Finding, ...]

    @property
    def status(self) -> StepStatus:
        """NOT_YET where anything differs; RIGHT where all that was to be compared was, and there was something; else RAN."""
        found = {finding.status for finding in self.findings}
        if StepStatus.NOT_YET in found:
            return StepStatus.NOT_YET
        return StepStatus.RIGHT if StepStatus.RIGHT in found and StepStatus.RAN not in found else StepStatus.RAN

    @property
    def lines(self) -> list[str]:
        """The verdict in plain text: a head, then what was found; what is right is left out where something is not yet."""
        lines = [f"{self.status.mark} Step {self.step.number}: {self.status}"]
        for finding in self.findings:
            if self.status is not StepStatus.NOT_YET or finding.status is not StepStatus.RIGHT:
                lines.append(f"{finding.status.mark} {finding.text}" if finding.status else finding.text)
        if self.status is StepStatus.NOT_YET:
            lines.append(f"The step: {self.step.prompt}")
        return lines

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    @property
    def html(self) -> str:
        """The same for a notebook; it needs no style sheet."""
        head, *rest = self.lines
        items = "".join(f"<li>{code_as_html(line)}</li>" for line in rest)
        colour = css(_COLOURS[self.status])
        return (
            f'<div style="border-left:4px solid {colour};padding-left:.8em;line-height:1.5;max-width:52rem" role="status">'
            f'<strong style="color:{colour}">{escape(head)}</strong>'
            f'<ul style="list-style:none;margin:.2em 0;padding:0">{items}</ul></div>'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text

"""Parts that the pages for instructors share: rows of a timeline with a clock, boxes, names of pages and anchors."""

from resnet_live.live.chapter import Chapter, Step, StepKind

KINDS = {
    StepKind.SETUP: "set-up",
    StepKind.TYPED: "type",
    StepKind.MISTAKE: "planned mistake",
    StepKind.FIX: "fix",
    StepKind.FIGURE: "figure",
    StepKind.PREDICT: "vote",
}


def clock_face(minutes: float) -> str:
    """Minutes from the start as hours and minutes: 75 → "1:15"."""
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


def as_sentence(title: str) -> str:
    """With a full stop, unless it ends as a sentence already: "Error, or silent?"."""
    return title if title.endswith((".", "?", "!")) else f"{title}."


def minutes_word(minutes: float) -> str:
    """ "1 minute", "90 minutes"."""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def sheet_name(chapter: Chapter) -> str:
    """The page of a chapter's run sheet, without suffix: "run_sheet_02"."""
    return f"run_sheet_{chapter.number:02d}"


def anchor_of(step: Step) -> str:
    """The place of a step on its run sheet."""
    return "step-" + step.number.replace(".", "-")


def kind_badge(kind: StepKind) -> str:
    """What is done with a step of this kind, in a word."""
    return f'<span class="rl-kind rl-kind-{kind}">{KINDS[kind]}</span>'


def row(kind: str, clock: float, minutes: float, body: str) -> str:
    """A row of a timeline: `clock`, the minute from the start, and length on the left. The style sheet knows it as `rl-KIND`."""
    long = f" <small>{minutes:g} min</small>" if minutes else ""
    left = f'<p class="rl-clock"><b>{clock_face(clock)}</b>{long}</p>'
    right = f":::::{{container}} rl-body\n{body}\n:::::"
    return f"::::::{{container}} rl-row rl-{kind}\n{left}\n\n{right}\n::::::"


def box(kind: str, body: str) -> str:
    """A box of Markdown that the style sheet knows as `rl-KIND`."""
    return f"::::{{container}} rl-{kind}\n{body}\n::::"

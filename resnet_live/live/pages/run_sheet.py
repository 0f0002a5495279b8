"""Run sheets: a page of a chapter for its instructor, with a clock, what to type, what appears, what to say and to ask.

A line `% appears 2.7` stands for what step 2.7 shows. It is a comment of MyST; `fill` replaces it once the chapter is executed.
"""

import math
import re
from pathlib import Path

import nbformat

from resnet_live.code_in_text import fenced
from resnet_live.live.chapter import Chapter, Step, StepKind
from resnet_live.live.myst import dropdowns, literal, sections
from resnet_live.live.pages import executed_outputs
from resnet_live.live.pages.exercise_schedule import Pause, pauses
from resnet_live.live.pages.page_parts import anchor_of, as_sentence, box, kind_badge, minutes_word, row
from resnet_live.live.planned_fix import planned_fix
from resnet_live.questions import asked_by

# The instructor's guide: the minutes of the steps are without discussion, plan half as much again.
DISCUSSION = 0.5
# Letters in a line of code; columns that have more are set smaller.
_CODE_WIDTH = 88
_PLACEHOLDER = re.compile(r"^% appears (\d+\.\d+)$", re.MULTILINE)


def run_sheet(chapter: Chapter, schedule: dict[str, str]) -> str:
    """The run sheet of a chapter. `schedule`: exercise → the step after which a class can do it."""
    breaks = pauses(chapter, schedule)
    by_section: list[tuple[str, list[Step]]] = []
    for step in chapter.steps:
        if not by_section or by_section[-1][0] != step.section:
            by_section.append((step.section, []))
        by_section[-1][1].append(step)
    clock, body, talk = 0.0, [], 0.0
    for section, steps in by_section:
        body.append(f"## {section or 'Before the class comes in'}")
        for step in steps:
            body.append(_sheet_step(chapter, step, clock))
            clock += step.minutes
            for pause in breaks.get(step.number, []):
                body.append(_sheet_pause(pause, clock, chapter))
                clock += pause.minutes
        if section:
            minutes = math.ceil(DISCUSSION * sum(step.minutes for step in steps))
            body.append(row("talk", clock, minutes, "**Discussion.** Questions of the class."))
            clock, talk = clock + minutes, talk + minutes
    exercises = sum(pause.minutes for found in breaks.values() for pause in found)
    head = [
        f"# Run sheet {chapter.number} · {chapter.title}",
        f'<p class="rl-sheet"><strong>{minutes_word(clock)} in all</strong>: {chapter.minutes:g} for the steps, {talk:g} for '
        f"discussion (half as much again), {exercises:g} for the exercises.</p>",
        _links(chapter),
        "The clock on the left counts hours and minutes from the start. Code in the book's own form stands under what to "
        "type; `%next` types it for you. Exercises are optional pauses: leave one for home, and you are earlier by its minutes.",
    ]
    return "\n\n".join([*head, *body, *_questions(chapter), ""])


def _sheet_step(chapter: Chapter, step: Step, clock: float) -> str:
    anchor = f'<span id="{anchor_of(step)}"></span>'
    parts = [f'{anchor}<strong class="rl-number">{step.number}</strong> {kind_badge(step.kind)} {literal(step.prompt)}']
    if step.typed:
        parts.append(fenced(step.source, "python"))
    elif step.kind is StepKind.PREDICT:
        parts.append(_vote(step))
    elif step.kind is StepKind.SETUP:
        parts.append("Run the cell; nothing is typed.")
    if step.kind is not StepKind.PREDICT:
        parts.append(f"% appears {step.number}")
    parts.append(box("say", f"**Note:** {literal(step.note)}"))
    if step.kind is StepKind.MISTAKE and (lesson := _lesson(chapter, step)):
        parts.append(box("lesson", f"**The lesson:** {lesson}"))
    return row(step.kind, clock, step.minutes, "\n\n".join(parts))


def _sheet_pause(pause: Pause, clock: float, chapter: Chapter) -> str:
    needs = f" It uses the answers of {', '.join(pause.needs)} (or the reference's)." if pause.needs else ""
    words = f"**Pause for exercise {pause.id}:** {as_sentence(pause.title)} `exercises/{chapter.name}.ipynb`.{needs}"
    return row("exercise", clock, pause.minutes, words)


def _lesson(chapter: Chapter, step: Step) -> str:
    """The text that follows a mistake in the chapter, up to the next heading; else the note of the step that fixes it.

    In the chapter the text may lead on to code, with a colon; here nothing follows.
    """
    after = chapter.steps[chapter.position(step.number) + 1 :]
    if after:
        said = sections(after[0].prose)
        if said and not said[0][0]:
            text = _from_here(said[0][1])
            return f"{text.removesuffix(':')}." if text.endswith(":") else text
    fix = planned_fix(chapter, step)
    return fix.note if fix else ""


def _vote(step: Step) -> str:
    """Question, choices and the right one with its reason; the code of a cell that asks in another way."""
    question = asked_by(step.source)
    if question is None:
        return fenced(step.source, "python")
    marks = {choice.text: " ← **right**" if choice.text == question.right else "" for choice in question.choices}
    choices = "\n".join(f"- {text}{mark}" for text, mark in marks.items())
    why = next((choice.why for choice in question.choices if choice.text == question.right), "")
    answer = f"*Why:* {why}" if why else "Which one is right, the page works out from its results."
    return f"{question.ask}\n\n{choices}\n\n{answer}"


def _questions(chapter: Chapter) -> list[str]:
    cells = nbformat.read(chapter.path, as_version=4).cells
    found = [pair for cell in cells if cell.cell_type == "markdown" for pair in dropdowns(cell.source)]
    if not found:
        return []
    return [
        "## Questions that learners ask",
        *(box("question", f"**{ask}**\n\n{_from_here(reply)}") for ask, reply in found),
    ]


def _from_here(markdown: str) -> str:
    """Markdown of a page in book/ as it must stand in book/instructor/: links one folder up, no targets of its own."""
    text = re.sub(r"^\([\w-]+\)=\n", "", markdown, flags=re.MULTILINE)
    return re.sub(r"\]\((?!https?://|#|\.\./)([^)]+)\)", r"](../\1)", text).strip()


# ---- what appears ----


def fill(page: str, chapter: Chapter, executed: Path) -> str:
    """A run sheet with what each step shows in place of `% appears`. `executed`: the folder of executed notebooks."""
    shown = executed_outputs.executed_cells(chapter, executed)

    def put(match: re.Match) -> str:
        step = chapter.find(match[1])
        return _appears(step, shown.get(match[1])) if step else ""

    return _PLACEHOLDER.sub(put, page)


def _appears(step: Step, found: list | None) -> str:
    if found is None:
        figure = "The figure of this step." if step.kind is StepKind.FIGURE else ""
        words = "An error that is planned." if step.raises else figure
        return f"*Appears:* {words}" if words else ""
    parts, kind = [], "appears"
    if text := executed_outputs.as_text(found):
        parts.append(fenced(text, "text"))
        if executed_outputs.in_columns(text):
            kind += " rl-columns rl-wide" if max(map(len, text.splitlines())) > _CODE_WIDTH else " rl-columns"
    parts += [f"*A figure:* {_escaped(words)}" for words in executed_outputs.pictures(found)]
    if executed_outputs.to_operate(found):
        parts.append("*A figure to operate:* it works in the notebook and on the chapter's page.")
    if message := executed_outputs.error(found):
        parts.append(fenced(message, "text"))
    if not parts:
        return "" if step.kind is StepKind.SETUP else "*Appears:* nothing; no news is good news."
    return box(kind, "*Appears:*\n\n" + "\n\n".join(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>$])", r"\\\1", " ".join(text.split()))


def _links(chapter: Chapter) -> str:
    return (
        f'<p class="rl-links"><a href="../{chapter.name}.html">The chapter</a> '
        f'<a href="../../live/{chapter.name}.ipynb" download>Live notebook</a> '
        f'<a href="../../slides/{chapter.name}.html">Slides</a></p>'
    )

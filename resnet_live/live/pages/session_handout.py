"""The handout of a planned session for students: what is typed, with room for notes. No note of the speaker and no answer."""

from nbformat import NotebookNode

from resnet_live.live.chapter import Step, StepKind
from resnet_live.live.pages import executed_outputs
from resnet_live.live.pages.agenda_item import item_lines
from resnet_live.live.pages.printed_page import block, code, printed_page, words
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import ExerciseItem, ItemKind
from resnet_live.questions import asked_by

ROOM = '<div class="room"></div>'


def session_handout(chapter: SessionChapter, shown: dict[str, list[NotebookNode]]) -> str:
    """The handout as one HTML page to print. `shown`: step → what it shows; of it only errors stand there."""
    body, part = [f"<h1>{words(chapter.title)}</h1>"], 0
    for entry in chapter.agenda:
        if not isinstance(entry, Step):
            if entry.kind is ItemKind.DISCUSSION or isinstance(entry, ExerciseItem):
                first, *more = item_lines(entry)
                body.append(_row(f"<p><b>{words(first)}.</b> {' '.join(map(words, more))}</p>"))
            continue
        if entry.kind is StepKind.SETUP:
            continue
        own = chapter.part_of(entry.number)
        if own.number != part:
            part = own.number
            body.append(f"<h2>{words(own.heading)}</h2>")
        body.append(_row(_step(entry, shown.get(entry.number, []))))
    text = f'<div class="handout">{"".join(body)}</div>'
    return printed_page(chapter.title, text)


def _step(step: Step, shown: list[NotebookNode]) -> str:
    head = f'<p><span class="number">{step.number}</span> {words(step.prompt)}</p>'
    question = asked_by(step.source) if step.kind is StepKind.PREDICT else None
    if question is not None:
        choices = "".join(f"<li>{words(choice.text)}</li>" for choice in question.choices)
        return f"{head}<p>{words(question.ask)}</p><ul>{choices}</ul>"
    if step.kind is StepKind.FIGURE:
        return f"{head}<p>A figure to operate: it works on the chapter's page.</p>"
    message = executed_outputs.error(shown)
    error = code(message).replace("<pre>", '<pre class="error">') if message else ""
    return head + code(step.source) + error


def _row(left: str) -> str:
    return block("row two", f"<div>{left}</div>", ROOM)

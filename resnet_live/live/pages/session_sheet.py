"""The run sheet of a planned session: one for all its chapters, with its own clock, the code, what to say, and what to cut."""

from collections.abc import Iterator

from nbformat import NotebookNode

from resnet_live.live.chapter import Step, StepKind
from resnet_live.live.pages import executed_outputs
from resnet_live.live.pages.agenda_item import item_lines
from resnet_live.live.pages.page_parts import KINDS, clock_face, minutes_word
from resnet_live.live.pages.plan_page import cut_line, sums
from resnet_live.live.pages.printed_page import block, code, printed_page, words
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import ChapterItem, Cut, Item, ItemKind
from resnet_live.live.planned_fix import planned_fix
from resnet_live.questions import asked_by

# Lines of what a step shows: paper is short.
SHOWN = 5

Outputs = dict[str, list[NotebookNode]]


def session_sheet(chapter: SessionChapter, shown: Outputs) -> str:
    """The run sheet as one HTML page to print. `shown`: step → what it shows."""
    session = chapter.session
    before = [
        *session.before,
        f"Open `live/{chapter.name}.ipynb` and run its first two cells: the imports take some seconds.",
        "`%share on --network` opens the board to the class (without `--network` to this machine alone), `%remote` gives the link of "
        "your remote control, `%record on` keeps what is typed, `%stage` makes the type large.",
    ]
    body = [
        f"<h1>{words(session.title)}</h1>",
        f"<p><b>{minutes_word(session.minutes)}</b>: {sums(session)}. {words(session.summary)}</p>",
        f"<ul>{''.join(f'<li>{words(line)}</li>' for line in before)}</ul>",
        *_rows(chapter, shown),
        _row(session.planned, 0, "<b>End.</b>"),
    ]
    if session.cuts:
        lines = "".join(f"<li>{words(cut_line(cut).replace('**', ''))}</li>" for cut in session.cuts)
        body += ["<h2>When it is late</h2>", f"<ul>{lines}</ul>"]
    return printed_page(f"Run sheet: {session.title}", "\n".join(body))


def _rows(chapter: SessionChapter, shown: Outputs) -> Iterator[str]:
    session, times = chapter.session, chapter.session.step_times()
    begins = dict(zip(map(id, session.items), (minute for minute, _ in session.timeline()), strict=True))
    notes = {
        item.steps[0].number: item.note
        for item in session.items
        if isinstance(item, ChapterItem) and item.kind is ItemKind.STEPS
    }
    cuts = {cut.leave[0]: cut for cut in session.cuts}
    part, minute = 0, 0.0
    for entry in chapter.agenda:
        if isinstance(entry, Item):
            minute = begins[id(entry)]
            yield _item_row(minute, entry, cuts.get(f"exercise {entry.text}"))
            minute += entry.minutes
            continue
        own = chapter.part_of(entry.number)
        if own.number != part:
            part = own.number
            yield f"<h2>{words(own.heading)}</h2>"
        begin, end = times.get(entry.number, (minute, minute))
        minute = end
        yield _step_row(chapter, entry, begin, end - begin, notes.get(entry.number, ""), shown, cuts.get(entry.number))


def _item_row(minute: float, item: Item, cut: Cut | None) -> str:
    first, *more = [item.kind.capitalize(), item.text] if item.kind is ItemKind.TALK else item_lines(item)
    text = f"<p><b>{words(first)}.</b> {' '.join(map(words, more))}</p>"
    note = f'<p class="say">{words(item.note)}</p>' if item.note else ""
    return _row(minute, item.minutes, block("item", text, note, _late(cut)))


def _step_row(
    chapter: SessionChapter, step: Step, minute: float, minutes: float, opening: str, shown: Outputs, cut: Cut | None
) -> str:
    badge = "kind mistake" if step.kind is StepKind.MISTAKE else "kind"
    named = f'<span class="number">{step.number}</span> <span class="{badge}">{KINDS[step.kind]}</span>'
    head = f"<p>{named} {words(step.prompt)}</p>"
    left = [head]
    if step.typed:
        left.append(code(step.source))
    elif step.kind is StepKind.PREDICT:
        left.append(_vote(step))
    left += _shown(shown.get(step.number, []))
    right = [f'<p class="say">{words(text)}</p>' for text in (opening, step.note) if text]
    if (fix := planned_fix(chapter.part_of(step.number), step)) is not None:
        right.append(f'<p class="lesson">Lesson, {fix.number}: {words(fix.note)}</p>')
    two = block("two", f"<div>{''.join(left)}</div>", f"<div>{''.join(right)}</div>")
    return _row(minute, minutes, two + _late(cut))


def _shown(outputs: list[NotebookNode]) -> list[str]:
    parts = []
    if text := executed_outputs.as_text(outputs, SHOWN):
        parts.append(code(text).replace("<pre>", '<pre class="shown">'))
    if message := executed_outputs.error(outputs):
        parts.append(code(message).replace("<pre>", '<pre class="error">'))
    return parts


def _vote(step: Step) -> str:
    question = asked_by(step.source)
    if question is None:
        return ""
    choices = "".join(
        f"<li>{words(choice.text)}{f' ← <b>right</b>: {words(choice.why)}' if choice.text == question.right else ''}</li>"
        for choice in question.choices
    )
    return f"<p>{words(question.ask)}</p><ul>{choices}</ul>"


def _late(cut: Cut | None) -> str:
    return block("late", f"<b>Late?</b> {words(cut_line(cut).replace('**', ''))}") if cut else ""


def _row(minute: float, minutes: float, body: str) -> str:
    long = f"<small>{minutes:g} min</small>" if minutes else ""
    return block("row", f'<div class="clock">{clock_face(minute)}{long}</div>', f"<div>{body}</div>")

"""The page of a planned session: its timeline, what to prepare, and what to leave out when it is late."""

from resnet_live.live.chapter import consecutive
from resnet_live.live.myst import literal
from resnet_live.live.pages.page_parts import (
    anchor_of,
    as_sentence,
    box,
    clock_face,
    kind_badge,
    minutes_word,
    row,
    sheet_name,
)
from resnet_live.live.pages.session_plan import ChapterItem, Cut, ExerciseItem, Item, ItemKind, Session


def plan_page(session: Session) -> str:
    """The timeline of a planned session, with what to prepare and what to cut."""
    of_steps = session.total(ItemKind.STEPS)
    share = session.total(ItemKind.DISCUSSION) / of_steps if of_steps else 0
    body = [
        f"# {session.title}",
        f'<p class="rl-sheet"><strong>{minutes_word(session.minutes)}</strong>: {sums(session)}.</p>',
        session.summary,
        f"Discussion has {share:.0%} of the time of the steps. That is less than a chapter given alone should have (half as "
        "much again), because the plan takes extracts; when the class asks more, cut below.",
        _plan_links(session),
        "## Before the class comes in",
        "\n".join(f"- {line}" for line in _before(session)),
        "## Timeline",
        *(_plan_item(minute, item) for minute, item in session.timeline()),
        row("end", session.planned, 0, "**End.**"),
    ]
    if session.cuts:
        body += ["## When it is late", "\n".join(f"- {cut_line(cut)}" for cut in session.cuts)]
    return "\n\n".join([*body, ""])


def sums(session: Session) -> str:
    """The minutes of each kind of item: "48 for steps, 10 for exercises"."""
    parts = {
        "for steps": session.total(ItemKind.STEPS),
        "catching up": session.total(ItemKind.CATCHUP),
        "for exercises": session.total(ItemKind.EXERCISE),
        "for discussion": session.total(ItemKind.DISCUSSION),
        "of pause": session.total(ItemKind.PAUSE),
        "to open and close": session.total(ItemKind.TALK),
    }
    return ", ".join(f"{minutes:g} {words}" for words, minutes in parts.items() if minutes)


def _before(session: Session) -> list[str]:
    return [
        *session.before,
        f"`resnet-live live build --session {session.name}` makes the session's one notebook, its run sheet, slides and handout in "
        f"`live/`. Open `live/{session.name}.ipynb` and run its first two cells: the imports take some seconds. After a rehearsal say "
        f"`%plan {session.name} new`: the clock begins anew.",
    ]


def _plan_item(minute: float, item: Item) -> str:
    note = f"\n\n{box('say', f'**Note:** {literal(item.note)}')}" if item.note else ""
    if isinstance(item, ChapterItem) and item.kind is ItemKind.STEPS:
        lines = "\n".join(
            f'- <a class="rl-number" href="{sheet_name(item.chapter)}.html#{anchor_of(step)}">{step.number}</a> '
            f"{kind_badge(step.kind)} {literal(step.prompt)} ({step.minutes:g}&nbsp;min)"
            for step in item.steps
        )
        words = f"**Chapter {item.chapter.number} · {item.chapter.title}**\n\n{lines}"
    elif isinstance(item, ChapterItem):
        words = f"**Catch up:** `%catchup {item.text}` in chapter {item.chapter.number}. What was left out is run, not typed."
    elif isinstance(item, ExerciseItem):
        words = f"**Exercise {item.text}:** {as_sentence(_exercise_title(item.text))}"
        if item.minutes < item.full:
            words += f" Begun in class; in full it takes {item.full:g} minutes, so it is finished at home."
    else:
        words = f"**{item.kind.capitalize()}.** {item.text}"
    return row(ItemKind.TALK if item.kind is ItemKind.DISCUSSION else item.kind, minute, item.minutes, words + note)


def _exercise_title(exercise: str) -> str:
    from resnet_live.exercise.registry import find

    return find(exercise).title


def cut_line(cut: Cut) -> str:
    """When to leave what out, what that wins, and what is lost, as a line of Markdown."""
    left = cut.leave[0] if len(cut.leave) == 1 else _ranges(cut.leave)
    then = f" Then `%catchup {cut.catchup}`." if cut.catchup else ""
    return f"**At {clock_face(cut.begins)} leave {left}**: wins {minutes_word(cut.minutes)}.{then} {cut.say}"


def _ranges(numbers: tuple[str, ...]) -> str:
    """ "5.34, 5.36–5.37" for those three numbers."""
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in consecutive(numbers))


def _plan_links(session: Session) -> str:
    files = f"../../sessions/{session.name}"
    links = [
        f'<a href="{files}.ipynb" download>Live notebook of the session</a> <a href="{files}_run_sheet.html">Run sheet</a> '
        f'<a href="{files}_slides.html">Slides</a> <a href="{files}_handout.html">Handout</a>'
    ]
    links += [
        f'<a href="{sheet_name(chapter)}.html">Run sheet {chapter.number}</a> '
        f'<a href="../../live/{chapter.name}.ipynb" download>Live notebook {chapter.number}</a> '
        f'<a href="../../slides/{chapter.name}.html">Slides {chapter.number}</a>'
        for chapter in session.chapters
    ]
    if session.replay:
        links.append(f'<a href="{session.replay}.html">A rehearsal of this session, to replay</a>')
    return f'<p class="rl-links">{" ".join(links)}</p>'

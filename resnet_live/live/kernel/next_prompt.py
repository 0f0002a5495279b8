"""What the class reads when it has got to a step: the prompt that did not stand in the notebook before."""

from resnet_live.live.chapter import Step, StepKind
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.pages.agenda_item import item_line
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import Item, ItemKind


def prompt_after(state: ClassState, entry: Step | Item) -> list[str]:
    """The prompt of what comes after `entry`, a step or an item of the session's agenda, as lines.

    In a chapter's notebook only the prompt of a fix is shown so: the others stand there.
    """
    following = what_follows(state, entry)
    if following is None:
        return []
    if isinstance(state.chapter, SessionChapter):
        return _announced(following, entry)
    return [prompt_line(following)] if isinstance(following, Step) and following.kind is StepKind.FIX else []


def what_follows(state: ClassState, entry: Step | Item) -> Step | Item | None:
    """What the class does after `entry`: the step that was chosen, else the next on the session's agenda, which
    may be an exercise, a discussion or a pause, else the next step; None at the end. A talk is no more than words on the way."""
    chapter = state.require_chapter()
    if state.queued_step is not None or not isinstance(chapter, SessionChapter):
        return state.next_step()
    following = chapter.after(entry)
    while isinstance(following, Item) and following.kind is ItemKind.TALK:
        following = chapter.after(following)
    return following


def first_prompt(chapter: SessionChapter) -> list[str]:
    """The prompt of the session's first step, as lines."""
    first = next(entry for entry in chapter.agenda if isinstance(entry, Step))
    return _announced(first, first)


def prompt_line(step: Step) -> str:
    """ "2.7 · Which kernel loses one pixel only?"."""
    return f"{step.number} · {step.prompt}"


def _announced(entry: Step | Item, before: Step | Item) -> list[str]:
    if isinstance(entry, Item):
        return [item_line(entry)]
    section = before.section if isinstance(before, Step) and before is not entry else ""
    return [entry.section, prompt_line(entry)] if entry.section not in ("", section) else [prompt_line(entry)]

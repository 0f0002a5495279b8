"""What the class reads of an exercise, a discussion or a pause of a planned session."""

from resnet_live.live.pages.page_parts import minutes_word
from resnet_live.live.pages.session_plan import ExerciseItem, Item, ItemKind


def item_line(item: Item) -> str:
    """What an item is and how long, without what it is about: "Discussion, 3 minutes"."""
    if item.kind is ItemKind.CATCHUP:
        return f"What was left out up to {item.text} is run, not typed: `%catchup {item.text}`"
    named = f" {item.text}" if isinstance(item, ExerciseItem) else ""
    return f"{item.kind.capitalize()}{named}, {minutes_word(item.minutes)}"


def item_lines(item: Item) -> list[str]:
    """All that the class reads of an item of the agenda, when it has got there."""
    if not isinstance(item, ExerciseItem):
        return [item_line(item), item.text]
    from resnet_live.exercise.registry import find
    from resnet_live.live.chapter import find_chapter

    exercise = find(item.text)
    uses = f" It uses the answers of {', '.join(exercise.needs)} (or the reference's)." if exercise.needs else ""
    notebook = find_chapter(exercise.chapter).path.name
    return [item_line(item), f"{exercise.title}: `exercises/{notebook}`.{uses}"]

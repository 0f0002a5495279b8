"""A planned session as one chapter: the steps that it takes of several chapters, for one notebook and one kernel."""

from dataclasses import dataclass
from functools import cached_property

from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.pages.session_plan import ChapterItem, Item, ItemKind, Session, find_session
from resnet_live.live.pages.session_route import StepMode, route


@dataclass(frozen=True)
class SessionChapter(Chapter):
    """The steps of `session` in order, with the set-up of each chapter before its first step. What `%catchup` runs unseen is among
    the steps, but not in `plan`: the numbers of those that are typed, shown or run in class."""

    session: Session
    plan: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The session's title."""
        return self.title

    @property
    def called(self) -> str:
        """ "the session pooling_to_residual"."""
        return f"the session {self.name}"

    @cached_property
    def agenda(self) -> tuple[Step | Item, ...]:
        """What the class does, in order: steps, and between them exercises, discussions, pauses, talks and catching up."""
        found: list[Step | Item] = []
        begun: set[int] = set()
        for item in self.session.items:
            if not isinstance(item, ChapterItem) or item.kind is ItemKind.CATCHUP:
                found.append(item)
                continue
            setup = item.chapter.steps[0]
            if item.chapter.number not in begun and setup.number in self.plan and setup not in item.steps:
                found.append(setup)
            begun.add(item.chapter.number)
            found += item.steps
        return tuple(found)

    @property
    def items(self) -> tuple[Item, ...]:
        """The exercises, discussions and pauses of the agenda, in order: `%agenda 1` shows the first."""
        shown = (ItemKind.EXERCISE, ItemKind.DISCUSSION, ItemKind.PAUSE)
        return tuple(entry for entry in self.agenda if isinstance(entry, Item) and entry.kind in shown)

    def after(self, entry: Step | Item) -> Step | Item | None:
        """What comes after `entry` on the agenda; None after the last, and for what is not on it."""
        if entry not in self.agenda:
            return None
        rest = self.agenda[self.agenda.index(entry) + 1 :]
        return rest[0] if rest else None

    def part_of(self, number: str) -> Chapter:
        """The chapter that step `number` stands in. Raises LiveError when the session takes no step of it."""
        chapter = self._chapter(number)
        if chapter is None:
            self.position(number)  # names what there is
            raise LiveError(f"{number} is no step of {self.called}.")
        return chapter

    def find_anywhere(self, number: str | None) -> Step | None:
        """The step `number` of the session's chapters, whether or not the session takes it."""
        chapter = self._chapter(number or "")
        return chapter.find(number) if chapter else None

    def position(self, number: str) -> int:
        """The place of step `number`. Raises LiveError, which names the nearest steps that the session takes."""
        places = {step.number: place for place, step in enumerate(self.steps)}
        if number in places:
            return places[number]
        chapter = self._chapter(number)
        if chapter is None:
            numbers = ", ".join(str(each.number) for each in self.session.chapters)
            raise LiveError(f"The session {self.name} takes no step {number}. Its chapters: {numbers}.")
        place = chapter.position(number)
        before = [step.number for step in chapter.steps[:place] if step.number in places]
        after = [step.number for step in chapter.steps[place:] if step.number in places]
        nearest = " and ".join([*before[-1:], *after[:1]])
        raise LiveError(f"The session {self.name} leaves {number} out. The nearest that it takes: {nearest}.")

    def _chapter(self, number: str) -> Chapter | None:
        return next((each for each in self.session.chapters if number.startswith(f"{each.number}.")), None)


def session_chapter(session: Session) -> SessionChapter:
    """The steps of `session` as one chapter. Raises LiveError when it comes back to a chapter after another one."""
    steps: dict[str, Step] = {}
    plan: list[str] = []
    order: list[int] = []
    for stop in route(session):
        if stop.chapter.number not in order:
            order.append(stop.chapter.number)
        elif stop.chapter.number != order[-1]:
            raise LiveError(
                f"{session.file.name}: it comes back to chapter {stop.chapter.number}. A session in one notebook takes each "
                "chapter in one stretch."
            )
        steps |= {step.number: step for step in stop.executed if step.number not in steps}
        if stop.mode is not StepMode.CATCHUP:
            plan.append(stop.step.number)
    ordered = sorted(steps.values(), key=lambda step: (order.index(_chapter_of(step)), step.cell))
    return SessionChapter(0, session.name, session.title, session.file, tuple(ordered), session, tuple(plan))


def find_session_chapter(name: str) -> SessionChapter:
    """The session `name` of `sessions/` as one chapter. Raises LiveError when there is none."""
    return session_chapter(find_session(name))


def _chapter_of(step: Step) -> int:
    return int(step.number.split(".")[0])

"""The route of a planned session: which steps are executed in which order, and how each of them is."""

from dataclasses import dataclass
from enum import StrEnum

from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.pages.session_plan import ChapterItem, ItemKind, Session


class StepMode(StrEnum):
    """How a step of a session is executed."""

    SETUP = "setup"  # before the class comes in
    TYPED = "typed"  # typed or shown in class
    CATCHUP = "catchup"  # by `%catchup`, with every step before it, in a fresh start of the chapter


@dataclass(frozen=True)
class RouteStep:
    """A stop on the route of a session. A catch-up is one, whatever it runs: `step` is the one that it goes up to."""

    chapter: Chapter
    step: Step
    mode: StepMode

    @property
    def executed(self) -> tuple[Step, ...]:
        """The steps that it runs: one, or for a catch-up all from the chapter's first on."""
        if self.mode is not StepMode.CATCHUP:
            return (self.step,)
        return self.chapter.steps[: self.chapter.position(self.step.number) + 1]


def steps_in_class(session: Session) -> list[tuple[Chapter, Step]]:
    """What is typed, shown or run in class, in order; before a chapter's first step its set-up, if the plan does not name it."""
    return [(stop.chapter, stop.step) for stop in route(session) if stop.mode is not StepMode.CATCHUP]


def route(session: Session, leave: tuple[str, ...] = (), catchup: str = "") -> list[RouteStep]:
    """The stops of a session, in order.

    `leave` and `catchup`: with a cut made; the catching up comes where the first left step was.
    """
    found: list[RouteStep] = []
    begun: set[int] = set()
    for item in session.items:
        if not isinstance(item, ChapterItem):
            continue
        chapter, first = item.chapter, item.chapter.steps[0]
        if chapter.number not in begun and item.kind is ItemKind.STEPS and item.steps[0] is not first:
            found.append(RouteStep(chapter, first, StepMode.SETUP))
        begun.add(chapter.number)
        if item.kind is ItemKind.CATCHUP:
            found.append(RouteStep(chapter, item.steps[0], StepMode.CATCHUP))
            continue
        for step in item.steps:
            if step.number not in leave:
                found.append(RouteStep(chapter, step, StepMode.TYPED))
            elif catchup and step.number == leave[0]:
                found.append(RouteStep(chapter, chapter.step(catchup), StepMode.CATCHUP))
    return found

"""How far a class is in one chapter: which steps have run, what the names that they made were, the class's clock."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.cell_text import body, same_code
from resnet_live.live.chapter import Chapter, Step, StepKind
from resnet_live.live.kernel import saved_state
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.saved_state import SavedState


@dataclass
class ChapterProgress:
    """A class in `chapter`, in one kernel.

    `saved`: what a restarted kernel will know again, kept in `file` (None: nowhere); `ran_here`: the steps that have run in this
    kernel, with the code they were run with; `overwritten`: names that a cell of no step has overwritten, with the number of the
    step that had defined them; `reported_missing`: steps that were said not to have run; `announced`: steps
    after which it was said what comes next; `values`: what the names that steps
    defined were, roughly (see `rough_kind`).
    """

    chapter: Chapter
    saved: SavedState
    file: Path | None = None
    ran_here: dict[str, str] = field(default_factory=dict)
    overwritten: dict[str, str] = field(default_factory=dict)
    reported_missing: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    values: dict[str, tuple] = field(default_factory=dict)

    @property
    def last_step(self) -> Step | None:
        """The step at which the class is: the furthest that has run. None before the first."""
        return self.chapter.find(self.saved.last_step)

    @property
    def position(self) -> int:
        """The index of `last_step` in the chapter's steps, -1 before the first."""
        return self.chapter.position(self.saved.last_step) if self.saved.last_step else -1

    @property
    def minutes_used(self) -> float | None:
        """Minutes since the first step after the set-up began; None before that."""
        return None if self.saved.began is None else max(0.0, time.time() - self.saved.began) / 60

    @property
    def timed_steps(self) -> tuple[Step, ...]:
        """The steps from the first after the set-up to the class's place, both included."""
        if self.saved.first_step is None:
            return ()
        return self.chapter.steps[self.chapter.position(self.saved.first_step) : self.position + 1]

    def ran_as_planned(self, step: Step) -> bool:
        """Whether `step` ran in this kernel with the chapter's code, however that was laid out and commented."""
        ran = self.ran_here.get(step.number)
        return ran is not None and same_code(ran, body(step.source))

    def step_of_cell(self, cell: ExecutedCell) -> Step | None:
        """The step that a cell belongs to: by its header, else by having the same code."""
        if cell.step is not None:
            return self.chapter.find(cell.step)
        code = body(cell.source)
        same = [step for step in self.chapter.steps if body(step.source) == code]
        ahead = [step for step in same if self.chapter.position(step.number) > self.position]
        return next(iter(ahead or same[::-1]), None)

    def record_run(self, cell: ExecutedCell, step: Step) -> bool:
        """`cell` has run `step`. Returns whether it went well: without an error, or with a planned one."""
        saved, went_well = self.saved, cell.error is None or step.raises
        saved.run_counts[step.number] = saved.run_counts.get(step.number, 0) + 1
        for numbers in (saved.failed, saved.caught_up):
            if step.number in numbers:
                numbers.remove(step.number)
        if not went_well:
            saved.failed.append(step.number)
        if saved.began is None and step.kind is not StepKind.SETUP:
            saved.began, saved.first_step = cell.began, step.number
        if went_well:
            self.ran_here[step.number] = body(cell.source)
            if self.chapter.position(step.number) > self.position:
                saved.last_step = step.number
        self.save()
        return went_well

    def record_catch_up(self, done: list[Step], namespace: dict[str, Any], kept: Sequence[Step] = ()) -> None:
        """This kernel has just run the steps `done` in a fresh state: that is where the class is now. The steps `kept` come before
        them, and this kernel had run them: of these nothing changes."""
        saved = self.saved
        self.ran_here = {step.number: self.ran_here[step.number] for step in kept} | {
            step.number: body(step.source) for step in done
        }
        self.overwritten, self.reported_missing, self.values = {}, set(), {}
        only_caught_up = {*saved.caught_up, *(step.number for step in done if not saved.run_counts.get(step.number))}
        all_run = [*kept, *done]
        saved.caught_up = [step.number for step in all_run if step.number in only_caught_up]
        saved.run_counts = {step.number: max(1, saved.run_counts.get(step.number, 0)) for step in all_run}
        saved.failed = []
        saved.last_step = all_run[-1].number if all_run else None
        for step in done:
            self.record_values(step_names.defs_of(step), namespace)
        self.save()

    def record_values(self, names: frozenset[str], namespace: dict[str, Any]) -> None:
        """A step has just defined `names`: keep what their values are."""
        for name in names & namespace.keys():
            self.values[name] = rough_kind(namespace[name])
            self.overwritten.pop(name, None)

    def changed_values(self, source: str, namespace: dict[str, Any]) -> list[str]:
        """Names that `source`, a cell of no step that has just run, made into another kind of thing than a step had left."""
        names = sorted(step_names.defs(source) & self.values.keys() & namespace.keys())
        return [name for name in names if rough_kind(namespace[name]) != self.values[name]]

    def save(self) -> None:
        """Write to the file, if there is one."""
        if self.file is not None:
            saved_state.save(self.saved, self.file)


def rough_kind(value: object) -> tuple:
    """What a later step relies on, roughly: the type, and the shape or length of a value that has one."""
    size: object = None
    try:
        if isinstance(value, str | bytes | list | tuple | dict | set):
            size = len(value)
        elif hasattr(value, "shape"):
            size = str(value.shape), str(getattr(value, "dtype", ""))
    except Exception:  # an object of the user's may do anything here
        size = None
    return type(value).__module__, type(value).__qualname__, size

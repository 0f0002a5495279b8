"""Rehearsals: a driver goes through a chapter's live notebook in a real kernel, as an instructor does, and says what went wrong."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import ENV, Chapter, LiveError, Step, StepKind, step_of
from resnet_live.live.check.verdict import StepStatus
from resnet_live.live.pages.live_notebook import live_notebook
from resnet_live.live.recording.kernel_driver import Kernel, Reply, kernel

# Seconds a cell may take; a training of the quick profile on a slow machine included.
LONGEST = 900


@dataclass
class Rehearsal:
    """What a rehearsal found.

    `problems`: sentences that begin with the step's number; `verdicts`: of `%check`, by step number (a StepStatus);
    `seconds`: for the whole, and `slowest`: the longest steps.
    """

    chapter: Chapter
    profile: str
    problems: list[str] = field(default_factory=list)
    verdicts: dict[str, StepStatus] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: list[tuple[str, float]] = field(default_factory=list)

    def count(self, verdict: StepStatus) -> int:
        """How many steps `%check` judged so."""
        return sum(given == verdict for given in self.verdicts.values())


def rehearse(chapter: Chapter, profile: str = "smoke", show: Callable[[str], None] = lambda line: None) -> Rehearsal:
    """Go through the live notebook of `chapter` in a kernel of its own, with the images that this process would use.

    Cells that stand in it are run as they stand; what is typed is asked for with `%next`, planned mistakes with `%mistake`, and
    run as the kernel puts it into the cell. After each step `%check` must be content and `%where` name the step. Problems
    are collected; only a kernel that dies ends the rehearsal early. `show` gets a line a step.
    """
    found, began = Rehearsal(chapter, profile), time.perf_counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {"RESNET_LIVE_PROFILE": profile, "MPLBACKEND": "agg", ENV: str(chapter.path.parent.absolute())}
        with kernel(Path(folder), environment) as opened:
            try:
                _go_through(_Running(opened, found, show), live_notebook(chapter))
            except LiveError as error:
                found.problems.append(f"{_furthest(found)}: {error}")
    found.slowest = sorted(found.slowest, key=lambda item: -item[1])[:3]
    found.seconds = time.perf_counter() - began
    return found


def _furthest(found: Rehearsal) -> str:
    return next(reversed(found.verdicts), found.chapter.steps[0].number)


@dataclass
class _Running:
    """A rehearsal under way."""

    kernel: Kernel
    found: Rehearsal
    show: Callable[[str], None]

    def problem(self, step: Step, what: str) -> None:
        self.found.problems.append(f"{step.number}: {what}")


def _go_through(running: _Running, notebook: NotebookNode) -> None:
    steps = {step.number: step for step in running.found.chapter.steps}
    met = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        number = step_of(cell.source)
        if number is None:
            _start(running, cell.source)
            continue
        met.add(number)
        _step(running, steps[number], cell.source)
    for step in running.found.chapter.steps:
        if step.number not in met:
            running.problem(step, "the live notebook has no cell for it.")


def _start(running: _Running, source: str) -> None:
    """A cell of no step: the one that opens the chapter, and code that stands between steps."""
    reply = running.kernel.run(source, LONGEST)
    if reply.error:
        running.problem(
            running.found.chapter.steps[0], f"a cell of no step raised {reply.error}: {reply.message}\n{source}"
        )
    if "%load_ext" in source and reply.facts.get("chapter") != str(running.found.chapter.number):
        running.problem(
            running.found.chapter.steps[0], f"the first cell does not open the chapter: {reply.text or 'no answer'}"
        )


def _step(running: _Running, step: Step, cell: str) -> None:
    code = cell
    if step.typed:
        code = _given(running, step, cell)
    reply = running.kernel.run(code, LONGEST)
    running.found.slowest.append((step.number, reply.seconds))
    _outcome(running, step, reply)
    _verdict(running, step)
    _where(running, step)
    running.show(
        f"{step.number} {step.kind}: {running.found.verdicts.get(step.number, 'not judged')}, {reply.seconds:.1f} s"
    )


def _given(running: _Running, step: Step, cell: str) -> str:
    """The code that the kernel puts into the next cell for this step."""
    if body(cell):
        running.problem(step, "its cell in the live notebook holds code, and the class should type it.")
    # A mistake is planted from anywhere; other steps are asked for below their prompt, and take its place.
    mistake = step.kind is StepKind.MISTAKE
    asked = "%mistake" if mistake else "%next"
    reply = running.kernel.run(asked if mistake else f"{cell}\n{asked}")
    if reply.error:
        running.problem(step, f"{asked} raised {reply.error}: {reply.message}")
    given = reply.next_input
    if given is None or step_of(given) != step.number:
        what = f"the code of step {step_of(given)}" if given else f"no code ({reply.text or 'no answer'})"
        running.problem(step, f"{asked} gave {what}.")
        given = running.kernel.run(f"%next {step.number}").next_input
    elif reply.replaces != (asked == "%next"):
        running.problem(
            step, f"{asked} puts the code {'into its own cell' if reply.replaces else 'into another cell'}."
        )
    if given is None or body(given) != body(step.source):
        running.problem(step, "%next does not give the chapter's code.")
        return step.code
    return given


def _outcome(running: _Running, step: Step, reply: Reply) -> None:
    if step.raises and not reply.error:
        running.problem(step, "it is planned to fail, and ran through.")
    if reply.error and not step.raises:
        running.problem(step, f"it raised {reply.error}: {reply.message}")


def _verdict(running: _Running, step: Step) -> None:
    reply = running.kernel.run(f"%check {step.number}")
    text, facts = reply.text.strip(), reply.facts
    if facts.get("step") != step.number:
        running.problem(step, f"%check gave no verdict: {reply.message or text or 'no answer'}")
        return
    verdict = StepStatus(facts["status"])
    running.found.verdicts[step.number] = verdict
    if verdict is StepStatus.NOT_YET:
        running.problem(step, f"%check is not content with the chapter's own code:\n{text}")
    elif verdict is not StepStatus.RIGHT and step.expectation:
        running.problem(step, f"%check does not see that the chapter's own code is right:\n{text}")


def _where(running: _Running, step: Step) -> None:
    reply = running.kernel.run("%where")
    if reply.facts.get("step") != step.number:
        said = next(iter(reply.text.splitlines()), "no answer")
        running.problem(step, f"%where does not name it: {reply.message or said}")

"""Run a chapter up to a step, so that a kernel is where the class is."""

import builtins
import gc
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType

from IPython.core.interactiveshell import InteractiveShell

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.display import minutes
from resnet_live.live.kernel.environment import machine

# Calls that train: announced, because they take minutes on a small machine.
_TRAINS = re.compile(r"\b(fit\w*|fine_tune|lr_find|train\w*)\s*\(")


@dataclass(frozen=True)
class CatchUpProgress:
    """The step that runs next on the way to step `last`; `profile`: under which it trains, "" when that is not known yet."""

    step: Step
    last: Step
    profile: str = ""

    @property
    def trains(self) -> bool:
        """Whether the step may train a network, which takes long."""
        return bool(_TRAINS.search(self.step.source))

    @property
    def sentence(self) -> str:
        """For the screen."""
        line = f"Catching up: {self.step.number} of {self.last.number}"
        if not self.trains:
            return f"{line} …"
        how = f" (profile {self.profile})" if self.profile else ""
        return f"{line}: this step may train a network{how}, which can take minutes. Interrupt the kernel to stop."


def catch_up(
    state: ClassState, number: str, report: Callable[[CatchUpProgress], None], only: bool = False
) -> list[str]:
    """Run every step up to and including `number` ("2.7") in the user's namespace; returns lines that say how it ended.

    In a session the chapters before that of `number` are run too, unless this kernel has run all that the session takes of them;
    `only`: leave them out all the same.

    `report` is called before each step. All names that the chapter defines or uses are removed first, so that what was
    overwritten, shadowed or patched in by hand does no harm; names of the user's own stay. Planned failures are run as well,
    because later steps use what they made before they failed; their errors are expected and not shown, like all other output.
    Nothing else may run meanwhile (LiveError).
    """
    chapter = state.progress.chapter
    kept, steps = _to_run(state, chapter, number, only)
    if state.busy_elsewhere():
        raise LiveError("A cell is running. Wait for it, or interrupt the kernel, then catch up.")
    done: list[Step] = []
    problem, began = "", time.monotonic()
    try:
        forget(state.shell, chapter.steps[len(kept) :])
        for step in steps:
            progress = CatchUpProgress(step, steps[-1], _profile())
            report(progress)
            with nullcontext() if progress.trains else _modestly():
                error = run_quietly(state.shell, step.source)
            if isinstance(error, KeyboardInterrupt):
                raise error
            if error is not None and not step.raises:
                problem = _failed(step, error)
                break
            done.append(step)
    except KeyboardInterrupt:
        problem = f"Stopped in {steps[len(done)].number}." if len(done) < len(steps) else "Stopped."
    kept = [step for step in kept if step.number in state.progress.ran_here]
    state.record_catch_up(done, kept)
    if problem:
        at = (
            f"The kernel stands at {last.number}."
            if (last := state.last_step)
            else "The kernel stands before the first step."
        )
        return [problem, f"{at} Run `%catchup {number}` again to begin anew."]
    took = minutes((time.monotonic() - began) / 60)
    after = state.next_step()
    return [
        f"You stand at {number}{f', after {took} min' if took != '0' else ''}."
        + (f" `%next` gives {after.number}." if after else f" That is the last step of {chapter.called}."),
        _names_now(state.shell.user_ns, [*kept, *done]),
    ]


@contextmanager
def _modestly() -> Iterator[None]:
    """Compute in one thread, collect no garbage: for steps that take a moment, when several students catch up on one machine.

    Threads that wait for each other there take more time than they save, and imports make objects that stay.
    """
    torch, collecting = sys.modules.get("torch"), gc.isenabled()
    threads = torch.get_num_threads() if torch else 0
    try:
        gc.disable()
        if torch:
            torch.set_num_threads(1)
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)
        if collecting:
            gc.enable()


def _profile() -> str:
    """The name of the profile; "" as long as torch is not loaded, which decides about it."""
    return machine().profile if "torch" in sys.modules else ""


def _to_run(state: ClassState, chapter: Chapter, number: str, only: bool) -> tuple[Sequence[Step], Sequence[Step]]:
    """(steps that stay as they are, steps to run) so that the class stands at `number`."""
    steps = chapter.steps[: chapter.position(number) + 1]
    own = chapter.part_of(number)
    first = next(place for place, step in enumerate(steps) if own.find(step.number))
    if only or all(step.number in state.progress.ran_here for step in filter(state.planned, steps[:first])):
        return steps[:first], steps[first:]
    return (), steps


def forget(shell: InteractiveShell, steps: Iterable[Step]) -> None:
    """Remove from the user's namespace every name that one of `steps` defines or uses, and what hides one of Python's own."""
    own = {name for name in dir(builtins) if not name.startswith("_")}
    for step in steps:
        own |= step_names.defs(step.source) | step_names.refs(step.source)
    for name in own & shell.user_ns.keys():
        if not name.startswith("_") and shell.user_ns_hidden.get(name, shell) is not shell.user_ns[name]:
            del shell.user_ns[name]


def run_quietly(shell: InteractiveShell, source: str) -> BaseException | None:
    """Run `source` as a cell whose output nobody sees and that leaves no trace in the history; returns its exception, if any."""
    from IPython.utils.capture import capture_output

    with capture_output(), _no_tracebacks(shell):
        result = shell.run_cell(source, store_history=False, silent=True)
    return result.error_before_exec or result.error_in_exec


@contextmanager
def _no_tracebacks(shell: InteractiveShell) -> Iterator[None]:
    """A kernel sends tracebacks beside its streams and displays, so `capture_output` does not hold them back."""
    own = vars(shell).get("_showtraceback")
    shell._showtraceback = lambda *_: None
    try:
        yield
    finally:
        if own is None:
            del shell._showtraceback
        else:
            shell._showtraceback = own


def _failed(step: Step, error: BaseException) -> str:
    text = str(error).strip().splitlines()
    why = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    return f"{step.number} failed: {why}. See the whole error with `%next {step.number}` and run it."


def _names_now(namespace: dict[str, object], done: list[Step]) -> str:
    """The names that the steps made, the newest first, without what they only imported."""
    found: list[str] = []
    for step in reversed(done):
        for name in sorted(step_names.defs_of(step)):
            if name in found or name.startswith("_") or name not in namespace:
                continue
            if not _imported(namespace[name]):
                found.append(name)
    if not found:
        return "Nothing but imports so far."
    shown = ", ".join(f"`{name}`" for name in found[:24])
    return f"Names you have now, newest first: {shown}{f' and {len(found) - 24} more' if len(found) > 24 else ''}."


def _imported(value: object) -> bool:
    if isinstance(value, ModuleType):
        return True
    return isinstance(value, type | FunctionType | BuiltinFunctionType) and value.__module__ != "__main__"

"""Run a chapter up to a step, so that a kernel stands where the class stands."""

import builtins
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import BuiltinFunctionType, FunctionType, ModuleType

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, LiveError, Step
from resnet_live.live.kernel.class_state import Room
from resnet_live.live.kernel.display import minutes

# Calls that train: announced, because they take minutes on a small machine.
_TRAINS = re.compile(r"\b(fit\w*|fine_tune|lr_find|train\w*)\s*\(")


def catch_up(room: Room, number: str, tell: Callable[[str], None]) -> list[str]:
    """Run every step up to and including `number` ("2.7") in the user's namespace; returns lines that say how it ended.

    `tell` gets a progress line before each step. All names that the chapter makes or uses are removed first, so that what was
    overwritten, shadowed or patched in by hand does no harm; names of the user's own stay. Planned failures are run as well,
    because later steps use what they made before they failed; their errors are expected and not shown, like all other output.
    Nothing else may run meanwhile (LiveError).
    """
    chapter = room.the_chapter()
    steps = chapter.steps[: chapter.position(number) + 1]
    if room.busy_elsewhere():
        raise LiveError("A cell is running. Wait for it, or interrupt the kernel, then catch up.")
    done, problem, began = [], "", time.monotonic()
    try:
        forget(room.shell, chapter)
        for step in steps:
            tell(_progress(step, steps))
            error = run_quietly(room.shell, step.source)
            if isinstance(error, KeyboardInterrupt):
                raise error
            if error is not None and not step.raises:
                problem = _failed(step, error)
                break
            done.append(step)
    except KeyboardInterrupt:
        problem = f"Stopped in {steps[len(done)].number}." if len(done) < len(steps) else "Stopped."
    room.stand_at(done)
    room.armed = None
    if problem:
        at = f"The kernel stands at {done[-1].number}." if done else "The kernel stands before the first step."
        return [problem, f"{at} Run `%catchup {number}` again to begin anew."]
    took = minutes((time.monotonic() - began) / 60)
    after = room.next_step()
    return [
        f"You stand at {number}{f', after {took} min' if took != '0' else ''}."
        + (f" `%next` gives {after.number}." if after else " That is the chapter's last step."),
        _names_now(room, done),
    ]


def forget(shell, chapter: Chapter) -> None:
    """Remove from the user's namespace every name that a step of `chapter` makes or uses, and what hides one of Python's own."""
    own = {name for name in dir(builtins) if not name.startswith("_")}
    for step in chapter.steps:
        own |= step_names.defs(step.source) | step_names.refs(step.source)
    for name in own & shell.user_ns.keys():
        if not name.startswith("_") and shell.user_ns_hidden.get(name, shell) is not shell.user_ns[name]:
            del shell.user_ns[name]


def run_quietly(shell, source: str) -> BaseException | None:
    """Run `source` as a cell whose output nobody sees and that leaves no trace in the history; returns its exception, if any."""
    from IPython.utils.capture import capture_output

    with capture_output(), _no_tracebacks(shell):
        result = shell.run_cell(source, store_history=False, silent=True)
    return result.error_before_exec or result.error_in_exec


@contextmanager
def _no_tracebacks(shell) -> Iterator[None]:
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


def _progress(step: Step, steps: tuple[Step, ...]) -> str:
    line = f"Catching up: {step.number} of {steps[-1].number}"
    if not _TRAINS.search(step.source):
        return f"{line} …"
    profile = sys.modules.get("resnet_live.profiles")
    how = f" (profile {profile.current().name})" if profile and "torch" in sys.modules else ""
    return f"{line}: this step may train a network{how}, which can take minutes. Interrupt the kernel to stop."


def _failed(step: Step, error: BaseException) -> str:
    text = str(error).strip().splitlines()
    why = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    return f"{step.number} failed: {why}. See the whole error with `%next {step.number}` and run it."


def _names_now(room: Room, done: list[Step]) -> str:
    """The names that the steps made, the newest first, without what they only imported."""
    found: list[str] = []
    for step in reversed(done):
        for name in sorted(step_names.defs_of(step)):
            if name in found or name.startswith("_") or name not in room.shell.user_ns:
                continue
            if not _imported(room.shell.user_ns[name]):
                found.append(name)
    if not found:
        return "Nothing but imports so far."
    shown = ", ".join(f"`{name}`" for name in found[:24])
    return f"Names you have now, newest first: {shown}{f' and {len(found) - 24} more' if len(found) > 24 else ''}."


def _imported(value) -> bool:
    if isinstance(value, ModuleType):
        return True
    return isinstance(value, type | FunctionType | BuiltinFunctionType) and value.__module__ != "__main__"

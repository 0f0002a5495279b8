"""Python's debugger on a page: what is typed at a breakpoint is written down beforehand, and the debugger answers in earnest."""

import pdb
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any, cast


@contextmanager
def typed_at_breakpoint(*lines: str) -> Iterator[None]:
    """Within the block, whoever comes to a `breakpoint()` gets Python's debugger, in which `lines` are typed one after the other.

    What was typed and what the debugger answered is printed, as a person at the keyboard sees it; files are named "<cell>", since
    the number in a notebook's file names means nothing. When the lines are used up, the program goes on without stopping again.
    """
    debugger = _Debugger(lines, sys.stdout)
    hook = sys.breakpointhook
    sys.breakpointhook = debugger.stop_at_caller
    try:
        yield
    finally:
        sys.breakpointhook = hook


class _Typist:
    """A keyboard: gives the lines, and echoes them as a terminal does."""

    def __init__(self, lines: tuple[str, ...], screen: IO[str]):
        self.lines, self.screen = list(lines), screen

    def readline(self) -> str:
        line = (self.lines.pop(0) if self.lines else "continue") + "\n"
        self.screen.write(line)
        return line


class _Screen:
    """A screen that gets whole lines: what a notebook prints in two goes, a page shows on two lines."""

    def __init__(self, screen: IO[str]):
        self.screen, self.begun = screen, ""

    def write(self, text: str) -> None:
        lines, end, self.begun = (self.begun + text).rpartition("\n")
        self.screen.write(lines + end)

    def flush(self) -> None:
        """Nothing: the debugger flushes behind its prompt, before the line is typed."""


# Jupyter puts a debugger of its own in Python's place, with other words for the same: here Python's own is meant.
_PythonDebugger: Any = next(kind for kind in pdb.Pdb.__mro__ if kind.__module__ == "pdb")


class _Debugger(_PythonDebugger):
    def __init__(self, lines: tuple[str, ...], screen: IO[str]):
        lines_only = cast(IO[str], _Screen(screen))
        self.typist = _Typist(lines, lines_only)
        super().__init__(stdin=cast(IO[str], self.typist), stdout=lines_only, nosigint=True, readrc=False)
        self.use_rawinput = False
        self.prompt = "(Pdb) "

    def stop_at_caller(self, *_: Any, **__: Any) -> None:
        """What `breakpoint()` calls: stops in the function that holds it, as long as there is something to type."""
        if self.typist.lines:
            self.set_trace(sys._getframe(1))

    def format_stack_entry(self, frame_lineno: tuple[FrameType, int], *arguments: Any) -> str:
        entry = super().format_stack_entry(frame_lineno, *arguments)
        return entry.replace(self.canonic(frame_lineno[0].f_code.co_filename), "<cell>")

"""Tracebacks that a learner can read: the learner's own lines and the message, not the inside of libraries."""

from pathlib import Path
from types import TracebackType

import resnet_live

OWN = str(Path(resnet_live.__file__).parent)


def shorten(traceback: TracebackType | None) -> TracebackType | None:
    """`traceback` without the frames that lie in installed libraries or in this package; all of it if none is left."""
    frames = []
    step = traceback
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if "site-packages" not in file and "dist-packages" not in file and not file.startswith(OWN):
            frames.append(step)
        step = step.tb_next
    short = None
    for step in reversed(frames):
        short = TracebackType(short, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return short or traceback


def shorten_in_notebook() -> None:
    """From now on, show short tracebacks in this notebook. Does nothing outside IPython."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return

    def handler(shell, kind, value, traceback, tb_offset=None):
        if hasattr(value, "_render_traceback_"):  # an exception that says itself how it wants to be shown
            lines = value._render_traceback_()
            shell._showtraceback(kind, value, lines)
            return lines
        lines = shell.InteractiveTB.structured_traceback(kind, value, shorten(traceback), tb_offset=0)
        shell._showtraceback(kind, value, lines)
        return lines

    shell.set_custom_exc((Exception,), handler)

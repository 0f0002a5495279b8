"""The line for what a build does: on a terminal it is kept up to date, elsewhere it is written once."""

import io
import time

import pytest
from sphinx_ext.build_progress import Activity, Work


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown_at_last(written: str) -> list[str]:
    """What stands on a terminal's lines after all that was written to them."""
    return [line.split("\r\x1b[K")[-1] for line in written.split("\n")]


def test_a_terminal_shows_the_seconds_and_then_what_came_of_it():
    stream = Terminal()
    activity = Activity(stream)
    activity.start("[1/2] one", Work.EXECUTE)
    while stream.getvalue().count("[1/2] one: executing … ") < 2:
        time.sleep(0.05)
    activity.start("[2/2] two", Work.CACHE)
    activity.stop()
    first, second, rest = shown_at_last(stream.getvalue())
    assert first.startswith("[1/2] one: executed, ") and second == "[2/2] two: from the cache" and rest == ""


def test_elsewhere_long_work_has_a_line_at_its_start_and_at_its_end():
    stream = io.StringIO()
    activity = Activity(stream)
    activity.start("one", Work.EXECUTE)
    assert stream.getvalue() == "one: executing …\n"
    activity.start("two", Work.READ)
    activity.stop()
    assert stream.getvalue().splitlines()[2:] == ["two: read"] and "\r" not in stream.getvalue()


@pytest.mark.parametrize("work", Work)
def test_what_failed_is_not_said_to_be_done(work):
    stream = io.StringIO()
    activity = Activity(stream)
    activity.start("one", work)
    activity.stop(failed=True)
    activity.stop()
    assert stream.getvalue().count("FAILED") == 1

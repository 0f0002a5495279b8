"""How an answer fared."""

from enum import StrEnum


class Status(StrEnum):
    """What became of one student's answer to one exercise. The value is the word in tables and files."""

    PASSED = "passed"  # all points
    PARTLY = "partly"  # some
    FAILED = "failed"  # none, or not counted
    NOT_ATTEMPTED = "not attempted"  # the stub is as it was handed out
    MISSING = "missing"  # nothing of that name in the notebooks
    ERROR = "error"  # could not be run or judged
    TIMED_OUT = "timed out"
    NOT_JUDGED = "not judged"  # nothing was to be run, and nothing is kept to be judged

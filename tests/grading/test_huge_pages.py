"""Memory in large pages: nothing of it changes, and where the system has none, nothing happens."""

import subprocess
import sys
from pathlib import Path

import pytest

from resnet_live.grading import forge

FORGE = Path(forge.__file__).parent
PROGRAM = """
import hashlib, os, re, sys
sys.path.insert(0, {forge!r})
import huge_pages
if {refused}:
    huge_pages.libc = type("Refused", (), {{"madvise": staticmethod(lambda *words: -1)}})
kept = [os.urandom(1000) for _ in range(40_000)]
digest = lambda: hashlib.sha256(b"".join(kept)).hexdigest()
huge = lambda: sum(map(int, re.findall("AnonHugePages: *([0-9]+)", open("/proc/self/smaps_rollup").read())))
before, none = digest(), huge()
huge_pages.collapse()
assert digest() == before
print(huge() - none)
"""


def kilobytes(refused: bool) -> int:
    """What has been put into large pages of 40 MB."""
    program = PROGRAM.format(forge=str(FORGE), refused=refused)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the warm process is for Linux alone")
def test_memory_stays_what_it_is():
    # (before Linux 6.1, and where memory is in pieces, there may be none)
    assert kilobytes(False) >= 0
    assert kilobytes(True) == 0

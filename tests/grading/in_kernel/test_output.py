"""What an answer prints is limited, and costs it nothing."""

import subprocess
import sys

from resnet_live.grading.assemble import IN_KERNEL

LOUD = """import sys
sys.path.insert(0, {folder!r})
from in_kernel.guard import MOST_OUTPUT, limit_output
limit_output()
for n in range(20):
    assert print("x" * (MOST_OUTPUT // 10)) is None
    assert sys.stderr.write("y" * 10) == 10
"""


def test_output_is_cut_and_nothing_fails():
    command = [sys.executable, "-c", LOUD.format(folder=str(IN_KERNEL.parent))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 800_000 < len(done.stdout + done.stderr) <= 1_000_000

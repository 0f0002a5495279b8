"""Run the tests that need neither a browser nor kernels nor minutes, in the environment that tools/install.py made.

    python tools/ci/anywhere.py [more options of pytest]

Standard library only, no shell: the same on Linux, macOS and Windows. First the doctor says what machine this is.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKS = "not slow and not browser and not kernel"


def main(arguments: list[str]) -> int:
    """The exit code of pytest; the doctor's is no matter: it asks for more than these tests do."""
    own = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python = os.environ.get("PYTHON_OF_TESTS") or str(own)
    environment = dict(os.environ, PYTHONUTF8="1")
    subprocess.run([python, "-m", "resnet_live.doctor"], cwd=ROOT, env=environment, check=False)
    tests = [python, "-m", "pytest", "-q", "-n", "auto", "--maxprocesses=4", "--dist", "loadgroup", "-m", MARKS]
    return subprocess.run([*tests, *arguments], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

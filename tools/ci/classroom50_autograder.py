"""Classroom 50's autograder for this course: copy it to CLASSROOM/autograders/ASSIGNMENT/autograder.py of your config repository.

Classroom 50's runner calls it in the student's checkout. It fetches the course, or uses the one that RESNET_LIVE_COURSE names (on a
runner of your own with everything installed), grades ./exercises, and leaves ./result.json. Exit code 0 when it was graded.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE = "https://github.com/OWNER/resnet-live"  # yours: it holds the solutions, students need not see it
REF = "main"  # better: a tag, so that a term is graded by one version


def main() -> None:
    """Fetch, install, grade, convert. Any failure is an exit code above zero, for which Classroom 50 notes an error."""
    work = Path(tempfile.mkdtemp())
    course = Path(os.environ.get("RESNET_LIVE_COURSE") or fetched(work))
    binaries = Path(os.environ.get("BIN") or course / ".venv" / "bin")
    here = Path.cwd()
    environment = dict(os.environ, BIN=str(binaries))
    script = ["bash", str(course / "tools/ci/grade.sh"), str(here / "exercises"), str(work / "grades")]
    subprocess.run(script, check=True, env=environment)
    convert = [str(binaries / "python"), str(course / "tools/ci/classroom50.py"), str(work / "grades")]
    subprocess.run([*convert, str(here / "result.json")], check=True)
    (feedback,) = (work / "grades" / "feedback").glob("*.md")
    (here / "release-body.md").write_text(feedback.read_text(encoding="utf-8"), encoding="utf-8")


def fetched(work: Path) -> Path:
    """The course, cloned into `work` and installed."""
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", "--branch", REF, COURSE, str(work / "course")], check=True
    )
    subprocess.run([sys.executable, "tools/install.py"], check=True, cwd=work / "course")
    return work / "course"


if __name__ == "__main__":
    main()

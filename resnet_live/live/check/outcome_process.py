"""The background process that finds out what the steps of a chapter should give, and the file that it writes them into.

The file has a JSON object a line: an ExpectedOutcome for each step, then `{"done": true}`, or `{"failed": why}`.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from resnet_live.live.chapter import Chapter, LiveError, read_chapter
from resnet_live.live.check.compute_outcomes import ExpectedOutcome, compute_outcomes

LONGEST = 1800.0  # seconds after which the process gives up, whatever it does
KEEP_DAYS = 14

PACKAGE = Path(__file__).parents[2]


@dataclass
class ExpectedOutcomes:
    """What is known of a chapter: the outcomes by step number, whether they are all there, and what went wrong, if anything."""

    outcomes: dict[str, ExpectedOutcome] = field(default_factory=dict)
    done: bool = False
    failed: str = ""


def read_outcomes(file: Path) -> ExpectedOutcomes:
    """What the process has written into `file` so far; nothing when there is none."""
    known = ExpectedOutcomes()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return known
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # the last line, while it is being written
            continue
        if "step" in entry:
            known.outcomes[entry["step"]] = entry
        known.done = known.done or "done" in entry
        known.failed = entry.get("failed", known.failed)
    return known


class OutcomeProcess:
    """The process that finds out the outcomes of one chapter. A thread waits for its end, so that no zombie is left."""

    def __init__(self, chapter: Chapter, file: Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        self._log = file.with_suffix(".log")
        path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
        environment = os.environ | {
            "RESNET_LIVE_PROFILE": "smoke",
            "RESNET_LIVE_OFFLINE": "1",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": path,
            "PYTHONIOENCODING": "utf-8",
        }
        environment.pop("JPY_PARENT_PID", None)
        arguments = [str(chapter.path.absolute()), chapter.fingerprint, str(file)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "resnet_live.live.check.outcome_process", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                start_new_session=os.name != "nt",
                creationflags=_quiet_on_windows(),
            )
        threading.Thread(target=self.process.wait, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def last_line(self) -> str:
        """The last line that it wrote to stderr."""
        with suppress(OSError):
            lines = [line.strip() for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()]
            return next((line for line in reversed(lines) if line), "")
        return ""


def _quiet_on_windows() -> int:
    if sys.platform != "win32":
        return 0
    return subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW


def main(arguments: list[str]) -> int:
    """Write the outcomes of a chapter, a line a step. `arguments`: chapter notebook, its fingerprint, the file to write.

    Returns the exit status. Nothing is done when another process is at it, or when the file is complete.
    """
    path, fingerprint, file = Path(arguments[0]), arguments[1], Path(arguments[2])
    try:
        lock = FileLock(f"{file}.lock", timeout=0)
        lock.acquire()
    except Timeout:  # another kernel was quicker
        return 0
    if read_outcomes(file).done:
        return 0
    _step_aside()
    with file.open("w", encoding="utf-8") as out:

        def write(entry: Mapping) -> None:
            out.write(json.dumps(entry, ensure_ascii=True) + "\n")
            out.flush()

        try:
            chapter = read_chapter(path)
            if chapter.fingerprint != fingerprint:
                raise LiveError(f"{path.name} was changed meanwhile")
            for entry in compute_outcomes(chapter):
                write(entry)
            write({"done": True})
        except Exception as error:
            write({"failed": f"{type(error).__name__}: {error}"})
            return 1
    _remove_old(file)
    return 0


def _step_aside() -> None:
    """Leave the processor to the class, and do not run for ever."""
    with suppress(OSError, AttributeError):
        os.nice(10)
    watch = threading.Timer(LONGEST, lambda: os._exit(3))
    watch.daemon = True
    watch.start()


def _remove_old(file: Path) -> None:
    """Remove what earlier versions of this chapter left."""
    name, long_ago = file.name.rpartition("-")[0], time.time() - KEEP_DAYS * 24 * 3600
    for old in file.parent.glob(f"{name}-*"):
        with suppress(OSError):
            if old.stat().st_mtime < long_ago:
                old.unlink()


if __name__ == "__main__":
    from resnet_live.live.check.outcome_process import main as run

    status = run(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # threads of libraries must not keep it alive

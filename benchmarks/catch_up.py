"""How long late students wait who all catch up at once, and how much memory they take.

    python benchmarks/catch_up.py [--students 3] [--session pooling_to_residual] [--step 6.17] [--rounds 3]

Each student has an ordinary kernel, as JupyterLab starts it: it loads the commands, opens the session and runs `%catchup STEP`. All
begin at one moment on this machine. The seconds count from asking for the kernel to the end of the catch-up, `processor` is what the
kernel has worked meanwhile, and the memory of a kernel is its proportional set size at the end: pages that they share are counted
in parts. Writes catch_up.json beside it.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel

RESULT = Path(__file__).with_suffix(".json")


class Student:
    """A student who comes late: a kernel, and the times of what is run in it."""

    def __init__(self, session: str, step: str, together: threading.Barrier):
        self.seconds: dict[str, float] = {}
        self.said = ""
        self._cells = {
            "open": f"%load_ext resnet_live.live\n%plan {session}",
            "catch up": f"%catchup {step}",
        }
        self._together, self._step = together, step
        self._thread = threading.Thread(target=self._come)
        self._thread.start()

    def _come(self) -> None:
        self._together.wait()
        began = time.perf_counter()
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", startup_timeout=300, stderr=subprocess.DEVNULL
        )
        ended = time.perf_counter()
        self.seconds["kernel"] = ended - began
        for name, cell in self._cells.items():
            before = ended
            self.client.execute_interactive(cell, output_hook=self._hear, timeout=600)
            ended = time.perf_counter()
            self.seconds[name] = ended - before
        self.seconds["all"] = ended - began
        process = psutil.Process(self.manager.provisioner.pid)
        times = process.cpu_times()
        self.seconds["processor"] = times.user + times.system

    def _hear(self, message: dict) -> None:
        self.said += str(message["content"].get("data", message["content"]).get("text/plain", ""))

    def wait(self) -> None:
        """Until the catch-up has ended. Raises AssertionError when it did not arrive."""
        self._thread.join()
        assert f"You stand at {self._step}" in self.said, self.said

    def megabytes(self) -> float:
        """The kernel's proportional set size."""
        return psutil.Process(self.manager.provisioner.pid).memory_full_info().pss / 1e6

    def leave(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def measure(students: int, session: str, step: str) -> list[dict[str, float]]:
    """One round: of each student the seconds, and the megabytes."""
    together = threading.Barrier(students)
    late = [Student(session, step, together) for _ in range(students)]
    try:
        for student in late:
            student.wait()
        return [student.seconds | {"megabytes": student.megabytes()} for student in late]
    finally:
        for student in late:
            student.leave()


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=3)
    parser.add_argument("--session", default="pooling_to_residual")
    parser.add_argument("--step", default="6.17")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RESNET_LIVE_CACHE"] = cache
        rounds = [measure(asked.students, asked.session, asked.step) for _ in range(asked.rounds)]
    times = [student for students in rounds for student in students]
    result = {
        "students at once": asked.students,
        "session": asked.session,
        "step": asked.step,
        "rounds": asked.rounds,
        "machine": {
            "processor": platform.machine(),
            "cores": len(os.sched_getaffinity(0)),
            "load_before": round(load, 1),
            "python": platform.python_version(),
        },
        "of each student": {
            name: {
                "median": round(statistics.median(student[name] for student in times), 1),
                "maximum": round(max(student[name] for student in times), 1),
            }
            for name in times[0]
        },
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

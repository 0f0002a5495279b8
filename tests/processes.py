"""What has become of a process."""

import time

import psutil


def gone(pid: int, within: float = 20) -> bool:
    """Whether the process ends by itself, in so many seconds. A zombie has, whoever may bury it."""
    deadline = time.monotonic() + within
    while True:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)

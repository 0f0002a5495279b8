"""What has become of a process."""

import time

import psutil


def ends(pid: int, within: float = 20) -> bool:
    """Whether it ends in so many seconds. A zombie has, whoever may bury it."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False

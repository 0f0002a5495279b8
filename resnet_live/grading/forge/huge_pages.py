"""Memory in few, large pages: a fork copies the table of all pages, and half a gigabyte of small ones takes longer than most answers.

Part of the program `forge_runs`. It costs a second or two, once.
"""

import contextlib
import ctypes

MADV_COLLAPSE = 25  # Linux 6.1; it does what /sys/kernel/mm/transparent_hugepage leaves to programs, and at once
BYTES = 2 << 20
libc = ctypes.CDLL(None)


def collapse() -> None:
    """Put this process's own memory into pages of 2 MB, as far as the system can; where it cannot, all stays as it is."""
    with contextlib.suppress(OSError), open("/proc/self/maps") as maps:
        for line in maps.readlines():
            area, rights, _, _, inode, *name = line.split()
            if rights != "rw-p" or inode != "0" or name == ["[stack]"]:
                continue
            start, end = (int(one, 16) for one in area.split("-"))
            first, last = -(-start // BYTES) * BYTES, end // BYTES * BYTES
            if first < last:
                libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), MADV_COLLAPSE)

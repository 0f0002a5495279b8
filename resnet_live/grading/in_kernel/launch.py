"""The first thing of ours inside the sandbox: take what is left to take away, then become nbmake.

    python launch.py limits.json command…

Standard library only. `limits.json`: {"own_network", "hide": folders, "memory": bytes or null, "cpu": seconds or null}.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
MOST_FILE_BYTES = 512_000_000
MS_BIND = 4096


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        limits = json.load(file)
    if limits["own_network"]:
        loopback_up()
    for folder in limits["hide"]:
        hide(folder)
    if limits["memory"]:
        # not RLIMIT_AS: importing PyTorch alone maps several GB
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"], limits["memory"]))
    if limits["cpu"]:
        resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE_BYTES, MOST_FILE_BYTES))
    if sys.argv[2:]:
        os.execv(sys.argv[2], sys.argv[2:])


def loopback_up() -> None:
    """A new network has a loopback device that is down; the kernel's sockets need it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        flags = struct.unpack("16sh", fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


def hide(folder: str) -> None:
    """An empty folder, or file, in its place, for this process and what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.path.isdir(folder):
        failed = libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, b"size=4k,mode=755")
    else:
        failed = libc.mount(b"/dev/null", folder.encode(), None, MS_BIND, None)
    if failed != 0:
        raise OSError(ctypes.get_errno(), "cannot hide", folder)


if __name__ == "__main__":
    main()

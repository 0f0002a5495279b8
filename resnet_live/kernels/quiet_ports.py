"""Ports for a kernel's five sockets on which nobody else is about to come.

Between the choice of a port and the kernel's `bind` some time passes. jupyter_client lets the system choose, from the range out of
which it also serves every outgoing connection: beside a busy browser, one kernel in some hundreds finds its port taken, and dies.
"""

import random
import socket
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST = 10_000  # below stand the ports that people know by heart: 8888, 8000, 5000
# where the system does not say: where Linux begins to choose by itself (macOS, at 49152, is above it)
LAST = 32_767


def quiet_ports(ip: str, count: int) -> list[int]:
    """`count` different TCP ports that are free on `ip`, below those that the system gives away by itself.

    Raises OSError when so many are not found.
    """
    try:
        last = int(RANGE.read_text().split()[0]) - 1
    except (OSError, ValueError, IndexError):
        last = LAST
    if last - FIRST < 1_000:  # the system was set to give nearly all of them away
        last = LAST
    # not the generator of `random` itself, which a notebook may have seeded, and then all would try the same ones
    some = random.SystemRandom().sample(range(FIRST, last + 1), 20 * count)
    found = [port for port in some if _is_free(ip, port)][:count]
    if len(found) < count:
        raise OSError(
            f"Only {len(found)} of {len(some)} ports that were tried on {ip} are free; a kernel needs {count}."
        )
    return found


def _is_free(ip: str, port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind((ip, port))
        except OSError:
            return False
        return True

"""The address under which the local network knows this machine."""

import ipaddress
import socket

import psutil

from resnet_live.live.chapter import LiveError


def network_address(wanted: str = "") -> str:
    """The IPv4 address of this machine in the local network; `wanted`: one to use, which must be this machine's.

    Raises LiveError when there is none, when the choice is not this machine's, or when it is open to the whole Internet.
    """
    here = {
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET and not entry.address.startswith("127.")
    }
    if wanted:
        if wanted not in here:
            known = f"It has {', '.join(sorted(here))}" if here else "It is in no network"
            raise LiveError(f"{wanted} is no address of this machine. {known}.")
        return wanted
    used = _towards_others()
    if used not in here:
        raise LiveError(
            "This machine is in no local network. Join one (a phone's hotspot will do), or share on this machine alone: `%share on`"
        )
    if not ipaddress.ip_address(used).is_private:
        raise LiveError(
            f"{used} can be reached from the whole Internet. When that is what you want: `%share on --network {used}`"
        )
    return used


def _towards_others() -> str:
    """The address that this machine would speak from; "" without a network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # an address that nobody has
            return asking.getsockname()[0]
        except OSError:
            return ""


def free_port(address: str, wanted: int = 0, usual: int = 0) -> int:
    """A port that is free at the loopback address and at `address` (if any): `wanted`, else `usual` or one of ten.

    Raises LiveError when none is.
    """
    tried = [wanted] if wanted else [*filter(None, [usual]), *range(8787, 8797)]
    for port in tried:
        try:
            for host in filter(None, ("127.0.0.1", address)):
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trying:
                    trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    trying.bind((host, port))
            return port
        except OverflowError:
            raise LiveError(f"{port} is no port: they go from 1024 to 65535.") from None
        except OSError:
            continue
    taken = f"Port {wanted} is" if wanted else "The ports 8787 to 8796 are"
    raise LiveError(f"{taken} taken by another program. Name a free one: `%share on --port 9000`")

"""Does a host answer? Standard library only."""

from __future__ import annotations

import socket
import threading
import urllib.request
from urllib.parse import urlsplit


def knock(url: str, seconds: float) -> str:
    """Empty when the host of `url`, or the proxy for it, accepts a connection within `seconds`; else why not, in words."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    proxies = urllib.request.getproxies()
    if parts.scheme in proxies and not urllib.request.proxy_bypass(host):
        proxy = urlsplit(proxies[parts.scheme])
        host, port = proxy.hostname or "", proxy.port or 80
    outcome: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=seconds).close()
            outcome.append("")
        except OSError as error:
            outcome.append(str(error) or type(error).__name__)

    # In a thread: looking up the host's name obeys no time limit and can hang for half a minute.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else f"no answer within {seconds} seconds"

"""Whether the hosts answer from which packages and images come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from resnet_live.doctor.diagnosis import Diagnosis, fine, note
from resnet_live.knock import knock

HOSTS = {
    "packages": "https://pypi.org",
    "PyTorch": "https://download.pytorch.org",
    "images": "https://s3.amazonaws.com",
}
SECONDS = 2


def look() -> list[Diagnosis]:
    """Without a network everything works that has been fetched before."""
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        why = dict(zip(HOSTS, pool.map(lambda url: knock(url, SECONDS), HOSTS.values())))  # noqa: B905 - Python 3.8
    silent = {what: reason for what, reason in why.items() if reason}
    if not silent:
        return [fine("Network", "the hosts for packages, PyTorch and images answer")]
    says = "; ".join(f"{HOSTS[what]} ({what}): {reason}" for what, reason in silent.items())
    remedy = "Fetch packages and images where there is a network. Behind a proxy set HTTPS_PROXY."
    return [note("Network", f"no answer: {says}", remedy)]

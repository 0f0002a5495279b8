"""Whether programs of this machine may talk to each other: JupyterLab, kernels, the class's pages."""

from __future__ import annotations

import socket

from resnet_live.doctor.diagnosis import Diagnosis, fine, note, problem

LAB = 8888
HOST = "127.0.0.1"


def look() -> list[Diagnosis]:
    """A listening socket on the loopback address, and JupyterLab's usual port."""
    try:
        with socket.socket() as server:
            server.bind((HOST, 0))
            server.listen()
            with socket.create_connection(server.getsockname(), timeout=5):
                pass
    except OSError as error:
        remedy = f"Switch the loopback interface on (ip link set lo up), and let the firewall pass {HOST}."
        return [problem("Ports", f"nothing can listen on {HOST}: {error}", remedy)]
    with socket.socket() as knocking:
        knocking.settimeout(1)
        if knocking.connect_ex((HOST, LAB)) == 0:
            remedy = "Take the address that JupyterLab prints, or close the other one: jupyter lab list."
            return [note("Ports", f"{LAB} is taken, perhaps by another JupyterLab: a new one takes the next", remedy)]
    return [fine("Ports", f"{HOST} works, and {LAB} is free for JupyterLab")]

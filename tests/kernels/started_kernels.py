"""Kernels of both kinds, started as jupyter_client starts them."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from resnet_live.kernels.kernelspec import write_kernelspec

# Enough for what is not about PyTorch, and imported in a second.
LIGHT = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "numpy")


@dataclass
class Started:
    """A kernel under test."""

    manager: KernelManager
    client: object

    @property
    def why_ordinary(self) -> str | None:
        """None when it is warm."""
        return getattr(self.manager.provisioner, "why_ordinary", "no warm kernels here")

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def run(self, source: str, timeout: float = 120) -> list[tuple]:
        """What a cell shows: ("stdout" or "stderr", text), ("error", name, value), or a data bundle's items."""
        shown = []

        def keep(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and shown and shown[-1][0] == content["name"]:
                shown[-1] = (content["name"], shown[-1][1] + content["text"])
            elif kind == "stream":
                shown.append((content["name"], content["text"]))
            elif kind == "error":
                shown.append(("error", content["ename"], content["evalue"]))
            elif "data" in content:
                shown.append(tuple(sorted(content["data"].items())))

        self.client.execute_interactive(source, output_hook=keep, allow_stdin=False, timeout=timeout)
        return shown

    def says(self, expression: str) -> str:
        """The expression's value, printed."""
        ((name, text),) = self.run(f"print({expression})")
        assert name == "stdout", text
        return text.strip()


class Place:
    """A folder with a kernelspec: where kernels are forked."""

    def __init__(self, folder, preload=LIGHT, idle_s=60):
        self.folder = folder
        write_kernelspec(folder, preload=preload, idle_s=idle_s)

    @contextmanager
    def kernel(self, cwd=None, ordinary=False, **options):
        """A kernel from here, or an `ordinary` one of this interpreter."""
        specs = KernelSpecManager(kernel_dirs=[] if ordinary else [str(self.folder / "kernels")])
        manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
        manager.start_kernel(cwd=str(cwd or self.folder), **options)
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=120)
            yield Started(manager, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    def warm_processes(self) -> list[psutil.Process]:
        """Those that run for this folder. Their kernels have the same command line."""
        found = []
        for process in psutil.process_iter(["cmdline", "status", "ppid"]):
            words = process.info["cmdline"] or []
            if any(f"{self.folder}/" in word for word in words) and any("warm_process" in word for word in words):
                found.append(process)
        pids = {process.pid for process in found}
        return [p for p in found if p.info["ppid"] not in pids and p.info["status"] != psutil.STATUS_ZOMBIE]


def environment(**changes) -> dict[str, str]:
    """This process's variables with changes; None removes one."""
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}

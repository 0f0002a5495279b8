"""Where jupyter_client gets a warm kernel: a fork of the warm process, or the ordinary kernel where that cannot be."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

from jupyter_client.connect import port_names
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Float, Integer, List, Unicode

from resnet_live.kernels.quiet_ports import quiet_ports
from resnet_live.kernels.warm_client import Forge, ForkedKernel, NotWarm, fork_kernel

ORDINARY_CLIENT = "jupyter_client.asynchronous.AsyncKernelClient"
PROMPT_CLIENT = "resnet_live.kernels.prompt_client.PromptClient"


class WarmProvisioner(LocalProvisioner):
    """Named by a kernelspec as "resnet-live-warm"; its settings are those of `Forge`.

    `why_ordinary`: None for a warm kernel, else the reason for which the ordinary one was started.
    """

    folder = Unicode(help="Private folder of the warm process's sockets")
    owner = Integer(help="The process with which it ends")
    preload = List(Unicode(), help="Modules that it imports")
    idle_s = Float(600.0, help="Seconds without a kernel after which it ends")
    socket = Unicode(help="Socket of a warm process that is there already")
    why_ordinary: str | None = None
    ports_cached: bool  # LocalProvisioner's own: the manager has its ports

    async def pre_launch(self, **kwargs: Any) -> dict:
        """As LocalProvisioner has it, with ports that no connection takes meanwhile, and with a prompt client for nbclient."""
        manager = self.parent
        if manager and manager.client_class == ORDINARY_CLIENT:
            manager.client_class = PROMPT_CLIENT
        if manager and manager.transport == "tcp" and manager.cache_ports and not self.ports_cached:
            for name, port in zip(port_names, quiet_ports(manager.ip, len(port_names)), strict=True):
                setattr(manager, name, port)
            self.ports_cached = True
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict:
        """Launch a kernel and return its connection information; what LocalProvisioner raises, it raises."""
        try:
            # In a thread: the first request waits for the imports, and a server has other things to do meanwhile.
            process = await asyncio.to_thread(self._fork, cmd, self._scrub_kwargs(kwargs))
        except NotWarm as why:
            self.why_ordinary = str(why)
            self.log.debug("An ordinary kernel: %s", why)
            return await super().launch_kernel(cmd, **kwargs)
        self.why_ordinary = None
        self.process = process
        self.pid = self.pgid = process.pid  # it leads a group of its own
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    def _fork(self, command: list[str], options: dict[str, Any]) -> ForkedKernel:
        options = {name: value for name, value in options.items() if value is not None}
        environment = options.pop("env", None) or dict(os.environ)
        cwd = os.path.abspath(options.pop("cwd", os.getcwd()))
        if options.pop("independent", False):
            raise NotWarm("it shall outlive this process")
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            outputs = [
                _descriptor(options.pop(name, fallback), nothing) for name, fallback in (("stdout", 1), ("stderr", 2))
            ]
            if options:
                raise NotWarm(f"options that only a new process can have: {', '.join(options)}")
            forge = Forge(Path(self.folder), self.owner, self.preload, self.idle_s, self.socket)
            # JPY_PARENT_PID as jupyter_client's launcher sets it
            return fork_kernel(forge, command, {**environment, "JPY_PARENT_PID": str(os.getpid())}, cwd, outputs)
        finally:
            os.close(nothing)


def _descriptor(stream: Any, nothing: int) -> int:
    """The file descriptor that Popen would make of its argument."""
    if stream == subprocess.DEVNULL:
        return nothing
    number = stream if isinstance(stream, int) else stream.fileno()
    if number < 0:
        raise NotWarm("pipes between the two need a new process")
    return number

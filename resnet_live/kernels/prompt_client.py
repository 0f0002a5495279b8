"""A client that goes on as soon as its kernel answers: jupyter_client's waits a third of a second more, in every run.

Two waits fall away. A connection that is refused, as the kernel is not that far, is tried again after a tenth of a second, ZeroMQ's
default. And once the kernel has answered, nothing must come for 0.2 seconds, for what an earlier client may have asked for: a kernel
that has just been forked has had none.
"""

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient

RETRY_MS = 5
ANSWER_SECONDS, CONNECTED_SECONDS = 1.0, 0.2


class PromptClient(AsyncKernelClient):
    """The client of a kernel that has just been forked, and of nobody else."""

    def _context_default(self) -> Any:
        context = super()._context_default()
        context.reconnect_ivl = RETRY_MS  # of all its sockets
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until it answers, and what it prints is heard. Raises RuntimeError when it has died, or after `timeout` seconds."""
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            self.kernel_info()
            try:
                answer = await self.get_shell_msg(timeout=ANSWER_SECONDS)
                await self.get_iopub_msg(timeout=CONNECTED_SECONDS)
            except Empty:  # one of the two channels is not connected yet
                if not await self.is_alive():
                    raise RuntimeError("The kernel died before it answered") from None
                if time.monotonic() > deadline:
                    raise RuntimeError(f"The kernel did not answer in {timeout:g} seconds") from None
            else:
                self._handle_kernel_info_reply(answer)
                return

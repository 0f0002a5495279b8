"""A real kernel, driven cell by cell as somebody at the keyboard would: for rehearsals and recordings."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from resnet_live.live.chapter import LiveError
from resnet_live.live.pages.live_notebook import METADATA


@dataclass(frozen=True)
class Reply:
    """What a kernel made of one cell.

    `source`: the cell as it was run; `outputs`: nbformat outputs in order; `seconds`: from sending to done; `next_input`: the
    code that the cell put into the next cell (`set_next_input`), None without one; `replaces`: whether that code stands in
    the cell itself instead.
    """

    source: str
    outputs: list[NotebookNode]
    seconds: float
    next_input: str | None = None
    replaces: bool = False

    @property
    def failure(self) -> NotebookNode | None:
        """The output of the error, None when the cell ran through."""
        return next((output for output in self.outputs if output.output_type == "error"), None)

    @property
    def error(self) -> str | None:
        """The name of the exception, None when the cell ran through."""
        return self.failure.ename if self.failure else None

    @property
    def message(self) -> str:
        """The exception's text, "" without one."""
        return self.failure.evalue if self.failure else ""

    @property
    def facts(self) -> dict[str, str]:
        """What our commands say for programs, beside their words: from the metadata of the outputs."""
        found: dict[str, str] = {}
        for output in self.outputs:
            found |= output.get("metadata", {}).get("resnet_live", {})
        return found

    @property
    def text(self) -> str:
        """Everything the cell printed or showed as plain text, in order."""
        texts = []
        for output in self.outputs:
            if output.output_type == "stream":
                texts.append(output.text)
            elif output.output_type != "error":
                texts.append(output.data.get("text/plain", ""))
        return "\n".join(text.rstrip("\n") for text in texts if text)


class Kernel:
    """A running kernel; make one with `kernel()`."""

    def __init__(self, client: NotebookClient):
        self._client, self._count = client, 0
        self._reply: dict[str, Any] = {}
        client.on_cell_executed = self._keep

    def _keep(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        self._reply = execute_reply["content"]

    def run(self, source: str, timeout: float = 600) -> Reply:
        """Run one cell and wait for its end. An error in the cell is part of the reply.

        Raises LiveError when the kernel died or the cell ran for longer than `timeout` seconds (it is interrupted then, and
        the kernel can be used again).
        """
        cell = new_code_cell(source)
        self._client.nb.cells.append(cell)
        self._client.timeout = timeout
        self._reply, self._count = {}, self._count + 1
        began = time.perf_counter()
        try:
            self._client.execute_cell(cell, len(self._client.nb.cells) - 1, execution_count=self._count)
        except DeadKernelError as error:
            raise LiveError(f"The kernel died while it ran this cell:\n{source}") from error
        seconds = time.perf_counter() - began
        reply = self._what_came_of(cell, seconds)
        if seconds >= timeout and reply.error == "KeyboardInterrupt":
            raise LiveError(f"A cell ran for longer than {timeout:g} s and was stopped:\n{source}")
        return reply

    def _what_came_of(self, cell: NotebookNode, seconds: float) -> Reply:
        puts = [item for item in self._reply.get("payload", []) if item.get("source") == "set_next_input"]
        last = puts[-1] if puts else {}
        return Reply(cell.source, list(cell.outputs), seconds, last.get("text"), bool(last.get("replace")))


@contextmanager
def kernel(folder: Path, environment: dict[str, str] | None = None) -> Iterator[Kernel]:
    """A kernel on this interpreter that works in `folder`; it is shut down on leaving.

    `environment`: variables beside those of this process. Raises LiveError when no kernel starts.
    """
    notebook = new_notebook(metadata=METADATA)
    client = NotebookClient(
        nbformat.from_dict(notebook),
        allow_errors=True,
        interrupt_on_timeout=True,
        startup_timeout=120,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.create_kernel_manager()
        client.start_new_kernel(env={**os.environ, **(environment or {})}, cwd=str(folder))
        client.start_new_kernel_client()
    except Exception as error:  # jupyter_client and the operating system raise many kinds; each means the same here
        if client.km is not None:
            client._cleanup_kernel()
        raise LiveError(f"No kernel could be started in {folder}: {error}") from error
    try:
        yield Kernel(client)
    finally:
        client._cleanup_kernel()

"""A client that goes on as soon as its kernel answers: when it does not, that is told, and nothing that is printed is lost."""

import json
import sys
import time

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.utils import run_sync

from resnet_live.kernels.prompt_client import PromptClient


@run_sync  # also where an event loop runs already, as a browser's does after its tests
async def ready(folder, timeout: float, source: str = "") -> list[str]:
    """Start the kernel that `folder` has, wait for it, run a cell at once: what it prints."""
    manager = AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder / "kernels")]))
    manager.client_class = f"{PromptClient.__module__}.PromptClient"
    await manager.start_kernel(cwd=str(folder))
    client = manager.client()
    try:
        client.start_channels()
        await client.wait_for_ready(timeout=timeout)
        printed = []
        await client.execute_interactive(
            source, output_hook=lambda told: printed.append(told["content"].get("text")), allow_stdin=False, timeout=60
        )
        return [text for text in printed if text]
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


def place_of(folder, program: str):
    """A folder whose kernel is this program."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    spec = {"argv": [sys.executable, "-c", program], "display_name": "it", "language": "python"}
    place.joinpath("kernel.json").write_text(json.dumps(spec))
    return folder


def test_the_first_cell_is_heard_at_once(place):
    for number in range(5):
        assert ready(place.folder, 60, f"print({number})") == [f"{number}\n"]


def test_a_kernel_that_has_died_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="died before it answered"):
        ready(place_of(tmp_path, "pass"), 60)


def test_one_that_does_not_answer_is_given_up(tmp_path):
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="did not answer in 1 seconds"):
        ready(place_of(tmp_path, "import time; time.sleep(600)"), 1)
    assert time.monotonic() - began < 60


def test_only_an_ordinary_client_is_replaced(place):
    """A manager that has a client of its own keeps it, as JupyterLab's does."""
    with place.kernel() as kernel:
        assert kernel.why_ordinary is None
        assert not isinstance(kernel.client, PromptClient)

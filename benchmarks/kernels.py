"""How long a notebook waits for its first result, in an ordinary and in a warm kernel, side by side.

    python benchmarks/kernels.py [--runs 7]

From asking for the kernel to the result of a cell that imports torch and fastai, and the shutdown after it. The two kinds take
turns, so that other work on the machine meets both. Writes kernels.json beside this file.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from resnet_live.kernels import warm_kernels

CELL = "import torch\nfrom fastai.vision.all import *\nprint(torch.ones(3).sum().item())"
RESULT = Path(__file__).with_suffix(".json")


def seconds(folders: list[str]) -> tuple[dict[str, float], str | None]:
    """Times of one kernel, and why it was an ordinary one. `folders`: of kernelspecs; none: the interpreter's own."""
    began = time.perf_counter()
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=folders))
    manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"])
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=300)
    ready = time.perf_counter()
    client.execute_interactive(CELL, output_hook=lambda message: None, timeout=300)
    result = time.perf_counter()
    why = getattr(manager.provisioner, "why_ordinary", "the usual provisioner")
    client.stop_channels()
    manager.shutdown_kernel()
    ended = time.perf_counter()
    return {"start": ready - began, "cell": result - ready, "result": result - began, "shutdown": ended - result}, why


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    times: dict[str, list[dict[str, float]]] = {"ordinary": [], "warm": []}
    load = os.getloadavg()[0]
    os.environ.pop("RESNET_LIVE_WARM_KERNELS", None)
    with warm_kernels() as variables:
        folders = {"ordinary": [], "warm": [str(Path(variables["RESNET_LIVE_WARM_KERNELS"], "kernels"))]}
        first, why = seconds(folders["warm"])
        if why:
            raise SystemExit(f"There are no warm kernels here: {why}")
        for _ in range(runs):
            for kind, place in folders.items():
                measured, why = seconds(place)
                assert (why is None) == (kind == "warm"), why
                times[kind].append(measured)
                print(f"{kind:9}", {name: round(value, 2) for name, value in measured.items()}, flush=True)
    median = {
        kind: {name: round(statistics.median(run[name] for run in found), 3) for name in found[0]}
        for kind, found in times.items()
    }
    record = {
        "what": "median seconds; result: from asking for a kernel to the result of its first cell, which imports torch and fastai",
        "runs": runs,
        **median,
        "ratio": round(median["ordinary"]["result"] / median["warm"]["result"], 1),
        "first warm kernel, with the start of the warm process": round(first["result"], 3),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "load": {"before": round(load, 2), "after": round(os.getloadavg()[0], 2)},
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()

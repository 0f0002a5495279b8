"""Write the kernelspec of warm kernels into a private folder, and say where it is."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from ipykernel.kernelspec import get_kernel_dict

from resnet_live.kernels.warm_client import stop_all

PROVISIONER = "resnet-live-warm"
# Libraries only: never this package, nor anything that holds an answer.
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.display",
    "nbformat",
    "jsonschema",  # checks notebooks' formats
    "torch",
    "torchvision",
    "matplotlib.pyplot",
    "ipywidgets",
    "fastai.vision.all",
    "threadpoolctl",
)
# Names the folder that is in use, for the processes below; "off": ordinary kernels.
VARIABLE = "RESNET_LIVE_WARM_KERNELS"
IDLE_SECONDS = 600


def supported() -> bool:
    """Whether kernels can be forked here: on Linux, with the provisioner known to Jupyter (an install from before it is not)."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open") or os.environ.get(VARIABLE) == "off":
        return False
    return _provisioner_is_known()


@functools.cache  # it looks through all packages that are installed
def _provisioner_is_known() -> bool:
    return bool(entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER))


def write_kernelspec(
    folder: Path, name: str = "python3", preload: Sequence[str] = PRELOAD, idle_s: float = IDLE_SECONDS
) -> None:
    """Write the kernelspec `name` into `folder`, to be named in JUPYTER_PATH.

    Its kernels run on this interpreter, and are warm where that is `supported()`. The process that forks them imports `preload`;
    it is started with the first kernel, shared by all who use this folder, and ends with the calling process or after `idle_s`
    seconds without a kernel. `folder` becomes private to this user: what can write there decides what its kernels are.
    """
    spec = get_kernel_dict()
    if supported():
        config = {"folder": str(folder.absolute()), "owner": os.getpid(), "preload": list(preload), "idle_s": idle_s}
        spec["metadata"]["kernel_provisioner"] = {"provisioner_name": PROVISIONER, "config": config}
    place = folder / "kernels" / name
    place.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (place / "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")


@contextlib.contextmanager
def warm_kernels(preload: Sequence[str] = PRELOAD) -> Iterator[dict[str, str]]:
    """Kernels named python3 are warm ones, in this process and in those that it starts; ordinary ones again on leaving.

    The process that they come from imports `preload`. Yields the environment variables that lead to it; they are set in
    `os.environ` already. Inside another `warm_kernels()`, of this process or of one above it, the same warm process is used.
    """
    known = os.environ.get(VARIABLE, "")
    if known and (known == "off" or Path(known, "kernels").is_dir()):
        yield {name: os.environ[name] for name in (VARIABLE, "JUPYTER_PATH") if name in os.environ}
        return
    folder = Path(tempfile.mkdtemp(prefix="resnet-live-"))
    before = {name: os.environ.get(name) for name in (VARIABLE, "JUPYTER_PATH")}
    try:
        write_kernelspec(folder, preload=preload)
        paths = [str(folder), *filter(None, [before["JUPYTER_PATH"]])]
        changes = {VARIABLE: str(folder), "JUPYTER_PATH": os.pathsep.join(paths)}
        os.environ.update(changes)
        yield changes
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        stop_all(folder)
        shutil.rmtree(folder, ignore_errors=True)

"""Which Python the notebooks would run on."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from resnet_live.doctor.diagnosis import INSTALL, Diagnosis, Use, fine, note, problem
from resnet_live.doctor.storage_health import writable

NEEDS = (Use.READ, Use.SOLVE, Use.TEACH, Use.GRADE)


def look() -> list[Diagnosis]:
    """Jupyter's own folder; the kernel named python3, as JupyterLab and the build find it; whether kernels can be forked."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    # where each kernel's connection file is written, before it starts
    folder = Path(os.environ.get("JUPYTER_RUNTIME_DIR") or Path(manager.data_dir) / "runtime")
    if not writable(folder):
        remedy = "Make that folder your own (sudo chown -R), or name another one in JUPYTER_RUNTIME_DIR."
        says = f"Jupyter cannot write into its folder {folder}: no kernel starts"
        return [problem("Kernel", says, remedy, Use.READ, Use.SOLVE, Use.TEACH)]  # the grader has a folder of its own
    try:
        spec = manager.get_kernel_spec("python3")
    except NoSuchKernel:
        remedy = f"python -m pip install ipykernel. {INSTALL}"
        return [problem("Kernel", "Jupyter knows no kernel called python3", remedy, *NEEDS)]
    except (OSError, ValueError, TypeError) as error:
        remedy = "Remove it: jupyter kernelspec list shows its folder."
        return [problem("Kernel", f"the kernel python3 cannot be read: {error}", remedy, *NEEDS)]
    program = spec.argv[0] if spec.argv else ""
    remove = f"Remove the kernel in {spec.resource_dir}, or install it anew: python -m ipykernel install --sys-prefix"
    # jupyter_client itself puts this interpreter in place of a bare name
    if program in ("python", "python3", f"python3.{sys.version_info[1]}") or _same(program):
        return [fine("Kernel", f"python3 runs on {sys.executable}"), *_warm()]
    if not shutil.which(program):
        return [problem("Kernel", f"python3 runs on {program}, which is gone", remove, *NEEDS)]
    return [problem("Kernel", f"python3 runs on another Python, {program}: without this course", remove, *NEEDS)]


def _same(program: str) -> bool:
    """Whether it is this interpreter: of one environment, the names python and python3.12 are the same."""
    if not program:
        return False
    ours, theirs = Path(sys.executable), Path(program)
    return os.path.normcase(ours.parent) == os.path.normcase(theirs.parent) and theirs.stem.startswith("python")


def _warm() -> list[Diagnosis]:
    """Kernels that start at once are Linux's, and need the package to be installed."""
    from importlib.metadata import entry_points

    if sys.platform != "linux":
        return []
    group = entry_points().select(group="jupyter_client.kernel_provisioners")
    if any(entry.name == "resnet-live-warm" for entry in group):
        return []
    return [note("Warm kernels", "the package is not installed, or from an older copy: kernels start slowly", INSTALL)]

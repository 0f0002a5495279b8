"""The graphics card, its driver, and whether the installed PyTorch can use them. PyTorch is not imported."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from resnet_live.doctor.diagnosis import Diagnosis, fine, note
from resnet_live.doctor.package_health import pins, torch_facts

ASK = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
# The oldest driver for each CUDA series (NVIDIA's table of minor version compatibility).
DRIVERS = {11: 450, 12: 525, 13: 580}
SECONDS = 20


def look() -> list[Diagnosis]:
    """No GPU is no problem: the course runs on the CPU. A GPU that lies idle is worth a note."""
    if sys.platform == "darwin":
        return [fine("GPU", "Apple's (MPS)" if platform.machine() == "arm64" else "none: the CPU is used")]
    if not shutil.which(ASK[0]):
        if Path("/proc/driver/nvidia/version").exists():
            remedy = (
                "In a container: start it with --gpus all and the capability utility. Else install the driver's tools."
            )
            return [note("GPU", "an NVIDIA driver is loaded, and nvidia-smi is not to be found", remedy)]
        return [fine("GPU", "none found: the CPU is used, with the quick profile")]
    try:
        asked = subprocess.run(ASK, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return [_silent("nvidia-smi gives no answer")]
    cards = [[part.strip() for part in line.split(",")] for line in asked.stdout.splitlines() if line.count(",") == 2]
    if asked.returncode != 0 or not cards:
        return [_silent("nvidia-smi reaches no GPU")]
    name, memory, driver = cards[0]
    says = f"{name}, {memory}, driver {driver}" + (f"; {len(cards)} GPUs, the first is used" if len(cards) > 1 else "")
    return [_with_torch(says, driver)]


def _silent(says: str) -> Diagnosis:
    remedy = "Install the driver again, or restart after an update of it. Until then the CPU is used."
    return note("GPU", f"{says}: the driver does not work", remedy)


def _with_torch(says: str, driver: str) -> Diagnosis:
    """A working card: can the PyTorch that is installed use it?"""
    facts = torch_facts()
    if not facts:
        return fine("GPU", f"{says}; PyTorch is not installed")
    cuda, pinned = facts.get("cuda", "None"), pins()
    if cuda == "None":
        torches = " ".join(f"{name}=={pinned.get(name, '')}" for name in ("torch", "torchvision"))
        remedy = f"python -m pip install --force-reinstall {torches} -c constraints.txt installs the CUDA build (3 GB)."
        return note("GPU", f"{says}; lies idle, because PyTorch's CPU build is installed", remedy)
    needed = DRIVERS.get(int(cuda.split(".")[0]), 0)
    if int(driver.split(".")[0]) < needed:
        remedy = f"Install a driver {needed} or newer. Until then the CPU is used."
        return note("GPU", f"{says}: too old for PyTorch's CUDA {cuda}, which needs {needed}", remedy)
    return fine("GPU", f"{says}; PyTorch has CUDA {cuda}")

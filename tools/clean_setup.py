"""Run the cell that installs the course, in an environment that has nothing of it, and then an exercise notebook and a first `fit`.

    python tools/clean_setup.py            with the newest releases
    python tools/clean_setup.py --oldest   with the oldest that the cell takes, and the oldest PyTorch that was tried

As on a hosted service, PyTorch and a kernel are there before. The course is this checkout's last commit. Some minutes; 1.5 GB in a
temporary folder. TORCH_INDEX: where PyTorch comes from.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sphinx_ext.setup_cell import PACKAGES, ready

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTORCH = ("torch==2.13.0", "torchvision==0.28.0")
ADDRESS = "https://github.com/the-course/resnet-live"  # leads to this checkout
EXERCISES = ROOT / "solutions" / "02_adaptive_pooling.ipynb"  # with answers, so that every check must pass
VERSIONS = """\
import importlib.metadata
{name: importlib.metadata.version(name) for name in %s}
"""


def main(arguments: list[str]) -> int:
    """Exit code 1 when a cell fails; its error is printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oldest", action="store_true", help="the oldest releases, not the newest")
    oldest = parser.parse_args(arguments).oldest
    with tempfile.TemporaryDirectory() as folder:
        python = make_environment(Path(folder), oldest)
        os.environ |= variables(Path(folder), oldest)
        try:
            versions = run(notebook(), python, Path(folder))
        except CellExecutionError as error:
            print(error, file=sys.stderr)
            return 1
    print(f"Installed and used: {versions}")
    return 0


def make_environment(folder: Path, oldest: bool) -> Path:
    """A virtual environment with PyTorch and a kernel, as a hosted service has them; its interpreter."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pytorch = OLDEST_PYTORCH if oldest else ("torch", "torchvision")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if index := os.environ.get("TORCH_INDEX"):
        pip += ["--extra-index-url", index]
    subprocess.run([*pip, "ipykernel", *pytorch], check=True)
    return python


def variables(folder: Path, oldest: bool) -> dict[str, str]:
    """What the cell's pip and git must know: this checkout in the address's place, and which releases count as the newest."""
    found = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{ROOT}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if oldest:
        (folder / "oldest.txt").write_text("\n".join([*lower_bounds(), *OLDEST_PYTORCH, ""]), encoding="utf-8")
        found["PIP_CONSTRAINT"] = str(folder / "oldest.txt")
    return found


def lower_bounds() -> list[str]:
    """The oldest release of each package that the cell takes, as pins."""
    return [package.replace(">=", "==") for package in PACKAGES]


def notebook() -> nbformat.NotebookNode:
    """The exercises with their answers, ready to launch, and a first `fit`, and which versions were used."""
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    made = ready(json.loads(EXERCISES.read_text(encoding="utf-8")), ADDRESS, commit.stdout.strip(), "")
    found = nbformat.reads(json.dumps(made), as_version=4)
    names = [re.split("[<>=]", package)[0] for package in PACKAGES]
    more = [(ROOT / "tools" / "ci" / "first_fit.py").read_text(encoding="utf-8")]
    more.append(VERSIONS % ["torch", "torchvision", "fastcore", *names])
    found.cells += [nbformat.v4.new_code_cell(source) for source in more]
    return found


def run(made: nbformat.NotebookNode, python: Path, folder: Path) -> str:
    """Execute the notebook with that interpreter, outside the checkout; the last cell's result. Raises CellExecutionError."""
    spec = {"argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    spec |= {"display_name": "clean", "language": "python"}
    (folder / "kernels" / "clean").mkdir(parents=True)
    (folder / "kernels" / "clean" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    os.environ.pop("PYTHONPATH", None)
    os.environ["JUPYTER_PATH"] = str(folder)
    NotebookClient(made, kernel_name="clean", timeout=1800, resources={"metadata": {"path": str(folder)}}).execute()
    return str(made.cells[-1].outputs[-1].data["text/plain"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Copies of the chapters and exercises that install the course by themselves: for Colab, Kaggle and other hosted notebooks.

    python tools/launch_notebooks.py OUT https://github.com/OWNER/NAME TAG

Standard library only. The first cell of each copy installs the package of TAG where it is missing; PyTorch stays the service's own.
"""

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("book", "exercises")
SETUP = """\
# Installs the course on a hosted notebook service. Where it is installed, this does nothing.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("resnet_live") is None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "git+{repository}@{tag}"], check=True)  # PyTorch stays the service's own
    subprocess.run([*pip, "fastai", "ipywidgets", "platformdirs", "psutil", "rich", "scikit-learn", "typer"], check=True)
"""


def main(arguments: list[str]) -> int:
    """Exit code 2 when the arguments are not three, or the tag or address could be anything but that."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    out, repository, tag = Path(arguments[0]), arguments[1], arguments[2]
    # both go into code that others run
    if not re.fullmatch(r"https://[\w.-]+/[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w.-]+", tag):
        print(f"Not an address and a tag: {repository} {tag}", file=sys.stderr)
        return 2
    setup = SETUP.format(repository=repository, tag=tag)
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).glob("[0-9]*.ipynb")):
            target = out / folder / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            tree = json.loads(file.read_text(encoding="utf-8"))
            tree["cells"].insert(0, cell(setup))
            target.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in ("LICENSE", "LICENSE-text.md"):
        shutil.copy(ROOT / name, out)
    text = f"# ResNet Live, ready to launch\n\nMade from {repository}, {tag}. Change nothing here: the next release replaces it.\n"
    (out / "README.md").write_text(text, encoding="utf-8")
    return 0


def cell(source: str) -> dict:
    """A code cell, in nbformat 4.5."""
    return {
        "cell_type": "code",
        "id": "set-up-the-course",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

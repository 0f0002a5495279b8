"""Copies of the chapters and exercises that install the course by themselves: for Colab, Binder, Codespaces and JupyterHubs.

    python tools/launch_notebooks.py OUT https://github.com/OWNER/NAME TAG

Standard library only. The first cell of each copy installs the package of TAG where it is missing; PyTorch stays the service's own.
For Binder and Codespaces, which begin with nothing, the copies come with an environment of the pinned versions.
"""

import json
import re
import shutil
import sys
from pathlib import Path

from sphinx_ext.setup_cell import ready

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("book", "exercises")
PYTHON = "3.12"
CPU = "--extra-index-url https://download.pytorch.org/whl/cpu"
CONTAINER = {
    "name": "ResNet Live",
    "image": f"mcr.microsoft.com/devcontainers/python:{PYTHON}",
    "postCreateCommand": "pip install -r .binder/requirements.txt",
    "customizations": {"vscode": {"extensions": ["ms-toolsai.jupyter", "ms-python.python"]}},
}


def main(arguments: list[str]) -> int:
    """Exit code 2 when the arguments are not three, or the tag or address could be anything but that."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    out, repository, tag = Path(arguments[0]), arguments[1], arguments[2]
    (version,) = re.findall(r'__version__ = "(.+)"', (ROOT / "resnet_live" / "__init__.py").read_text(encoding="utf-8"))
    made = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).glob("[0-9]*.ipynb")):
            try:
                tree = ready(json.loads(file.read_text(encoding="utf-8")), repository, tag, version)
            except ValueError as error:
                print(error, file=sys.stderr)
                return 2
            made[f"{folder}/{file.name}"] = json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    made[".binder/requirements.txt"] = f"{CPU}\n-c constraints.txt\n{pins}resnet-live @ git+{repository}@{tag}\n"
    made[".binder/constraints.txt"] = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    made[".binder/runtime.txt"] = f"python-{PYTHON}\n"
    made[".devcontainer/devcontainer.json"] = json.dumps(CONTAINER, indent=2) + "\n"
    made["README.md"] = (
        f"# ResNet Live, ready to launch\n\nMade from {repository}, {tag}. Change nothing here: the next release replaces it.\n"
    )
    for name, text in made.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    for name in ("LICENSE", "LICENSE-text.md"):
        shutil.copy(ROOT / name, out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

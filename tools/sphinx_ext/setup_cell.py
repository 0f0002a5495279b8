"""The first cell of a notebook that leaves the course's folder: it installs the course where it is missing.

Standard library only: tools/launch_notebooks.py runs where nothing is installed.
"""

import re

# What notebooks need beyond PyTorch, which stays the service's own, with the oldest releases that were tried. fastprogress 1.1.0 to
# 1.1.3 end every `fit` in a notebook with "'NBMasterBar' object has no attribute 'out'" (its issue 118). fastai 2.8.7 does so with a
# fastcore of today: "'list' object has no attribute 'starmap'".
PACKAGES = (
    "fastai>=2.8.8",
    "fastprogress>=1.1.5",
    "ipywidgets>=8.0",
    "platformdirs>=4.0",
    "psutil>=5.9",
    "rich>=13.0",
    "safetensors>=0.4",
    "scikit-learn>=1.5",
    "typer>=0.12",
)
INSTALLS = """\
# Installs the course on a hosted notebook service. Where it is installed, this does nothing.
import importlib.util
import subprocess
import sys


class NotInstalled(Exception):
    def _render_traceback_(self):
        return [str(self)]


if importlib.util.find_spec("resnet_live") is None:
    print("Installing the course: one to three minutes, once a session.")
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    needed = {packages}  # PyTorch stays the service's own
    course = ["--no-deps", "git+{repository}@{tag}"]
    if any(subprocess.run([*pip, *what]).returncode for what in (needed, course)):
        raise NotInstalled(
            "The course could not be installed: what pip said stands above.\\n"
            "Is there a network? On Kaggle, switch on Internet in the settings. Then run this cell again.\\n"
            "Without one: get the course's folder ({repository}), and in it type: pip install -e ."
        )
    importlib.invalidate_caches()
"""
SAYS = """\
# Says what to do where the course is not installed. Where it is, this does nothing.
import importlib.util


class NotInstalled(Exception):
    def _render_traceback_(self):
        return [str(self)]


if importlib.util.find_spec("resnet_live") is None:
    raise NotInstalled(
        "The course is not installed here. Ask for its folder where you found this notebook,\\n"
        "and in that folder type: pip install -e .   Then restart the kernel."
    )
"""


def setup_source(repository: str, tag: str) -> str:
    """The cell's code. `repository`: "https://github.com/OWNER/NAME", or "" when nobody knows; `tag`: what it installs.

    Raises ValueError when they could be anything but that: they go into code that others run.
    """
    if not repository:
        return SAYS
    if not re.fullmatch(r"https?://[\w.:-]+(/[\w.~-]+){2,}", repository) or not re.fullmatch(r"[\w./-]+", tag):
        raise ValueError(f"Not an address and a tag: {repository} {tag}")
    return INSTALLS.format(repository=repository, tag=tag, packages=list(PACKAGES))


# The tags of cells whose code no page shows.
FOLDED = {"hide-input", "remove-input", "remove-cell"}


def ready(notebook: dict, repository: str, tag: str, version: str) -> dict:
    """A copy of a notebook (its JSON) with that cell in front, and the course's version in its metadata.

    Code that a page folds away, or leaves out, JupyterLab folds too: there stand the conditions of the answers.
    """
    first = {
        "cell_type": "code",
        "id": "set-up-the-course",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": setup_source(repository, tag).splitlines(keepends=True),
    }
    about = {"version": version} | ({"repository": repository, "tag": tag} if repository else {})
    return notebook | {
        "cells": [first, *map(_folded, notebook["cells"])],
        "metadata": notebook["metadata"] | {"resnet_live": notebook["metadata"].get("resnet_live", {}) | about},
    }


def _folded(cell: dict) -> dict:
    about = cell.get("metadata", {})
    if not FOLDED.intersection(about.get("tags", [])):
        return cell
    return cell | {"metadata": about | {"jupyter": about.get("jupyter", {}) | {"source_hidden": True}}}

"""The code of the session up to a cell, as a file that a student takes home: Python or a notebook."""

import json
import re
from collections.abc import Sequence

# Lines that IPython alone understands.
_MAGIC = re.compile(r"^(\s*)([%!?].*)$")


def cells_until(cells: Sequence[dict], last: int) -> list[dict]:
    """The shown cells up to the one at `last` that made the state: those that failed or still run are left out."""
    return [cell for cell in cells[: last + 1] if not cell["failed"] and not cell["running"] and cell["code"].strip()]


def as_python(cells: Sequence[dict]) -> str:
    """The cells as one Python file; lines for IPython alone become comments."""
    parts = [f"# {label(cell)}\n{_without_magics(cell['code'])}" for cell in cells]
    return "# As run in class, without the cells that failed.\n\n" + "\n\n\n".join(parts) + "\n"


def as_notebook(cells: Sequence[dict]) -> str:
    """The cells as a notebook file (nbformat 4), without outputs."""
    made: list[dict] = [
        {
            "cell_type": "code",
            "id": f"state-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": f"# {label(cell)}\n{cell['code']}",
        }
        for number, cell in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}, indent=1)


def label(cell: dict) -> str:
    """How a cell is called: "2.7 · What is left?", or by its time alone."""
    return " ".join(" · ".join(part for part in (cell["step"], cell["prompt"]) if part).split()) or "typed in class"


def _without_magics(code: str) -> str:
    return "\n".join(_MAGIC.sub(r"\1# \2", line) for line in code.splitlines())

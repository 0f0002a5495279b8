"""How a command of `resnet-live` gives up: one clear message, no traceback."""

import sys
from typing import NoReturn

import typer


def fail(message: object) -> NoReturn:
    """One clear message on stderr, exit code 1."""
    print(f"Error: {message}", file=sys.stderr)
    raise typer.Exit(1)

"""Where the command `resnet-live` begins: the doctor works where the packages that the other commands need are missing."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the doctor at once, with the standard library alone."""
    for stream in (sys.stdout, sys.stderr):
        # a Windows terminal or pipe may lack a letter such as γ: it becomes a question mark, and ends nothing
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if sys.argv[1:2] == ["doctor"]:
        from resnet_live.doctor.report_health import main as doctor

        sys.exit(doctor(sys.argv[2:]))
    try:
        from resnet_live.cli import app
    except ImportError as error:
        print(f"Error: {error}. To see what is wrong with this installation: resnet-live doctor", file=sys.stderr)
        sys.exit(1)
    try:
        app()
    except PermissionError as error:
        print(f"Error: {error.filename}: permission denied. Name a folder of your own.", file=sys.stderr)
        sys.exit(1)

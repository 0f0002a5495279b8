"""Print the grades of a run as Markdown, for a job's summary page.

    python tools/ci/summary.py folder-with-results.json [--gpu]

With `--gpu` the grades must have been made on CUDA: else exit code 1, after the grades.
"""

import sys
from pathlib import Path

from resnet_live.grading import reports


def main() -> int:
    """Read results.json; exit code 1 with one line when it is not there, or not from the device that was asked for."""
    file = Path(sys.argv[1]) / "results.json"
    if not file.exists():
        print(f"There are no grades: {file} was not written.", file=sys.stderr)
        return 1
    book = reports.read(file)
    print(reports.summary(book))
    device = str(book.facts["device"])
    if "--gpu" in sys.argv and device.split(" ")[0] != "cuda":
        print(f"A GPU was asked for, and these grades were made on {device}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

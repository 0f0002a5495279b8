"""Print the grades of a run as Markdown, for a job's summary page.

python tools/ci/summary.py folder-with-results.json
"""

import sys
from pathlib import Path

from resnet_live.grading import reports


def main() -> int:
    """Read results.json; exit code 1 with one line when it is not there."""
    file = Path(sys.argv[1]) / "results.json"
    if not file.exists():
        print(f"There are no grades: {file} was not written.", file=sys.stderr)
        return 1
    print(reports.summary(reports.read(file)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

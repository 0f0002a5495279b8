"""Print the marks of a run as Markdown, for a job's summary page.

python tools/ci/summary.py folder-with-results.json
"""

import json
import sys
from pathlib import Path

from resnet_live.grading.gradebook import Marks, Row, summary


def main() -> int:
    """Read results.json; exit code 1 with one line when it is not there."""
    file = Path(sys.argv[1]) / "results.json"
    if not file.exists():
        print(f"There are no marks: {file} was not written.", file=sys.stderr)
        return 1
    tree = json.loads(file.read_text(encoding="utf-8"))
    names = ("student", "exercise", "points", "max_points", "status", "message")
    rows = tuple(Row(**{name: row[name] for name in names}) for row in tree["results"])
    facts = {name: tree[name] for name in ("isolation", "device", "seed") if name in tree}
    print(summary(Marks(rows, facts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

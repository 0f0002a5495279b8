"""Write grades in Classroom 50's form, `classroom50/result/v1`. Standard library only.

    python tools/ci/classroom50.py GRADES [RESULT]

For each student GRADES/classroom50/NAME.json; with one student also RESULT, if named. Which classroom, assignment and submission it is
stands in the variables of Classroom 50's runner; see `resnet_live/grading/classroom50.py`.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the course need not be installed

from resnet_live.grading.classroom50 import as_text, results_of


def main(arguments: list[str]) -> int:
    """Exit code 1 with one line when there are no grades, or RESULT is wanted of several students."""
    grades = Path(arguments[0])
    if not (grades / "results.json").is_file():
        print(f"There are no grades: {grades / 'results.json'} was not written.", file=sys.stderr)
        return 1
    results = results_of(json.loads((grades / "results.json").read_text(encoding="utf-8")), os.environ)
    (grades / "classroom50").mkdir(exist_ok=True)
    for student, result in results.items():
        # a folder's name, so it is a file's name too
        (grades / "classroom50" / f"{student}.json").write_text(as_text(result), encoding="utf-8", errors="replace")
    if arguments[1:]:
        if len(results) != 1:
            print(f"{arguments[1]} is for one student, and {len(results)} were graded.", file=sys.stderr)
            return 1
        Path(arguments[1]).write_text(as_text(next(iter(results.values()))), encoding="utf-8", errors="replace")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write grades in Classroom 50's form, `classroom50/result/v1`. Standard library only.

    python tools/ci/classroom50.py GRADES [RESULT]

For each student GRADES/classroom50/NAME.json; with one student also RESULT, if named. Which classroom, assignment and submission it is
stands in the variables of Classroom 50's runner (CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, REVIEW_URL); outside
of it those of GitHub Actions are used. An exercise is a test; it is passed with all of its points.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = "classroom50/result/v1"


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
        (grades / "classroom50" / f"{student}.json").write_text(_text(result), encoding="utf-8", errors="replace")
    if arguments[1:]:
        if len(results) != 1:
            print(f"{arguments[1]} is for one student, and {len(results)} were graded.", file=sys.stderr)
            return 1
        Path(arguments[1]).write_text(_text(next(iter(results.values()))), encoding="utf-8", errors="replace")
    return 0


def results_of(tree: dict, variables: Mapping[str, str]) -> dict[str, dict]:
    """A result for each student of a results.json."""
    page = f"{variables.get('GITHUB_SERVER_URL', 'https://github.com')}/{variables.get('GITHUB_REPOSITORY', '')}"
    commit = variables.get("COMMIT_URL") or f"{page}/commit/{variables.get('GITHUB_SHA', '')}"
    tag = variables.get("SUBMISSION_TAG") or variables.get("GITHUB_SHA", "")
    head = {
        "schema": SCHEMA,
        "classroom": variables.get("CLASSROOM", ""),
        "assignment": variables.get("ASSIGNMENT", "resnet-live"),
        "submission": tag,
        "commit": commit,
        "release": variables.get("RELEASE_URL") or commit,
        "review": variables.get("REVIEW_URL") or commit,
        # its runner puts the time of the commit in place of this
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    tests: dict[str, list[dict]] = {}
    for result in tree["results"]:
        test = {
            "test-name": result["exercise"],
            "passed": result["points"] == result["max_points"],
            "score": result["points"],
            "max-score": result["max_points"],
            "message": re.sub(r"[^\x20-\x7e\xa0-\ud7ff]", " ", result["message"]),
        }
        tests.setdefault(result["student"], []).append(test)
    return {
        student: {**head, "score": _sum(own, "score"), "max-score": _sum(own, "max-score"), "tests": own}
        for student, own in tests.items()
    }


def _sum(tests: list[dict], name: str) -> int:
    return sum(test[name] for test in tests)


def _text(result: dict) -> str:
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
